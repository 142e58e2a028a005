"""Two versions are compared for every patient: one who differs is found, or none is proved to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from time import monotonic
from typing import Any

import pytest

from workflow.decide import decide
from workflow.flat_case import read_case
from workflow.loading import load_shipped
from workflow.pathway import Pathway
from workflow.proof.difference import EVERYTHING, Comparison, differences

pytestmark = pytest.mark.campaign

TODAY = date(2026, 11, 26)
SHIPPED = load_shipped("relapsed_all")


def _changed(change: Callable[[dict[str, Any]], None]) -> Pathway:
    content = SHIPPED.model_dump(by_alias=True)
    change(content)
    return Pathway.model_validate(content)


def _compare(new: Pathway, old: Pathway = SHIPPED) -> Comparison:
    return differences(old, new, today=TODAY, clock=monotonic, seconds=60, aspects=EVERYTHING)


def _move_mrd(content: dict[str, Any]) -> None:
    content["parameters"]["mrd_negative"]["value"] = Decimal("0.00011")


def _move_age(content: dict[str, Any]) -> None:
    content["parameters"]["tisa_max_age"]["value"] = Decimal(26)


def _swap_pregnancy_and_infection(content: dict[str, Any]) -> None:
    routes = list(content["states"]["assessment"]["routes"])
    place = next(i for i, route in enumerate(routes) if route["id"] == "A-07")
    routes[place], routes[place + 1] = routes[place + 1], routes[place]
    content["states"]["assessment"]["routes"] = routes


def _treat_unknown_donor_as_no(content: dict[str, Any]) -> None:
    for route in content["states"]["hsct_workup"]["routes"]:
        if route["id"] == "HW-02b":
            route["when"] = {"not": {"recorded": {"consent_hsct": "yes"}}}


def test_a_version_is_equal_to_itself_in_every_state() -> None:
    """Nothing is found where nothing changed, and that is proved, not sampled."""
    comparison = _compare(SHIPPED)

    assert comparison.found == ()
    assert comparison.undecided == ()
    assert set(comparison.equal) == {n for n, s in SHIPPED.states.items() if not s.final}


@pytest.mark.parametrize(
    ("change", "states"),
    [
        (_move_mrd, {"response_assessment", "hsct_workup", "cart_infusion"}),
        (_move_age, {"assessment", "response_assessment"}),
        (_swap_pregnancy_and_infection, {"assessment"}),
    ],
)
def test_a_patient_is_found_in_each_state_a_change_reaches_and_in_no_other(
    change: Callable[[dict[str, Any]], None], states: set[str]
) -> None:
    """A threshold moved by a hair, an age by a year, rows swapped: somebody is answered anew."""
    new = _changed(change)

    comparison = _compare(new)

    assert {found.state for found in comparison.found} == states
    for found in comparison.found:
        answers = [
            decide(pathway, *read_case(pathway, found.case, TODAY)) for pathway in (SHIPPED, new)
        ]
        assert answers[0].digest != answers[1].digest
        assert found.old != found.new


def test_a_rewording_that_changes_nothing_is_proved_equal() -> None:
    """HW-02b stands behind a row that asks for the consent, so asking the record changes nobody."""
    comparison = _compare(_changed(_treat_unknown_donor_as_no))

    assert comparison.found == ()


def test_a_new_value_of_a_fact_is_unknown_to_the_old_version() -> None:
    """Where a version learns a new word, patients of whom it is said are answered otherwise."""

    def learn(content: dict[str, Any]) -> None:
        content["facts"]["cd19"]["values"] = ("positive", "dim", "negative", "lost")

    comparison = _compare(_changed(learn))

    assert "cart_bridging" in {found.state for found in comparison.found}
    assert all(found.case["facts"]["cd19"] == "lost" for found in comparison.found)


def test_what_cannot_be_told_in_time_is_undecided() -> None:
    """No time, no claim: neither equal nor different."""
    comparison = differences(SHIPPED, SHIPPED, today=TODAY, clock=monotonic, seconds=0)
    found = differences(SHIPPED, _changed(_move_mrd), today=TODAY, clock=monotonic, seconds=0)

    assert found.found == ()
    assert "response_assessment" in found.undecided
    assert comparison.found == ()
