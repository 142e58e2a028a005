"""`allpath checkpoint`: what is expected by when, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated

import typer

from allpath import words
from allpath.answers import checkpoint_answer
from allpath.cli.banner import checkpoint_title, put_outcome
from allpath.cli.looking import record_look
from allpath.cli.printing import put, put_json, put_table
from allpath.cli.session import (
    ActorName,
    AsOf,
    IfVersion,
    Json,
    Key,
    KnownAt,
    Patient,
    Session,
    open_session,
)
from allpath.clock import civil_day
from allpath.problems import UsageError
from workflow.commands import (
    AcknowledgeCheckpoint,
    CheckpointCommand,
    PauseReminders,
    ResumeReminders,
    SnoozeCheckpoint,
    WaiveCheckpoint,
)
from workflow.found import Found
from workflow.records import CheckpointRecord

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="CHECKPOINT", help="Its id, as C-RA-1; see `checkpoint list`.")
]
Until = Annotated[
    str, typer.Option("--until", metavar="DATE", help="The day from which it is asked again.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the history.")]
Occurrence = Annotated[
    int | None,
    typer.Option("--occurrence", help="Which of several; default: the most pressing one."),
]


@app.callback()
def _group() -> None:
    """See what is expected by when; waive, snooze, acknowledge; pause and resume reminders."""


@app.command("list")
def list_(
    ctx: typer.Context,
    patient: Patient,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are closed.")] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """List a patient's checkpoints with window, rule and how each stands.

    Example: `allpath checkpoint list P-7KM2QX`
    """
    session = open_session(ctx)
    moment = session.moment(as_of, known_at)
    if moment is not None and everything:
        raise UsageError("Of a past moment only the open checkpoints are told; leave out --all.")
    found = session.look(patient, as_of, known_at)
    if everything:
        shown = list(session.allpath.store.checkpoints(found.case.path.path_id))
    else:
        shown = list(found.case.checkpoints)
    record_look(session, "checkpoints_listed", found.case.path.path_id)
    shown.sort(key=lambda row: (not row.is_live, row.due_at, row.key))
    if as_json:
        put_json([checkpoint_answer(row, words.standing(row, found.now)) for row in shown])
        return
    if not shown:
        put("No checkpoint is open; nothing is expected by any date.")
        return
    titles = ("Checkpoint", "Expected", "Due", "Window", "Counted from")
    put_table(titles, [cells(session, found, row) for row in shown])


def cells(session: Session, found: Found, row: CheckpointRecord) -> tuple[str, ...]:
    """One checkpoint as a line: id, title, how it stands, its window, and its rule."""
    zone = session.zone_of(found.case.path)
    how = words.due(row, found.now, zone) if row.is_live else row.status
    window = f"opens {words.day(row.opens_at.astimezone(zone).date())}"
    if row.ideal_at:
        window += f", best {words.day(row.ideal_at.astimezone(zone).date())}"
    if row.expires_at:
        window += f", expires {words.day(row.expires_at.astimezone(zone).date())}"
    return (row.checkpoint, checkpoint_title(found.pathway, row), how, window, row.due_rule)


@app.command()
def waive(
    ctx: typer.Context,
    patient: Patient,
    checkpoint: Name,
    *,
    reason: Reason,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="Ask again from this day; else no more."),
    ] = None,
    occurrence: Occurrence = None,
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Expect a checkpoint no more, or not before a day; a clinician's or lead's decision.

    Example: `allpath checkpoint waive P-7KM2QX C-CS-1 --reason "left-sided LP impossible"`
    """

    def make(session: Session, path_id: str, version: int | None) -> WaiveCheckpoint:
        return WaiveCheckpoint(
            actor=session.actor(actor),
            key=key,
            expected_version=version,
            path_id=path_id,
            checkpoint=checkpoint,
            occurrence=occurrence,
            reason=reason,
            until=civil_day(until, "--until"),
        )

    see_to(open_session(ctx), patient, make, key=key, if_version=if_version, as_json=as_json)


@app.command()
def snooze(
    ctx: typer.Context,
    patient: Patient,
    checkpoint: Name,
    *,
    until: Until,
    reason: Reason,
    occurrence: Occurrence = None,
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Remind nobody of a checkpoint before a day; its due day stays, and it stays on the list.

    Example: `allpath checkpoint snooze P-7KM2QX C-RA-2 --until 2026-12-01 --reason "sample lost"`
    """

    def make(session: Session, path_id: str, version: int | None) -> SnoozeCheckpoint:
        return SnoozeCheckpoint(
            actor=session.actor(actor),
            key=key,
            expected_version=version,
            path_id=path_id,
            checkpoint=checkpoint,
            occurrence=occurrence,
            reason=reason,
            until=needed_day(until),
        )

    see_to(open_session(ctx), patient, make, key=key, if_version=if_version, as_json=as_json)


@app.command()
def acknowledge(
    ctx: typer.Context,
    patient: Patient,
    checkpoint: Name,
    *,
    until: Until,
    reason: Reason,
    occurrence: Occurrence = None,
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Say that an overdue checkpoint is seen and seen to; it stays overdue until it is met.

    Example: `allpath checkpoint acknowledge P-7KM2QX C-RA-1 --until 2026-12-01 --reason "booked"`
    """

    def make(session: Session, path_id: str, version: int | None) -> AcknowledgeCheckpoint:
        return AcknowledgeCheckpoint(
            actor=session.actor(actor),
            key=key,
            expected_version=version,
            path_id=path_id,
            checkpoint=checkpoint,
            occurrence=occurrence,
            reason=reason,
            until=needed_day(until),
        )

    see_to(open_session(ctx), patient, make, key=key, if_version=if_version, as_json=as_json)


@app.command()
def pause(
    ctx: typer.Context,
    patient: Patient,
    *,
    until: Until,
    reason: Reason,
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Remind nobody of anything of this patient before a day; no due day moves.

    Example: `allpath checkpoint pause P-7KM2QX --until 2026-12-15 --reason "treated abroad"`
    """
    session = open_session(ctx)
    before = session.look(patient)
    command = PauseReminders(
        actor=session.actor(actor),
        key=key,
        expected_version=_version(before, key, if_version),
        path_id=before.case.path.path_id,
        reason=reason,
        until=needed_day(until),
    )
    outcome = session.allpath.orchestrator.pause(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


@app.command()
def resume(
    ctx: typer.Context,
    patient: Patient,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, if it is worth saying.")] = "",
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Undo a pause and every snooze of a patient: reminders come again.

    Example: `allpath checkpoint resume P-7KM2QX`
    """
    session = open_session(ctx)
    before = session.look(patient)
    command = ResumeReminders(
        actor=session.actor(actor),
        key=key,
        expected_version=_version(before, key, if_version),
        path_id=before.case.path.path_id,
        reason=reason,
    )
    outcome = session.allpath.orchestrator.resume(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


def see_to(
    session: Session,
    patient: str,
    make: Callable[[Session, str, int | None], CheckpointCommand],
    *,
    key: str,
    if_version: int | None,
    as_json: bool,
) -> None:
    """What a person does about a checkpoint is done, and shown."""
    before = session.look(patient)
    version = _version(before, key, if_version)
    command = make(session, before.case.path.path_id, version)
    outcome = session.allpath.orchestrator.see_to(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


def _version(before: Found, key: str, if_version: int | None) -> int | None:
    return before.case.path.version if if_version is None and not key else if_version


def needed_day(text: str, option: str = "--until") -> date:
    """The day an option that has to be given names; raises UsageError."""
    found = civil_day(text, option)
    if found is None:
        raise UsageError(f"{option} names no day; write one as 2026-11-23.")
    return found
