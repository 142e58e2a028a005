"""Promise 1: unknown never opens a gate.

For every guard of the shipped pathway, a false fact, an unknown fact and a contradiction give three
different outcomes: the step is not the recommendation for a stated reason, it cannot be told, or it
is forbidden. Only a proven guard opens it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from workflow.conditions import Always
from workflow.decide import Decision, decide
from workflow.facts import FactSheet, sheet_from_case
from workflow.loading import load_shipped
from workflow.reading import Position, evaluation
from workflow.rules import CompiledRow, Kind, rules_of
from workflow.steps import ALLOWED, Step

PATHWAY = load_shipped("relapsed_all")
RULES = rules_of(PATHWAY)
CASES = Path(__file__).parent.parent / "data" / "second_opinion.ndjson.gz"
TODAY = date(2026, 11, 23)

MRD = {
    "result": "not_detected",
    "sensitivity": "0.0001",
    "specimen": "marrow",
    "sample_date": "2026-11-20",
    "report_status": "final",
}
# One small sheet for every guarded edge outside the three big tables, which the cases cover.
OTHER: dict[str, dict[str, Any]] = {
    "RF-01": {"identity_checked": "yes"},
    "RI-01": {"reinduction_status": "count_recovery"},
    "RI-02": {"reinduction_status": "running", "entered_on": date(2026, 10, 1)},
    "CO-01": {"new_relapse": "documented"},
    "CO-03": {"new_relapse": "none", "consolidation_status": "block_complete"},
    "CO-04": {"new_relapse": "none", "consolidation_status": "maintenance_due"},
    "CO-05": {"new_relapse": "none", "consolidation_status": "therapy_complete"},
    "MT-01": {"new_relapse": "documented"},
    "MT-03": {"new_relapse": "none", "maintenance_status": "complete"},
    "HS-01": {"new_relapse": "documented"},
    "HS-03": {"new_relapse": "none", "hsct_date": "2026-08-01", "hsct_status": "engrafted"},
    "CA-05": {
        "cd19": "positive",
        "active_infection": "none",
        "consent_cart": "yes",
        "apheresis_status": "collected",
        "cart_washout": "complete",
        "hbv_hcv_hiv": "negative",
        "cart_product_status": "ordered",
    },
    "BR-04": {
        "cd19": "positive",
        "active_infection": "none",
        "consent_cart": "yes",
        "cart_product_status": "released",
        "tocilizumab_available": "yes",
    },
    "CI-01": {"new_relapse": "documented"},
    "CI-03": {
        "new_relapse": "none",
        "cart_infusion_date": "2026-10-20",
        "marrow_response_date": "2026-11-20",
        "marrow_response": "M3",
        "em_response": "complete",
    },
    "CI-05": {
        "new_relapse": "none",
        "cart_infusion_date": "2026-10-20",
        "marrow_response_date": "2026-11-20",
        "marrow_response": "M1",
        "em_response": "complete",
        "mrd": MRD,
    },
    "FU-01": {"new_relapse": "documented"},
    "FH-01": {"new_relapse": "documented"},
    "FC-01": {"new_relapse": "documented"},
    "SU-01": {"goals": "curative"},
}


def _positive(sheet: FactSheet) -> dict[str, Any]:
    return {"mrd": replace(sheet.values["mrd"], result="quantified", value=Decimal("0.01"))}


# How a guard that rests on dates, results or a gate becomes false; the others change one word.
FALSE: dict[str, Callable[[FactSheet], dict[str, Any]]] = {
    "assessment/A-14": lambda _: {"cd19": "negative"},
    "response_assessment/RA-10": lambda _: {"cd19": "negative"},
    "response_assessment/RA-23": _positive,
    "reinduction/RI-02": lambda _: {"entered_on": TODAY},
    "hsct/HS-03": lambda _: {"hsct_date": TODAY},
    "cart_infusion/CI-01": lambda _: {"new_relapse": "none", "cart_infusion_date": TODAY},
    "cart_infusion/CI-05": _positive,
}


def _sheets_from_cases() -> Iterator[tuple[str, FactSheet]]:
    with gzip.open(CASES, "rt") as lines:
        for line in lines:
            case = json.loads(line, parse_float=Decimal)
            settings = {"active_set": case["active_set"], "region": case.get("region")}
            as_of = date.fromisoformat(case["asof"])
            yield case["state"], sheet_from_case(PATHWAY, case["facts"], settings, as_of)


def _small_sheet(facts: dict[str, Any]) -> FactSheet:
    entered_on = facts.get("entered_on")
    plain = {name: value for name, value in facts.items() if name != "entered_on"}
    sheet = sheet_from_case(PATHWAY, {"goals": "curative", **plain}, {}, TODAY)
    return replace(sheet, values={**sheet.values, "entered_on": entered_on or TODAY})


def _guarded_edges() -> dict[str, tuple[str, CompiledRow]]:
    """Every row that leads to a state under a condition, by its row id within its state."""
    edges = {}
    for state, rows in RULES.rows.items():
        for row in rows:
            guarded = not (isinstance(row.condition, Always) and isinstance(row.gate_when, Always))
            if row.kind is Kind.GO and guarded and not row.early:
                edges[f"{state}/{row.rule}"] = (state, row)
    return edges


def _opened() -> dict[str, tuple[str, CompiledRow, FactSheet]]:
    """For every guarded edge, one sheet in which it is the recommendation."""
    edges = _guarded_edges()
    found: dict[str, tuple[str, CompiledRow, FactSheet]] = {}
    for key, (state, row) in edges.items():
        if row.rule in OTHER:
            found[key] = (state, row, _small_sheet(OTHER[row.rule]))
    for state, sheet in _sheets_from_cases():
        decision = decide(PATHWAY, Position(state), sheet)
        key = f"{state}/{decision.rule}"
        if key in edges and key not in found and decision.route.status == "recommended":
            found[key] = (*edges[key], sheet)
    return found


OPENED = _opened()


def _step(decision: Decision, target: str | None) -> Step:
    return next(step for step in decision.steps if step.key == target)


def _without(sheet: FactSheet, *names: str) -> FactSheet:
    return replace(sheet, values={k: v for k, v in sheet.values.items() if k not in names})


def _facts_of(row: CompiledRow, state: str, sheet: FactSheet) -> set[str]:
    """The recorded facts whose absence leaves the guard undecided."""
    names = set()
    for name in set(sheet.values) & {*PATHWAY.facts, "entered_on"}:
        ev = evaluation(_without(sheet, name), Position(state))
        if row.test(ev) is None or row.gate_when.test(ev) is None:
            names.add(name)
    return names


def test_every_guarded_edge_has_a_sheet_that_opens_it() -> None:
    """The tests below look at every guard; none is left out for want of an example."""
    assert set(OPENED) == set(_guarded_edges())


@pytest.mark.parametrize("key", sorted(OPENED))
def test_an_unknown_fact_never_opens_the_gate(key: str) -> None:
    """Take away any fact the guard rests on: the step cannot be told any more, and says so."""
    state, row, sheet = OPENED[key]
    facts = _facts_of(row, state, sheet)

    statuses = {
        name: _step(decide(PATHWAY, Position(state), _without(sheet, name)), row.target).status
        for name in facts
    }

    assert not {name: status for name, status in statuses.items() if status in ALLOWED}


@pytest.mark.parametrize("key", sorted(OPENED))
def test_false_unknown_and_contradictory_are_three_outcomes(key: str) -> None:
    """Proven opens; unknown, false and contradictory each keep it shut, each in its own way."""
    state, row, sheet = OPENED[key]
    position = Position(state)
    name = min(_facts_of(row, state, sheet))

    unknown = decide(PATHWAY, position, _without(sheet, name))
    contradictory = decide(PATHWAY, position, replace(sheet, contradictions=frozenset({name})))
    false = _false_sheet(key, row, state, sheet)
    assert false is not None
    refused = decide(PATHWAY, position, false)

    assert _step(decide(PATHWAY, position, sheet), row.target).status == "recommended"
    assert _step(contradictory, row.target).status == "forbidden"
    assert contradictory.route.reason == "data_invalid"
    assert len({_outcome(unknown), _outcome(contradictory), _outcome(refused)}) == 3
    assert refused.rule != row.rule


def _outcome(decision: Decision) -> tuple[str, str | None, str, tuple[str, ...]]:
    route = decision.route
    return (route.status, route.reason, decision.rule, decision.missing)


def _false_sheet(key: str, row: CompiledRow, state: str, sheet: FactSheet) -> FactSheet | None:
    """The same patient with something changed so that the guard is false and nothing is unknown."""
    if key in FALSE:
        return replace(sheet, values={**sheet.values, **FALSE[key](sheet)})
    for name in sorted(_facts_of(row, state, sheet)):
        for value in PATHWAY.facts[name].values:
            changed = replace(sheet, values={**sheet.values, name: value})
            ev = evaluation(changed, Position(state))
            decision = decide(PATHWAY, Position(state), changed)
            if row.test(ev) is False and decision.route.reason not in {
                "missing_facts",
                "data_invalid",
            }:
                return changed
    return None


def test_a_preliminary_result_counts_as_unknown() -> None:
    """The laboratory's first word is not its last: the gate waits for the final report."""
    sheet = _small_sheet({**OTHER["CI-05"], "mrd": {**MRD, "report_status": "preliminary"}})

    decision = decide(PATHWAY, Position("cart_infusion"), sheet)

    assert (decision.route.status, decision.route.reason) == ("blocked", "mrd_not_usable")
    assert "W_MRD_PRELIMINARY" in decision.warnings
