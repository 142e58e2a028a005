"""Merging two paths and parting them, with what stands beside the journal.

Who looks after the patient and the open items of agendas go over to the path that survives, by
records that are added; decisions and actions stay where they are and are shown there as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allpath.bootstrap import Allpath
from storage.sql_store import SqlStore
from storage.transaction import SqlTransaction
from workflow.assigning import NOBODY, Assignment
from workflow.carrying_out import Outcome
from workflow.commands import MergePaths, UnmergePaths
from workflow.mdt import AgendaItem, MdtEntry, agenda_items
from workflow.mdt_acts import Told
from workflow.orchestrator import Orchestrator
from workflow.records import Actor

MERGED_INTO: Final = "merged_into"
MERGED_FROM: Final = "merged_from"
RETURNED_FROM: Final = "returned_from"


@dataclass(frozen=True, slots=True)
class Brought:
    """What goes over with a merge: who looks after the patient from then on, and open items."""

    keeper: str
    items: tuple[AgendaItem, ...]


@dataclass(frozen=True, slots=True)
class _Acting:
    """Who acts, when, and in which transaction."""

    transaction: SqlTransaction
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True)
class Merging:
    """Merges and parts the paths of a store; all of it is one transaction, or none of it."""

    store: SqlStore
    orchestrator: Orchestrator

    def merge(self, command: MergePaths, now: datetime) -> tuple[Outcome, Outcome]:
        """As the orchestrator merges; the survivor takes over what stands beside the journal."""
        with self.store.begin() as transaction:
            left, grown = self.orchestrator.merge_within(transaction, command, now)
            if not left.replayed:
                self._bring(_Acting(transaction, command.actor, now), left, grown)
        return left, grown

    def unmerge(self, command: UnmergePaths, now: datetime) -> tuple[Outcome, Outcome]:
        """As the orchestrator parts; what had gone over and still stands open goes back."""
        with self.store.begin() as transaction:
            parted, survivor = self.orchestrator.unmerge_within(transaction, command, now)
            if not parted.replayed:
                acting = _Acting(transaction, command.actor, now)
                self._give_back(acting, parted, survivor.path.path_id)
        return parted, survivor

    def foreseen(self, leaving: str, staying: str) -> Brought:
        """What would go over: nobody is put in the place of whoever looks after the survivor."""
        assignments = self.store.assignments
        keeper = NOBODY if assignments.keeper(staying) else assignments.keeper(leaving)
        items = agenda_items(self.store.meetings.entries(leaving))
        return Brought(keeper, tuple(item for item in items if item.is_open))

    def _bring(self, acting: _Acting, left: Outcome, grown: Outcome) -> None:
        leaving, staying = left.path.path_id, grown.path.path_id
        brought = self.foreseen(leaving, staying)
        why = f"{leaving} was merged into {staying}"
        if brought.keeper != NOBODY:
            key = _key(leaving, left.entries[0].seq)
            self._assign(acting, staying, brought.keeper, (why, key))
        for item in brought.items:
            content = {"question": item.question, "state": grown.path.state}
            content[MERGED_FROM] = f"{leaving}/{item.seq}"
            put = self._add(acting, staying, item.meeting_id, ("put", None, content))
            gone = {"reason": why, MERGED_INTO: f"{staying}/{put.seq}"}
            self._add(acting, leaving, item.meeting_id, ("taken_off", item.seq, gone))

    def _give_back(self, acting: _Acting, outcome: Outcome, survivor: str) -> None:
        parted = outcome.path.path_id
        why = f"{parted} is parted from {survivor} again"
        last = self.store.assignments.of(survivor)[-1:]
        key = _key(parted, outcome.entries[0].detail["merged_by"])
        if last and last[0].key == key:
            self._assign(acting, survivor, NOBODY, (why, ""))
        for item in agenda_items(self.store.meetings.entries(survivor)):
            if item.is_open and item.origin.rpartition("/")[0] == parted:
                off: Told = ("taken_off", item.seq, {"reason": why})
                self._add(acting, survivor, item.meeting_id, off)
        mine = self.store.meetings.entries(parted)
        returned = {entry.content.get(RETURNED_FROM) for entry in mine}
        items = {item.seq: item for item in agenda_items(mine)}
        for entry in mine:
            went = entry.content.get(MERGED_INTO)
            if entry.kind != "taken_off" or went is None or went in returned:
                continue
            item = items[entry.about or 0]
            content = {"question": item.question, "state": outcome.path.state}
            content[RETURNED_FROM] = went
            if item.origin:
                content[MERGED_FROM] = item.origin
            self._add(acting, parted, item.meeting_id, ("put", None, content))

    def _assign(self, acting: _Acting, path_id: str, keeper: str, why: tuple[str, str]) -> None:
        reason, key = why
        said = Assignment(path_id, keeper, reason, acting.actor, acting.now, key)
        self.store.assignments.assign_within(acting.transaction, said)

    def _add(self, acting: _Acting, path_id: str, meeting_id: str, told: Told) -> MdtEntry:
        actor = acting.actor
        seq = len(self.store.meetings.entries(path_id)) + 1
        who = (actor.name, actor.role, actor.os_user)
        entry = MdtEntry(path_id, seq, meeting_id, *told, *who, acting.now)
        self.store.meetings.add(acting.transaction, entry, actor)
        return entry


def merging_of(allpath: Allpath) -> Merging:
    """The merging of the product."""
    return Merging(allpath.store, allpath.orchestrator)


def _key(path_id: str, seq: int) -> str:
    """What names the merge by which an assignment came over."""
    return f"merge {path_id}/{seq}"
