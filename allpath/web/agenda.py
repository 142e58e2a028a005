"""An agenda as it is shown: each patient with the question, what is known, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote

from allpath import words
from allpath.mdt import wording
from allpath.mdt.meetings import meetings_of
from allpath.web.pages import Visit
from allpath.web.visiting import signed_in
from workflow.errors import NotFoundError
from workflow.found import Found
from workflow.mdt import AgendaItem, MdtAction, MdtDecision, Meeting, last_decision
from workflow.mdt_agenda import Asked, completeness, is_of_this_stay
from workflow.measurement import powers
from workflow.pathway import Pathway
from workflow.records import Person

_TAGS = {"known": "green", "unknown": "yellow", "out of date": "orange"}


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A fact that is asked for before a meeting; `address` records it, where whoever looks may."""

    title: str
    word: str
    tag: str
    note: str
    supplied_by: str
    address: str
    is_needed: bool


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision in words, with the meeting it was made at; a superseded one is shown as such.

    `of_merged` is the path it was about, where that was merged into the one that is shown.
    """

    told: str
    decision: MdtDecision
    meeting: Meeting
    is_superseded: bool
    of_merged: str = ""


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An action with how it stands, and whose it is about.

    `patient` is the path that goes on for the one it is of, where that was merged.
    """

    path_id: str
    person: Person
    item: int
    action: MdtAction
    word: str
    tag: str
    patient: str


@dataclass(frozen=True, slots=True)
class OpenLine:
    """An item of an agenda that no meeting has decided yet."""

    item: AgendaItem
    meeting: Meeting
    is_over: bool


@dataclass(frozen=True, slots=True)
class ItemView:
    """A patient on an agenda."""

    item: AgendaItem
    meeting: Meeting
    person: Person
    born: date | None
    state: str
    days: int
    answer: str
    asked: tuple[AskedLine, ...]
    decisions: tuple[DecisionLine, ...]
    previous: DecisionLine | None
    actions: tuple[ActionLine, ...]

    @property
    def open_facts(self) -> tuple[AskedLine, ...]:
        """What is asked for and does not count, for whatever reason."""
        return tuple(line for line in self.asked if line.word != "known")

    @property
    def needed_facts(self) -> int:
        """How many of those the answer of the pathway waits for."""
        return sum(line.is_needed for line in self.open_facts)

    @property
    def known_facts(self) -> tuple[AskedLine, ...]:
        """What is asked for and known."""
        return tuple(line for line in self.asked if line.word == "known")


def visible_meetings(visit: Visit) -> dict[str, Meeting]:
    """The meetings of the sites of whoever asks and those of all sites, by id and in order."""
    sites = signed_in(visit).account.sites
    every = visit.allpath.store.meetings.every()
    return {m.meeting_id: m for m in every if not sites or m.site in {"", *sites}}


def meeting_of(visit: Visit, meeting_id: str) -> Meeting:
    """A meeting; raises NotFoundError for one of another site as for none."""
    found = visible_meetings(visit).get(meeting_id)
    if found is None:
        raise NotFoundError("There is no such meeting; see the list of meetings.")
    return found


def item_view(visit: Visit, found: Found, item: AgendaItem) -> ItemView:
    """A patient as the meeting sees them."""
    path, pathway = found.case.path, found.pathway
    meetings = {m.meeting_id: m for m in visit.allpath.store.meetings.every()}
    items = meetings_of(visit.allpath).items(path.path_id)
    before = last_decision(other for other in items if other.seq < item.seq)
    person = visit.allpath.store.person(path.path_id)
    return ItemView(
        item,
        meetings[item.meeting_id],
        person,
        words.born_on(found),
        words.state(pathway, path.state),
        (found.today - path.entered["main"]).days,
        words.route(pathway, found.decision()).rstrip("."),
        tuple(_asked(visit, found, each) for each in completeness(found)),
        tuple(
            _line(pathway, decision, meetings, is_superseded=decision is not item.decision)
            for decision in item.decisions
        ),
        _line(pathway, before, meetings) if before else None,
        tuple(
            action_line(path.path_id, person, item, action, found.today) for action in item.actions
        ),
    )


def board_of(visit: Visit, found: Found) -> tuple[tuple[DecisionLine, ...], list[ActionLine]]:
    """The decisions about a patient, the newest first, and the actions that nobody has settled.

    Those about a path that was merged into this one are among them, and name it.
    """
    path_id = found.case.path.path_id
    meetings = {m.meeting_id: m for m in visit.allpath.store.meetings.every()}
    items = meetings_of(visit.allpath).with_merged(path_id)
    person = visit.allpath.store.person(path_id)
    decisions = sorted(
        ((item, decision) for item in items for decision in item.decisions),
        key=lambda pair: (pair[0].path_id == path_id, pair[1].at, pair[1].seq),
        reverse=True,
    )
    lines = tuple(
        replace(
            _line(found.pathway, decision, meetings, is_superseded=decision is not item.decision),
            of_merged="" if item.path_id == path_id else item.path_id,
        )
        for item, decision in decisions
    )
    actions = [
        action_line(path_id, person, item, action, found.today)
        for item in items
        for action in item.actions
        if not action.is_settled
    ]
    return lines, sorted(actions, key=lambda line: line.action.due_on)


def open_lines(visit: Visit, found: Found) -> list[OpenLine]:
    """The agendas a patient is on, where the meeting has not decided yet."""
    store, path_id = visit.allpath.store, found.case.path.path_id
    items = [item for item in meetings_of(visit.allpath).items(path_id) if item.is_open]
    meetings = {m.meeting_id: m for m in store.meetings.every()} if items else {}
    lines = [(item, meetings[item.meeting_id]) for item in items]
    lines.sort(key=lambda line: line[1].held_on)
    return [OpenLine(item, held, held.held_on < found.today) for item, held in lines]


def current(lines: tuple[DecisionLine, ...], found: Found) -> DecisionLine | None:
    """The decision that was made in the state the patient is in now, if there is one."""
    return next(
        (
            line
            for line in lines
            if not line.is_superseded
            and not line.of_merged
            and is_of_this_stay(found, line.decision, line.meeting)
        ),
        None,
    )


def _asked(visit: Visit, found: Found, asked: Asked) -> AskedLine:
    at = f"/patients/{found.case.path.path_id}/record?fact={quote(asked.fact)}"
    note = asked.note
    if asked.status == "known":
        note = f"{_value(found, asked.fact)}, {words.day(asked.on) if asked.on else 'worked out'}"
    return AskedLine(
        words.fact_title(found.pathway, asked.fact),
        asked.status,
        _TAGS[asked.status],
        note or "Not recorded",
        ", ".join(asked.supplied_by) or "nobody is named",
        at if visit.may("record_page") and asked.status != "known" else "",
        asked.is_needed,
    )


def _value(found: Found, fact: str) -> str:
    record = found.sheet().records.get(fact)
    declared = found.pathway.facts[fact]
    value = powers(words.value(record.value if record else found.sheet().values[fact]))
    if declared.type in {"number", "integer"} and declared.unit not in {"", "1"}:
        return f"{value} {declared.unit}"
    return value.replace("_", " ")


def _line(
    pathway: Pathway,
    decision: MdtDecision,
    meetings: dict[str, Meeting],
    *,
    is_superseded: bool = False,
) -> DecisionLine:
    meeting = meetings[decision.meeting_id]
    told = wording.chose(pathway, decision, meeting)
    return DecisionLine(told, decision, meeting, is_superseded)


def action_line(
    path_id: str, person: Person, item: AgendaItem, action: MdtAction, today: date
) -> ActionLine:
    """An action as it stands on a day, and the path by which its patient is cared for."""
    word, tag = wording.standing(action, today)
    return ActionLine(item.path_id, person, item.seq, action, word, tag, path_id)
