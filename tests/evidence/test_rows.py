"""Each row of a shipped pathway answers somebody."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evidence.reached import TODAY, patients
from workflow.decide import decide
from workflow.flat_case import read_case
from workflow.loading import load_shipped
from workflow.rules import rules_of


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in patients()])
def test_the_row_answers_the_patient_who_was_found_for_it(case: dict[str, Any]) -> None:
    """Solver and engine read the same file apart; both say that this row is the one that speaks."""
    pathway = load_shipped(case["pathway"])
    position, sheet = read_case(pathway, case, TODAY)
    (row,) = {
        id(row.route): row
        for row in rules_of(pathway).rows[case["state"]]
        if row.route.id == case["row"]
    }.values()

    decision = decide(pathway, position, sheet)

    route = row.route
    assert (route.id, True) in decision.trace
    if route.go or route.mdt or route.block:
        assert decision.rule == row.rule
    if route.go:
        assert (decision.route.status, decision.route.next_state) == ("recommended", route.go)
    elif route.mdt:
        assert (decision.route.status, decision.route.reason) == ("needs_mdt", route.mdt)
    elif route.block:
        assert (decision.route.status, decision.route.reason) == ("blocked", route.block)
    assert {warning for warning in route.warn if isinstance(warning, str)} <= set(decision.warnings)
