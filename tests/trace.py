"""Which tests look at which statement of the guideline; `python -m tests.trace` writes it down."""

from __future__ import annotations

import gzip
import json
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
