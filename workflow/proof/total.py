"""Every patient has exactly one answer, and every row can be it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import z3

from workflow.conditions import Node
from workflow.derived import DerivedCondition, DerivedList, DerivedTable
from workflow.proof.encoding import Encoding
from workflow.proof.logic import Claim, both, either, formula, no
from workflow.proof.subject import Named, Subject, answer_in_words
from workflow.proof.tables import ReadRow, ReadTable
from workflow.rules import Kind

TOTAL: Final = "total"
ONE_ANSWER: Final = "one_answer"
ROWS_USED: Final = "rows_used"


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
        if earlier.is_table_row
        if subject.asker.find(table.here, row.truth.true, earlier.truth.false) is None
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
        for index, reached in derived_rows(subject.encoding, derived):
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


def derived_rows(
    encoding: Encoding, table: DerivedTable, *, surely: bool = False
) -> Iterator[tuple[int, Claim]]:
    """For each row of a derived table the claim that it decides: no earlier row was true.

    `surely` asks for more: every earlier row was false, not merely unknown.
    """
    arrives: Claim = True
    for index, row in enumerate(table.rows):
        if row.needs:
            known = encoding.needs_known(row)
            yield index, both(arrives, no(known))
            arrives = both(arrives, known)
        else:
            truth = encoding.truth(row.condition)
            yield index, both(arrives, truth.true)
            arrives = both(arrives, truth.false if surely else truth.not_true)
