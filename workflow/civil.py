"""Arithmetic on civil dates, by the rule the pathway states.

Months are calendar months, the day clamped to the month's end (2018-08-31 + 18 months is
2020-02-29). A person born on 29 February completes a year on 1 March in common years.
Source: rules section 2 (G-CAL) and A.2.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache


@lru_cache(maxsize=8192)
def add_months(start: date, months: int) -> date:
    """The date `months` calendar months later, its day clamped to the end of that month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def add_days(start: date, days: int) -> date:
    """The date `days` days later."""
    return start + timedelta(days=days)


def completed_years(start: date, end: date) -> int:
    """Full years from `start` to `end`; negative when `end` comes first."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))
