"""Undoing a step: the path is back where it was, the history keeps both, nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import CLINICIAN, COORDINATOR, NOW, SECOND_CLINICIAN
from tests.orchestrator.conftest import Ward
from workflow.carrying_out import Outcome
from workflow.commands import Countersign, UndoStep
from workflow.errors import NotFoundError, NotPermittedError, RefusedError

LATER = NOW + timedelta(days=3)


def undo(ward: Ward, seq: int | None = None, **more: Any) -> Outcome:  # noqa: ANN401 - fields of the command
    """The clinician undoes a step."""
    asked: dict[str, Any] = {"actor": CLINICIAN, "path_id": ward.path_id, "reason": "mistake"}
    command = UndoStep(seq=seq, **{**asked, **more})
    return ward.orchestrator.undo(command, LATER)


def live(ward: Ward) -> set[str]:
    """The checkpoints still expected, by their keys."""
    rows = ward.store.case(ward.path_id).checkpoints
    return {f"{row.checkpoint}/{row.opened_seq}/{row.occurrence}" for row in rows}


@pytest.fixture
def treated(ward: Ward) -> Ward:
    """A patient whose reinduction was confirmed by mistake."""
    ward.to_assessment()
    ward.confirm("reinduction")
    return ward


def test_an_undone_step_leaves_the_path_where_it_was(ward: Ward) -> None:
    """State, day, line and what is recommended are those of before; so is what is expected."""
    ward.to_assessment()
    before, expected = ward.store.case(ward.path_id).path, live(ward)
    ward.confirm("reinduction")

    outcome = undo(ward)

    path = outcome.path
    assert (path.state, path.entered, path.line, path.episode, path.since, set(path.asked)) == (
        before.state,
        before.entered,
        before.line,
        before.episode,
        before.since,
        set(before.asked),
    )
    assert live(ward) == expected
    assert outcome.decision.step("reinduction") is not None


def test_what_followed_from_the_step_is_voided_and_never_removed(treated: Ward) -> None:
    """The day the line started was no observation: it goes with the step, by a further record."""
    outcome = undo(treated)

    facts = treated.store.case(treated.path_id).facts
    assert [(f.fact, f.status) for f in facts if f.status == "entered_in_error"] == [
        ("current_option", "entered_in_error"),
        ("reinduction_start_date", "entered_in_error"),
    ]
    assert "reinduction_start_date" not in outcome.decision.facts.values
    assert len([f for f in facts if f.fact == "reinduction_start_date"]) == 2


def test_the_history_shows_the_step_and_the_undo_for_ever(treated: Ward) -> None:
    """To undo is to add: who undid what, and why."""
    undo(treated)

    kinds = [entry.kind for entry in treated.store.journal(treated.path_id)][-4:]
    entry = next(e for e in treated.store.journal(treated.path_id) if e.kind == "step_undone")
    assert kinds == ["fact_recorded", "step_undone", "fact_corrected", "fact_corrected"]
    assert (entry.actor, entry.reason, entry.detail["steps"]) == (
        "Dr Ada Sample",
        "mistake",
        ["reinduction"],
    )


def test_an_earlier_step_takes_the_later_ones_with_it(treated: Ward) -> None:
    """Which they are is said before anybody signs."""
    first = next(
        e.seq for e in treated.store.journal(treated.path_id) if e.kind == "step_confirmed"
    )

    foreseen = treated.orchestrator.foresee_undo(treated.path_id, first, LATER)
    outcome = undo(treated, first)

    assert [entry.state_to for entry in foreseen.undone] == ["assessment", "reinduction"]
    assert outcome.path.state == "referred"
    assert outcome.path.line == 0


def test_an_undone_step_can_be_confirmed_once_more(treated: Ward) -> None:
    """It was right after all: the second confirmation counts as the first did."""
    undo(treated)

    outcome = treated.confirm("reinduction", LATER)

    assert (outcome.path.state, outcome.path.line) == ("reinduction", 1)
    assert outcome.decision.facts.values["reinduction_start_date"] == LATER.date()


def test_a_death_recorded_for_the_wrong_patient_is_undone(treated: Ward) -> None:
    """A final state has no steps out of it, but a mistake has a way back, checkpoints and all."""
    expected = live(treated)
    treated.confirm("dead", LATER)

    outcome = undo(treated)

    assert outcome.path.state == "reinduction"
    assert live(treated) == expected


def test_a_track_opened_by_mistake_is_closed_by_undoing_it(ward: Ward) -> None:
    """Care beside the main state is undone like any other step."""
    ward.to_assessment()
    ward.record({"cns_status": "CNS3"}, NOW + timedelta(days=1))
    ward.confirm("reinduction", NOW + timedelta(days=1))
    track = ward.store.case(ward.path_id).path.open_tracks
    assert track == ("cns_directed",)

    outcome = undo(ward)

    assert outcome.path.open_tracks == ()
    assert not any(row.owner.startswith("track:") for row in outcome.case.checkpoints)


def test_two_people_undo_what_two_people_confirm(ward: Ward) -> None:
    """Supportive care is left as it was entered: with two signatures."""
    ward.to_assessment()
    ward.record({"goals": "palliative"}, NOW + timedelta(days=1))
    ward.confirm("supportive", NOW + timedelta(days=1))
    sign = Countersign(actor=SECOND_CLINICIAN, path_id=ward.path_id)
    ward.orchestrator.countersign(sign, NOW + timedelta(days=1))

    proposed = undo(ward)
    with pytest.raises(NotPermittedError, match="another person's"):
        ward.orchestrator.countersign(replace_actor(sign), LATER)
    outcome = ward.orchestrator.countersign(sign, LATER)

    assert proposed.is_pending
    assert proposed.path.state == "supportive"
    assert outcome.path.state == "assessment"
    assert outcome.entries[0].detail["first"] == "Dr Ada Sample"


def test_a_waiting_undo_can_be_declined(ward: Ward) -> None:
    """The second clinician thinks otherwise: the step stands."""
    ward.to_assessment()
    ward.record({"goals": "palliative"}, NOW + timedelta(days=1))
    ward.confirm("supportive", NOW + timedelta(days=1))
    sign = Countersign(actor=SECOND_CLINICIAN, path_id=ward.path_id)
    ward.orchestrator.countersign(sign, NOW + timedelta(days=1))
    undo(ward)

    no = Countersign(actor=SECOND_CLINICIAN, path_id=ward.path_id, decline="it was right")
    outcome = ward.orchestrator.countersign(no, LATER)

    assert (outcome.path.state, outcome.is_pending) == ("supportive", False)


def replace_actor(sign: Countersign) -> Countersign:
    """The same signature by the person who asked."""
    return Countersign(actor=CLINICIAN, path_id=sign.path_id)


def test_what_cannot_be_undone_is_refused_in_clear_words(treated: Ward) -> None:
    """Nothing is written, and the message says what to do."""
    last = treated.store.case(treated.path_id).path.version

    with pytest.raises(NotPermittedError, match="may not undo a step"):
        undo(treated, actor=COORDINATOR)
    with pytest.raises(RefusedError, match="undone with a reason"):
        undo(treated, reason=" ")
    with pytest.raises(NotFoundError, match="no journal entry 999"):
        undo(treated, 999)
    with pytest.raises(RefusedError, match=r"no confirmed step \(fact recorded\)"):
        undo(treated, last)
    assert treated.store.case(treated.path_id).path.version == last
    outcome = undo(treated)
    with pytest.raises(RefusedError, match=r"itself an undo.*confirm it once more"):
        undo(treated, outcome.entries[0].seq)
    with pytest.raises(RefusedError, match="was undone already, by entry"):
        undo(treated, outcome.entries[0].detail["undone"][0])


def test_undoing_again_and_again_ends_at_the_beginning(treated: Ward) -> None:
    """Each undo takes the last step that stands; then there is none."""
    undo(treated)
    outcome = undo(treated)

    assert outcome.path.state == "referred"
    with pytest.raises(RefusedError, match="No confirmed step"):
        undo(treated)
