"""Boundaries as thin as a hair: two sides that are equal, or a period counted in two ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Final

from workflow.civil import add_days, add_months
from workflow.conditions import DATE_COMPARISONS, Compare
from workflow.operands import Operand, Shifted
from workflow.proof.days import FIRST_YEAR, LAST_YEAR
from workflow.proof.encoding import Encoding
from workflow.proof.logic import Claim, Ternary, both, either, no
from workflow.proof.subject import Subject

_NEAR_DAYS: Final = 3
"""What is so few days apart was meant to be the same day."""


def distinct(compares: Iterable[Compare]) -> list[Compare]:
    """Each boundary once, whichever operator asks for it."""
    return list({sides(compare): compare for compare in compares}.values())


def sides(compare: Compare) -> tuple[str, str]:
    """What is compared with what, in words."""
    return compare.left.label, compare.right.label


def hairs_between(
    encoding: Encoding, some: Sequence[Compare], others: Sequence[Compare]
) -> Iterator[tuple[str, Claim]]:
    """Boundaries as thin as a hair: two sides that are equal, or two ways to count nearly a period.

    36 months and 1096 days are such a pair: what lies between them lies there by mistake.
    """
    for first in some:
        for second in others:
            if counts_otherwise(first, second):
                told = f"'{first.left.label} between {first.right.label} and {second.right.label}'"
                yield told, _is_between(encoding, first, second)
    theirs = {sides(compare) for compare in others}
    for compare in some:
        if sides(compare) in theirs:
            yield f"'{compare.left.label} = {compare.right.label}'", equal(encoding, compare)


def counts_otherwise(first: Compare, second: Compare) -> bool:
    """Whether two comparisons count from one day to about the same day, in months and in days."""
    one, other = first.right, second.right
    return (
        isinstance(one, Shifted)
        and isinstance(other, Shifted)
        and first.left.label == second.left.label
        and one.base.label == other.base.label
        and (one.by.unit, other.by.unit) == ("mo", "d")
        and all(abs(ahead) <= _NEAR_DAYS for ahead in _apart(_by(one), _by(other)))
    )


def equal(encoding: Encoding, compare: Compare) -> Claim:
    """The two sides are known and equal."""
    strict, loose = ("before", "on_or_before") if _is_of_days(compare) else ("below", "at_most")
    return both(_is(encoding, loose, compare).true, _is(encoding, strict, compare).false)


def _is_between(encoding: Encoding, first: Compare, second: Compare) -> Claim:
    """A day lies after one of the two limits and before the other, or on one of them."""
    starts = [_is(encoding, "on_or_after", one).true for one in (first, second)]
    ends = [_is(encoding, "on_or_before", one).true for one in (first, second)]
    return either(both(starts[0], ends[1]), both(starts[1], ends[0]))


def _is(encoding: Encoding, op: str, compare: Compare) -> Ternary:
    return encoding.compared(op, compare.left, compare.right)


def _is_of_days(compare: Compare) -> bool:
    return compare.op in DATE_COMPARISONS


def tell_the_calendar(subject: Subject, first: Compare, second: Compare) -> None:
    """Tell the solver which of two limits comes first on every day of the centuries accepted.

    It is a matter of the calendar, for which the solver would look too long.
    """
    least, most = _apart(_by(first.right), _by(second.right))
    for op in ("before", "on_or_before"):
        one, other = (_is(subject.encoding, op, compare).true for compare in (first, second))
        if most <= 0:
            subject.symbols.holds.append(either(no(one), other))
        if least >= 0:
            subject.symbols.holds.append(either(no(other), one))


def _by(operand: Operand) -> int:
    return operand.sign * int(operand.by.value) if isinstance(operand, Shifted) else 0


@cache
def _apart(months: int, days: int) -> tuple[int, int]:
    """By how many days a count in months is ahead of one in days, at least and at most."""
    last = date(LAST_YEAR, 12, 31)
    start = date(FIRST_YEAR, 1, 1)
    starts = (start + timedelta(days=count) for count in range((last - start).days + 1))
    ahead = {(add_months(day, months) - add_days(day, days)).days for day in starts}
    return min(ahead), max(ahead)
