"""Questions to the solver: is there a patient of whom these claims hold, and what is one like?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import z3

from workflow.proof.logic import Claim, both, formula
from workflow.proof.symbols import Symbols, case_in, soft_wishes

_LONGEST_MS: Final = 20_000
_SHORTEST_MS: Final = 20
MEMORY_MB: Final = 900


class OutOfTimeError(Exception):
    """The time or memory given to the proof is over; what was shown stays shown."""


class Asker:
    """Asks about patients; keeps what the solver has learnt, and the time that is left.

    `clock` counts seconds and `until` is when the proof must have ended, on that clock.
    """

    def __init__(
        self,
        symbols: Symbols,
        clock: Callable[[], float],
        until: float,
        memory_mb: int = MEMORY_MB,
    ) -> None:
        self._symbols = symbols
        self._clock = clock
        self._until = until
        self._solver = z3.Solver()
        self._solver.set(ctrl_c=False)  # it would keep the key press to itself and go on
        # Not the limit of the whole process: the solver dies at that one, without a word.
        self._solver.set("max_memory", memory_mb)
        self._told = 0
        self.questions = 0

    def find(self, *claims: Claim) -> z3.ModelRef | None:
        """A patient of whom all the claims hold, or None: there is none.

        Raises OutOfTimeError when it cannot be told in time.
        """
        claim = both(*claims)
        if claim is False:
            return None
        left_ms = int((self._until - self._clock()) * 1000)
        if left_ms < _SHORTEST_MS:
            raise OutOfTimeError
        self.questions += 1
        self._solver.set("timeout", min(left_ms, _LONGEST_MS))
        try:
            self._tell_what_always_holds()
            answer = self._solver.check(formula(claim))
            model = self._solver.model() if answer == z3.sat else None
        except z3.Z3Exception as error:  # the memory that is allowed is used up
            raise OutOfTimeError from error
        if answer != z3.unknown:
            return model
        raise OutOfTimeError

    def case(self, state: str, name: str, today: date, *claims: Claim) -> dict[str, Any] | None:
        """Such a patient as a case that is easy to read, or None."""
        model = self.easy_to_read(today, (), *claims)
        return None if model is None else case_in(model, self._symbols, state, name)

    def easy_to_read(
        self, today: date, first_wishes: Sequence[Claim], *claims: Claim
    ) -> z3.ModelRef | None:
        """Such a patient, of whom as little as possible is known, or None."""
        model = self.find(*claims)
        if model is None:
            return None
        granted: list[Claim] = list(claims)
        better = self._grant(list(first_wishes), granted)
        even_better = self._grant(list(soft_wishes(self._symbols, today)), granted)
        return even_better or better or model

    def _grant(self, wishes: Sequence[Claim], granted: list[Claim]) -> z3.ModelRef | None:
        """As many of the wishes as can be had together, halving where they cannot."""
        if not wishes:
            return None
        try:
            model = self.find(*granted, *wishes)
        except OutOfTimeError:
            return None
        if model is not None:
            granted.extend(wishes)
            return model
        if len(wishes) == 1:
            return None
        half = len(wishes) // 2
        first = self._grant(wishes[:half], granted)
        return self._grant(wishes[half:], granted) or first

    def _tell_what_always_holds(self) -> None:
        for claim in self._symbols.holds[self._told :]:
            self._solver.add(formula(claim))
        self._told = len(self._symbols.holds)
