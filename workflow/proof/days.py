"""Civil days and amounts as the solver sees them: bits, with the arithmetic the pathway states.

A day is year, month and day of month, from 1900 to 2199 as the product accepts them, so month ends
and 29 February are part of the proof and nothing about dates is abstracted away. Source of the
arithmetic: `workflow.civil`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import z3

from workflow.proof.logic import Claim, both, either, formula, no

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
_Y, _M, _D, _WIDE = 10, 5, 6, 20
"""Bits of a year since FIRST_YEAR, a month, a day of the month, and a count of days."""
_MONTHS: Final = 12
_FEBRUARY: Final = 2
_SHORT: Final = (4, 6, 9, 11)
_CENTURIES: Final = (0, 200, 300, 400, 600, 700, 800, 1000)
_BEFORE_MONTH: Final = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


@dataclass(frozen=True, slots=True)
class Civil:
    """A civil day: years since 1900, month and day of the month, as bits."""

    year: z3.BitVecRef
    month: z3.BitVecRef
    day: z3.BitVecRef

    @property
    def order(self) -> z3.BitVecRef:
        """A number that grows with the day."""
        return z3.Concat(self.year, self.month, self.day)

    def is_before(self, other: Civil) -> Claim:
        """Whether this day comes first."""
        return z3.ULT(self.order, other.order)

    def is_same_or_before(self, other: Civil) -> Claim:
        """Whether the other day does not come first."""
        return z3.ULE(self.order, other.order)


@dataclass(frozen=True, slots=True)
class Count:
    """A day as the count of days since the end of 1899: what moving by days needs."""

    days: z3.BitVecRef

    def is_before(self, other: Count) -> Claim:
        """Whether this day comes first."""
        return self.days < other.days

    def is_same_or_before(self, other: Count) -> Claim:
        """Whether the other day does not come first."""
        return self.days <= other.days


def new_day(name: str) -> tuple[Civil, Claim]:
    """A day of any year from 1900 to 2199, and the claim that it exists in the calendar."""
    civil = Civil(
        z3.BitVec(f"{name}.y", _Y), z3.BitVec(f"{name}.m", _M), z3.BitVec(f"{name}.d", _D)
    )
    exists = both(
        z3.ULE(civil.year, LAST_YEAR - FIRST_YEAR),
        z3.UGE(civil.month, 1),
        z3.ULE(civil.month, _MONTHS),
        z3.UGE(civil.day, 1),
        z3.ULE(civil.day, _length(civil.year, civil.month)),
    )
    return civil, exists


def moved_by_months(base: Civil, months: int) -> Civil:
    """The day `months` calendar months later (or earlier), clamped to the end of that month."""
    years, rest = divmod(months, _MONTHS)
    carried = z3.UGT(base.month + rest, _MONTHS)
    month = z3.If(carried, base.month + (rest - _MONTHS), base.month + rest)
    year = z3.If(carried, base.year + (years + 1), base.year + years)
    length = _length(year, month)
    return Civil(year, month, z3.If(z3.ULT(length, base.day), length, base.day))


def counted(day: Civil) -> Count:
    """The day as a count of days."""
    year = z3.ZeroExt(_WIDE - _Y, day.year)
    leaps = z3.LShR(year + 3, 2)
    for century in (0, 200):
        leaps = leaps - z3.If(z3.UGT(day.year, century), z3.BitVecVal(1, _WIDE), 0)
    before = z3.BitVecVal(0, _WIDE)
    for month, days in enumerate(_BEFORE_MONTH, start=1):
        before = z3.If(day.month == month, z3.BitVecVal(days, _WIDE), before)
    leap_day = z3.If(
        formula(both(_is_leap(day.year), z3.UGT(day.month, _FEBRUARY))), z3.BitVecVal(1, _WIDE), 0
    )
    return Count(year * 365 + leaps + before + leap_day + z3.ZeroExt(_WIDE - _D, day.day))


def as_count(day: Civil | Count) -> Count:
    """The day as a count of days, whichever way it was told."""
    return counted(day) if isinstance(day, Civil) else day


def moved_by_days(base: Count, days: int) -> Count:
    """The day `days` days later, or earlier."""
    return Count(base.days + days)


def completed_years(start: Civil, end: Civil) -> z3.BitVecRef:
    """Full years from one day to another, negative when the second comes first; 16 bits, signed."""
    years = z3.ZeroExt(16 - _Y, end.year) - z3.ZeroExt(16 - _Y, start.year)
    earlier = z3.ULT(z3.Concat(end.month, end.day), z3.Concat(start.month, start.day))
    return years - z3.If(earlier, z3.BitVecVal(1, 16), 0)


def day_in(model: z3.ModelRef, day: Civil) -> date:
    """The day a model of the solver gives."""
    year, month, dom = (
        model.eval(part, model_completion=True).as_long() for part in (day.year, day.month, day.day)
    )
    return date(FIRST_YEAR + year, month, dom)


def is_day(day: Civil, wanted: date) -> Claim:
    """The claim that it is this day."""
    return both(
        day.year == wanted.year - FIRST_YEAR, day.month == wanted.month, day.day == wanted.day
    )


def _is_leap(year: z3.BitVecRef) -> Claim:
    return both(z3.Extract(1, 0, year) == 0, *(no(year == century) for century in _CENTURIES))


def _length(year: z3.BitVecRef, month: z3.BitVecRef) -> z3.BitVecRef:
    """The days of a month."""
    short = formula(either(*(month == number for number in _SHORT)))
    february = z3.If(formula(_is_leap(year)), z3.BitVecVal(29, _D), z3.BitVecVal(28, _D))
    return z3.If(
        month == _FEBRUARY, february, z3.If(short, z3.BitVecVal(30, _D), z3.BitVecVal(31, _D))
    )
