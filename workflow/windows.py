"""Windows: when one occurrence of a checkpoint opens, is due and is overdue.

A window is counted on the calendar, from a civil day at the patient's site, and only then turned
into instants: due from the beginning of the due day, overdue from the beginning of the next. A rule
in hours counts from the instant of its anchor, where that is known, else from the beginning of the
anchor's day; then its words say 00:00. Where a site works on some days only, what is operational
and due on another day moves to the next working day; its words say to which.

The rule in words is kept beside the instants and is read again when zone data change: a pathway may
have been replaced since by one that counts otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from workflow.civil_time import first_instant
from workflow.durations import Duration
from workflow.errors import RefusedError
from workflow.pathway import Checkpoint
from workflow.records import CheckpointRecord
from workflow.working_days import EVERY_DAY, Calendar

MET: Final = "was met"
WAIVED: Final = "was waived"
EXPIRED: Final = "expired"
"""How the occurrence before ended, as the rule of the next one says it."""
_WAIVED_TO: Final = " after it was waived to "
_FROM_MIDNIGHT: Final = " 00:00"
_MOVED: Final = ", moved to "
_HALF_A_DAY: Final = timedelta(hours=12)
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The instants of one occurrence, and beside them the rule they were computed by."""

    opens_at: datetime
    due_at: datetime
    overdue_at: datetime
    due_rule: str
    ideal_at: datetime | None = None
    expires_at: datetime | None = None

    @classmethod
    def of(cls, row: CheckpointRecord) -> Window:
        """The window that is stored in a row."""
        return cls(
            row.opens_at, row.due_at, row.overdue_at, row.due_rule, row.ideal_at, row.expires_at
        )


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
    working: Calendar = EVERY_DAY,
    counts_from: str = MET,
    what: str = "",
) -> Window:
    """The window of an occurrence that counts from `anchor`; `since` is its instant, if known.

    `working` are the days an operational checkpoint may be due on; `counts_from` says how the
    occurrence before ended, `what` which day the anchor is, where it is not the declared one.
    Raises RefusedError when it would be due beyond the calendar.
    """
    what = what or definition.anchor or entering(owner)
    try:
        opens_on, due, words = _counted(definition, what, occurrence, anchor, counts_from)
        if due.is_in_hours and since is None:
            words += _FROM_MIDNIGHT
        due_on = due.after(anchor)
        if definition.basis == "operational" and not due.is_in_hours:
            worked_on = working.next_working_day(due_on)
            words += f"{_MOVED}{worked_on.isoformat()}" if worked_on != due_on else ""
            due_on = worked_on
        due_at, overdue_at = _due(due, due_on, anchor, zone, since)
        ideal_at = None
        if definition.ideal and occurrence == 1:
            ideal_at = first_instant(Duration.read(definition.ideal).after(anchor), zone)
        expires_at = _expires_at(definition, zone, due_at, overdue_at)
        opens_at = min(first_instant(opens_on, zone), due_at)
    except (OverflowError, ValueError):
        msg = (
            f"{definition.id} would be due beyond the calendar: it counts from "
            f"{anchor.isoformat()}. Correct that date."
        )
        raise RefusedError(msg) from None
    return Window(opens_at, due_at, overdue_at, f"{words}, {zone.key}", ideal_at, expires_at)


def window_again(row: CheckpointRecord, zone: ZoneInfo) -> Window | None:
    """What the window of a stored row should be in this zone, by the zone data at hand.

    It equals the stored one where the two agree; None where the words of its rule say nothing.
    """
    words, _, _ = row.due_rule.rpartition(", ")
    counted, _, moved_to = words.partition(_MOVED)
    try:
        due = Duration.read_words(counted.partition(" after ")[0])
        due_on = date.fromisoformat(moved_to) if moved_to else due.after(row.anchor_on)
    except ValueError:
        return None
    due_rule = f"{words}, {zone.key}"
    began, first = row.due_at, due_on
    if due.is_in_hours:
        if not words.endswith(_FROM_MIDNIGHT):  # an instant stays one, whatever a clock shows
            return replace(Window.of(row), due_rule=due_rule)
        first, began = row.anchor_on, row.due_at - due.as_span()
    due_at, overdue_at = _due(due, due_on, row.anchor_on, zone, None)
    # The stored instants say by how much the clock was ahead when they were computed. That names
    # the day each began; half a day makes up for a clock that was ahead by more, or less, then.
    ahead = datetime.combine(first, time(), UTC) - began

    def again(at: datetime) -> datetime:
        return first_instant((at + ahead + _HALF_A_DAY).date(), zone)

    opens_at = due_at if row.opens_at == row.due_at else again(row.opens_at)
    return Window(
        min(opens_at, due_at),
        due_at,
        overdue_at,
        due_rule,
        row.ideal_at and again(row.ideal_at),
        row.expires_at and max(again(row.expires_at), overdue_at),
    )


def _due(
    due: Duration, due_on: date, anchor: date, zone: ZoneInfo, since: datetime | None
) -> tuple[datetime, datetime]:
    """From when it is due, and from when overdue."""
    if due.is_in_hours:
        over = (since or first_instant(anchor, zone)) + due.as_span()
        return over, over
    return first_instant(due_on, zone), first_instant(due_on + _ONE_DAY, zone)


def _expires_at(
    definition: Checkpoint, zone: ZoneInfo, due_at: datetime, overdue_at: datetime
) -> datetime | None:
    """From when the occurrence can no longer be met, if ever; never before it is overdue."""
    if definition.expires is None:
        return None
    last = Duration.read(definition.expires).after(due_at.astimezone(zone).date())
    return max(overdue_at, first_instant(last + _ONE_DAY, zone))


def is_asked_again(row: CheckpointRecord) -> bool:
    """Whether the row is due on the day somebody waived it to: no anchor and no pace moves it."""
    return _WAIVED_TO in row.due_rule


def follows_what_was_met(row: CheckpointRecord) -> bool:
    """Whether the row counts from a day on which the one before was met: that day is used up."""
    return f" after it {MET} on " in row.due_rule


def entering(owner: str) -> str:
    """How a rule names the day its state or track was entered."""
    return f"entering {owner.partition(':')[2]}"


def counts_from_named(row: CheckpointRecord, definition: Checkpoint) -> bool:
    """Whether the row counts from the fact its declaration names; else from when it was asked."""
    return definition.anchor is not None and f" after {definition.anchor} " in row.due_rule


def window_once_more(on: date, zone: ZoneInfo) -> Window:
    """The window of what was waived until a day, counted from the day before: due on that day."""
    last = on - _ONE_DAY
    opens_at, due_at = first_instant(last, zone), first_instant(on, zone)
    words = f"1 day{_WAIVED_TO}{last.isoformat()}, {zone.key}"
    return Window(opens_at, due_at, first_instant(on + _ONE_DAY, zone), words)


def _counted(
    definition: Checkpoint, what: str, occurrence: int, anchor: date, counts_from: str
) -> tuple[date, Duration, str]:
    """On the calendar: the day it opens, how long after the anchor it is due, and that in words."""
    listed = dues(definition)
    if occurrence > len(listed):
        due = Duration.read(_pace(definition, occurrence))
        return anchor, due, f"{due} after it {counts_from} on {anchor.isoformat()}"
    due = Duration.read(listed[occurrence - 1])
    opens = Duration.read(definition.opens).after(anchor)
    if occurrence > 1:
        before = Duration.read(listed[occurrence - 2]).after(anchor)
        opens = before + (due.after(anchor) - before) / 2
    return opens, due, f"{due} after {what} {anchor.isoformat()}"


def _pace(definition: Checkpoint, occurrence: int) -> str:
    """How long after the last one was closed an occurrence beyond those listed is due."""
    is_slow = definition.times is not None and occurrence > definition.times
    return (is_slow and definition.then) or definition.every or ""
