"""Waive, snooze, pause, resume, acknowledge, record contact: each with a reason and an end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.conftest import AUDITOR, CLINICIAN, COORDINATOR, NOW, TODAY
from tests.scheduler.conftest import SweptWard
from workflow.commands import (
    AcknowledgeCheckpoint,
    PauseReminders,
    RecordContact,
    ResumeReminders,
    SnoozeCheckpoint,
    WaiveCheckpoint,
)
from workflow.errors import NotFoundError, NotPermittedError, RefusedError


def _day(days: int) -> date:
    return TODAY + timedelta(days=days)


def test_the_ladder_goes_up_and_the_last_one_told_is_reminded(swept: SweptWard) -> None:
    """Coordinator, then lead; then the lead again every three days, for as long as it is open."""
    for day in range(25):
        swept.sweep(day)

    told = swept.notices.told()
    assert swept.escalated_to() == ["coordinator", "lead"]
    assert told[:2] == [("checkpoint_escalated", "coordinator"), ("checkpoint_escalated", "lead")]
    assert set(told[2:]) == {("checkpoint_reminded", "lead")}
    assert len(told[2:]) == 4  # on days 14, 17, 20 and 23


def test_acknowledged_is_not_resolved(swept: SweptWard) -> None:
    """Nobody is reminded while somebody sees to it; it stays overdue, and then it goes on."""
    swept.sweep(8)
    swept.see_to(AcknowledgeCheckpoint, 8, reason="first MDT is booked", until=_day(16))

    swept.sweep(15)
    quiet = swept.row()
    told_before = swept.escalated_to()
    swept.sweep(16)

    assert quiet.status == "escalated"
    assert (quiet.quiet, quiet.quiet_by) == ("acknowledged", CLINICIAN.name)
    assert told_before == ["coordinator"]
    assert swept.escalated_to() == ["coordinator", "lead"]
    assert swept.entries("checkpoint_acknowledged")[0].reason == "first MDT is booked"


def test_what_is_not_overdue_cannot_be_acknowledged(swept: SweptWard) -> None:
    """There is nothing to see to yet; the message says what to do instead."""
    with pytest.raises(RefusedError, match=r"not overdue.*snooze"):
        swept.see_to(AcknowledgeCheckpoint, reason="seen", until=_day(5))


def test_snoozed_is_silent_but_never_off_the_list(swept: SweptWard) -> None:
    """It becomes due and overdue on its days; only the reminders wait for the day named."""
    swept.see_to(SnoozeCheckpoint, reason="family is abroad", until=_day(20))

    swept.sweep(19)

    assert swept.row().status == "overdue"
    assert swept.notices.told() == []
    assert [row.checkpoint for row in swept.store.case(swept.path_id).checkpoints] == ["C-RF-1"]
    swept.sweep(20)
    assert swept.escalated_to() == ["coordinator", "lead"]


def test_a_pause_silences_the_whole_patient_and_moves_no_due_day(swept: SweptWard) -> None:
    """Also what is opened during the pause; after it everything comes."""
    before = swept.row()
    command = PauseReminders(
        actor=COORDINATOR, path_id=swept.path_id, reason="treated abroad", until=_day(30)
    )
    swept.orchestrator.pause(command, NOW)

    swept.sweep(29)

    after = swept.row()
    assert (after.due_at, after.overdue_at) == (before.due_at, before.overdue_at)
    assert after.status == "overdue"
    assert swept.notices.told() == []
    swept.sweep(30)
    assert swept.escalated_to() == ["coordinator", "lead"]


def test_resuming_undoes_pause_and_snooze(swept: SweptWard) -> None:
    """A slip of the hand is undone by one command, and both stay in the history."""
    swept.see_to(SnoozeCheckpoint, reason="family is abroad", until=_day(60))
    pause = PauseReminders(actor=COORDINATOR, path_id=swept.path_id, reason="x", until=_day(90))
    swept.orchestrator.pause(pause, NOW)

    swept.orchestrator.resume(ResumeReminders(actor=COORDINATOR, path_id=swept.path_id), NOW)
    swept.sweep(8)

    assert swept.escalated_to() == ["coordinator"]
    assert swept.entries("reminders_resumed")[0].detail == {"checkpoints": ["C-RF-1"]}


def test_resuming_what_is_not_quiet_is_said(swept: SweptWard) -> None:
    """Nobody believes to have changed something."""
    with pytest.raises(RefusedError, match="paused or snoozed"):
        swept.orchestrator.resume(ResumeReminders(actor=COORDINATOR, path_id=swept.path_id), NOW)


def test_a_waived_checkpoint_that_repeats_is_asked_the_next_time(swept: SweptWard) -> None:
    """Waiving one visit does not end the visits."""
    swept.record({"identity_checked": "yes"})
    swept.confirm("lost")

    swept.see_to(WaiveCheckpoint, checkpoint="C-LO-1", reason="known to be in hospital elsewhere")

    first, second = swept.rows("C-LO-1")
    assert first.status == "waived"
    assert second.is_live
    assert second.due_at - first.due_at == timedelta(0)


def test_what_is_waived_until_a_day_is_due_on_that_day(swept: SweptWard) -> None:
    """A waiver with an end is no way to lose a patient."""
    swept.see_to(WaiveCheckpoint, reason="holiday of the family", until=_day(14))

    waived, again = swept.rows("C-RF-1")

    assert (waived.status, again.status) == ("waived", "scheduled")
    assert again.due_at.date() == _day(14)
    swept.sweep(14)
    assert swept.row().status == "due"


def test_a_record_on_the_very_day_meets_what_was_waived_until_it(swept: SweptWard) -> None:
    """The day named counts."""
    swept.see_to(WaiveCheckpoint, reason="holiday of the family", until=_day(14))
    later = NOW + timedelta(days=14)

    swept.record({"identity_checked": "yes", "first_mdt_date": later.date()}, later)

    assert swept.row().status == "met"


def test_a_coordinator_may_not_waive(swept: SweptWard) -> None:
    """Not to do what the pathway expects is a clinical decision."""
    with pytest.raises(NotPermittedError, match="coordinator may not waive"):
        swept.see_to(WaiveCheckpoint, actor=COORDINATOR, reason="no time")


def test_a_coordinator_may_not_put_evidence_off_past_its_window(swept: SweptWard) -> None:
    """Within its window she may; beyond it a clinician decides."""
    swept.to_reinduction()
    due = swept.row("C-RA-1").overdue_at.date()

    swept.see_to(SnoozeCheckpoint, actor=COORDINATOR, checkpoint="C-RA-1", reason="x", until=due)
    with pytest.raises(NotPermittedError, match="rests on evidence"):
        swept.see_to(
            SnoozeCheckpoint,
            actor=COORDINATOR,
            checkpoint="C-RA-1",
            reason="x",
            until=due + timedelta(days=1),
        )


def test_contact_says_what_was_agreed_and_when_to_remind(swept: SweptWard) -> None:
    """The most pressing checkpoint waits for the day agreed; what was said is in the history."""
    swept.see_to(
        RecordContact, 5, actor=COORDINATOR, checkpoint="", agreed="comes then", remind_on=_day(9)
    )

    swept.sweep(8)
    before = swept.notices.told()
    swept.sweep(9)

    entry = swept.entries("contact_recorded")[0]
    assert (entry.note, entry.actor) == ("comes then", COORDINATOR.name)
    assert before == []
    assert swept.escalated_to() == ["coordinator"]


@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_is_silenced_without_a_reason(swept: SweptWard, reason: str) -> None:
    """Who asks later finds an answer."""
    with pytest.raises(RefusedError, match="Say why"):
        swept.see_to(SnoozeCheckpoint, reason=reason, until=_day(5))


@pytest.mark.parametrize(("day", "why"), [(TODAY, "not after today"), (date(1999, 1, 1), "not")])
def test_nothing_is_silenced_until_a_day_that_has_passed(
    swept: SweptWard, day: date, why: str
) -> None:
    """An end that lies behind is a slip of the hand."""
    with pytest.raises(RefusedError, match=why):
        swept.see_to(SnoozeCheckpoint, reason="x", until=day)


def test_the_end_of_the_calendar_is_refused_in_words(swept: SweptWard) -> None:
    """Nothing is due in a year that no calendar has."""
    with pytest.raises(RefusedError, match="beyond the calendar"):
        swept.see_to(WaiveCheckpoint, reason="x", until=date(9999, 12, 31))


def test_a_checkpoint_that_is_not_open_is_named_with_those_that_are(swept: SweptWard) -> None:
    """The message is the list to choose from."""
    with pytest.raises(NotFoundError, match="no open checkpoint C-XX; open are: C-RF-1"):
        swept.see_to(SnoozeCheckpoint, checkpoint="C-XX", reason="x", until=_day(5))


def test_an_auditor_changes_nothing(swept: SweptWard) -> None:
    """Who investigates does not take part."""
    with pytest.raises(NotPermittedError):
        swept.see_to(SnoozeCheckpoint, actor=AUDITOR, reason="x", until=_day(5))


def test_a_corrected_anchor_lets_the_checkpoint_be_told_of_anew(swept: SweptWard) -> None:
    """It was brought to people by a wrong date; by the right one it will be told of in time."""
    swept.to_response_assessment()
    swept.sweep(60)
    fired = swept.row("C-RA-1")
    told = len(swept.escalated_to())

    swept.correct("reinduction_start_date", TODAY + timedelta(days=28), days=60)
    moved = swept.row("C-RA-1")
    swept.sweep(120)

    assert fired.status == "escalated"
    assert moved.due_at == fired.due_at + timedelta(days=28)
    assert (moved.status, moved.level, moved.key) == ("open", 0, fired.key)
    assert swept.row("C-RA-1").status == "escalated"
    assert len(swept.escalated_to()) > told
    moved_entry = swept.entries("checkpoint_moved")[0]
    assert moved_entry.detail["before"]["due_at"] < moved_entry.detail["after"]["due_at"]
