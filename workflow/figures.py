"""Figures about many paths: lateness by week, days between moments, passages between states.

Nothing here knows who anybody is. A figure says how many it rests on, and a count below five is
told to nobody outside (`FEWEST`), for it could point at a person.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from workflow.course import Course

FEWEST: Final = 5
"""The smallest count that leaves Allpath; below it a file says `<5`."""
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Lateness:
    """When a checkpoint was overdue: since an instant, until a later one (None: it still is)."""

    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it was overdue at an instant."""
        return self.since <= at and (self.until is None or self.until > at)


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took: the median with the middle half, over `count` times."""

    count: int
    lower: float
    median: float
    upper: float


@dataclass(frozen=True, slots=True)
class Passage:
    """How often one state was left for another, of all `left` times it was left, and after what."""

    source: str
    target: str
    count: int
    left: int
    median: float

    @property
    def percent(self) -> float:
        """The share of all who left the first state."""
        return 100 * self.count / self.left


def week_ends(first: datetime, now: datetime, zone: ZoneInfo, at_most: int) -> tuple[datetime, ...]:
    """The ends of the weeks (Sunday 24:00 at the site) after `first` and before `now`."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    ends: list[datetime] = []
    while len(ends) < at_most:
        end = datetime.combine(monday, datetime.min.time(), zone)
        if end <= first or end > now:
            break
        ends.append(end)
        monday -= _WEEK
    return tuple(reversed(ends))


def overdue_at(late: Iterable[Lateness], moments: Sequence[datetime]) -> tuple[int, ...]:
    """How many were overdue at each of the moments: those that had begun, less those that ended."""
    every = tuple(late)
    begun = sorted(each.since for each in every)
    ended = sorted(each.until for each in every if each.until is not None)
    return tuple(bisect_right(begun, at) - bisect_right(ended, at) for at in moments)


def any_of(late: Iterable[Lateness]) -> tuple[Lateness, ...]:
    """When any of these was overdue, in pieces that do not touch."""
    pieces: list[Lateness] = []
    for each in sorted(late, key=lambda each: each.since):
        last = pieces[-1] if pieces else None
        if last is None or (last.until is not None and last.until < each.since):
            pieces.append(each)
        elif last.until is not None and (each.until is None or each.until > last.until):
            pieces[-1] = Lateness(last.since, each.until)
    return tuple(pieces)


def cycles(starts: Iterable[date], ends: Iterable[date]) -> tuple[tuple[int, ...], date | None]:
    """The days from each start to the end that follows it, and the start that still waits.

    Of several starts before one end the last one counts; an end without a start counts as none.
    """
    marks = sorted([(day, 0) for day in set(starts)] + [(day, 1) for day in set(ends)])
    days: list[int] = []
    waiting: date | None = None
    for day, is_end in marks:
        if not is_end:
            waiting = day
        elif waiting is not None:
            days.append((day - waiting).days)
            waiting = None
    return tuple(days), waiting


def spread(values: Iterable[float]) -> Spread | None:
    """The median and the quartiles, between two values where they lie between; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return Spread(len(ordered), *(_quantile(ordered, share) for share in (0.25, 0.5, 0.75)))


def passages(courses: Iterable[Course]) -> tuple[Passage, ...]:
    """Every passage from a state to the next one, over all courses; the most frequent first."""
    days: dict[tuple[str, str], list[float]] = defaultdict(list)
    left: dict[str, int] = defaultdict(int)
    for course in courses:
        for stay, following in course.moves:
            days[stay.name, following.name].append((following.since - stay.since).days)
            left[stay.name] += 1
    found = [
        Passage(source, target, len(lasted), left[source], _quantile(sorted(lasted), 0.5))
        for (source, target), lasted in days.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.count, each.source, each.target)))


def shown_count(count: int, *, is_exported: bool) -> str:
    """A count in words; one below five stays here."""
    return f"<{FEWEST}" if is_exported and 0 < count < FEWEST else str(count)


def is_hidden(count: int, *, is_exported: bool) -> bool:
    """Whether what rests on so few is told to nobody outside."""
    return is_exported and 0 < count < FEWEST


def told_apart(counts: Sequence[int], *, is_exported: bool) -> tuple[bool, ...]:
    """Which counts of a known sum may be told, so that the sum gives none of the others away.

    Where one alone is hidden, the smallest of the others is hidden with it.
    """
    hidden = [is_hidden(count, is_exported=is_exported) for count in counts]
    if hidden.count(True) == 1:
        others = [place for place, count in enumerate(counts) if count and not hidden[place]]
        if others:
            hidden[min(others, key=lambda place: counts[place])] = True
    return tuple(not each for each in hidden)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which a share of the others lies, straight between neighbours."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
