"""MDT meetings: who is on the agenda, what was decided, what is to be done, and whether it was.

Everything is a record that is added and never changed: a decision that is changed is a new one, and
both stay. Nothing here moves a patient: a clinician confirms the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, get_args

MdtKind = Literal["put", "taken_off", "decided", "action", "outcome"]
"""Put on an agenda, taken off it, decided about, an action that follows, and what became of it."""
MDT_KINDS: Final = get_args(MdtKind)
DEFER: Final = "defer"
NO_CHANGE: Final = "no_change"
OTHER: Final = "other"
NO_STEP: Final = frozenset({DEFER, NO_CHANGE, OTHER})
"""What a meeting may decide that is no step of the pathway; it is said in words."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of the MDT on a civil day; `site` is empty for one of all sites."""

    meeting_id: str
    site: str
    held_on: date
    title: str
    by: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who took part, in which profession or role."""

    name: str
    role: str
    is_chair: bool = False


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who took part in a meeting, as it was written down the `seq`-th time; the last one counts."""

    meeting_id: str
    seq: int
    people: tuple[Attendee, ...]
    by: str
    role: str
    at: datetime

    @property
    def chair(self) -> str:
        """Who led the meeting."""
        return next(person.name for person in self.people if person.is_chair)


@dataclass(frozen=True, slots=True)
class MdtEntry:
    """One record about a patient at a meeting, for ever; `seq` counts from 1 for each path.

    `about` is the entry that put the patient on the agenda, of an outcome the action; None: this
    is the one that put the patient there.
    """

    path_id: str
    seq: int
    meeting_id: str
    kind: MdtKind
    about: int | None
    content: Mapping[str, Any]
    by: str
    role: str
    os_user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MdtDecision:
    """What a meeting decided: a step by its key, to defer, no change or something else, and why.

    `state` is the one the patient was in; `version` the path's, which pins what was known then.
    """

    seq: int
    meeting_id: str
    choice: str
    option: str | None
    state: str
    version: int
    in_words: str
    rationale: str
    by: str
    role: str
    at: datetime

    @property
    def is_step(self) -> bool:
        """Whether a step was chosen, which a clinician confirms."""
        return self.choice not in NO_STEP


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether an action was done, by whom this was said, and what there is to add."""

    is_done: bool
    note: str
    by: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MdtAction:
    """Something somebody is to do by a day; the last outcome counts, all of them stay."""

    seq: int
    what: str
    owner: str
    due_on: date
    by: str
    at: datetime
    outcomes: tuple[Outcome, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether it was done."""
        return bool(self.outcomes) and self.outcomes[-1].is_done

    @property
    def is_settled(self) -> bool:
        """Whether somebody has said what became of it."""
        return bool(self.outcomes)

    def is_late(self, today: date) -> bool:
        """Whether its day has passed and nobody has said what became of it."""
        return not self.is_settled and self.due_on < today


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """A patient on the agenda of a meeting, with everything that followed from it.

    `origin` is the path and item it was brought from when that path was merged; empty otherwise.
    """

    path_id: str
    seq: int
    meeting_id: str
    question: str
    by: str
    role: str
    at: datetime
    taken_off: MdtEntry | None = None
    decisions: tuple[MdtDecision, ...] = ()
    actions: tuple[MdtAction, ...] = ()
    origin: str = ""

    @property
    def decision(self) -> MdtDecision | None:
        """The decision that counts: the last one."""
        return self.decisions[-1] if self.decisions else None

    @property
    def is_open(self) -> bool:
        """Whether the meeting still has to decide."""
        return self.taken_off is None and not self.decisions


def agenda_items(entries: Iterable[MdtEntry]) -> tuple[AgendaItem, ...]:
    """The items that the entries of one or more paths tell of, in the order they were put there."""
    every = list(entries)
    about: dict[tuple[str, int], list[MdtEntry]] = {}
    for entry in every:
        if entry.about is not None:
            about.setdefault((entry.path_id, entry.about), []).append(entry)
    return tuple(_item(entry, about) for entry in every if entry.kind == "put")


def last_decision(items: Iterable[AgendaItem]) -> MdtDecision | None:
    """The newest decision that counts among the items of one path, if there is any."""
    found = [item.decision for item in items if item.decision is not None]
    return max(found, key=lambda decision: decision.seq, default=None)


def _item(put: MdtEntry, about: Mapping[tuple[str, int], list[MdtEntry]]) -> AgendaItem:
    found = about.get((put.path_id, put.seq), [])
    return AgendaItem(
        put.path_id,
        put.seq,
        put.meeting_id,
        put.content["question"],
        put.by,
        put.role,
        put.at,
        next((entry for entry in found if entry.kind == "taken_off"), None),
        tuple(_decision(entry) for entry in found if entry.kind == "decided"),
        tuple(
            _action(entry, about.get((entry.path_id, entry.seq), []))
            for entry in found
            if entry.kind == "action"
        ),
        put.content.get("merged_from", ""),
    )


def _decision(entry: MdtEntry) -> MdtDecision:
    told = entry.content
    return MdtDecision(
        entry.seq,
        entry.meeting_id,
        told["choice"],
        told["option"],
        told["state"],
        told["version"],
        told["in_words"],
        told["rationale"],
        entry.by,
        entry.role,
        entry.at,
    )


def _action(entry: MdtEntry, about: Iterable[MdtEntry]) -> MdtAction:
    told = entry.content
    outcomes = tuple(
        Outcome(each.content["is_done"], each.content["note"], each.by, each.role, each.at)
        for each in about
    )
    due_on = date.fromisoformat(told["due_on"])
    return MdtAction(entry.seq, told["what"], told["owner"], due_on, entry.by, entry.at, outcomes)
