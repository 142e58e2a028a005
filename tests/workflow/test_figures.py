"""Figures about many paths: what they count, and what they tell to nobody outside."""

from __future__ import annotations

import statistics
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.course import Course, Stay
from workflow.figures import (
    Lateness,
    any_of,
    cycles,
    is_hidden,
    overdue_at,
    passages,
    shown_count,
    spread,
    told_apart,
    week_ends,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2026, 1, 1)
LONDON = ZoneInfo("Europe/London")
FEW = settings(max_examples=40, deadline=None)
HOURS = st.integers(0, 4000).map(lambda hours: START + timedelta(hours=hours))
DAYS = st.integers(0, 400).map(lambda days: DAY + timedelta(days))


@FEW
@given(st.lists(st.tuples(HOURS, st.none() | st.integers(1, 2000)), max_size=20), HOURS)
def test_what_is_overdue_is_what_holds_then_each_path_once(
    given_: list[tuple[datetime, int | None]], at: datetime
) -> None:
    """Of one path with several late checkpoints each is counted, and the path once."""
    late = [
        Lateness(since, None if hours is None else since + timedelta(hours=hours))
        for since, hours in given_
    ]

    (count,) = overdue_at(late, [at])
    (paths,) = overdue_at(any_of(late), [at])

    assert count == sum(each.holds(at) for each in late)
    assert paths == any(each.holds(at) for each in late)


@FEW
@given(HOURS, HOURS)
def test_weeks_end_on_mondays_at_midnight_of_the_site(one: datetime, two: datetime) -> None:
    """A week that the clocks change in ends at midnight all the same."""
    first, now = min(one, two), max(one, two)

    ends = week_ends(first, now, LONDON, 26)

    assert all((end.weekday(), end.hour, end.minute) == (0, 0, 0) for end in ends)
    assert all(first < end <= now for end in ends)
    assert len(ends) <= 26
    days = [end.date() for end in ends]
    assert [b - a for a, b in pairwise(days)] == [timedelta(7)] * (len(days) - 1)
    assert not ends or now - ends[-1] < timedelta(days=7, hours=1)


@FEW
@given(st.sets(DAYS, max_size=8), st.sets(DAYS, max_size=8))
def test_every_end_is_paired_with_the_last_start_before_it(
    starts: set[date], ends: set[date]
) -> None:
    """A time never spans another one, and what waits began after the last end."""
    days, waiting = cycles(starts, ends)

    assert len(days) <= min(len(starts), len(ends))
    assert all(day >= 0 for day in days)
    last = max(starts, default=None)
    assert waiting == (last if last and not any(end >= last for end in ends) else None)
    expected = []
    for end in sorted(ends):
        before = [day for day in starts if day <= end]
        used = [other for other in ends if other < end]
        if before and not any(other >= max(before) for other in used):
            expected.append((end - max(before)).days)
    assert list(days) == expected


@FEW
@given(st.lists(st.integers(0, 3000), min_size=2, max_size=30))
def test_the_quartiles_are_those_of_the_standard_library(values: list[int]) -> None:
    """A median by another rule would be another number than everybody's."""
    found = spread(values)

    assert found is not None
    expected = statistics.quantiles(values, n=4, method="inclusive")
    assert [round(q, 6) for q in (found.lower, found.median, found.upper)] == [
        round(q, 6) for q in expected
    ]
    assert found.count == len(values)
    assert spread([]) is None


@FEW
@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=7), max_size=8))
def test_the_passages_are_all_that_happened(paths: list[list[str]]) -> None:
    """Each time a state was left is in exactly one row, and the shares of a state are all of it."""
    courses = [
        Course(
            f"P-{number}",
            tuple(
                Stay("main", name, DAY + timedelta(3 * place)) for place, name in enumerate(names)
            ),
        )
        for number, names in enumerate(paths)
    ]

    found = passages(courses)

    assert sum(each.count for each in found) == sum(max(0, len(names) - 1) for names in paths)
    for source in {each.source for each in found}:
        rows = [each for each in found if each.source == source]
        assert abs(sum(each.percent for each in rows) - 100) < 1e-6
    assert all(each.median == 3 for each in found)


@FEW
@given(st.lists(st.integers(0, 40), max_size=9))
def test_no_count_can_be_told_from_a_sum_and_the_other_counts(counts: list[int]) -> None:
    """One gap in a sum is no gap: a second one stands beside it, unless there is nobody else."""
    told = told_apart(counts, is_exported=True)

    gaps = [count for count, is_told in zip(counts, told, strict=True) if not is_told]
    assert all(is_told for count, is_told in zip(counts, told, strict=True) if count == 0)
    assert all(not is_told for count, is_told in zip(counts, told, strict=True) if 0 < count < 5)
    assert len(gaps) != 1 or sum(counts) == gaps[0]
    assert all(told_apart(counts, is_exported=False))


def test_a_count_from_one_to_four_leaves_for_nobody() -> None:
    """So few could be somebody; nobody at all could not, and inside everything is told."""
    assert [shown_count(n, is_exported=True) for n in (0, 1, 4, 5)] == ["0", "<5", "<5", "5"]
    assert [shown_count(n, is_exported=False) for n in (1, 4)] == ["1", "4"]
    assert [is_hidden(n, is_exported=True) for n in (0, 1, 4, 5)] == [False, True, True, False]
