"""The pathways beside the first one: decided as their practice says, and nothing left over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from allpath.answers import decision_answer
from allpath.clock import stopwatch
from workflow.decide import Decision, decide
from workflow.facts import FactSheet, sheet_from_case
from workflow.loading import load_shipped
from workflow.pathway import Pathway
from workflow.proof.prover import prove
from workflow.reading import Position
from workflow.rules import Kind, rules_of
from workflow.strict_yaml import read_yaml

DATA = Path(__file__).parent.parent / "data"
SMALLER = ("cart_follow_up", "post_hsct_surveillance")


def _cases(pathway_id: str) -> list[dict[str, Any]]:
    content = read_yaml((DATA / f"{pathway_id}.yaml").read_bytes(), pathway_id).content
    cases: list[dict[str, Any]] = content["vignettes"]
    return cases


CASES = [
    pytest.param(pathway_id, case, id=case["id"])
    for pathway_id in SMALLER
    for case in _cases(pathway_id)
]


def _decide(pathway: Pathway, case: dict[str, Any]) -> Decision:
    sheet = sheet_from_case(pathway, case["facts"], {}, date.fromisoformat(case["asof"]))
    return decide(pathway, Position(case["state"]), sheet)


def _differing(wanted: Any, found: Any) -> bool:  # noqa: ANN401 - any JSON
    if isinstance(wanted, dict) and wanted:
        return any(_differing(value, found.get(key)) for key, value in wanted.items())
    return bool(wanted != found)


@pytest.mark.parametrize(("pathway_id", "case"), CASES)
def test_each_case_of_a_smaller_pathway_is_decided_as_its_practice_says(
    pathway_id: str, case: dict[str, Any]
) -> None:
    """Route, warnings and missing facts were written down from the practice text, row by row."""
    decided = decision_answer(_decide(load_shipped(pathway_id), case))

    assert not _differing(case["expected"], decided), decided
    assert [decided["rule"]] == case["rules"]


def _answering(pathway: Pathway) -> Iterator[str]:
    for rows in rules_of(pathway).rows.values():
        yield from (row.rule for row in rows if row.kind in {Kind.GO, Kind.MDT, Kind.BLOCK})


@pytest.mark.parametrize("pathway_id", SMALLER)
def test_every_row_of_a_smaller_pathway_answers_a_case(pathway_id: str) -> None:
    """A row that no case reaches could be dead, or wrong, and nobody would see it."""
    pathway = load_shipped(pathway_id)
    decided = [_decide(pathway, case) for case in _cases(pathway_id)]
    clash = FactSheet({}, date(2026, 11, 23), contradictions=frozenset({"new_relapse"}))
    decided.append(decide(pathway, Position(pathway.start), clash))

    answered = {each.rule for each in decided if each.route.reason != "missing_facts"}

    assert set(_answering(pathway)) - answered == set()


@pytest.mark.parametrize("pathway_id", SMALLER)
def test_nothing_known_opens_nothing_in_a_smaller_pathway(pathway_id: str) -> None:
    """In every state, a patient of whom nothing is known is recommended nowhere."""
    pathway = load_shipped(pathway_id)
    nothing = FactSheet({}, date(2026, 11, 23))

    statuses = {decide(pathway, Position(state), nothing).route.status for state in pathway.states}

    assert "recommended" not in statuses


@pytest.mark.parametrize("pathway_id", SMALLER)
def test_each_smaller_pathway_is_proved(pathway_id: str) -> None:
    """The engine and the proof hold for a pathway of another kind than the first one."""
    proof = prove(
        load_shipped(pathway_id), str, today=date(2026, 11, 23), clock=stopwatch, seconds=300
    )

    assert [finding.message for finding in proof.findings] == []
    assert proof.verdict == "proved"


@pytest.mark.parametrize("pathway_id", SMALLER)
def test_every_row_of_a_smaller_pathway_is_named_by_a_statement(pathway_id: str) -> None:
    """No row stands without a line of the practice; the two on bad data are the program's own."""
    pathway = load_shipped(pathway_id)
    named = {part for line in pathway.statements.values() for part in line.implemented_by}
    gates_and_early = {route.id for route in pathway.early_routes}
    rules = {f"rule:{rule}" for rule in _answering(pathway) if rule not in gates_and_early}

    assert rules <= named
