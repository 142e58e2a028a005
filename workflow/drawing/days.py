"""An axis of civil days: where a day stands, and which days are written below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Final

from workflow.civil import add_months

_ROOM: Final = 92
"""In pixels: what a day in words takes, with a gap."""
_WEEKS: Final = (7, 14)
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True, slots=True)
class DayAxis:
    """Days from `first` to `last` between two places, in pixels."""

    first: date
    last: date
    left: float
    right: float

    def x(self, day: date) -> float:
        """Where a day stands; one outside stands at the nearer end."""
        days = max(1, (self.last - self.first).days)
        share = (min(max(day, self.first), self.last) - self.first).days / days
        return round(self.left + share * (self.right - self.left), 1)

    def holds(self, day: date) -> bool:
        """Whether a day lies on the axis."""
        return self.first <= day <= self.last

    def ticks(self) -> tuple[date, ...]:
        """The days to write below: weeks or first days of months, as many as have room."""
        at_most = max(2, int((self.right - self.left) // _ROOM))
        days = (self.last - self.first).days
        for step in _WEEKS:
            if days // step <= at_most - 1:
                return tuple(self.first + timedelta(step * n) for n in range(days // step + 1))
        start = self.first if self.first.day == 1 else add_months(self.first.replace(day=1), 1)
        found: tuple[date, ...] = ()
        for step in _MONTHS:
            found = tuple(_until(start, self.last, step))
            if len(found) <= at_most:
                break
        return found[:at_most]


def _until(start: date, last: date, step: int) -> list[date]:
    days = []
    for number in count():
        day = add_months(start, step * number)
        if day > last:
            break
        days.append(day)
    return days
