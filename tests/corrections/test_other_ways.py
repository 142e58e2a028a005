"""Overrides and moved facts bring up past decisions as confirmed steps and corrections do."""

from __future__ import annotations

from datetime import timedelta

from tests.conftest import CLINICIAN, COORDINATOR, NOW
from tests.corrections.test_reviews import reviews, standing
from tests.orchestrator.conftest import Ward
from workflow.commands import CorrectFact, MoveFact, OverrideStep, UndoStep
from workflow.values import UNKNOWN

LATER = NOW + timedelta(days=1)


def _overridden(ward: Ward) -> int:
    """The entry of a reinduction begun without a status of the central nervous system."""
    ward.to_assessment()
    ward.record({"cns_status": "unknown"}, LATER)
    command = OverrideStep(
        actor=CLINICIAN,
        path_id=ward.path_id,
        step="reinduction",
        code="mdt_judgement",
        reason="the MDT of this morning decided so",
    )
    outcome = ward.orchestrator.override(command, LATER)
    return next(e.seq for e in outcome.entries if e.kind == "step_overridden")


def test_a_correction_brings_up_the_override_that_it_made_needless(ward: Ward) -> None:
    """What was unknown then is known now: the override was no variance after all."""
    seq = _overridden(ward)

    record = next(r for r in ward.store.case(ward.path_id).facts if r.value == UNKNOWN)
    command = CorrectFact(
        actor=COORDINATOR,
        path_id=ward.path_id,
        record_id=record.record_id,
        value="CNS1",
        status="corrected",
        reason="the report came in",
    )
    ward.orchestrator.correct(command, LATER)

    (item,) = [item for item in reviews(ward) if item.about == str(seq)]
    assert item.kind == "step"
    assert item.before["step"] == {"key": "reinduction", "status": "unknown"}
    assert item.after["step"] == {"key": "reinduction", "status": "recommended"}


def test_an_override_is_undone_as_a_confirmed_step_is(ward: Ward) -> None:
    """The path stands again where it stood, and both entries stay."""
    seq = _overridden(ward)
    undo = UndoStep(actor=CLINICIAN, path_id=ward.path_id, seq=seq, reason="wrong patient")

    outcome = ward.orchestrator.undo(undo, LATER)

    assert outcome.path.state == "assessment"
    assert "step_undone" in {e.kind for e in outcome.entries}


def test_a_fact_moved_to_another_patient_brings_up_what_it_decided(ward: Ward) -> None:
    """The reinduction was confirmed on a sample of somebody else."""
    ward.to_assessment()
    ward.confirm("reinduction")
    other = Ward(ward.store)
    other.path_id, other.mrn = "P-000002", "9990000002"
    other.enrol()
    command = MoveFact(
        actor=COORDINATOR,
        path_id=ward.path_id,
        record_id=standing(ward, "cns_status"),
        to_path_id=other.path_id,
        reason="two samples were swapped",
    )

    ward.orchestrator.move_fact(command, LATER)

    missing = [item.after["missing"] for item in reviews(ward) if item.kind == "step"]
    assert missing == [["cns_status"]]
    assert ward.store.reviews(other.path_id) == ()
