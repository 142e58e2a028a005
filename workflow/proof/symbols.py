"""A patient as the solver sees one: every fact of a pathway as something not yet settled.

Each fact may be unknown or have any value its declaration allows; so may each part of a measurement
and each setting without a default. A model of the solver is read back as a case that `allpath
decide` accepts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, TypeVar

import z3

from workflow.measurement import METHODS, RESULTS, SPECIMENS, STATUSES, UNITS
from workflow.pathway import Fact, Pathway
from workflow.proof.days import Civil, day_in, new_day
from workflow.proof.logic import BeyondProofError, Claim, both, either, formula, no
from workflow.values import NONE, NOT_APPLICABLE
from workflow.vocabulary import CONTRADICTION, ENTERED_ON, LATER_LINE, STATE

AS_OF: Final = "as_of"
HAPPENED: Final = "happened"
"""What stands for any text or event that is not `none`."""
PARTS: Final[dict[str, tuple[str, ...]]] = {
    "result": RESULTS,
    "method": METHODS,
    "specimen": SPECIMENS,
    "report_status": STATUSES,
    "raw_unit": (*UNITS, "log10", "unknown"),
}
AMOUNTS: Final = ("value", "sensitivity", "loq")
DAYS: Final = ("sample_date", "report_date")
_BITS: Final = 48
_WHOLE_LIMIT: Final = 9999
_RECENT_YEARS: Final = 15


@dataclass(frozen=True, slots=True)
class Word:
    """One of several words, or unknown."""

    known: Claim
    is_: Mapping[str, Claim]


@dataclass(frozen=True, slots=True)
class Day:
    """A civil day, the word `none`, or unknown."""

    known: Claim
    none: Claim
    day: Civil

    @property
    def is_day(self) -> Claim:
        """It is known and a day."""
        return both(self.known, no(self.none))


@dataclass(frozen=True, slots=True)
class Amount:
    """A number (in steps of `step`), `none`, not given on this scale (`absent`), or unknown."""

    known: Claim
    steps: z3.BitVecRef
    step: Decimal
    none: Claim = False
    absent: Claim = False


@dataclass(frozen=True, slots=True)
class Result:
    """A measurement: unknown, or with parts each of which may be unknown."""

    known: Claim
    words: Mapping[str, Word]
    amounts: Mapping[str, Amount]
    days: Mapping[str, Day]


Symbol = Word | Day | Amount | Result | tuple[Word, Amount]
T = TypeVar("T", Word, Day, Amount, Result)


class Symbols:
    """The facts, settings and place of one patient; `name` tells two patients apart."""

    def __init__(self, pathway: Pathway, name: str = "") -> None:
        self.pathway = pathway
        self._name = name
        self._found: dict[str, Symbol] = {}
        self.holds: list[Claim] = []
        """What is true of every patient."""

    @cached_property
    def step(self) -> Decimal:
        """The step in which measured numbers go: a tenth of the finest place of a parameter."""
        places = [
            -int(exponent)
            for parameter in self.pathway.parameters.values()
            if isinstance(exponent := parameter.value.normalize().as_tuple().exponent, int)
        ]
        return Decimal(10) ** -(max((*places, 0)) + 1)

    # -- what a condition looks at -------------------------------------------------------------

    def word(self, name: str) -> Word:
        """A fact, setting or built-in that is one of several words."""
        return _as(Word, self.symbol(name), name)

    def day(self, name: str) -> Day:
        """A fact or built-in that is a day."""
        return _as(Day, self.symbol(name), name)

    def amount(self, name: str) -> Amount:
        """A fact that is a number."""
        return _as(Amount, self.symbol(name), name)

    def result(self, name: str) -> Result:
        """A fact that is a measurement."""
        return _as(Result, self.symbol(name), name)

    def score(self, name: str) -> tuple[Word, Amount]:
        """A fact that is a value on one of several scales."""
        symbol = self.symbol(name)
        if not isinstance(symbol, tuple):
            raise BeyondProofError(f"{name} is used as a score and is none")
        return symbol

    def known(self, name: str) -> Claim:
        """The claim that a fact, setting or built-in is known."""
        return known_of(self.symbol(name))

    def symbol(self, name: str) -> Symbol:
        """What stands for a fact, setting or built-in."""
        if name not in self._found:
            self._found[name] = self._new(name)
        return self._found[name]

    @property
    def used(self) -> tuple[str, ...]:
        """The names looked at so far."""
        return tuple(self._found)

    def _new(self, name: str) -> Symbol:
        pathway = self.pathway
        at = f"{self._name}{name}"
        if name in {AS_OF, ENTERED_ON}:
            return self._day(at, can_be_none=False, must_be_known=name == AS_OF)
        if name == STATE:
            return self._word(at, tuple(pathway.states), must_be_known=True)
        if name in {CONTRADICTION, LATER_LINE}:
            return self._word(at, ("yes", "no"), must_be_known=True)
        if name in pathway.settings:
            setting = pathway.settings[name]
            return self._word(at, setting.values, must_be_known=setting.default is not None)
        fact = pathway.facts[name]
        if fact.type == "date":
            return self._day(at, can_be_none=fact.none or fact.not_applicable == NONE)
        if fact.type in {"number", "integer"}:
            return self._number(at, fact)
        if fact.type == "measurement":
            return self._measurement(at)
        if fact.type == "score":
            return self._score(at, fact)
        return self._word(at, words_of(fact))

    def _word(self, at: str, values: tuple[str, ...], *, must_be_known: bool = False) -> Word:
        is_ = {value: z3.Bool(f"{at}={value}") for value in values}
        claims = list(is_.values())
        if len(claims) > 1:
            self.holds.append(z3.AtMost(*claims, 1))
        known = either(*claims)
        if must_be_known:
            self.holds.append(known)
            known = True
        return Word(known, is_)

    def _day(self, at: str, *, can_be_none: bool, must_be_known: bool = False) -> Day:
        day, exists = new_day(at)
        self.holds.append(exists)
        known: Claim = True if must_be_known else z3.Bool(f"{at}?")
        none: Claim = z3.Bool(f"{at}=none") if can_be_none else False
        return Day(known, none, day)

    def _number(self, at: str, fact: Fact) -> Amount:
        step = Decimal(1) if fact.type == "integer" else self.step
        limits = fact.range or (Decimal(-_WHOLE_LIMIT), Decimal(_WHOLE_LIMIT))
        amount = self._amount(at, z3.Bool(f"{at}?"), step, limits)
        return replace(amount, none=z3.Bool(f"{at}=none")) if fact.none else amount

    def _amount(
        self, at: str, known: Claim, step: Decimal, limits: tuple[Decimal, Decimal]
    ) -> Amount:
        steps = z3.BitVec(at, _BITS)
        self.holds.append(both(steps >= int(limits[0] / step), steps <= int(limits[1] / step)))
        return Amount(known, steps, step)

    def _measurement(self, at: str) -> Result:
        wide = (Decimal(-10), Decimal(_WHOLE_LIMIT))
        words = {part: self._word(f"{at}.{part}", values) for part, values in PARTS.items()}
        self.holds.append(words["raw_unit"].known)  # it is a fraction unless another is given
        amounts = {
            part: self._amount(f"{at}.{part}", z3.Bool(f"{at}.{part}?"), self.step, wide)
            for part in AMOUNTS
        }
        days = {part: self._day(f"{at}.{part}", can_be_none=False) for part in DAYS}
        return Result(words["result"].known, words, amounts, days)

    def _score(self, at: str, fact: Fact) -> tuple[Word, Amount]:
        scale = self._word(f"{at}.scale", tuple(fact.scales))
        limits = [Decimal(limit) for pair in fact.scales.values() for limit in pair]
        amount = self._amount(at, scale.known, Decimal(1), (min(limits), max(limits)))
        for name, (low, high) in fact.scales.items():
            inside = both(amount.steps >= low, amount.steps <= high)
            self.holds.append(either(no(scale.is_[name]), inside))
        return scale, amount


def _as(kind: type[T], symbol: Symbol, name: str) -> T:
    if isinstance(symbol, kind):
        return symbol
    raise BeyondProofError(f"{name} is used as a {kind.__name__.lower()} and is none")


def known_of(symbol: Symbol) -> Claim:
    """The claim that what the symbol stands for is known; a score is when its scale is."""
    return symbol[0].known if isinstance(symbol, tuple) else symbol.known


def words_of(fact: Fact) -> tuple[str, ...]:
    """The words a fact may be, besides unknown."""
    if fact.type == "one_of":
        more = (NOT_APPLICABLE,) if fact.not_applicable == NOT_APPLICABLE else ()
        return tuple(dict.fromkeys((*fact.values, *more, *((NONE,) if fact.none else ()))))
    return (NONE, HAPPENED) if fact.none else (HAPPENED,)


# -- a model read back as a case -----------------------------------------------------------------


def case_in(model: z3.ModelRef, symbols: Symbols, state: str, name: str) -> dict[str, Any]:
    """The patient of a model as a case of `allpath decide`; what is unknown is left out."""
    case: dict[str, Any] = {"id": name, "state": state}
    day = symbols.day(AS_OF)
    case["asof"] = day_in(model, day.day).isoformat()
    facts = {}
    for used in symbols.used:
        if used in {AS_OF, STATE}:
            continue
        value = _value(model, symbols.symbol(used))
        if value is None:
            continue
        if used in symbols.pathway.facts:
            facts[used] = value
        elif used in symbols.pathway.settings or used == ENTERED_ON or value == "yes":
            case[used] = value
    case["facts"] = {fact: facts[fact] for fact in symbols.pathway.facts if fact in facts}
    return case


def _value(model: z3.ModelRef, symbol: Symbol) -> Any:  # noqa: ANN401 - as plain as a case file holds it
    if isinstance(symbol, tuple):
        scale, number = _value(model, symbol[0]), _value(model, symbol[1])
        return None if scale is None else {"scale": scale, "value": number}
    if not _holds(model, symbol.known):
        return None
    if isinstance(symbol, Word):
        return next((v for v, claim in symbol.is_.items() if _holds(model, claim)), None)
    if isinstance(symbol, Day):
        return NONE if _holds(model, symbol.none) else day_in(model, symbol.day).isoformat()
    if isinstance(symbol, Amount):
        if _holds(model, symbol.none):
            return NONE
        steps = model.eval(symbol.steps, model_completion=True).as_signed_long()
        return plain(steps * symbol.step)
    return dict(_parts(model, symbol))


def _parts(model: z3.ModelRef, result: Result) -> Iterator[tuple[str, Any]]:
    parts: Mapping[str, Symbol] = {**result.words, **result.amounts, **result.days}
    for part, symbol in parts.items():
        value = _value(model, symbol)
        if value is not None:
            yield part, value


def _holds(model: z3.ModelRef, claim: Claim) -> bool:
    return bool(z3.is_true(model.eval(formula(claim), model_completion=True)))


def plain(number: Decimal) -> int | str:
    """A number as a case file holds it exactly."""
    whole = number.to_integral_value()
    return int(whole) if whole == number else format(number.normalize(), "f")


def soft_wishes(symbols: Symbols, today: date) -> Iterator[Claim]:
    """What makes a made-up patient easy to read, most wanted first; none of it must hold."""
    as_of = symbols.day(AS_OF).day
    yield as_of.order == _order_of(today)
    yield as_of.year == today.year - 1900
    for name in symbols.used:
        if name in {CONTRADICTION, LATER_LINE}:
            yield symbols.word(name).is_["no"]
    for name in symbols.used:
        if name in {AS_OF, STATE, CONTRADICTION, LATER_LINE}:
            continue
        yield no(symbols.known(name))
    for name in symbols.used:
        if name != AS_OF:
            yield from _plausible(symbols.symbol(name), today)


def _plausible(symbol: Symbol, today: date) -> Iterator[Claim]:
    """What a person would take for a real value: a recent day, a small whole number, a fraction."""
    if isinstance(symbol, Day):
        recent = _order_of(date(today.year - _RECENT_YEARS, 1, 1))
        yield z3.UGE(symbol.day.order, recent)
        yield z3.ULE(symbol.day.order, _order_of(today))
    elif isinstance(symbol, Amount):
        yield both(symbol.steps >= 0, symbol.steps <= int(100 / symbol.step))
    elif isinstance(symbol, Result):
        yield symbol.words["raw_unit"].is_["fraction"]
        for amount in symbol.amounts.values():
            yield either(
                no(amount.known), both(amount.steps >= 0, amount.steps <= int(1 / amount.step))
            )
        parts: Mapping[str, Word | Amount | Day] = {
            **symbol.words,
            **symbol.amounts,
            **symbol.days,
        }
        yield from (no(part.known) for part in parts.values())
        for day in symbol.days.values():
            yield from _plausible(day, today)


def _order_of(day: date) -> z3.BitVecRef:
    return z3.Concat(
        z3.BitVecVal(day.year - 1900, 10), z3.BitVecVal(day.month, 5), z3.BitVecVal(day.day, 6)
    )
