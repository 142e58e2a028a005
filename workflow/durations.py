"""Durations as the pathway writes them: `29 d`, `3 mo`, `48 h`, `15 a` (UCUM units)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from workflow.civil import add_days, add_months

_FORM: Final = re.compile(r"([0-9]{1,5}) (h|d|wk|mo|a)")
# A longer one would carry a date beyond the calendar.
_LONGEST: Final = timedelta(days=150 * 365)
_SHOWN: Final = 40
_WORDS: Final = {"h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of hours, days, weeks, calendar months or years."""

    amount: int
    unit: str

    @staticmethod
    @lru_cache(maxsize=512)
    def read(text: str) -> Duration:
        """The duration written as `text`; raises ValueError, with the form to use."""
        match = _FORM.fullmatch(text)
        if match is None:
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
            msg = f"{shown!r} is not a duration; write a whole number and h, d, wk, mo or a: '29 d'"
            raise ValueError(msg)
        duration = Duration(int(match[1]), match[2])
        if duration.as_span() > _LONGEST:
            msg = f"{text} is longer than a life; write at most 150 a"
            raise ValueError(msg)
        return duration

    @staticmethod
    def read_words(text: str) -> Duration:
        """The duration that is shown as `text`, such as `29 days`; raises ValueError."""
        amount, _, noun = text.partition(" ")
        units = {word: unit for unit, word in _WORDS.items()}
        return Duration.read(f"{amount} {units.get(noun.removesuffix('s'), noun)}")

    def after(self, start: date) -> date:
        """The civil date this long after `start`; hours are rounded up to whole days."""
        unit, amount = self.unit, self.amount
        if unit == "d":
            return add_days(start, amount)
        if unit == "mo":
            return add_months(start, amount)
        if unit == "a":
            return add_months(start, 12 * amount)
        return add_days(start, -(-amount // 24) if unit == "h" else 7 * amount)

    @property
    def is_in_hours(self) -> bool:
        """Whether it is counted from the instant, not from the civil date."""
        return self.unit == "h"

    def as_span(self) -> timedelta:
        """The duration as a time span; a month counts 30 days and a year 365."""
        if self.is_in_hours:
            return timedelta(hours=self.amount)
        return timedelta(days=self.amount * {"d": 1, "wk": 7, "mo": 30, "a": 365}[self.unit])

    def __str__(self) -> str:
        plural = "" if self.amount == 1 else "s"
        return f"{self.amount} {_WORDS[self.unit]}{plural}"


def span_in_words(span: timedelta) -> str:
    """A length of time in its largest unit: `3 days`, `2 hours`, `20 minutes`."""
    minutes = span // timedelta(minutes=1)
    for size, noun in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        count = minutes // size
        if count:
            return f"{count} {noun}{'' if count == 1 else 's'}"
    return "less than a minute"
