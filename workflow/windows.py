"""Windows: when one occurrence of a checkpoint opens, is due and is overdue.

A window is counted on the calendar, from a civil day at the patient's site, and only then turned
into instants: due from the beginning of the due day, overdue from the beginning of the next. A rule
in hours counts from the instant of its anchor, where that is known, else from the beginning of the
anchor's day; then its words say 00:00.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from workflow.civil_time import first_instant
from workflow.durations import Duration
from workflow.pathway import Checkpoint
from workflow.records import CheckpointRecord

_FROM_MIDNIGHT: Final = " 00:00, "


@dataclass(frozen=True, slots=True)
class Window:
    """The instants of one occurrence, and beside them the rule they were computed by."""

    opens_at: datetime
    due_at: datetime
    overdue_at: datetime
    due_rule: str


def dues(definition: Checkpoint) -> tuple[str, ...]:
    """When each occurrence that the pathway lists is due."""
    return (definition.due,) if isinstance(definition.due, str) else definition.due


def window(
    definition: Checkpoint,
    owner: str,
    occurrence: int,
    anchor: date,
    zone: ZoneInfo,
    *,
    since: datetime | None,
) -> Window:
    """The window of an occurrence that counts from `anchor`; `since` is its instant, if known."""
    days = _counted(definition, owner, occurrence, anchor)
    due_on, words = days.due.after(anchor), f"{days.rule}, {zone.key}"
    due_at = first_instant(due_on, zone)
    overdue_at = first_instant(due_on + timedelta(days=1), zone)
    if days.due.is_in_hours:
        due_at = overdue_at = (since or first_instant(anchor, zone)) + days.due.as_span()
        words = words if since else f"{days.rule}{_FROM_MIDNIGHT}{zone.key}"
    return Window(min(first_instant(days.opens, zone), due_at), due_at, overdue_at, words)


def window_again(row: CheckpointRecord, definition: Checkpoint, zone: ZoneInfo) -> Window:
    """The window of a stored row, computed anew from its anchor, its rule and the zone."""
    anchor, since = row.anchor_on, None
    due = _counted(definition, row.owner, row.occurrence, anchor).due
    if due.is_in_hours and _FROM_MIDNIGHT not in row.due_rule:
        since = row.due_at - due.as_span()  # an instant stays one, whatever a clock shows
    return window(definition, row.owner, row.occurrence, anchor, zone, since=since)


@dataclass(frozen=True, slots=True)
class _Days:
    """A window on the calendar: the day it opens, how long after the anchor it is due, in words."""

    opens: date
    due: Duration
    rule: str


def _counted(definition: Checkpoint, owner: str, occurrence: int, anchor: date) -> _Days:
    listed = dues(definition)
    if occurrence > len(listed):
        due = Duration.read(_pace(definition, occurrence))
        return _Days(anchor, due, f"{due} after it was met on {anchor.isoformat()}")
    due = Duration.read(listed[occurrence - 1])
    opens = Duration.read(definition.opens).after(anchor)
    if occurrence > 1:
        before = Duration.read(listed[occurrence - 2]).after(anchor)
        opens = before + (due.after(anchor) - before) / 2
    what = definition.anchor or f"entering {owner.partition(':')[2]}"
    return _Days(opens, due, f"{due} after {what} {anchor.isoformat()}")


def _pace(definition: Checkpoint, occurrence: int) -> str:
    """How long after the last one was met an occurrence beyond those listed is due."""
    is_slow = definition.times is not None and occurrence > definition.times
    return (is_slow and definition.then) or definition.every or ""
