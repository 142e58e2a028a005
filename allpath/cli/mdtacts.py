"""`allpath mdt decide|action|done`: what a meeting decided, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Final

import typer

from allpath.cli.printing import put, put_json
from allpath.cli.session import ActorName, Json, Patient, Session, open_session
from allpath.clock import civil_day
from allpath.mdt.meetings import meetings_of
from allpath.problems import UsageError
from workflow.mdt_acts import AddAction, DecideItem, MdtCommand, SeeToAction

Item = Annotated[
    int, typer.Option("--item", help="The patient's item, as `allpath mdt show` numbers it.")
]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]
_DONE: Final = {
    "put": "is on the agenda of {}, item {}",
    "taken_off": "is off the agenda of {} (entry {})",
    "decided": "was decided about at {} (entry {}); the patient stays until a step is confirmed",
    "action": "has an action of {}, number {}",
    "outcome": "has one action of {} less to wait for (entry {})",
}

app = typer.Typer(add_completion=False)


def do(
    ctx: typer.Context,
    patient: str,
    make: Callable[[Session, str], MdtCommand],
    *,
    as_json: bool,
) -> None:
    """Carry out one act about a patient on an agenda, and say what is on record now."""
    session = open_session(ctx)
    command = make(session, session.path_id(patient))
    entry = meetings_of(session.allpath).do(command, session.now())
    if as_json:
        put_json({"path_id": entry.path_id, "meeting": entry.meeting_id, "entry": entry.seq})
    else:
        put(f"{entry.path_id} {_DONE[entry.kind].format(entry.meeting_id, entry.seq)}.")


def day(text: str, option: str) -> date:
    """The day somebody typed; raises UsageError for what is none."""
    found = civil_day(text, option)
    if found is None:
        raise UsageError(f"{option} needs a day, as 2026-12-04.")
    return found


def _fact(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark:
        raise UsageError("--fact needs a name and a value, as mdt_decision=other_pathway.")
    return name.strip(), value.strip()


@app.command()
def decide(
    ctx: typer.Context,
    patient: Patient,
    choice: Annotated[
        str,
        typer.Argument(metavar="DECISION", help="A step, or defer, no_change or other."),
    ],
    *,
    item: Item,
    reason: Why,
    in_words: Annotated[str, typer.Option("--words", help="The decision in words.")] = "",
    option: Annotated[str, typer.Option("--option", help="The therapy, if one was chosen.")] = "",
    fact: Annotated[
        list[str] | None,
        typer.Option("--fact", metavar="FACT=VALUE", help="What the pathway asks the meeting."),
    ] = None,
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Record what a meeting decided; the patient moves only when the step is confirmed.

    Example: `allpath mdt decide P-7KM2QX defer --item 1 --words "next week" --reason "..."`
    """

    def make(session: Session, path_id: str) -> DecideItem:
        return DecideItem(
            actor=session.actor(actor),
            path_id=path_id,
            item=item,
            choice=choice,
            option=option or None,
            in_words=in_words,
            rationale=reason,
            facts=dict(map(_fact, fact or ())),
        )

    do(ctx, patient, make, as_json=as_json)


@app.command()
def action(
    ctx: typer.Context,
    patient: Patient,
    *,
    item: Item,
    what: Annotated[str, typer.Option("--what", help="What is to be done.")],
    owner: Annotated[str, typer.Option("--owner", help="Who is to do it.")],
    by: Annotated[str, typer.Option("--by", metavar="DAY", help="By which day.")],
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Record what somebody is to do by a day.

    Example: `allpath mdt action P-7KM2QX --item 1 --what "HLA typing" --owner Lea --by 2026-12-04`
    """

    def make(session: Session, path_id: str) -> AddAction:
        return AddAction(
            actor=session.actor(actor),
            path_id=path_id,
            item=item,
            what=what,
            owner=owner,
            due_on=day(by, "--by"),
        )

    do(ctx, patient, make, as_json=as_json)


@app.command()
def done(
    ctx: typer.Context,
    patient: Patient,
    number: Annotated[int, typer.Argument(metavar="ACTION", help="The action's number.")],
    *,
    not_done: Annotated[bool, typer.Option("--not", help="It was not done.")] = False,
    note: Annotated[str, typer.Option("--note", help="What there is to add.")] = "",
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Record that an action was done, or with --not that it was not, and why.

    Example: `allpath mdt done P-7KM2QX 3 --note "typed on Monday"`
    """

    def make(session: Session, path_id: str) -> SeeToAction:
        return SeeToAction(
            actor=session.actor(actor),
            path_id=path_id,
            action=number,
            outcome="not_done" if not_done else "done",
            note=note,
        )

    do(ctx, patient, make, as_json=as_json)
