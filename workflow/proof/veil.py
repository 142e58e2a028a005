"""The same patient when less is known: some facts veiled, everything else shared.

Two readings of one patient, so that the solver has to think only about what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import z3

from workflow.proof.logic import Claim, both, no
from workflow.proof.symbols import AS_OF, Amount, Day, Result, Symbol, Symbols, Word
from workflow.vocabulary import CONTRADICTION, LATER_LINE, STATE

ALWAYS_KNOWN = frozenset({AS_OF, STATE, CONTRADICTION, LATER_LINE})


class Veiled(Symbols):
    """The patient `behind`, of whom less is known.

    With `only`, exactly that fact is unknown; without it any fact, or part of a measurement, may
    be. `veils` are the claims that something is hidden.
    """

    def __init__(self, behind: Symbols, only: str | None = None) -> None:
        super().__init__(behind.pathway, "veiled ")
        self._behind = behind
        self._only = only
        self.veils: dict[str, Claim] = {}

    def _new(self, name: str) -> Symbol:
        symbol = self._behind.symbol(name)
        if name in ALWAYS_KNOWN or self._is_fixed(name):
            return symbol
        if self._only is not None:
            return _hidden(symbol, veil=True) if name == self._only else symbol
        if isinstance(symbol, Result):
            return self._parts_hidden(name, symbol)
        return _hidden(symbol, self._veil(name))

    def _is_fixed(self, name: str) -> bool:
        setting = self.pathway.settings.get(name)
        return setting is not None and setting.default is not None

    def _veil(self, name: str) -> Claim:
        self.veils[name] = z3.Bool(f"veil {name}")
        return self.veils[name]

    def _parts_hidden(self, name: str, result: Result) -> Result:
        whole = self._veil(name)
        words = {
            part: word if part == "raw_unit" else _hide_word(word, self._veil(f"{name}.{part}"))
            for part, word in result.words.items()
            if part != "result"
        }
        words["result"] = _hide_word(result.words["result"], whole)
        return Result(
            words["result"].known,
            words,
            {p: _hide_amount(a, self._veil(f"{name}.{p}")) for p, a in result.amounts.items()},
            {p: _hide_day(d, self._veil(f"{name}.{p}")) for p, d in result.days.items()},
        )


def _hidden(symbol: Symbol, veil: Claim) -> Symbol:
    if isinstance(symbol, tuple):
        return _hide_word(symbol[0], veil), _hide_amount(symbol[1], veil)
    if isinstance(symbol, Word):
        return _hide_word(symbol, veil)
    if isinstance(symbol, Day):
        return _hide_day(symbol, veil)
    if isinstance(symbol, Amount):
        return _hide_amount(symbol, veil)
    words: Mapping[str, Word] = {p: _hide_word(w, veil) for p, w in symbol.words.items()}
    return Result(both(symbol.known, no(veil)), words, symbol.amounts, symbol.days)


def _hide_word(word: Word, veil: Claim) -> Word:
    seen = no(veil)
    return Word(both(word.known, seen), {v: both(claim, seen) for v, claim in word.is_.items()})


def _hide_day(day: Day, veil: Claim) -> Day:
    return replace(day, known=both(day.known, no(veil)))


def _hide_amount(amount: Amount, veil: Claim) -> Amount:
    return replace(amount, known=both(amount.known, no(veil)))
