"""The machine knows the pathway's edges and fires only what is allowed."""

from __future__ import annotations

import pytest

from workflow.errors import RefusedError
from workflow.machine import edges, fire
from workflow.pathway import Pathway
from workflow.rules import rules_of
from workflow.steps import Step


def _step(target: str, status: str = "recommended") -> Step:
    return Step("main", target, status, "")  # type: ignore[arg-type] # any status is tried


def test_the_machine_has_the_edges_of_the_pathway_and_no_others(pathway: Pathway) -> None:
    """No automatic way round the guards: edges come from routes, MDT choices and exits."""
    declared = {
        (state, target) for state, targets in rules_of(pathway).edges.items() for target in targets
    }

    assert edges(pathway) == declared


@pytest.mark.parametrize("status", ["blocked", "unknown", "forbidden"])
def test_a_step_that_is_not_open_does_not_fire(pathway: Pathway, status: str) -> None:
    """The machine's only guard is the decision already taken."""
    with pytest.raises(RefusedError, match=f"is {status}"):
        fire(pathway, "hsct_workup", _step("hsct", status))


@pytest.mark.parametrize("status", ["recommended", "available"])
def test_an_open_step_fires(pathway: Pathway, status: str) -> None:
    """The state after is the step's target."""
    assert fire(pathway, "hsct_workup", _step("hsct", status)) == "hsct"


def test_an_edge_the_pathway_does_not_have_is_refused(pathway: Pathway) -> None:
    """Nobody goes from referral to HSCT, whatever a step claims."""
    with pytest.raises(RefusedError):
        fire(pathway, "referred", _step("hsct"))


def test_firing_leaves_nothing_behind(pathway: Pathway) -> None:
    """The shared machine is bound to no patient, so firing from any state always starts afresh."""
    for _ in range(3):
        assert fire(pathway, "referred", _step("assessment")) == "assessment"


def test_from_every_state_that_is_not_final_a_person_can_record_death(pathway: Pathway) -> None:
    """Dead, transferred, withdrawn and lost are always open; dead also from those three."""
    declared = edges(pathway)

    for name, state in pathway.states.items():
        if name != "dead":
            assert (name, "dead") in declared
        if not state.final:
            others = {"transferred", "withdrawn", "lost"} - {name}
            assert {(name, other) for other in others} <= declared
