"""Two versions of a pathway compared for every patient: who would be answered differently?

Both tables are read for one and the same patient. A fact that only one version declares is free
there; one that both declare, but otherwise, is left out of the comparison (unknown to both).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from workflow.decide import decide
from workflow.errors import FactError
from workflow.flat_case import read_case
from workflow.pathway import Fact, Pathway
from workflow.proof.asking import Asker, OutOfTimeError
from workflow.proof.encoding import Encoding
from workflow.proof.logic import BeyondProofError, Claim, both, either, formula, no, same
from workflow.proof.subject import answer_in_words
from workflow.proof.symbols import Symbol, Symbols, Word, case_in, known_of
from workflow.proof.tables import ReadRow, ReadTable, read_table
from workflow.reading import MISSING_FACTS, NO_ROUTE
from workflow.rules import Kind, rules_of
from workflow.vocabulary import STATE

Key = tuple[str, ...]
ROUTES: Final = frozenset({"recommended", "needs_mdt", "blocked", "track"})
"""What a route is: where to, with which option and tracks, or why not."""
EVERYTHING: Final = ROUTES | {"rule", "warning", "missing"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A made-up patient in a state that two versions answer differently, and both answers.

    The case holds what the new version declares; what the old one does not know is left out there.
    """

    state: str
    case: Mapping[str, Any]
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of the states that both versions have.

    `equal` are those in which no patient at all is answered differently, `undecided` those that
    could not be told in time.
    """

    found: tuple[Difference, ...]
    equal: tuple[str, ...]
    undecided: tuple[str, ...]


def differences(
    old: Pathway,
    new: Pathway,
    *,
    today: date,
    clock: Callable[[], float],
    seconds: float,
    aspects: frozenset[str] = ROUTES,
) -> Comparison:
    """For each state of both versions a patient who is answered differently, or that there is none.

    `aspects` says what counts: the route, or everything a decision says. (The facts named as
    missing by a row that stops because something is unknown are never compared.)
    """
    mine = Symbols(new)
    theirs = _Shared(old, mine)
    asker = Asker(mine, clock, clock() + seconds)
    readings = Encoding(rules_of(old), theirs), Encoding(rules_of(new), mine)
    found, equal, undecided = [], [], []
    for state in _common_states(old, new):
        try:
            differ = _differ(state, readings, aspects)
            here = mine.word(STATE).is_[state]
            model = asker.easy_to_read(today, [_undisturbed(theirs)], here, *theirs.holds, differ)
        except (OutOfTimeError, BeyondProofError):
            undecided.append(state)
            continue
        if model is None:
            equal.append(state)
            continue
        case = case_in(model, mine, state, f"{state}: answered differently")
        seen = case_in(model, theirs, state, str(case["id"]))
        answers = (_answer(old, seen, today), _answer(new, case, today))
        found.append(Difference(state, case, *answers))
    return Comparison(tuple(found), tuple(equal), tuple(undecided))


def _common_states(old: Pathway, new: Pathway) -> list[str]:
    return [
        name
        for name, state in new.states.items()
        if not state.final and name in old.states and not old.states[name].final
    ]


def _undisturbed(theirs: Symbols) -> Claim:
    """The record does not contradict itself, so that the difference is about something else."""
    return theirs.word("contradiction").is_["no"]


def _answer(pathway: Pathway, case: Mapping[str, Any], today: date) -> str:
    try:
        position, sheet = read_case(pathway, case, today)
    except FactError as error:
        return f"the case is refused: {error}"
    return answer_in_words(decide(pathway, position, sheet))


def _differ(state: str, readings: tuple[Encoding, Encoding], aspects: frozenset[str]) -> Claim:
    """The claim that the two versions say something different in this state."""
    answers = [
        _collected(
            said for said in _answers(read_table(reading, state), reading) if said[0][0] in aspects
        )
        for reading in readings
    ]
    return either(
        *(
            no(same(one, other))
            for key in dict.fromkeys((*answers[0], *answers[1]))
            if not _is_one(one := answers[0].get(key, False), other := answers[1].get(key, False))
        )
    )


def _collected(said: Iterator[tuple[Key, Claim]]) -> dict[Key, Claim]:
    claims: dict[Key, list[Claim]] = {}
    for key, claim in said:
        claims.setdefault(key, []).append(claim)
    return {key: either(*parts) for key, parts in claims.items()}


def _is_one(one: Claim, other: Claim) -> bool:
    """Whether two claims are written alike, so that there is nothing to ask."""
    return bool(formula(one).eq(formula(other)))


def _answers(table: ReadTable, reading: Encoding) -> Iterator[tuple[Key, Claim]]:
    """All that a table can say, each with the claim that it says it."""
    yield ("blocked", NO_ROUTE), table.falls_through
    for row in table.rows:
        warned = row.answers if row.is_table_row else both(row.arrives, row.truth.true)
        if row.row.kind is not Kind.ENTER:
            for code, node in row.row.warns:
                yield ("warning", code), both(warned, reading.truth(node).true)
        yield ("blocked", MISSING_FACTS), row.stops
        yield ("rule", row.row.rule), either(row.answers, row.stops)
        yield from _outcomes(row)
        yield from _tracks(row, reading)
        yield from _missing(row, reading)


def _outcomes(row: ReadRow) -> Iterator[tuple[Key, Claim]]:
    if row.row.kind is Kind.GO:
        for option, claim in row.options.items():
            yield ("recommended", row.row.target or "", option), claim
    elif row.row.kind is Kind.MDT:
        yield ("needs_mdt", row.row.reason or ""), row.answers
    elif row.row.kind is Kind.BLOCK:
        yield ("blocked", row.row.reason or ""), row.answers


def _tracks(row: ReadRow, reading: Encoding) -> Iterator[tuple[Key, Claim]]:
    if not row.row.early:
        for name, node in (*reading.rules.tracks, *row.row.tracks):
            opened = reading.truth(node).true
            yield ("track", name), both(either(row.answers, row.stops), opened)


def _missing(row: ReadRow, reading: Encoding) -> Iterator[tuple[Key, Claim]]:
    facts = row.row.missing
    if facts is None:
        return
    if isinstance(facts, frozenset):
        unknown = {name: no(reading.symbols.known(name)) for name in facts}
        nothing = no(either(*unknown.values()))
        for name, claim in unknown.items():
            yield ("missing", name), both(row.answers, either(claim, nothing))
        return
    listed = dict(reading.missing(facts))
    nothing = no(either(*listed.values()))
    for name in facts.otherwise:
        listed[name] = either(listed.get(name, False), nothing)
    for name, claim in listed.items():
        yield ("missing", name), both(row.answers, claim)


class _Shared(Symbols):
    """The patient of the other version, as this one sees it."""

    def __init__(self, pathway: Pathway, other: Symbols) -> None:
        super().__init__(pathway, "old ")
        self._other = other

    def _new(self, name: str) -> Symbol:
        theirs = self._other.pathway
        if name in self.pathway.facts and name in theirs.facts:
            mine, other = self.pathway.facts[name], theirs.facts[name]
            if _shape(mine) == _shape(other):
                return self._other.symbol(name)
            own = super()._new(name)
            shared = self._other.symbol(name)
            if isinstance(own, Word) and isinstance(shared, Word):
                return _common_words(own, shared)
            self.holds += [no(known_of(own)), no(known_of(shared))]
            return own
        if name == STATE or (name in self.pathway.settings and name in theirs.settings):
            own = super()._new(name)
            shared = self._other.symbol(name)
            if isinstance(own, Word) and isinstance(shared, Word):
                return _common_words(own, shared)
        if name in self.pathway.facts or name in self.pathway.settings:
            return super()._new(name)
        return self._other.symbol(name)


def _common_words(own: Word, shared: Word) -> Word:
    is_ = {value: shared.is_.get(value, False) for value in own.is_}
    return Word(either(*is_.values()), is_)


def _shape(fact: Fact) -> tuple[object, ...]:
    """What decides which values a fact can have."""
    return (
        fact.type, fact.values, fact.none, fact.unit, fact.range,
        tuple(fact.scales.items()), fact.not_applicable,
    )  # fmt: skip
