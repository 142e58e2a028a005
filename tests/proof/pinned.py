"""A real case given to the solver: every fact pinned to what the case says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import z3

from workflow.measurement import Measurement
from workflow.operands import Evaluation
from workflow.proof.days import is_day
from workflow.proof.logic import Claim, formula, no
from workflow.proof.symbols import (
    AMOUNTS,
    AS_OF,
    DAYS,
    HAPPENED,
    PARTS,
    Amount,
    Day,
    Result,
    Symbol,
    Symbols,
    Word,
)
from workflow.values import Score


def pinned(symbols: Symbols, ev: Evaluation) -> Iterator[Claim]:
    """The claims that make the solver's patient the one of this evaluation."""
    for name in symbols.used:
        value = ev.as_of if name == AS_OF else ev.values.get(name)
        yield from _pin(symbols.symbol(name), value)


def model_of(symbols: Symbols, ev: Evaluation) -> z3.ModelRef:
    """The one patient of the solver that is like the case."""
    solver = z3.Solver()
    for claim in (*symbols.holds, *pinned(symbols, ev)):
        solver.add(formula(claim))
    assert solver.check() == z3.sat, "the solver knows no such patient"
    return solver.model()


def holds(model: z3.ModelRef, claim: Claim) -> bool:
    """Whether a claim holds of the patient."""
    return bool(z3.is_true(model.eval(formula(claim), model_completion=True)))


def _pin(symbol: Symbol, value: Any) -> Iterator[Claim]:  # noqa: ANN401 - a fact value
    if isinstance(symbol, tuple):
        scale = value.scale if isinstance(value, Score) else None
        yield from _pin(symbol[0], scale)
        if scale is not None:
            yield symbol[1].steps == value.value
    elif isinstance(symbol, Word):
        word = value if value is None or value in symbol.is_ else HAPPENED
        yield no(symbol.known) if word is None else symbol.is_[word]
    elif isinstance(symbol, Day):
        yield from _pin_day(symbol, value)
    elif isinstance(symbol, Amount):
        yield from _pin_amount(symbol, value)
    else:
        yield from _pin_result(symbol, value)


def _pin_day(day: Day, value: date | str | None) -> Iterator[Claim]:
    if value is None:
        yield no(day.known)
        return
    yield day.known
    if isinstance(value, str):
        yield day.none
    else:
        yield no(day.none)
        yield is_day(day.day, value)


def _pin_amount(amount: Amount, value: Decimal | int | None) -> Iterator[Claim]:
    if value is None:
        yield no(amount.known)
        return
    # A value finer than a step lies between the same thresholds as a whole step beside it; every
    # threshold is a multiple of ten steps.
    exact = Decimal(value) / amount.step
    steps = exact.to_integral_value(ROUND_FLOOR)
    if steps != exact and steps % 10 == 0:
        steps += 1
    yield amount.known
    yield no(amount.none)
    yield amount.steps == int(steps)


def _pin_result(result: Result, value: Measurement | None) -> Iterator[Claim]:
    if value is None:
        yield no(result.known)
        return
    for part in PARTS:
        yield from _pin(result.words[part], value.part(part))
    for part in AMOUNTS:
        yield from _pin_amount(result.amounts[part], value.part(part))
    for part in DAYS:
        yield from _pin_day(result.days[part], value.part(part))
