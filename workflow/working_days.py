"""On which days a site works: operational checkpoints are never due on another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_REST: Final = 31
"""A site that rests for more days in a row than this has no calendar, but a mistake in it."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days nobody works: days of the week (0 is Monday) and single civil dates."""

    weekend: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether somebody works on this day."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def next_working_day(self, day: date) -> date:
        """The day itself where somebody works then, else the next on which somebody does.

        Raises ValueError when nobody works for a month.
        """
        for later in range(LONGEST_REST + 1):
            found = day + timedelta(days=later)
            if self.is_working_day(found):
                return found
        msg = f"nobody works in the {LONGEST_REST} days after {day.isoformat()}"
        raise ValueError(msg)


EVERY_DAY: Final = Calendar()
