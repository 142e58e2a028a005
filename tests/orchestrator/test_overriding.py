"""Overrides: who may, for which reasons, what is frozen, and what nobody may override."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.conftest import CLINICIAN, COORDINATOR, NOW, SECOND_CLINICIAN, TODAY
from tests.orchestrator.conftest import Ward
from tests.orchestrator.test_one_patient import WORKUP, _to_workup
from workflow.carrying_out import Outcome
from workflow.commands import Countersign, OverrideStep
from workflow.errors import NotPermittedError, RefusedError
from workflow.overriding import REASONS

FEVER = WORKUP + timedelta(days=1)
LATER = NOW + timedelta(days=1)


def _override(ward: Ward, step: str, at: Any = LATER, **more: Any) -> Outcome:  # noqa: ANN401 - a field each
    given: dict[str, Any] = {
        "actor": CLINICIAN,
        "path_id": ward.path_id,
        "step": step,
        "code": "mdt_judgement",
        "reason": "the MDT of this morning decided so",
        **more,
    }
    return ward.orchestrator.override(OverrideStep(**given), at)


@pytest.fixture
def undecided(ward: Ward) -> Ward:
    """A patient under assessment of whom the cerebrospinal fluid is not known."""
    ward.to_assessment()
    ward.record({"cns_status": "unknown"}, LATER)
    return ward


def test_a_step_that_cannot_be_told_is_taken_and_what_was_open_is_frozen(undecided: Ward) -> None:
    """Who asks in ten years reads what was not known when it was decided."""
    outcome = _override(undecided, "reinduction")

    (entry,) = [e for e in outcome.entries if e.kind == "step_overridden"]
    frozen = [clause for row in entry.detail["frozen"] for clause in row["clauses"]]
    assert outcome.path.state == "reinduction"
    assert entry.detail["variance"] == "mdt_judgement"
    assert entry.reason == "the MDT of this morning decided so"
    assert entry.detail["status"] == "unknown"
    assert {clause["result"] for clause in frozen} <= {"unknown", "not met"}
    assert undecided.store.case(undecided.path_id).path.state == "reinduction"


def test_a_step_that_is_open_is_confirmed_and_not_overridden(ward: Ward) -> None:
    """A register of variances that holds what was recommended would say nothing."""
    ward.to_assessment()

    with pytest.raises(RefusedError, match="confirm it instead"):
        _override(ward, "reinduction")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"code": "because"}, "not a coded reason"),
        ({"code": ""}, "mdt_judgement"),
        ({"reason": "  "}, "in your own words"),
        ({"option": "MAGIC"}, "not an option"),
        ({"effective_on": date(2020, 1, 1)}, "cannot take effect"),
        ({"effective_on": TODAY + timedelta(days=9)}, "lies in the future"),
        ({"step": "maintenance_of_the_lift"}, "There is no step"),
    ],
)
def test_an_override_without_its_reasons_is_refused_in_words(
    undecided: Ward, more: dict[str, Any], said: str
) -> None:
    """And nothing is written."""
    before = undecided.store.journal(undecided.path_id)

    with pytest.raises(RefusedError, match=said):
        _override(undecided, **{"step": "reinduction", **more})

    assert undecided.store.journal(undecided.path_id) == before


def test_a_coordinator_may_not_override(undecided: Ward) -> None:
    """It is a clinical decision."""
    with pytest.raises(NotPermittedError, match="coordinator may not override"):
        _override(undecided, "reinduction", actor=COORDINATOR)


def test_facts_that_contradict_themselves_cannot_be_overridden(ward: Ward) -> None:
    """First the record is put right."""
    ward.to_assessment()
    ward.record({"dx_date": "2027-03-01"}, LATER)

    with pytest.raises(RefusedError, match="cannot be overridden"):
        _override(ward, "reinduction")


@pytest.mark.parametrize("cd19", ["negative", "unknown"])
def test_a_hard_invariant_cannot_be_overridden_nor_while_it_is_unknown(
    undecided: Ward, cd19: str
) -> None:
    """CD19-directed therapy needs CD19: unknown does not open what "no" closes."""
    undecided.record({"cd19": cd19}, LATER)

    with pytest.raises(RefusedError, match="I-CD19"):
        _override(undecided, "reinduction", option="BLINATUMOMAB")


def test_the_gravest_steps_wait_for_another_clinician_and_for_no_longer_than_said(
    ward: Ward,
) -> None:
    """HSCT on an MRD that is too old: two people answer for it, within the week they agreed on."""
    _to_workup(ward)
    ward.record({"consent_hsct": "yes", "donor": "unknown"}, FEVER)
    good_until = FEVER.date() + timedelta(days=7)

    with pytest.raises(RefusedError, match="second signature"):
        _override(ward, "hsct", FEVER)
    waiting = _override(ward, "hsct", FEVER, valid_until=good_until)
    with pytest.raises(NotPermittedError, match="another person"):
        ward.orchestrator.countersign(Countersign(actor=CLINICIAN, path_id=ward.path_id), FEVER)
    second = Countersign(actor=SECOND_CLINICIAN, path_id=ward.path_id)
    with pytest.raises(RefusedError, match="was good until"):
        ward.orchestrator.countersign(second, FEVER + timedelta(days=8))
    taken = ward.orchestrator.countersign(second, FEVER + timedelta(days=1))

    assert (waiting.path.state, waiting.is_pending) == ("hsct_workup", True)
    (entry,) = [e for e in taken.entries if e.kind == "step_overridden"]
    assert (taken.path.state, entry.detail["first"]) == ("hsct", CLINICIAN.name)
    assert entry.detail["variance"] == "mdt_judgement"


def test_a_waiting_override_is_declined_like_any_other_step(ward: Ward) -> None:
    """The second clinician does not agree; the path stays where it is."""
    _to_workup(ward)
    ward.record({"consent_hsct": "yes", "donor": "unknown"}, FEVER)
    _override(ward, "hsct", FEVER, valid_until=FEVER.date())

    outcome = ward.orchestrator.countersign(
        Countersign(actor=SECOND_CLINICIAN, path_id=ward.path_id, decline="not with fever"), FEVER
    )

    assert (outcome.path.state, outcome.is_pending) == ("hsct_workup", False)


def test_a_waiting_override_comes_back_from_the_database_as_it_was(ward: Ward) -> None:
    """Its code and its end are kept with it."""
    _to_workup(ward)
    ward.record({"consent_hsct": "yes", "donor": "unknown"}, FEVER)
    waiting = _override(ward, "hsct", FEVER, valid_until=FEVER.date())

    stored = ward.store.case(ward.path_id).path.pending

    assert stored == waiting.path.pending
    assert stored is not None
    assert replace(stored, variance="").valid_until == FEVER.date()


def test_every_coded_reason_can_be_given(undecided: Ward) -> None:
    """Six to start with; a site adds its own in its plan."""
    assert len(REASONS) == 6
    with pytest.raises(RefusedError) as caught:
        _override(undecided, "reinduction", code="other")

    assert all(code in str(caught.value) for code in REASONS)
