"""What a person may do about a checkpoint short of meeting it: each with a reason and an end.

Waive, snooze, pause, resume, acknowledge, record contact. None of them moves a due day, and none
takes a patient off the worklist: what is quiet is shown as quiet, with who wanted it so and until
when. What rests on evidence is put off past its window by a clinician or lead only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from workflow.act import Act
from workflow.checkpoints import after_closing, asked_again, definition_of
from workflow.civil_time import first_instant
from workflow.commands import (
    AcknowledgeCheckpoint,
    CheckpointCommand,
    PauseReminders,
    RecordContact,
    ResumeReminders,
    SnoozeCheckpoint,
    WaiveCheckpoint,
)
from workflow.durations import Duration
from workflow.errors import NotFoundError, NotPermittedError, RefusedError
from workflow.ladder import ladder, next_at
from workflow.records import CheckpointRecord, Paused, QuietKind
from workflow.signing import SIGNERS, require_role
from workflow.windows import WAIVED

CheckpointAct = Callable[[Act, Any], None]  # Any: each act takes its own command, as listed below


def waive(act: Act, command: WaiveCheckpoint) -> None:
    """The checkpoint is not expected any more, or not before the day it is waived to."""
    require_role(command.actor, SIGNERS, "waive a checkpoint")
    row = _meant(act, command)
    detail = _named(row)
    if command.until is not None:
        _until(act, command.until)
        detail["until"] = command.until.isoformat()
    act.write("checkpoint_waived", reason=_reason(command.reason, "waive"), detail=detail)
    act.put([row.closed("waived", act.path.version, None)])
    if command.until is not None:
        act.put([asked_again(act.context(), row, command.until)])
    else:
        act.put(after_closing(act.context(), row, act.today, WAIVED))


def snooze(act: Act, command: SnoozeCheckpoint) -> None:
    """Nobody is reminded of the checkpoint before the day; it stays due when it is due."""
    row = _meant(act, command)
    until = _until(act, command.until)
    _refuse_past_evidence(act, command, row, until)
    if row.expires_at is not None and until > row.expires_at:
        msg = (
            f"{row.checkpoint} counts as missed from "
            f"{row.expires_at.astimezone(act.found.zone):%d-%b-%Y}: snooze it until that day at "
            "most, or waive it."
        )
        raise RefusedError(msg)
    _quieten(act, command, row, until, kind="snoozed", entry="checkpoint_snoozed")


def acknowledge(act: Act, command: AcknowledgeCheckpoint) -> None:
    """Somebody has seen that the checkpoint is late and sees to it; it stays overdue."""
    row = _meant(act, command)
    if row.overdue_at > act.found.now:
        msg = (
            f"{row.checkpoint} of {act.path.path_id} is not overdue, so there is nothing to "
            "acknowledge; snooze it if reminders shall wait."
        )
        raise RefusedError(msg)
    until = _until(act, command.until)
    _refuse_past_next_rung(act, command, row, until)
    _quieten(act, command, row, until, kind="acknowledged", entry="checkpoint_acknowledged")


def record_contact(act: Act, command: RecordContact) -> None:
    """Contact with the patient is on record; reminders wait until the day agreed, if any."""
    if not command.agreed.strip():
        raise RefusedError("Say what was agreed with the patient, or that nobody was reached.")
    if command.remind_on is None:
        act.write("contact_recorded", note=command.agreed.strip(), effective_on=act.today)
        return
    row = _meant(act, command)
    until = _until(act, command.remind_on)
    _refuse_past_evidence(act, command, row, until)
    _quieten(act, command, row, until, kind="contacted", entry="contact_recorded")


def pause(act: Act, command: PauseReminders) -> None:
    """Nobody is reminded of anything of this patient before the day; nothing is put off.

    A coordinator's pause is of what is operational: of what rests on evidence people are told.
    """
    until = _until(act, command.until)
    paused: Paused = "all" if command.actor.role in SIGNERS else "operational"
    detail = {"until": command.until.isoformat(), "paused": paused}
    act.path = replace(act.path, paused_until=until, paused=paused)
    act.write("reminders_paused", reason=_reason(command.reason, "pause"), detail=detail)
    _count_again(act)


def resume(act: Act, command: ResumeReminders) -> None:
    """Reminders of this patient come as if they had never been paused or snoozed."""
    quiet = [row for row in act.live_rows() if row.is_quiet(act.found.now)]
    if not quiet and act.path.paused_until is None:
        raise RefusedError(f"Nothing of {act.path.path_id} is paused or snoozed.")
    act.path = replace(act.path, paused_until=None, paused="")
    detail = {"checkpoints": [row.checkpoint for row in quiet]}
    act.write("reminders_resumed", reason=command.reason.strip(), detail=detail)
    act.put(replace(row, quiet_until=None, quiet=None, quiet_by="") for row in quiet)
    _count_again(act)


def _quieten(
    act: Act,
    command: SnoozeCheckpoint | AcknowledgeCheckpoint | RecordContact,
    row: CheckpointRecord,
    until: datetime,
    *,
    kind: QuietKind,
    entry: str,
) -> None:
    if isinstance(command, RecordContact):
        reason, note = "", command.agreed.strip()
    else:
        reason, note = _reason(command.reason, kind), ""
    detail = {**_named(row), "until": until.astimezone(act.found.zone).date().isoformat()}
    act.write(entry, reason=reason, note=note, detail=detail, effective_on=act.today)
    quiet = replace(row, quiet_until=until, quiet=kind, quiet_by=command.actor.name)
    act.put([replace(quiet, next_at=_next_at(act, quiet))])


def _count_again(act: Act) -> None:
    act.put(replace(row, next_at=_next_at(act, row)) for row in act.live_rows())


def _next_at(act: Act, row: CheckpointRecord) -> datetime | None:
    definition = definition_of(act.found.rules, row, act.found.site_plan)
    return next_at(row, ladder(act.found.pathway, act.path, definition, act.found.site_plan))


def _meant(act: Act, command: CheckpointCommand) -> CheckpointRecord:
    """The live row a person means: the most pressing one of that name."""
    live = sorted(act.live_rows(), key=lambda row: (row.overdue_at, row.due_at, row.key))
    found = [row for row in live if command.checkpoint in {row.checkpoint, ""}]
    if command.occurrence is not None:
        found = [row for row in found if row.occurrence == command.occurrence]
    if found:
        return found[0]
    names = ", ".join(dict.fromkeys(row.checkpoint for row in live)) or "none"
    msg = (
        f"{act.path.path_id} has no open checkpoint {command.checkpoint or 'at all'}; open are: "
        f"{names}."
    )
    raise NotFoundError(msg)


def _until(act: Act, day: date) -> datetime:
    if day <= act.today:
        msg = f"The end {day:%d-%b-%Y} is not after today; name a later day, or resume instead."
        raise RefusedError(msg)
    try:
        first_instant(day + timedelta(days=1), act.found.zone)  # the day itself ends there
        return first_instant(day, act.found.zone)
    except (OverflowError, ValueError):
        raise RefusedError(
            f"{day:%d-%b-%Y} lies beyond the calendar; name an earlier day."
        ) from None


def _refuse_past_evidence(
    act: Act, command: CheckpointCommand, row: CheckpointRecord, until: datetime
) -> None:
    """What rests on evidence is not put off past its window by a coordinator alone."""
    definition = definition_of(act.found.rules, row, act.found.site_plan)
    if definition.basis == "evidence" and until > row.overdue_at:
        require_role(
            command.actor,
            SIGNERS,
            f"put off {row.checkpoint}, which rests on evidence, past its window",
        )


def _refuse_past_next_rung(
    act: Act, command: CheckpointCommand, row: CheckpointRecord, until: datetime
) -> None:
    """Of what rests on evidence a coordinator holds back reminders, not the next person's turn."""
    definition = definition_of(act.found.rules, row, act.found.site_plan)
    if definition.basis != "evidence" or command.actor.role in SIGNERS:
        return
    told = definition.escalate
    if row.level >= len(told):
        what = f"acknowledge {row.checkpoint}, which rests on evidence, once everybody was told"
        require_role(command.actor, SIGNERS, what)
        return
    turn_at = row.overdue_at + Duration.read(told[row.level].after).as_span()
    if until > turn_at:
        msg = (
            f"{row.checkpoint} rests on evidence: on {turn_at.astimezone(act.found.zone):%d-%b-%Y} "
            f"the {told[row.level].to} is told. A coordinator acknowledges it until then; a "
            "clinician or lead may hold it longer."
        )
        raise NotPermittedError(msg)


def _reason(reason: str, what: str) -> str:
    if not reason.strip():
        msg = f"Say why ({what.removesuffix('d')}): a reason is kept with it in the history."
        raise RefusedError(msg)
    return reason.strip()


def _named(row: CheckpointRecord) -> dict[str, str | int]:
    return {
        "checkpoint": row.checkpoint,
        "occurrence": row.occurrence,
        "opened_seq": row.opened_seq,
    }


CHECKPOINT_ACTS: Final[Mapping[type[CheckpointCommand], CheckpointAct]] = {
    WaiveCheckpoint: waive,
    SnoozeCheckpoint: snooze,
    AcknowledgeCheckpoint: acknowledge,
    RecordContact: record_contact,
}
