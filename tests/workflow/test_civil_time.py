"""Civil days and hours become the instants that the stated rule means, at every clock change."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from workflow.civil_time import first_instant
from workflow.pathway import Checkpoint
from workflow.records import CheckpointRecord
from workflow.windows import Window, window, window_again

WITHOUT_CHANGES = ("Asia/Kathmandu", "Asia/Kolkata", "Asia/Tokyo", "Pacific/Apia", "UTC")
WITH_CHANGES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Auckland",
    "Pacific/Chatham",
)
FIRST, LAST = date(2026, 1, 1), date(2041, 12, 31)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
DAYS = {"0 d": 0, "1 d": 1, "29 d": 29, "2 wk": 14, "52 wk": 364}
MONTHS = {"1 mo": 1, "3 mo": 3, "18 mo": 18, "1 a": 12, "3 a": 36}
HOURS = {"1 h": 1, "24 h": 24, "48 h": 48, "72 h": 72}
TIMES = tuple(time(hour, minute) for hour in (0, 1, 2, 3, 9, 23) for minute in (0, 15, 30, 45))


@dataclass(frozen=True)
class Clock:
    """The oracle: a zone as the spans of UTC in which its clock is so far ahead, and no more."""

    starts: tuple[datetime, ...]
    aheads: tuple[timedelta, ...]

    @classmethod
    @lru_cache
    def of(cls, zone: ZoneInfo) -> Clock:
        """The clock of a zone around the years looked at, each change found to the second."""

        def ahead(at: datetime) -> timedelta:
            offset = at.astimezone(zone).utcoffset()
            assert offset is not None
            return offset

        looks = [datetime(2025, 1, 1, tzinfo=UTC) + n * timedelta(hours=12) for n in range(15_000)]
        starts = [looks[0]]
        for first, last in pairwise(looks):
            if ahead(first) == ahead(last):
                continue
            low, high = first, last
            while high - low > SECOND:
                middle = low + (high - low) // SECOND // 2 * SECOND
                low, high = (low, middle) if ahead(middle) == ahead(high) else (middle, high)
            starts.append(high)
        return cls(tuple(starts), tuple(ahead(start) for start in starts))

    @property
    def changes(self) -> Iterator[tuple[datetime, datetime, datetime]]:
        """Every change within the years: its instant, and what the clock shows before and after."""
        for number, start in enumerate(self.starts[1:], start=1):
            if FIRST <= start.date() <= LAST:
                bare = start.replace(tzinfo=None)
                yield start, bare + self.aheads[number - 1], bare + self.aheads[number]

    def means(self, wanted: datetime) -> datetime:
        """The first instant the clock shows `wanted`; where it never does, the end of the gap."""
        ends = (*self.starts[1:], datetime.max.replace(tzinfo=UTC))
        utc = wanted.replace(tzinfo=UTC)
        # No clock is a day and a half from UTC, so only the spans nearby can show it.
        nearby = bisect_right(self.starts, utc - timedelta(hours=36)) - 1
        for start, end, ahead in list(zip(self.starts, ends, self.aheads, strict=True))[nearby:]:
            if utc - ahead < start:
                return start
            if utc - ahead < end:
                return utc - ahead
        raise AssertionError(wanted)


def _months_later(start: date, months: int) -> date:
    """The oracle's calendar: walk from one first of the month to the next, then into the month."""
    first = start.replace(day=1)
    for _ in range(months):
        first = (first + 31 * DAY).replace(day=1)
    last = (first + 31 * DAY).replace(day=1) - DAY
    return min(first + (start.day - 1) * DAY, last)


def _checkpoint(*due: str, opens: str = "0 d", every: str | None = None) -> Checkpoint:
    return Checkpoint(
        id="C-1",
        title="marrow",
        expects=("marrow_response",),
        opens=opens,
        due=due,
        every=every,
        basis="operational",
    )


def _stored(found: Window, anchor: date) -> CheckpointRecord:
    return CheckpointRecord(
        path_id="P-1",
        checkpoint="C-1",
        opened_seq=1,
        occurrence=1,
        owner="state:assessment",
        status="scheduled",
        anchor_on=anchor,
        opens_at=found.opens_at,
        due_at=found.due_at,
        overdue_at=found.overdue_at,
        due_rule=found.due_rule,
        next_at=found.opens_at,
    )


def _days_around(clock: Clock) -> set[date]:
    """The day before, on and after each change, by the clock of before it and of after it."""
    shown = [moment.date() for _, old, new in clock.changes for moment in (old, new)]
    around = {day + n * DAY for day in shown for n in (-1, 0, 1)}
    return around or {FIRST, date(2028, 2, 29), LAST}


@pytest.fixture(scope="module", params=(*WITHOUT_CHANGES, *WITH_CHANGES))
def place(request: pytest.FixtureRequest) -> tuple[ZoneInfo, Clock]:
    """A zone and its oracle, one after the other all of them."""
    zone = ZoneInfo(request.param)
    return zone, Clock.of(zone)


def test_the_zones_looked_at_change_their_clocks_hundreds_of_times() -> None:
    """A table that found no change would agree with anything."""
    counts = {name: len(list(Clock.of(ZoneInfo(name)).changes)) for name in WITH_CHANGES}

    assert min(counts.values()) >= 1, counts
    assert sum(counts.values()) >= 300, counts


def test_every_hour_around_every_change_is_the_instant_the_rule_means(
    place: tuple[ZoneInfo, Clock],
) -> None:
    """In a gap the first instant after it, in an overlap the first of the two."""
    zone, clock = place
    wanted = {datetime.combine(day, hour) for day in _days_around(clock) for hour in TIMES}
    edges = [moment for _, old, new in clock.changes for moment in (old, new)]
    wanted |= {edge + n * SECOND for edge in edges for n in (-1, 0, 1)}

    found = {at: first_instant(at.date(), zone, at.time()) for at in wanted}

    assert {at: got for at, got in found.items() if got != clock.means(at)} == {}


def test_every_day_rule_falls_due_when_its_day_begins_at_the_site(
    place: tuple[ZoneInfo, Clock],
) -> None:
    """Due as the due day begins and overdue as the next one does, whatever the clock does there."""
    zone, clock = place
    wrong = []
    for due_on in sorted(_days_around(clock)):
        due_at = clock.means(datetime.combine(due_on, time()))
        overdue_at = clock.means(datetime.combine(due_on + DAY, time()))
        for rule, days in DAYS.items():
            anchor = due_on - days * DAY
            found = window(_checkpoint(rule), "state:assessment", 1, anchor, zone, since=None)
            if (found.due_at, found.overdue_at) != (due_at, overdue_at):
                wrong.append((rule, anchor, found))

    assert wrong == []


def test_every_month_end_and_leap_day_falls_due_by_the_calendar(
    place: tuple[ZoneInfo, Clock],
) -> None:
    """A month from 31 January is the end of February, and 29 February has an anniversary."""
    zone, clock = place
    every = [FIRST + n * DAY for n in range((LAST - FIRST).days)]
    anchors = {day for day in every if day.day >= 28} | _days_around(clock)
    wrong = []
    for anchor in sorted(anchors):
        for rule, months in MONTHS.items():
            due_on = _months_later(anchor, months)
            found = window(_checkpoint(rule), "state:assessment", 1, anchor, zone, since=None)
            if found.due_at != clock.means(datetime.combine(due_on, time())):
                wrong.append((rule, anchor, found))

    assert wrong == []


def test_every_hour_rule_counts_hours_that_really_pass(place: tuple[ZoneInfo, Clock]) -> None:
    """48 hours are 48 hours, also in the night in which the clock leaves one out."""
    zone, clock = place
    wrong = []
    for anchor in sorted(_days_around(clock)):
        midnight = clock.means(datetime.combine(anchor, time()))
        for rule, hours in HOURS.items():
            for since in (None, midnight + timedelta(hours=1, minutes=59, seconds=59)):
                definition = _checkpoint(rule)
                found = window(definition, "state:assessment", 1, anchor, zone, since=since)
                due_at = (since or midnight) + timedelta(hours=hours)
                if not found.due_at == found.overdue_at == due_at or found.opens_at > due_at:
                    wrong.append((rule, anchor, since, found))

    assert wrong == []


def test_every_stored_window_is_found_again_and_moves_to_another_zone(
    place: tuple[ZoneInfo, Clock],
) -> None:
    """The words of the rule and the instants are enough, whatever the pathway says by then."""
    zone, clock = place
    listed = _checkpoint("10 d", "45 d", opens="3 d", every="1 mo")
    wrong = []
    for anchor in sorted(_days_around(clock)):
        for definition, occurrence in (
            *((listed, number) for number in (1, 2, 3)),
            *((_checkpoint(rule, opens="24 h"), 1) for rule in ("48 h", "18 mo")),
            (_checkpoint("30 h", opens="30 h"), 1),  # opens with its due moment, not with a day
        ):
            args = (definition, "state:assessment", occurrence, anchor)
            row = _stored(window(*args, zone, since=None), anchor)
            for other in (zone, ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Nuuk")):
                found = window_again(row, other)
                if found != window(*args, other, since=None):
                    wrong.append((row, other.key, found))

    assert wrong == []


@pytest.mark.parametrize(
    ("name", "wanted", "meant"),
    [
        ("Europe/Berlin", "2024-03-31T02:30", "2024-03-31T01:00"),
        ("Europe/Berlin", "2024-10-27T02:30", "2024-10-27T00:30"),
        ("Australia/Lord_Howe", "2024-10-06T02:15", "2024-10-05T15:30"),
        ("Africa/Casablanca", "2024-03-10T02:30", "2024-03-10T01:30"),
        ("America/Havana", "2024-03-10T00:00", "2024-03-10T05:00"),
        ("America/Nuuk", "2024-03-30T23:30", "2024-03-31T01:00"),
        ("Pacific/Apia", "2011-12-30T00:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00"),
        ("America/Toronto", "1919-03-31T00:00", "1919-03-31T04:30"),
        ("Asia/Kathmandu", "2024-02-29T00:00", "2024-02-28T18:15"),
    ],
)
def test_the_examples_of_the_rule_hold(name: str, wanted: str, meant: str) -> None:
    """Worked by hand: gaps, overlaps, half an hour, a day left out, and a gap over midnight."""
    at = datetime.fromisoformat(wanted)

    found = first_instant(at.date(), ZoneInfo(name), at.time())

    assert found == datetime.fromisoformat(meant).replace(tzinfo=UTC)


def test_a_day_left_out_is_due_and_over_as_the_next_one_begins() -> None:
    """Samoa had no 30 December 2011: what was due that day is not forgotten."""
    found = window(
        _checkpoint("3 d"),
        "state:assessment",
        1,
        date(2011, 12, 27),
        ZoneInfo("Pacific/Apia"),
        since=None,
    )

    assert found.due_at == found.overdue_at == datetime(2011, 12, 30, 10, tzinfo=UTC)
