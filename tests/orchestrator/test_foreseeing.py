"""What an act would do is told before it is done, and is what is then done."""

from __future__ import annotations

from tests.conftest import CLINICIAN, COORDINATOR, NOW, SECOND_CLINICIAN, TODAY
from tests.orchestrator.conftest import Ward
from tests.orchestrator.test_one_patient import WORKUP, _to_workup
from workflow.commands import ConfirmStep, Countersign, NewFact, RecordFacts


def test_what_recording_would_do_is_what_it_does(ward: Ward) -> None:
    """A check page that told something else would be worse than none."""
    ward.enrol()
    fact = NewFact(fact="identity_checked", value="yes", effective_at=TODAY)
    command = RecordFacts(actor=COORDINATOR, path_id=ward.path_id, facts=(fact,))
    foreseen = ward.orchestrator.foresee(command, NOW)
    before = ward.store.journal(ward.path_id)
    done = ward.orchestrator.record(command, NOW)
    assert len(ward.store.journal(ward.path_id)) == len(before) + len(done.entries)
    assert foreseen.outcome.entries == done.entries
    assert foreseen.outcome.case == done.case
    assert foreseen.outcome.decision == done.decision


def test_what_confirming_would_do_is_what_it_does(ward: Ward) -> None:
    """Whoever signs has seen state, checkpoints and facts as they will be."""
    ward.to_assessment()
    command = ConfirmStep(actor=CLINICIAN, path_id=ward.path_id, step="reinduction")
    foreseen = ward.orchestrator.foresee(command, NOW)
    assert ward.store.case(ward.path_id).path.state == "assessment"
    done = ward.orchestrator.confirm(command, NOW)
    assert foreseen.outcome.entries == done.entries
    assert foreseen.outcome.case == done.case


def test_a_step_of_two_is_told_as_if_both_had_signed(ward: Ward) -> None:
    """The first signer sees where the patient will be, not only that a signature waits."""
    _to_workup(ward)
    ward.record({"consent_hsct": "yes"}, WORKUP)
    command = ConfirmStep(actor=CLINICIAN, path_id=ward.path_id, step="hsct")
    foreseen = ward.orchestrator.foresee(command, WORKUP)
    assert ward.store.case(ward.path_id).path.pending is None
    ward.orchestrator.confirm(command, WORKUP)
    second = Countersign(actor=SECOND_CLINICIAN, path_id=ward.path_id)
    done = ward.orchestrator.countersign(second, WORKUP)
    assert foreseen.outcome.path.state == done.path.state == "hsct"
    opened = {row.checkpoint for row in done.case.checkpoints}
    assert {row.checkpoint for row in foreseen.outcome.case.checkpoints} == opened
