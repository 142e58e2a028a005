"""Every patient has exactly one answer, every row can be it, and no boundary falls between rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import z3

from workflow.conditions import DATE_COMPARISONS, Compare, Node
from workflow.derived import DerivedCondition, DerivedList, DerivedTable
from workflow.operands import Shifted
from workflow.proof.days import as_count
from workflow.proof.encoding import Encoding, compare_nodes
from workflow.proof.logic import Claim, both, either, formula, no
from workflow.proof.subject import Named, Subject, answer_in_words
from workflow.proof.tables import ReadRow, ReadTable
from workflow.rules import Kind

TOTAL: Final = "total"
ONE_ANSWER: Final = "one_answer"
ROWS_USED: Final = "rows_used"
BOUNDARIES: Final = "boundaries"
_NEAR_DAYS: Final = 3


def total(subject: Subject) -> None:
    """No patient falls through the table of a state."""
    for table in subject.tables.values():
        case = subject.patient(TOTAL, table, table.falls_through)
        if case is not None:
            answer = answer_in_words(subject.decision(case))
            message = (
                f"No row of {table.state} answers this patient ({answer}); add a last row without "
                "a condition."
            )
            subject.report(TOTAL, subject.locate(("states", table.state)), message, case)


def one_answer(subject: Subject) -> None:
    """No patient is answered by two rows, or by two options of one row."""
    for table in subject.tables.values():
        ends: list[Claim] = [table.falls_through]
        for row in table.answering():
            ends += [*row.options.values(), row.stops]
        ends += [row.stops for row in table.rows if row.row.kind is Kind.ENTER]
        two = z3.AtLeast(*(formula(end) for end in ends), 2)
        case = subject.patient(ONE_ANSWER, table, two)
        if case is not None:
            where = subject.locate(("states", table.state))
            subject.report(ONE_ANSWER, where, f"Two rows of {table.state} answer at once.", case)


# -- rows that nobody reaches, and rows that only a boundary reaches -----------------------------


def rows_used(subject: Subject) -> None:
    """Every row, option and derived row is the answer for some patient."""
    reached: dict[int, bool] = {}
    first: dict[int, tuple[ReadTable, ReadRow]] = {}
    for table, row in subject.rows():
        key = id(row.row.route)
        first.setdefault(key, (table, row))
        if not reached.get(key):
            reached[key] = subject.asker.find(table.here, _used(row)) is not None
    for key, (table, row) in first.items():
        _tell_of_row(subject, table, row, is_reached=reached[key])
        if reached[key]:
            _unused_lines(subject, row)
    for name in subject.rules.vocabulary.derived:
        _unused_derived(subject, name)


def _used(row: ReadRow) -> Claim:
    """The row does what it is for: it answers, warns, is entered or left."""
    return row.answers if row.is_table_row else both(row.arrives, row.truth.true)


def _tell_of_row(subject: Subject, table: ReadTable, row: ReadRow, *, is_reached: bool) -> None:
    route, where = row.row.route, subject.where(row.row.route)
    if route.safety_net and is_reached:
        case = subject.patient(ROWS_USED, table, _used(row))
        message = f"Row {Named(row.row)} is called a safety net, yet this patient reaches it."
        subject.report(ROWS_USED, where, message, case)
    if is_reached or route.safety_net:
        return
    blocker = _who_takes_it(subject, table, row)
    message = f"Row {Named(row.row)} of {table.state} is reached by nobody: {blocker}."
    subject.report(ROWS_USED, where, message, _case_for(subject, table, row))


def _who_takes_it(subject: Subject, table: ReadTable, row: ReadRow) -> str:
    if subject.asker.find(table.here, row.truth.true) is None:
        return "its condition can never be true"
    takers = [
        earlier
        for earlier in table.rows[: row.index]
        if earlier.is_table_row or earlier.row.kind is Kind.ENTER
        if subject.asker.find(
            table.here, row.truth.true, no(either(earlier.answers, earlier.stops))
        )
        is None
    ]
    if takers:
        return (
            f"row {Named(takers[0].row)} above takes everybody it is for; delete it or move it up"
        )
    return "the rows above take everybody it is for; delete it or move it up"


def _case_for(subject: Subject, table: ReadTable, row: ReadRow) -> dict[str, object] | None:
    """A patient the row was meant for, or, where its condition is never true, one who comes by."""
    meant = subject.patient(ROWS_USED, table, row.truth.true)
    return meant or subject.patient(ROWS_USED, table, row.arrives)


def _unused_lines(subject: Subject, row: ReadRow) -> None:
    """Each line of an option, each conditional warning and track can come true."""
    option = row.row.option
    lines = option.lines if option is not None else ()
    place = subject.place_of(row.row.route)
    tables = [t for t in subject.tables.values() for r in t.rows if r.row.route is row.row.route]
    reached: Claim = True
    for index, (node, name) in enumerate(lines):
        truth = subject.encoding.truth(node)
        claims = [
            both(t.here, r.arrives, r.truth.true, reached, truth.true)
            for t in tables
            for r in t.rows
            if r.row.route is row.row.route
        ]
        if subject.asker.find(either(*claims)) is None:
            where = subject.locate((*place, "option", index))
            subject.report(
                ROWS_USED,
                where,
                f"Line {index + 1} of the option of {Named(row.row)}, {name}, is for nobody.",
                subject.patient(ROWS_USED, tables[0], _used(row)),
            )
        reached = both(reached, truth.false)
    for what, pairs in (("warning", row.row.warns), ("track", row.row.tracks)):
        for name, node in pairs:
            truth = subject.encoding.truth(node)
            claims = [
                both(t.here, _arrives_true(r), truth.true)
                for t in tables
                for r in t.rows
                if r.row.route is row.row.route
            ]
            if subject.asker.find(either(*claims)) is None:
                message = f"The {what} {name} of row {Named(row.row)} is given to nobody."
                case = subject.patient(ROWS_USED, tables[0], _used(row))
                subject.report(ROWS_USED, subject.locate(place), message, case)


def _arrives_true(row: ReadRow) -> Claim:
    return both(row.arrives, row.truth.true)


def _unused_derived(subject: Subject, name: str) -> None:
    derived = subject.rules.vocabulary.derived[name]
    if isinstance(derived, DerivedCondition):
        for value, claim in zip(("yes", "no"), _yes_no(subject, derived.condition), strict=True):
            if subject.asker.find(claim) is None:
                where = subject.locate(("derived", name))
                message = f"The derived fact {name} is never {value}, so it decides nothing."
                subject.report(ROWS_USED, where, message, _anybody(subject))
    elif isinstance(derived, DerivedTable):
        for index, reached in _derived_rows(subject, derived):
            if subject.asker.find(reached) is None:
                where = subject.locate(("derived", name, "rows", index))
                message = f"Row {index + 1} of the derived fact {name} is reached by nobody."
                subject.report(ROWS_USED, where, message, _anybody(subject))
    elif isinstance(derived, DerivedList):
        for index, (item, node) in enumerate(derived.items):
            if subject.asker.find(subject.encoding.truth(node).true) is None:
                where = subject.locate(("derived", name, "items", index))
                message = f"{item} never belongs to {name}: its condition can never be true."
                subject.report(ROWS_USED, where, message, _anybody(subject))


def _anybody(subject: Subject) -> dict[str, object] | None:
    """A patient in the first state: what is wrong is so for everybody."""
    return subject.patient(ROWS_USED, next(iter(subject.tables.values())))


def _yes_no(subject: Subject, node: Node) -> tuple[Claim, Claim]:
    truth = subject.encoding.truth(node)
    return truth.true, truth.false


def _derived_rows(subject: Subject, table: DerivedTable) -> Iterator[tuple[int, Claim]]:
    """For each row of a derived table the claim that it decides: no earlier row was true."""
    encoding = subject.encoding
    arrives: Claim = True
    for index, row in enumerate(table.rows):
        if row.needs:
            known = encoding.needs_known(row)
            yield index, both(arrives, no(known))
            arrives = both(arrives, known)
        else:
            truth = encoding.truth(row.condition)
            yield index, both(arrives, truth.true)
            arrives = both(arrives, truth.not_true)


# -- boundaries ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    """A row of any table: where it decides, and its own condition."""

    name: str
    where: str
    table: ReadTable | None
    decides: Claim
    own: Claim
    compares: tuple[Compare, ...]


def boundaries(subject: Subject) -> None:
    """No row is left with nothing but the exact boundary between the rows above it.

    Such a row takes the patients whom two neighbouring rows forgot, for instance exactly 25 %, or
    the day on which 36 months and 1096 days differ. Two rows that both claim the boundary are found
    too: the first would win without a word.
    """
    for rows in _tables(subject):
        for index, row in enumerate(rows):
            model = subject.asker.find(row.decides)
            if model is not None:
                _left_with_a_boundary(subject, rows[: index + 1], model)
            _both_claim_a_boundary(subject, rows[:index], row)


def _tables(subject: Subject) -> Iterator[list[_Row]]:
    encoding = subject.encoding
    for table in subject.tables.values():
        yield [
            _Row(
                f"row {Named(row.row)} of {table.state}",
                subject.where(row.row.route),
                table,
                both(table.here, row.answers),
                both(table.here, row.truth.true),
                tuple(compare_nodes(encoding, row.row.condition)),
            )
            for row in table.answering()
            if not row.row.early
        ]
    for name, derived in subject.rules.vocabulary.derived.items():
        if isinstance(derived, DerivedTable):
            decides = dict(_derived_rows(subject, derived))
            yield [
                _Row(
                    f"row {index + 1} of the derived fact {name}",
                    subject.locate(("derived", name, "rows", index)),
                    None,
                    decides[index],
                    encoding.truth(row.condition).true,
                    tuple(compare_nodes(encoding, row.condition)),
                )
                for index, row in enumerate(derived.rows)
                if not row.needs
            ]


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
    theirs = {_sides(compare) for compare in others}
    for compare in some:
        if _sides(compare) in theirs:
            yield f"'{compare.left.label} = {compare.right.label}'", _equal(encoding, compare)
    for first in some:
        for second in others:
            if _counts_otherwise(first, second):
                told = f"'{first.left.label} between {first.right.label} and {second.right.label}'"
                yield told, both(*(_close(encoding, one, _NEAR_DAYS) for one in (first, second)))


def _counts_otherwise(first: Compare, second: Compare) -> bool:
    """Whether two comparisons count from the same day, one in months and the other in days."""
    one, other = first.right, second.right
    return (
        isinstance(one, Shifted)
        and isinstance(other, Shifted)
        and first.left.label == second.left.label
        and one.base.label == other.base.label
        and (one.by.unit, other.by.unit) == ("mo", "d")
    )


def _equal(encoding: Encoding, compare: Compare) -> Claim:
    """The two sides are known and equal."""
    if compare.op in DATE_COMPARISONS:
        return _close(encoding, compare, 0)
    at_most = encoding.truth(Compare("at_most", compare.left, compare.right))
    below = encoding.truth(Compare("below", compare.left, compare.right))
    return both(at_most.true, below.false)


def _close(encoding: Encoding, compare: Compare, days: int) -> Claim:
    """The two sides are days, at most so many days apart."""
    (first_known, first), (second_known, second) = (
        encoding.day_of(compare.left),
        encoding.day_of(compare.right),
    )
    apart = as_count(first).days - as_count(second).days
    return both(first_known, second_known, apart <= days, apart >= -days)
