"""A state's table as the solver reads it: which row answers which patients.

Follows `workflow.reading` row by row. Every row has the claim that the reading arrives there, the
claim that it answers, and the claim that it stops because something is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workflow.proof.encoding import Encoding
from workflow.proof.logic import Claim, Ternary, both, either, no
from workflow.rules import CompiledRow, Kind, OptionChoice
from workflow.vocabulary import STATE

NOTHING = ""
"""The option of a row that names none."""


@dataclass(frozen=True)
class ReadRow:
    """One row of a table: when the reading arrives, answers with which option, or stops there."""

    index: int
    row: CompiledRow
    arrives: Claim
    truth: Ternary
    options: Mapping[str, Claim]
    stops: Claim

    @property
    def answers(self) -> Claim:
        """The row is the answer, with one option or another."""
        return either(*self.options.values())

    @property
    def is_table_row(self) -> bool:
        """Whether the row can be an answer at all, not a note, a gate or the way out of one."""
        return self.row.kind in {Kind.GO, Kind.MDT, Kind.BLOCK}


@dataclass(frozen=True)
class ReadTable:
    """A state's whole table for one patient; `falls_through` is that no row answers."""

    state: str
    here: Claim
    rows: tuple[ReadRow, ...]
    falls_through: Claim

    def answering(self) -> Iterator[ReadRow]:
        """The rows that can be an answer."""
        return (read for read in self.rows if read.is_table_row)


def read_table(encoding: Encoding, state: str) -> ReadTable:
    """The table of a state for the patient of this encoding."""
    rows = encoding.rules.rows[state]
    arrives: dict[int, list[Claim]] = {0: [True]}
    read: list[ReadRow] = []
    for index, row in enumerate(rows):
        here = either(*arrives.get(index, []))
        truth = encoding.truth(row.condition)
        options, stops, passed = _outcome(encoding, row, truth)
        read.append(
            ReadRow(
                index,
                row,
                here,
                truth,
                {option: both(here, claim) for option, claim in options.items()},
                both(here, stops),
            )
        )
        after = _after(row, truth, passed)
        for offset, claim in ((index + 1, after[0]), (row.jump, after[1])):
            arrives.setdefault(offset, []).append(both(here, claim))
    falls = either(
        *(claim for index, claims in arrives.items() if index >= len(rows) for claim in claims)
    )
    here = encoding.symbols.word(STATE).is_[state]
    return ReadTable(state, here, tuple(read), falls)


def _outcome(
    encoding: Encoding, row: CompiledRow, truth: Ternary
) -> tuple[dict[str, Claim], Claim, Claim]:
    """When a row answers with which option, when it stops, and when it passes on."""
    if row.kind is Kind.NOTE or row.kind is Kind.LEAVE:
        return {}, False, True
    if row.kind is Kind.ENTER:
        return {}, truth.unknown, truth.true
    if row.option is None:
        return {NOTHING: truth.true}, truth.unknown, truth.false
    chosen, uncertain, none = choices(encoding, row.option)
    options = {option: both(truth.true, claim) for option, claim in chosen.items()}
    stops = either(truth.unknown, both(truth.true, uncertain))
    return options, stops, either(truth.false, both(truth.true, none))


def _after(row: CompiledRow, truth: Ternary, passed: Claim) -> tuple[Claim, Claim]:
    """When the reading goes on with the next row, and when it jumps."""
    if row.kind is Kind.LEAVE:
        return truth.not_true, truth.true
    if row.kind is Kind.ENTER:
        return truth.true, truth.false
    return passed, False


def choices(encoding: Encoding, option: OptionChoice) -> tuple[dict[str, Claim], Claim, Claim]:
    """When which option is chosen, when it cannot be told, and when no line applies."""
    if option.list_ is not None:
        return _of_list(encoding, option)
    chosen: dict[str, Claim] = {}
    uncertain: Claim = False
    reached: Claim = True
    for node, name in option.lines:
        truth = encoding.truth(node)
        chosen[name] = either(chosen.get(name, False), both(reached, truth.true))
        uncertain = either(uncertain, both(reached, truth.unknown))
        reached = both(reached, truth.false)
    return chosen, uncertain, reached


def _of_list(encoding: Encoding, option: OptionChoice) -> tuple[dict[str, Claim], Claim, Claim]:
    """Every joint choice of a derived list, by name as the decision joins it."""
    truths = [(item, encoding.truth(node)) for item, node in option.list_.items]  # type: ignore[union-attr] # asked before
    uncertain = either(*(truth.unknown for _, truth in truths))
    sets: dict[tuple[str, ...], Claim] = {(): no(uncertain)}
    for item, truth in truths:
        sets = {
            **{chosen: both(claim, truth.false) for chosen, claim in sets.items()},
            **{(*chosen, item): both(claim, truth.true) for chosen, claim in sets.items()},
        }
    none = sets.pop(())
    return {"|".join(chosen): claim for chosen, claim in sets.items()}, uncertain, none
