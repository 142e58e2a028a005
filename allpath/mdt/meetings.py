"""Meetings of the MDT: called, attended, decided and followed up, for every front door alike.

Each act reads, checks and writes in one transaction, with its audit event. What the pathway asks
about a meeting is recorded through the orchestrator, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from allpath.bootstrap import Allpath
from storage.sql_store import SqlStore
from storage.transaction import SqlTransaction
from workflow.commands import NewFact, RecordFacts
from workflow.errors import ConflictError
from workflow.found import Found
from workflow.mdt import (
    AgendaItem,
    Attendance,
    Attendee,
    MdtEntry,
    Meeting,
    agenda_items,
)
from workflow.mdt_acts import (
    AddAction,
    AgendaError,
    DecideItem,
    MdtCommand,
    PutOnAgenda,
    SeeToAction,
    TakeOff,
    Told,
    action_of,
    add_action,
    check_attendance,
    check_meeting,
    decide_item,
    item_of,
    put,
    see_to_action,
    take_off,
)
from workflow.mdt_agenda import mdt_facts
from workflow.orchestrator import Orchestrator
from workflow.records import Actor

_STALE = (
    "Somebody else changed the agenda of this patient after you looked; nothing of yours was "
    "saved. Look at what is there now, then decide."
)


@dataclass(frozen=True)
class Meetings:
    """The meetings over a store; `zone` says which day it is where they are held."""

    store: SqlStore
    orchestrator: Orchestrator
    zone: ZoneInfo

    def call(self, actor: Actor, held_on: date, title: str, site: str, now: datetime) -> Meeting:
        """A meeting is called; raises ConflictError where there is one of that day and title."""
        check_meeting(actor, title)
        with self.store.begin() as transaction:
            every = self.store.meetings.every()
            if (held_on, site, title.strip()) in {(m.held_on, m.site, m.title) for m in every}:
                msg = f"There is a meeting {title.strip()} on {held_on:%d-%b-%Y} already."
                raise ConflictError(msg)
            meeting = Meeting(
                f"M-{len(every) + 1}", site, held_on, title.strip(), actor.name, actor.role, now
            )
            self.store.meetings.call(transaction, meeting, actor)
        return meeting

    def attend(
        self,
        actor: Actor,
        meeting_id: str,
        people: Sequence[Attendee],
        seen: int | None,
        now: datetime,
    ) -> Attendance:
        """Who took part is written down; an earlier list stays, and counts no more."""
        with self.store.begin() as transaction:
            meeting = self.store.meetings.one(meeting_id)
            before = self.store.meetings.attendances(meeting_id)
            _refuse_stale(seen, len(before))
            check_attendance(actor, meeting, people, self._today(now))
            attendance = Attendance(
                meeting_id, len(before) + 1, tuple(people), actor.name, actor.role, now
            )
            self.store.meetings.attend(transaction, attendance, actor)
        return attendance

    def do(self, command: MdtCommand, now: datetime) -> MdtEntry:
        """The act is on record; raises AgendaError, ConflictError, NotFoundError and others."""
        with self.store.begin() as transaction:
            found = self.orchestrator.look(command.path_id, now)
            entries = self.store.meetings.entries(command.path_id)
            _refuse_stale(command.seen, len(entries))
            _refuse_merged(command, found)
            items = agenda_items(entries)
            told, meeting_id = self._told(transaction, command, found, items)
            actor = command.actor
            entry = MdtEntry(
                command.path_id,
                len(entries) + 1,
                meeting_id,
                *told,
                actor.name,
                actor.role,
                actor.os_user,
                now,
            )
            self.store.meetings.add(transaction, entry, actor)
        return entry

    def items(self, path_id: str = "") -> tuple[AgendaItem, ...]:
        """What is and was on any agenda, of one patient or of all."""
        return agenda_items(self.store.meetings.entries(path_id))

    def with_merged(self, path_id: str) -> tuple[AgendaItem, ...]:
        """The items of a patient, then those of the paths that were merged into this one."""
        every = (path_id, *self.store.meetings.taken_in(path_id))
        return tuple(item for each in every for item in self.items(each))

    def _told(
        self,
        transaction: SqlTransaction,
        command: MdtCommand,
        found: Found,
        items: Sequence[AgendaItem],
    ) -> tuple[Told, str]:
        if isinstance(command, PutOnAgenda):
            meeting = self.store.meetings.one(command.meeting_id)
            return put(command, found, meeting, items), meeting.meeting_id
        if isinstance(command, SeeToAction):
            action = action_of(items, command.action)
            (meeting_id,) = {i.meeting_id for i in items if action in i.actions}
            return see_to_action(command, action), meeting_id
        if not isinstance(command, TakeOff | DecideItem | AddAction):
            raise TypeError(command)
        item = item_of(items, command.item)
        if isinstance(command, TakeOff):
            return take_off(command, item), item.meeting_id
        meeting = self.store.meetings.one(item.meeting_id)
        if isinstance(command, AddAction):
            return add_action(command, item, meeting), item.meeting_id
        attendances = self.store.meetings.attendances(item.meeting_id)
        held = (meeting, attendances[-1] if attendances else None)
        told = decide_item(command, found, item, held, self._today(found.now))
        facts = tuple(_facts(command.facts, found, meeting))
        if facts:
            record = RecordFacts(actor=command.actor, path_id=command.path_id, facts=facts)
            self.orchestrator.record_within(transaction, record, found.now)
        return told, item.meeting_id

    def _today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()


def meetings_of(allpath: Allpath) -> Meetings:
    """The meetings of the product."""
    return Meetings(allpath.store, allpath.orchestrator, allpath.settings.zone)


def decided_facts(found: Found, meeting: Meeting) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """What a decision records: that the meeting was held, and what it is asked, with its values.

    Nothing where the meeting was before the patient came into this state: it would not count.
    """
    if meeting.held_on < found.case.path.entered["main"] or meeting.held_on > found.today:
        return [], {}
    known = found.sheet().values
    declared = {name: found.pathway.facts[name] for name in mdt_facts(found)}
    held = [name for name, fact in declared.items() if fact.type == "event" and name not in known]
    asked = {name: fact.values for name, fact in declared.items() if fact.type == "one_of"}
    return held, asked


def _facts(given: Mapping[str, str], found: Found, meeting: Meeting) -> Iterator[NewFact]:
    held, asked = decided_facts(found, meeting)
    known, source = found.sheet().values, f"MDT {meeting.meeting_id}"
    for name in held:
        yield NewFact(fact=name, value=meeting.title, effective_at=meeting.held_on, source=source)
    for name, value in given.items():
        if value not in asked.get(name, ()):
            raise AgendaError(f"fact-{name}", "Choose one of the answers, or leave it undecided.")
        if known.get(name) not in {None, value}:
            msg = "Another answer is on record already; correct that record on the patient's page."
            raise AgendaError(f"fact-{name}", msg)
        if name not in known:
            yield NewFact(fact=name, value=value, effective_at=meeting.held_on, source=source)


def _refuse_merged(command: MdtCommand, found: Found) -> None:
    """Of a merged path nothing is decided any more; whether an action was done is still said."""
    survivor = found.case.path.merged_into
    if survivor and not isinstance(command, SeeToAction):
        msg = f"{command.path_id} was merged into {survivor}: use {survivor}."
        raise AgendaError("", msg)


def _refuse_stale(seen: int | None, count: int) -> None:
    if seen not in {None, count}:
        raise ConflictError(_STALE)
