"""Windows: when one occurrence of a checkpoint opens, is due and is overdue.

A window is counted on the calendar, from a civil day at the patient's site, and only then turned
into instants: due from the beginning of the due day, overdue from the beginning of the next. A rule
in hours counts from the instant of its anchor, where that is known, else from the beginning of the
anchor's day; then its words say 00:00.

The rule in words is kept beside the instants and is read again when zone data change: a pathway may
have been replaced since by one that counts otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from workflow.civil_time import first_instant
from workflow.durations import Duration
from workflow.pathway import Checkpoint
from workflow.records import CheckpointRecord

_FROM_MIDNIGHT: Final = " 00:00"
_HALF_A_DAY: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Window:
    """The instants of one occurrence, and beside them the rule they were computed by."""

    opens_at: datetime
    due_at: datetime
    overdue_at: datetime
    due_rule: str

    @classmethod
    def of(cls, row: CheckpointRecord) -> Window:
        """The window that is stored in a row."""
        return cls(row.opens_at, row.due_at, row.overdue_at, row.due_rule)


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
    opens_on, due, words = _counted(definition, owner, occurrence, anchor)
    if due.is_in_hours and since is None:
        words += _FROM_MIDNIGHT
    due_at, overdue_at = _due(due, anchor, zone, since)
    opens_at = min(first_instant(opens_on, zone), due_at)
    return Window(opens_at, due_at, overdue_at, f"{words}, {zone.key}")


def window_again(row: CheckpointRecord, zone: ZoneInfo) -> Window | None:
    """What the window of a stored row should be in this zone, by the zone data at hand.

    It equals the stored one where the two agree; None where the words of its rule say nothing.
    """
    words, _, _ = row.due_rule.rpartition(", ")
    try:
        due = Duration.read_words(words.partition(" after ")[0])
    except ValueError:
        return None
    anchor, due_rule = row.anchor_on, f"{words}, {zone.key}"
    first, began = due.after(anchor), row.due_at
    if due.is_in_hours:
        if not words.endswith(_FROM_MIDNIGHT):  # an instant stays one, whatever a clock shows
            return Window(row.opens_at, row.due_at, row.overdue_at, due_rule)
        first, began = anchor, row.due_at - due.as_span()
    due_at, overdue_at = _due(due, anchor, zone, None)
    # The stored instants say by how much the clock was ahead when they were computed. That names
    # the day it opened on; half a day makes up for a clock that was ahead by more, or less, then.
    ahead = datetime.combine(first, time(), UTC) - began
    opens_on = (row.opens_at + ahead + _HALF_A_DAY).date()
    opens_at = due_at if row.opens_at == row.due_at else first_instant(opens_on, zone)
    return Window(min(opens_at, due_at), due_at, overdue_at, due_rule)


def _due(
    due: Duration, anchor: date, zone: ZoneInfo, since: datetime | None
) -> tuple[datetime, datetime]:
    """From when it is due, and from when overdue."""
    if due.is_in_hours:
        over = (since or first_instant(anchor, zone)) + due.as_span()
        return over, over
    due_on = due.after(anchor)
    return first_instant(due_on, zone), first_instant(due_on + timedelta(days=1), zone)


def _counted(
    definition: Checkpoint, owner: str, occurrence: int, anchor: date
) -> tuple[date, Duration, str]:
    """On the calendar: the day it opens, how long after the anchor it is due, and that in words."""
    listed = dues(definition)
    if occurrence > len(listed):
        due = Duration.read(_pace(definition, occurrence))
        return anchor, due, f"{due} after it was met on {anchor.isoformat()}"
    due = Duration.read(listed[occurrence - 1])
    opens = Duration.read(definition.opens).after(anchor)
    if occurrence > 1:
        before = Duration.read(listed[occurrence - 2]).after(anchor)
        opens = before + (due.after(anchor) - before) / 2
    what = definition.anchor or f"entering {owner.partition(':')[2]}"
    return opens, due, f"{due} after {what} {anchor.isoformat()}"


def _pace(definition: Checkpoint, occurrence: int) -> str:
    """How long after the last one was met an occurrence beyond those listed is due."""
    is_slow = definition.times is not None and occurrence > definition.times
    return (is_slow and definition.then) or definition.every or ""
