"""No boundary falls between two rows, and none is claimed by two: 25 %, 1e-4, month ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import permutations, product
from typing import Final

import z3

from workflow.civil import add_days, add_months
from workflow.conditions import DATE_COMPARISONS, Compare, Holds, Node, inner_nodes
from workflow.derived import DerivedCondition, DerivedTable
from workflow.operands import Operand, Ref, Shifted
from workflow.proof.days import FIRST_YEAR, LAST_YEAR
from workflow.proof.encoding import Encoding, compare_nodes
from workflow.proof.logic import Claim, Ternary, both, either, formula, no
from workflow.proof.moved import Moved
from workflow.proof.subject import Named, Subject
from workflow.proof.tables import ReadRow, ReadTable, read_table
from workflow.proof.total import derived_rows

BOUNDARIES: Final = "boundaries"
_NEAR_DAYS: Final = 3
"""What is so few days apart was meant to be the same day."""


@dataclass(frozen=True)
class _Row:
    """A row of any table: where it decides, and its own condition."""

    name: str
    where: str
    table: ReadTable | None
    encoding: Encoding
    decides_in: Callable[[Encoding], Claim]
    own_in: Callable[[Encoding], Claim]
    compares: tuple[Compare, ...]
    near: tuple[Compare, ...]

    @cached_property
    def decides(self) -> Claim:
        """The row is the answer."""
        return self.decides_in(self.encoding)

    @cached_property
    def own(self) -> Claim:
        """The row's own condition is true, whether or not a row above answers."""
        return self.own_in(self.encoding)


def boundaries(subject: Subject) -> None:
    """No row is left with nothing but the exact boundary between the rows above it.

    Such a row takes the patients whom two neighbouring rows forgot, for instance exactly 25 %, or
    the day on which 36 months and 1096 days differ. Two rows that both claim the boundary are found
    too: the first would win without a word.
    """
    beside = _neighbours(subject)
    for rows in _tables(subject):
        compares = _distinct(compare for row in rows for compare in row.compares)
        for first, second in product(compares, compares):
            if _counts_otherwise(first, second):
                _know_the_calendar(subject, first, second)
        for index, row in enumerate(rows):
            model = subject.asker.find(row.decides)
            if model is not None:
                _left_with_a_boundary(subject, rows[: index + 1], model)
            _both_claim_a_boundary(subject, rows[:index], row)
        _between_two_rows(subject, rows, beside)


def _tables(subject: Subject) -> Iterator[list[_Row]]:
    for table in subject.tables.values():
        yield [_row_of_state(subject, table, row) for row in table.answering() if not row.row.early]
    for derived in subject.rules.vocabulary.derived.values():
        if isinstance(derived, DerivedTable):
            yield [
                _row_of_derived(subject, derived, index)
                for index, row in enumerate(derived.rows)
                if not row.needs
            ]


def _row_of_state(subject: Subject, table: ReadTable, row: ReadRow) -> _Row:
    return _Row(
        f"row {Named(row.row)} of {table.state}",
        subject.where(row.row.route),
        table,
        subject.encoding,
        lambda encoding: both(
            table.here, read_table(encoding, table.state).rows[row.index].answers
        ),
        lambda encoding: both(table.here, encoding.truth(row.row.condition).true),
        tuple(compare_nodes(subject.encoding, row.row.condition)),
        tuple(_near(subject.encoding, row.row.condition)),
    )


def _row_of_derived(subject: Subject, table: DerivedTable, index: int) -> _Row:
    condition = table.rows[index].condition
    return _Row(
        f"row {index + 1} of the derived fact {table.name}",
        subject.locate(("derived", table.name, "rows", index)),
        None,
        subject.encoding,
        lambda encoding: dict(derived_rows(encoding, table, surely=True))[index],
        lambda encoding: encoding.truth(condition).true,
        tuple(compare_nodes(subject.encoding, condition)),
        tuple(_near(subject.encoding, condition)),
    )


def _near(encoding: Encoding, node: Node) -> Iterator[Compare]:
    """The comparisons a row states itself, or by a derived yes/no: tables answer for their own."""
    for inner in inner_nodes(node):
        if isinstance(inner, Compare):
            yield inner
        elif isinstance(inner, Holds):
            derived = encoding.derived(inner.derived.name)
            if isinstance(derived, DerivedCondition):
                yield from (
                    one for one in inner_nodes(derived.condition) if isinstance(one, Compare)
                )


def _left_with_a_boundary(subject: Subject, rows: Sequence[_Row], model: z3.ModelRef) -> None:
    row = rows[-1]
    compares = _distinct(compare for one in rows for compare in one.compares)
    for told, near in _hairs(subject.encoding, compares, compares):
        if not z3.is_true(model.eval(formula(near), model_completion=True)):
            continue
        if subject.asker.find(row.decides, no(near)) is not None:
            continue
        if subject.asker.find(row.own, no(near)) is None:
            continue  # the row itself asks for the boundary: that is meant
        case = subject.patient(BOUNDARIES, _table_of(subject, row), row.decides)
        message = (
            f"Only patients at the boundary {told} reach {row.name}: the rows above leave that "
            "boundary out."
        )
        subject.report(BOUNDARIES, row.where, message, case)
        return


def _both_claim_a_boundary(subject: Subject, earlier: Sequence[_Row], row: _Row) -> None:
    for other in earlier:
        hairs = list(_hairs(subject.encoding, _distinct(other.compares), _distinct(row.compares)))
        if not hairs or subject.asker.find(row.own, other.own) is None:
            continue
        for told, near in hairs:
            if subject.asker.find(row.own, other.own, no(near)) is not None:
                continue
            case = subject.patient(BOUNDARIES, _table_of(subject, row), row.own, other.own)
            message = (
                f"Both {other.name} and {row.name} claim the boundary {told}; the first wins "
                "without a word."
            )
            subject.report(BOUNDARIES, row.where, message, case)
            break


def _between_two_rows(subject: Subject, rows: Sequence[_Row], beside: _Beside) -> None:
    """No patient exactly at a boundary drops to a later row when both neighbours have a row above.

    The neighbours are the same patient with a value one step lower and one step higher.
    """
    for compare in _distinct(one for row in rows for one in row.near):
        ask = [row for row in rows if _sides(compare) in {_sides(one) for one in row.near}]
        if len(ask) < 2 or not _can_move(subject, compare):  # noqa: PLR2004 - one on each side
            continue
        lower, higher = beside(compare.left.name)
        drops = [
            both(row.decides, row.own_in(lower), row.own_in(higher), _taken(above, lower, higher))
            for index, row in enumerate(rows)
            if len(above := [one for one in ask if one in rows[:index]]) > 1
        ]
        moved = [*lower.symbols.holds, *higher.symbols.holds]
        claims = (_equal(subject.encoding, compare), *moved)
        model = subject.asker.find(either(*drops), *claims)
        for row in rows if model is not None else ():
            drop = both(row.decides, either(*drops))
            case = subject.patient(BOUNDARIES, _table_of(subject, row), drop, *claims)
            if case is not None:
                message = (
                    f"Exactly at the boundary '{compare.left.label} = {compare.right.label}' this "
                    f"patient drops to {row.name}: a row above takes what lies below the boundary "
                    "and another what lies above it."
                )
                subject.report(BOUNDARIES, row.where, message, case)
                break


def _taken(rows: Sequence[_Row], lower: Encoding, higher: Encoding) -> Claim:
    """One of the rows answers one neighbour, and another the other."""
    return either(
        *(
            both(first.decides_in(lower), second.decides_in(higher))
            for first, second in permutations(rows, 2)
        )
    )


_Beside = Callable[[str], tuple[Encoding, Encoding]]
"""The patient twice, with a fact a step lower and a step higher."""


def _neighbours(subject: Subject) -> _Beside:
    @cache
    def beside(fact: str) -> tuple[Encoding, Encoding]:
        lower, higher = (Moved(subject.symbols, fact, step) for step in (-1, 1))
        return Encoding(subject.rules, lower), Encoding(subject.rules, higher)

    return beside


def _can_move(subject: Subject, compare: Compare) -> bool:
    """Whether the left side is a fact that can be a step more or less."""
    left = compare.left
    return isinstance(left, Ref) and not left.part and left.name in subject.pathway.facts


def _table_of(subject: Subject, row: _Row) -> ReadTable:
    return row.table or next(iter(subject.tables.values()))


def _distinct(compares: Iterable[Compare]) -> list[Compare]:
    return list({_sides(compare): compare for compare in compares}.values())


def _sides(compare: Compare) -> tuple[str, str]:
    return compare.left.label, compare.right.label


def _hairs(
    encoding: Encoding, some: Sequence[Compare], others: Sequence[Compare]
) -> Iterator[tuple[str, Claim]]:
    """Boundaries as thin as a hair: two sides that are equal, or two ways to count nearly a period.

    36 months and 1096 days are such a pair: what lies between them lies there by mistake.
    """
    for first in some:
        for second in others:
            if _counts_otherwise(first, second):
                told = f"'{first.left.label} between {first.right.label} and {second.right.label}'"
                yield told, _is_between(encoding, first, second)
    theirs = {_sides(compare) for compare in others}
    for compare in some:
        if _sides(compare) in theirs:
            yield f"'{compare.left.label} = {compare.right.label}'", _equal(encoding, compare)


def _counts_otherwise(first: Compare, second: Compare) -> bool:
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


def _equal(encoding: Encoding, compare: Compare) -> Claim:
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


def _know_the_calendar(subject: Subject, first: Compare, second: Compare) -> None:
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
