"""Which tests look at which statement of the guideline; `python -m tests.trace` writes it down."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Final

from workflow.loading import load_shipped, shipped
from workflow.pathway import Pathway
from workflow.strict_yaml import read_yaml

HERE: Final = Path(__file__).parent
PATHWAYS: Final = HERE.parent / "workflow" / "pathways"
FIRST: Final = "relapsed_all"
FIRST_CASES: Final = (
    "tests/workflow/test_second_opinion.py::"
    "test_each_public_case_is_decided_as_its_clinicians_expect[{}]"
)
CASES: Final = (
    "tests/workflow/test_the_smaller_pathways.py::"
    "test_each_case_of_a_smaller_pathway_is_decided_as_its_practice_says[{}]"
)
SECOND: Final = (
    "tests/workflow/test_second_opinion.py::"
    "test_a_second_implementation_of_the_rules_decides_every_case_alike"
)
FIRST_NAMED: Final = (
    "tests/workflow/test_statements.py::test_each_statement_is_implemented_by_things_that_exist[{}]"
)
PROVED: Final = (
    "tests/workflow/test_the_smaller_pathways.py::test_each_smaller_pathway_is_proved[{}]"
)


def trace_file(pathway_id: str) -> Path:
    """Where the tests of a shipped pathway are written down."""
    return PATHWAYS / f"{pathway_id}.tests.json"


def trace(pathway: Pathway) -> dict[str, list[str]]:
    """For each statement the ids of the tests that look at it, sorted; headings have none."""
    is_first = pathway.id == FIRST
    cases_name = "vignettes" if is_first else pathway.id
    cases = read_yaml((HERE / "data" / f"{cases_name}.yaml").read_bytes(), cases_name).content
    reached = _reached() if is_first else set()
    tests: dict[str, list[str]] = {}
    for name, statement in pathway.statements.items():
        mine = {part.partition(":")[2] for part in statement.implemented_by}
        found = {
            (FIRST_CASES if is_first else CASES).format(case["id"])
            for case in cases["vignettes"]
            if name in case["rules"] or mine & set(case["rules"])
        }
        if mine & reached:
            found.add(SECOND)
        if statement.implemented_by:
            found.add(FIRST_NAMED.format(name) if is_first else PROVED.format(pathway.id))
        tests[name] = sorted(found)
    return tests


def _reached() -> set[str]:
    """The rules that a case of the second implementation reaches."""
    with gzip.open(HERE / "data" / "second_opinion.ndjson.gz", "rt") as lines:
        return {json.loads(line)["expected"]["rule"] for line in lines}


if __name__ == "__main__":
    for pathway_id in shipped():
        content = json.dumps(trace(load_shipped(pathway_id)), indent=1, sort_keys=True)
        trace_file(pathway_id).write_text(content + "\n")
