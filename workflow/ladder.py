"""The ladder of an overdue checkpoint: whom it is brought to, when, and again until they say so.

A checkpoint opens, is due, is overdue, and is then brought to one role after another. Whoever was
told last is reminded until somebody acknowledges it or it is closed; acknowledged is not resolved.
Nothing here moves a patient, and a second look at the same moment adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from workflow.durations import Duration
from workflow.pathway import Checkpoint, Pathway
from workflow.records import CheckpointRecord, CheckpointStatus, PathRecord
from workflow.site_plan import SitePlan

_CHAIN: Final[tuple[CheckpointStatus, ...]] = ("scheduled", "open", "due", "overdue")
EXPIRED: Final = "checkpoint_expired"
REMINDED: Final = "checkpoint_reminded"


@dataclass(frozen=True, slots=True)
class Ladder:
    """How a checkpoint of a path is brought to people: its declaration and the path's reminders.

    Nobody is told before `paused_until`, which is None where the pause is not of this checkpoint;
    `again` is how often the last one told is reminded.
    """

    definition: Checkpoint
    paused_until: datetime | None = None
    again: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something a sweep found, and the moment it should have been found at.

    A checkpoint became due, overdue or expired, or was brought to a role.
    """

    kind: str
    row: CheckpointRecord
    at: datetime
    to_role: str = ""


def ladder(
    pathway: Pathway, path: PathRecord, definition: Checkpoint, site: SitePlan | None
) -> Ladder:
    """The ladder of a checkpoint of this path, reminders as its site has them."""
    every = pathway.reminders.every if pathway.reminders else None
    if site is not None and site.remind_every:
        every = site.remind_every
    again = Duration.read(every).as_span() if every else None
    is_meant = path.paused == "all" or definition.basis == "operational"
    return Ladder(definition, path.paused_until if is_meant else None, again)


def advance(
    row: CheckpointRecord, steps: Ladder, now: datetime
) -> tuple[CheckpointRecord, tuple[Happening, ...]]:
    """The row as it stands at `now`, and what happened on the way; a second call adds nothing.

    One that has expired comes back live, with the happening that says so: the journal closes it.
    """
    happened: list[Happening] = []
    while row.next_at is not None and row.next_at <= now:
        at = row.next_at
        if row.expires_at is not None and row.expires_at <= at:
            told = steps.definition.escalate
            happened.append(Happening(EXPIRED, row, at, told[-1].to if told else ""))
            break
        if row.status in {"scheduled", "open", "due"}:
            row = replace(row, status=_CHAIN[_CHAIN.index(row.status) + 1])
            row = replace(row, next_at=next_at(row, steps))
            if row.status != "open":
                happened.append(Happening(f"checkpoint_{row.status}", row, at))
        elif row.level < len(steps.definition.escalate):
            to_role = steps.definition.escalate[row.level].to
            row = replace(row, status="escalated", level=row.level + 1, reminded_at=now)
            row = replace(row, next_at=next_at(row, steps))
            happened.append(Happening("checkpoint_escalated", row, at, to_role))
        else:
            row = replace(row, reminded_at=now)
            row = replace(row, next_at=next_at(row, steps))
            happened.append(Happening(REMINDED, row, at, steps.definition.escalate[-1].to))
    return row, tuple(happened)


def next_at(row: CheckpointRecord, steps: Ladder) -> datetime | None:
    """When a sweep has something to do for a live row; None: never again."""
    at = _next_step_at(row, steps)
    if row.expires_at is None:
        return at
    return row.expires_at if at is None else min(at, row.expires_at)


def _next_step_at(row: CheckpointRecord, steps: Ladder) -> datetime | None:
    if row.status == "scheduled":
        return row.opens_at
    if row.status == "open":
        return row.due_at
    if row.status == "due":
        return row.overdue_at
    told = steps.definition.escalate
    if row.level < len(told):
        at = row.overdue_at + Duration.read(told[row.level].after).as_span()
    elif told and steps.again:
        last_told_at = row.overdue_at + Duration.read(told[-1].after).as_span()
        at = (row.reminded_at or last_told_at) + steps.again
    else:
        return None
    return max(at, row.quiet_until or at, steps.paused_until or at)
