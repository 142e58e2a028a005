"""No boundary falls between two rows, and none is claimed by two: 25 %, 1e-4, month ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import permutations, product
from typing import Final

import z3

from workflow.conditions import Compare, Holds, Node, inner_nodes
from workflow.derived import DerivedCondition, DerivedTable
from workflow.operands import Ref
from workflow.proof.encoding import Encoding, compare_nodes
from workflow.proof.hairs import (
    counts_otherwise,
    distinct,
    equal,
    hairs_between,
    sides,
    tell_the_calendar,
)
from workflow.proof.logic import Claim, both, either, formula, no
from workflow.proof.moved import Moved
from workflow.proof.subject import Named, Subject
from workflow.proof.tables import ReadRow, ReadTable, read_table
from workflow.proof.total import derived_rows

BOUNDARIES: Final = "boundaries"


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
    written: tuple[Compare, ...]
    """The comparisons that stand in the row itself, or behind a name it gives to a condition."""

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
        compares = distinct(compare for row in rows for compare in row.compares)
        for first, second in product(compares, compares):
            if counts_otherwise(first, second):
                tell_the_calendar(subject, first, second)
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
        tuple(_written_in(row.row.condition)),
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
        tuple(_written_in(condition)),
    )


def _written_in(node: Node) -> Iterator[Compare]:
    for inner in inner_nodes(node):
        if isinstance(inner, Compare):
            yield inner
        elif isinstance(inner, Holds) and isinstance(inner.derived, DerivedCondition):
            yield from _written_in(inner.derived.condition)


def _left_with_a_boundary(subject: Subject, rows: Sequence[_Row], model: z3.ModelRef) -> None:
    row = rows[-1]
    compares = distinct(compare for one in rows for compare in one.compares)
    for told, near in hairs_between(subject.encoding, compares, compares):
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
        mine, theirs = distinct(other.compares), distinct(row.compares)
        hairs = list(hairs_between(subject.encoding, mine, theirs))
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
    for compare in distinct(one for row in rows for one in row.written):
        ask = [row for row in rows if sides(compare) in {sides(one) for one in row.written}]
        if len(ask) < 2 or not _can_move(subject, compare):  # noqa: PLR2004 - one on each side
            continue
        lower, higher = beside(compare.left.name)
        drops = [
            both(row.decides, row.own_in(lower), row.own_in(higher), _taken(above, lower, higher))
            for index, row in enumerate(rows)
            if len(above := [one for one in ask if one in rows[:index]]) > 1
        ]
        moved = [*lower.symbols.holds, *higher.symbols.holds]
        claims = (equal(subject.encoding, compare), *moved)
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
