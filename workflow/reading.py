"""A state's table read from the top: the first row that holds is the answer.

A false row goes on to the next; a true row is the answer; an unknown row stops, `blocked`, and
names the facts that could still change it. Notes warn in passing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from workflow.facts import FactSheet
from workflow.operands import Evaluation, Truth
from workflow.rules import CompiledRow, Kind, Rules
from workflow.vocabulary import CONTRADICTION, LATER_LINE, STATE

Status = Literal["recommended", "blocked", "needs_mdt"]

MISSING_FACTS: Final = "missing_facts"
NO_ROUTE: Final = "no_route"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a path is: the main state, the tracks that are open, and in which episode and line."""

    state: str
    open_tracks: tuple[str, ...] = ()
    episode: int = 1
    line: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """The answer: status, where to, which option and parallel tracks, and the reason to stay."""

    status: Status
    next_state: str
    option: str | None = None
    parallel: tuple[str, ...] = ()
    reason: str | None = None


def evaluation(sheet: FactSheet, position: Position) -> Evaluation:
    """The sheet ready for conditions, with the state and whether the record contradicts itself."""
    contradiction = "yes" if sheet.contradictions else "no"
    later_line = "yes" if position.line > 1 else "no"
    context = {STATE: position.state, CONTRADICTION: contradiction, LATER_LINE: later_line}
    return Evaluation({**sheet.values, **context}, sheet.as_of)


@dataclass(slots=True)
class Reading:
    """What reading a table from the top gave."""

    route: Route
    rule: str = ""
    row: CompiledRow | None = None
    warnings: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    tracks: list[str] = field(default_factory=list)
    looked_at: list[tuple[CompiledRow, Truth]] = field(default_factory=list)


def read_table(rules: Rules, position: Position, ev: Evaluation) -> Reading:
    """The answer of the state's table for what is known, and the rows that were looked at."""
    state = position.state
    reading = Reading(Route("blocked", state, reason=NO_ROUTE))
    rows = rules.rows[state]
    index = 0
    while index < len(rows):
        row = rows[index]
        truth = row.test(ev)
        reading.looked_at.append((row, truth))
        index += 1
        if row.kind is Kind.NOTE or row.kind is Kind.LEAVE:
            if truth is True:
                _warn(reading, row, ev)
                index = row.jump if row.kind is Kind.LEAVE else index
        elif row.kind is Kind.ENTER and truth is not None:
            index = index if truth else row.jump
        elif truth is not False and _answers(rules, reading, row, truth, ev):
            break
    return reading


def _answers(
    rules: Rules, reading: Reading, row: CompiledRow, truth: Truth, ev: Evaluation
) -> bool:
    """Whether this row is the answer; fills in the reading if so."""
    state = reading.route.next_state
    option: str | None = None
    unknown: set[str] = set()
    stops = truth is None
    if stops:
        unknown = row.condition.unknowns(ev)
    elif row.option is not None:
        option, certain = row.option.choose(ev)
        if not certain:
            stops, unknown = True, row.option.unknowns(ev)
        elif option is None:
            return False
    reading.row, reading.rule = row, row.rule
    tracks = _tracks(rules, row, ev)
    if stops:
        reading.missing = unknown
        reading.route = Route("blocked", state, None, tracks, MISSING_FACTS)
        return True
    _warn(reading, row, ev)
    reading.missing = _row_missing(row, ev)
    if row.kind is Kind.GO:
        reading.route = Route("recommended", row.target or state, option, tracks)
    else:
        status: Status = "needs_mdt" if row.kind is Kind.MDT else "blocked"
        reading.route = Route(status, state, None, tracks, row.reason)
    return True


def _warn(reading: Reading, row: CompiledRow, ev: Evaluation) -> None:
    reading.warnings.update(code for code, node in row.warns if node.test(ev) is True)


def _tracks(rules: Rules, row: CompiledRow, ev: Evaluation) -> tuple[str, ...]:
    if row.early:
        return ()
    names = [name for name, node in rules.tracks if node.test(ev) is True]
    names += [name for name, node in row.tracks if node.test(ev) is True and name not in names]
    return tuple(names)


def _row_missing(row: CompiledRow, ev: Evaluation) -> set[str]:
    if row.missing is None:
        return set()
    if isinstance(row.missing, frozenset):
        unknown = {name for name in row.missing if ev.values.get(name) is None}
        return unknown or set(row.missing)
    return row.missing.missing(ev)
