"""What may be done about an MDT meeting, by whom, and the record that each act leaves.

Each function answers the kind of entry, what it is about and its content; or raises an error that
names the field it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from workflow.decide import Decision
from workflow.errors import NotFoundError, RefusedError
from workflow.found import Found
from workflow.mdt import (
    DEFER,
    NO_CHANGE,
    NO_STEP,
    OTHER,
    AgendaItem,
    Attendance,
    Attendee,
    MdtAction,
    MdtKind,
    Meeting,
)
from workflow.records import Actor
from workflow.signing import RECORDERS, SIGNERS, require_role
from workflow.steps import ALLOWED, Step

PREPARERS: Final = RECORDERS - {"service"}
"""Who calls meetings, puts patients on an agenda, and records attendance and actions."""
Told = tuple[MdtKind, int | None, Mapping[str, Any]]
"""The kind of an entry, the entry it is about, and its content."""


class AgendaError(RefusedError):
    """What was asked about a meeting cannot be done; `field` names what has to be mended."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class MdtCommand:
    """Who asks about whom; `seen` is how many entries of the path they were looking at."""

    actor: Actor
    path_id: str
    seen: int | None = None


@dataclass(frozen=True, kw_only=True)
class PutOnAgenda(MdtCommand):
    """Put a patient on the agenda of a meeting, with the question it is to answer."""

    meeting_id: str
    question: str


@dataclass(frozen=True, kw_only=True)
class TakeOff(MdtCommand):
    """Take a patient off an agenda, with the reason."""

    item: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class DecideItem(MdtCommand):
    """Record what the meeting decided; `facts` are what the pathway asks about it, by name."""

    item: int
    choice: str
    option: str | None = None
    in_words: str = ""
    rationale: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AddAction(MdtCommand):
    """Record what somebody is to do by a day."""

    item: int
    what: str
    owner: str
    due_on: date


@dataclass(frozen=True, kw_only=True)
class SeeToAction(MdtCommand):
    """Record whether an action was done."""

    action: int
    outcome: Literal["done", "not_done"]
    note: str = ""


def check_meeting(actor: Actor, title: str) -> None:
    """A meeting may be called; raises NotPermittedError, AgendaError."""
    require_role(actor, PREPARERS, "call a meeting of the MDT")
    _need("title", title, "Enter what the meeting is called, for example Thursday MDT.")


def check_attendance(
    actor: Actor, meeting: Meeting, people: Iterable[Attendee], today: date
) -> None:
    """Who took part may be recorded; raises NotPermittedError, AgendaError."""
    require_role(actor, PREPARERS, "record who took part")
    _refuse_before("people", meeting, today, "Who took part is recorded on its day or later.")
    listed = list(people)
    if not listed:
        raise AgendaError("people", "Enter who took part: at least the person who led the meeting.")
    for person in listed:
        if not person.name.strip() or not person.role.strip():
            msg = "Enter the name and the role of everybody who took part."
            raise AgendaError("people", msg)
    if sum(person.is_chair for person in listed) != 1:
        raise AgendaError("chair", "Choose the one person who led the meeting.")
    names = [person.name.casefold() for person in listed]
    if len(set(names)) != len(names):
        raise AgendaError("people", "Somebody is named twice; enter everybody once.")


def put(command: PutOnAgenda, found: Found, meeting: Meeting, items: Iterable[AgendaItem]) -> Told:
    """The patient is on the agenda; refused where the path has ended or is there already."""
    require_role(command.actor, PREPARERS, "put a patient on an agenda")
    path = found.case.path
    if path.merged_into or found.pathway.states[path.state].final:
        raise AgendaError("", "The path has ended, so there is nothing for a meeting to decide.")
    site = path.settings.get("site", "")
    if meeting.site not in {"", site}:
        msg = f"That meeting is one of {meeting.site}; the patient is of {site or 'no site'}."
        raise AgendaError("meeting", msg)
    if any(item.meeting_id == meeting.meeting_id and item.is_open for item in items):
        raise AgendaError("meeting", "The patient is on the agenda of this meeting already.")
    sentence = "Enter the question that the meeting is to answer."
    question = _need("question", command.question, sentence)
    return "put", None, {"question": question, "state": path.state}


def take_off(command: TakeOff, item: AgendaItem) -> Told:
    """The patient is off the agenda; refused once the meeting has decided."""
    require_role(command.actor, PREPARERS, "take a patient off an agenda")
    _refuse_off(item)
    if item.decisions:
        msg = "The meeting has decided about this patient, so the item stays on its agenda."
        raise AgendaError("", msg)
    sentence = "Enter why the patient is taken off the agenda."
    return "taken_off", item.seq, {"reason": _need("reason", command.reason, sentence)}


def decide_item(
    command: DecideItem,
    found: Found,
    item: AgendaItem,
    meeting: tuple[Meeting, Attendance | None],
    today: date,
) -> Told:
    """The decision is on record; the patient stays where they are."""
    require_role(command.actor, SIGNERS, "record a decision of the MDT")
    held, attendance = meeting
    _refuse_off(item)
    _refuse_before("", held, today, "A decision is recorded on its day or later.")
    if attendance is None:
        raise AgendaError("", "Record first who took part in the meeting, and who led it.")
    decision = found.decision()
    if command.choice not in choices(decision):
        msg = "Choose what was decided: a step that is open here, to defer, no change, or another."
        raise AgendaError("choice", msg)
    option = _checked_option(command, decision)
    in_words = command.in_words.strip()
    if command.choice in NO_STEP:
        sentence = "Enter in words what was decided, and what is waited for."
        in_words = _need("in_words", in_words, sentence)
    rationale = _need("rationale", command.rationale, "Enter why the meeting decided so.")
    path = found.case.path
    return (
        "decided",
        item.seq,
        {
            "choice": command.choice,
            "option": option,
            "state": path.state,
            "version": path.version,
            "pathway_hash": path.pathway_hash,
            "facts_digest": decision.facts_digest,
            "attendance": attendance.seq,
            "in_words": in_words,
            "rationale": rationale,
            "supersedes": item.decision.seq if item.decision else None,
        },
    )


def add_action(command: AddAction, item: AgendaItem, meeting: Meeting) -> Told:
    """Somebody is to do something by a day."""
    require_role(command.actor, PREPARERS, "record an action")
    _refuse_off(item)
    what = _need("what", command.what, "Enter what is to be done.")
    owner = _need("owner", command.owner, "Enter who is to do it.")
    if command.due_on < meeting.held_on:
        msg = f"The day lies before the meeting of {meeting.held_on:%d-%b-%Y}; enter a later one."
        raise AgendaError("due_on", msg)
    return "action", item.seq, {"what": what, "owner": owner, "due_on": command.due_on.isoformat()}


def see_to_action(command: SeeToAction, action: MdtAction) -> Told:
    """It was done, or not done with the reason."""
    require_role(command.actor, PREPARERS, "say whether an action was done")
    if command.outcome not in {"done", "not_done"}:
        raise AgendaError("outcome", "Choose whether it was done.")
    note = command.note.strip()
    if command.outcome == "not_done":
        note = _need("note", note, "Enter why it was not done, and what happens instead.")
    if action.is_done and command.outcome == "done":
        raise AgendaError("outcome", "This is on record as done already.")
    return "outcome", action.seq, {"is_done": command.outcome == "done", "note": note}


def choices(decision: Decision) -> tuple[str, ...]:
    """What a meeting may choose here: the steps open to it, to defer, no change, or another."""
    return (*(step.key for step in open_steps(decision)), DEFER, NO_CHANGE, OTHER)


def open_steps(decision: Decision) -> tuple[Step, ...]:
    """The steps that the table supports or leaves to an MDT; what is always open is no decision."""
    return tuple(s for s in decision.steps if s.status in ALLOWED and not s.is_exit)


def item_of(items: Iterable[AgendaItem], seq: int) -> AgendaItem:
    """The item of that number; raises NotFoundError."""
    for item in items:
        if item.seq == seq:
            return item
    raise NotFoundError(f"There is no item {seq} of this patient on any agenda.")


def action_of(items: Iterable[AgendaItem], seq: int) -> MdtAction:
    """The action of that number; raises NotFoundError."""
    for item in items:
        for action in item.actions:
            if action.seq == seq:
                return action
    raise NotFoundError(f"There is no action {seq} of this patient.")


def _checked_option(command: DecideItem, decision: Decision) -> str | None:
    option = command.option or None
    if option is None:
        return None
    if command.choice in NO_STEP:
        raise AgendaError("option", "A therapy goes with a step; choose the step, or no therapy.")
    if option not in decision.pathway.options:
        raise AgendaError("option", "The pathway knows no such therapy; choose one of the list.")
    forbidden = decision.forbidding(option)
    if forbidden:
        raise AgendaError("option", f"This therapy is forbidden here: {', '.join(forbidden)}.")
    return option


def _refuse_off(item: AgendaItem) -> None:
    if item.taken_off is not None:
        msg = "The patient was taken off this agenda; put the patient on it once more."
        raise AgendaError("", msg)


def _refuse_before(field_: str, meeting: Meeting, today: date, sentence: str) -> None:
    if today < meeting.held_on:
        msg = f"The meeting is on {meeting.held_on:%d-%b-%Y}. {sentence}"
        raise AgendaError(field_, msg)


def _need(name: str, text: str, sentence: str) -> str:
    if not text.strip():
        raise AgendaError(name, sentence)
    return text.strip()
