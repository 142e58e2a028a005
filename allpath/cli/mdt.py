"""`allpath mdt`: meetings of the MDT, their agenda, decisions and actions."""

from __future__ import annotations

from typing import Annotated

import typer

from allpath import words
from allpath.cli import mdtacts
from allpath.cli.looking import record_look
from allpath.cli.mdtacts import Item, Why, do
from allpath.cli.mdtacts import day as read_day
from allpath.cli.printing import heading, put, put_found, put_json, put_table, title
from allpath.cli.session import ActorName, Json, Patient, Session, open_session
from allpath.mdt import wording
from allpath.mdt.answers import item_answer, meeting_answer
from allpath.mdt.meetings import meetings_of
from allpath.problems import UsageError
from workflow.mdt import AgendaItem, Attendee, Meeting
from workflow.mdt_acts import PutOnAgenda, TakeOff

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

MeetingId = Annotated[str, typer.Argument(metavar="MEETING", help="As `allpath mdt list` shows.")]


@app.callback()
def _group() -> None:
    """See meetings of the MDT; put patients on an agenda; record decisions and actions."""


@app.command("list")
def list_(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List the meetings, with how many patients are on each agenda and not decided about.

    Example: `allpath mdt list`
    """
    session = open_session(ctx)
    service = meetings_of(session.allpath)
    items = [item for item in service.items() if item.taken_off is None]
    every = session.allpath.store.meetings.every()
    record_look(session, "mdt_listed")
    if as_json:
        put_json({"meetings": [meeting_answer(meeting, items) for meeting in every]})
        return
    if not every:
        put("No meeting was called yet.")
        return
    rows = []
    for meeting in every:
        mine = [item for item in items if item.meeting_id == meeting.meeting_id]
        undecided = sum(item.is_open for item in mine)
        rows.append((*_named(meeting), str(len(mine)), f"{undecided} not decided"))
    put_table(("Meeting", "Day", "Title", "Site", "Patients", "Decisions"), rows)


@app.command()
def show(ctx: typer.Context, meeting: MeetingId, *, as_json: Json = False) -> None:
    """Show the agenda of a meeting: each patient's question, decisions and actions.

    Example: `allpath mdt show M-1`
    """
    session = open_session(ctx)
    service = meetings_of(session.allpath)
    found = session.allpath.store.meetings.one(meeting)
    items = [item for item in service.items() if item.meeting_id == found.meeting_id]
    attendances = session.allpath.store.meetings.attendances(found.meeting_id)
    for item in items:
        record_look(session, "mdt_agenda_shown", item.path_id)
    if as_json:
        shown = [item_answer(item) for item in items]
        people = [person.name for person in attendances[-1].people] if attendances else []
        put_json({**meeting_answer(found, items), "took_part": people, "items": shown})
        return
    title(", ".join(_named(found)))
    people = [f"{p.name} ({p.role})" for p in attendances[-1].people] if attendances else []
    put_found("took part", ", ".join(people) or "not recorded")
    for item in items:
        _put_item(session, item, found)


@app.command()
def call(
    ctx: typer.Context,
    day: Annotated[str, typer.Argument(metavar="DAY", help="When it is held.")],
    name: Annotated[str, typer.Argument(metavar="TITLE", help="What it is called.")],
    *,
    site: Annotated[str, typer.Option(help="Whose meeting; default: of all sites.")] = "",
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Call a meeting of the MDT.

    Example: `allpath mdt call 2026-12-04 "Leukaemia MDT" --site North`
    """
    session = open_session(ctx)
    who, held_on = session.actor(actor), read_day(day, "DAY")
    made = meetings_of(session.allpath).call(who, held_on, name, site.strip(), session.now())
    put_json(meeting_answer(made, ())) if as_json else put(", ".join(_named(made)))


@app.command()
def attend(
    ctx: typer.Context,
    meeting: MeetingId,
    *,
    chair: Annotated[str, typer.Option("--chair", metavar="NAME:ROLE", help="Who led it.")],
    people: Annotated[
        list[str] | None, typer.Option("--person", metavar="NAME:ROLE", help="Who else took part.")
    ] = None,
    actor: ActorName = None,
) -> None:
    """Record who took part in a meeting, and who led it; an earlier list stays on record.

    Example: `allpath mdt attend M-1 --chair "Dr Lea Lead:haematologist"`
    """
    session = open_session(ctx)
    took_part = [_attendee(chair, is_chair=True), *(_attendee(text) for text in people or ())]
    service = meetings_of(session.allpath)
    service.attend(session.actor(actor), meeting, took_part, None, session.now())
    put(f"{words.counted(len(took_part), 'person', 'people')} took part in {meeting}.")


@app.command("put")
def put_(
    ctx: typer.Context,
    patient: Patient,
    meeting: MeetingId,
    *,
    question: Annotated[str, typer.Option(help="What the meeting is to decide.")],
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Put a patient on the agenda of a meeting, with a question.

    Example: `allpath mdt put P-7KM2QX M-1 --question "Transplant now?"`
    """

    def make(session: Session, path_id: str) -> PutOnAgenda:
        return PutOnAgenda(
            actor=session.actor(actor), path_id=path_id, meeting_id=meeting, question=question
        )

    do(ctx, patient, make, as_json=as_json)


@app.command()
def off(
    ctx: typer.Context,
    patient: Patient,
    *,
    item: Item,
    reason: Why,
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Take a patient off an agenda, with the reason.

    Example: `allpath mdt off P-7KM2QX --item 1 --reason "seen in clinic instead"`
    """

    def make(session: Session, path_id: str) -> TakeOff:
        who = session.actor(actor)
        return TakeOff(actor=who, path_id=path_id, item=item, reason=reason)

    do(ctx, patient, make, as_json=as_json)


def _named(meeting: Meeting) -> tuple[str, str, str, str]:
    return (
        meeting.meeting_id,
        words.day(meeting.held_on),
        meeting.title,
        meeting.site or "all sites",
    )


def _attendee(text: str, *, is_chair: bool = False) -> Attendee:
    name, _, role = text.rpartition(":")
    if not name.strip() or not role.strip():
        raise UsageError('Write who took part as "Dr Lea Lead:haematologist".')
    return Attendee(" ".join(name.split()), role.strip(), is_chair=is_chair)


def _put_item(session: Session, item: AgendaItem, meeting: Meeting) -> None:
    found = session.allpath.orchestrator.look(item.path_id, session.now())
    person = session.allpath.store.person(item.path_id)
    heading(f"{item.path_id} {words.name(person)}, item {item.seq}")
    put_found("question", item.question)
    if item.origin:
        put_found("brought from", f"{item.origin.rpartition('/')[0]} when it was merged")
    if item.taken_off is not None:
        put_found("taken off", str(item.taken_off.content["reason"]))
    for decision in item.decisions:
        told = wording.chose(found.pathway, decision, meeting)
        label = "decision" if decision is item.decision else "superseded"
        put_found(label, f"{told}: {decision.rationale} ({decision.by})")
    for action in item.actions:
        word, _ = wording.standing(action, found.today)
        told = f"{action.what}: {action.owner}, by {words.day(action.due_on)}, {word.lower()}"
        put_found(f"action {action.seq}", told)


app.registered_commands += mdtacts.app.registered_commands
