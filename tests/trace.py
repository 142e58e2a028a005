"""Which tests look at which statement of the guideline; `python -m tests.trace` writes it down."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from workflow.loading import load_shipped
from workflow.pathway import Pathway
from workflow.strict_yaml import read_yaml

HERE: Final = Path(__file__).parent
TRACE_FILE: Final = HERE.parent / "workflow" / "pathways" / "relapsed_all.tests.json"
CASE_TEST: Final = (
    "tests/workflow/test_second_opinion.py::"
    "test_each_public_case_is_decided_as_its_clinicians_expect[{}]"
)
SECOND: Final = (
    "tests/workflow/test_second_opinion.py::"
    "test_a_second_implementation_of_the_rules_decides_every_case_alike"
)
NAMED: Final = (
    "tests/workflow/test_statements.py::test_each_statement_is_implemented_by_things_that_exist[{}]"
)


def names_of(pathway: Pathway) -> set[str]:
    """Everything a statement may name as its implementation, each with its sort."""
    sorts: dict[str, Iterable[str]] = {
        "state": pathway.states,
        "track": pathway.tracks,
        "fact": pathway.facts,
        "derived": pathway.derived,
        "setting": pathway.settings,
        "warning": pathway.warnings,
        "option": pathway.options,
        "gate": pathway.gates,
        "parameter": pathway.parameters,
        "invariant": [invariant.id for invariant in pathway.invariants],
        "outcome": [outcome.id for outcome in pathway.outcomes],
        "rule": _rules(pathway),
        "checkpoint": _checkpoints(pathway),
    }
    return {f"{sort}:{name}" for sort, names in sorts.items() for name in names}


def _rules(pathway: Pathway) -> set[str]:
    names: set[str] = set()
    routes = [*pathway.early_routes]
    for state in pathway.states.values():
        routes.extend(state.routes)
    for route in routes:
        names |= {route.id, route.rule or route.id, *route.rules.values()}
    return names


def _checkpoints(pathway: Pathway) -> set[str]:
    """Checkpoint ids, and the id of the row of the rules that a part belongs to."""
    lists = [state.checkpoints for state in pathway.states.values()]
    lists += [track.checkpoints for track in pathway.tracks.values()]
    ids = {checkpoint.id for checkpoints in lists for checkpoint in checkpoints}
    return ids | {name.partition(".")[0] for name in ids}


def trace(pathway: Pathway) -> dict[str, list[str]]:
    """For each statement the ids of the tests that look at it, sorted; headings have none."""
    cases = read_yaml((HERE / "data" / "vignettes.yaml").read_bytes(), "vignettes").content
    with gzip.open(HERE / "data" / "second_opinion.ndjson.gz", "rt") as lines:
        reached = {json.loads(line)["expected"]["rule"] for line in lines}
    tests: dict[str, list[str]] = {}
    for name, statement in pathway.statements.items():
        mine = {part.partition(":")[2] for part in statement.implemented_by}
        found = {
            CASE_TEST.format(case["id"])
            for case in cases["vignettes"]
            if name in case["rules"] or mine & set(case["rules"])
        }
        if mine & reached:
            found.add(SECOND)
        if statement.implemented_by:
            found.add(NAMED.format(name))
        tests[name] = sorted(found)
    return tests


if __name__ == "__main__":
    content = json.dumps(trace(load_shipped("relapsed_all")), indent=1, sort_keys=True)
    TRACE_FILE.write_text(content + "\n")
