"""Calendar arithmetic by the rule the pathway states."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.civil import add_months, completed_years
from workflow.durations import Duration


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2020, 2, 29), 36, date(2023, 2, 28)),
        (date(2018, 8, 31), 18, date(2020, 2, 29)),
        (date(2019, 1, 31), 1, date(2019, 2, 28)),
        (date(2019, 3, 1), 36, date(2022, 3, 1)),
        (date(2019, 12, 15), 12, date(2020, 12, 15)),
    ],
)
def test_months_are_clamped_to_the_months_end(start: date, months: int, expected: date) -> None:
    """The stated examples, and the year's turn."""
    assert add_months(start, months) == expected


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(2000, 2, 29), date(2028, 2, 29), 28),
        (date(2000, 5, 10), date(2026, 5, 9), 25),
        (date(2000, 5, 10), date(2026, 5, 10), 26),
    ],
)
def test_a_leap_day_birthday_falls_on_the_first_of_march(born: date, day: date, years: int) -> None:
    """Completed years, also for those born on 29 February."""
    assert completed_years(born, day) == years


@given(st.dates(date(1950, 1, 1), date(2080, 1, 1)), st.integers(0, 240), st.integers(0, 240))
def test_more_months_never_give_an_earlier_date(start: date, fewer: int, more: int) -> None:
    """Adding months keeps the order."""
    low, high = sorted((fewer, more))

    assert add_months(start, low) <= add_months(start, high)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("29 d", date(2024, 3, 1)),
        ("48 h", date(2024, 2, 3)),
        ("2 wk", date(2024, 2, 15)),
        ("1 mo", date(2024, 3, 1)),
        ("15 a", date(2039, 2, 1)),
    ],
)
def test_a_duration_reaches_its_date(text: str, due: date) -> None:
    """Days, hours, weeks, months and years from the first of February 2024."""
    assert Duration.read(text).after(date(2024, 2, 1)) == due


@pytest.mark.parametrize("text", ["0 d", "1 h", "29 d", "2 wk", "1 mo", "15 a"])
def test_a_duration_shown_in_words_is_read_again(text: str) -> None:
    """Rules are kept in words that people read, and have to say the same for ever."""
    assert Duration.read_words(str(Duration.read(text))) == Duration.read(text)


@pytest.mark.parametrize("text", ["29", "29d", "d 29", "-3 d", "3 fortnights", ""])
def test_a_duration_in_another_form_is_refused(text: str) -> None:
    """The error shows the form to use."""
    with pytest.raises(ValueError, match="write a whole number"):
        Duration.read(text)
