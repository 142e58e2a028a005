"""The same patient with one value a step lower or higher: a neighbour across a boundary."""

from __future__ import annotations

from dataclasses import replace

from workflow.proof.days import counted, new_day
from workflow.proof.logic import both, either, no
from workflow.proof.symbols import Amount, Day, Result, Symbol, Symbols


class Moved(Symbols):
    """The patient `behind`, with the fact `only` moved by `step`: a day, or the finest step.

    `holds` says what is true of the neighbour; ask with it.
    """

    def __init__(self, behind: Symbols, only: str, step: int) -> None:
        super().__init__(behind.pathway, f"moved by {step} ")
        self._behind = behind
        self._only = only
        self._by = step

    def _new(self, name: str) -> Symbol:
        symbol = self._behind.symbol(name)
        if name != self._only:
            return symbol
        if isinstance(symbol, Amount):
            return replace(symbol, steps=symbol.steps + self._by)
        if isinstance(symbol, Result):
            value = symbol.amounts["value"]
            moved = replace(value, steps=value.steps + self._by)
            return replace(symbol, amounts={**symbol.amounts, "value": moved})
        return self._moved_day(symbol) if isinstance(symbol, Day) else symbol

    def _moved_day(self, day: Day) -> Day:
        civil, exists = new_day(f"{self._name}{self._only}")
        follows = counted(civil).days == counted(day.day).days + self._by
        self.holds.append(both(exists, either(follows, no(day.is_day))))
        return replace(day, day=civil)
