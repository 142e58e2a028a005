"""`allpath contact`: what was agreed with a patient, and when to remind again."""

from __future__ import annotations

from typing import Annotated

import typer

from allpath.cli.checkpoint import Occurrence, see_to
from allpath.cli.session import ActorName, IfVersion, Json, Key, Patient, Session, open_session
from allpath.clock import civil_day
from workflow.commands import RecordContact

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Record contact with a patient."""


@app.command()
def record(
    ctx: typer.Context,
    patient: Patient,
    checkpoint: Annotated[
        str,
        typer.Argument(
            metavar="[CHECKPOINT]", help="What it was about; default: the most pressing one."
        ),
    ] = "",
    *,
    agreed: Annotated[str, typer.Option("--agreed", help="What was agreed, or who was reached.")],
    remind_on: Annotated[
        str | None,
        typer.Option("--remind-on", metavar="DATE", help="Remind nobody of it before this day."),
    ] = None,
    occurrence: Occurrence = None,
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Record what was agreed; with a day, reminders of that checkpoint wait until then.

    To take it off the list with a reason, waive it: `allpath checkpoint waive`.

    Example: `allpath contact record P-7KM2QX --agreed "comes on Monday" --remind-on 2026-12-01`
    """

    def make(session: Session, path_id: str, version: int | None) -> RecordContact:
        return RecordContact(
            actor=session.actor(actor),
            key=key,
            expected_version=version,
            path_id=path_id,
            checkpoint=checkpoint,
            occurrence=occurrence,
            agreed=agreed,
            remind_on=civil_day(remind_on, "--remind-on"),
        )

    see_to(open_session(ctx), patient, make, key=key, if_version=if_version, as_json=as_json)
