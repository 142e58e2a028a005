"""Truths as the solver sees them: two claims per condition, that it is true and that it is false.

A condition of which neither claim holds is unknown. Plain True and False are kept out of the
solver, so that what is settled while writing costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import z3


class BeyondProofError(Exception):
    """The pathway uses something the proof does not read; nothing is claimed about it."""


Claim = Any
"""True, False, or a formula of the solver that is one of the two for each patient."""


@dataclass(frozen=True, slots=True)
class Ternary:
    """A condition: the claim that it is true and the claim that it is false."""

    true: Claim
    false: Claim

    @property
    def unknown(self) -> Claim:
        """The claim that it is neither."""
        return no(either(self.true, self.false))

    @property
    def not_true(self) -> Claim:
        """The claim that it is not proven: false or unknown."""
        return no(self.true)


YES: Final = Ternary(true=True, false=False)
NO: Final = Ternary(true=False, false=True)


def both(*claims: Claim) -> Claim:
    """All of the claims hold."""
    return _joined(claims, decides=False, join=z3.And)


def either(*claims: Claim) -> Claim:
    """At least one of the claims holds."""
    return _joined(claims, decides=True, join=z3.Or)


def no(claim: Claim) -> Claim:
    """The claim does not hold."""
    if isinstance(claim, bool):
        return not claim
    return z3.Not(claim)


def same(left: Claim, right: Claim) -> Claim:
    """Both hold or neither does."""
    if isinstance(left, bool):
        left, right = right, left
    if isinstance(right, bool):
        return left if right else no(left)
    return left == right


def chosen(when: Claim, then: Claim, otherwise: Claim) -> Claim:
    """`then` where `when` holds, else `otherwise`."""
    return either(both(when, then), both(no(when), otherwise))


def formula(claim: Claim) -> z3.BoolRef:
    """The claim as the solver wants it."""
    return z3.BoolVal(claim) if isinstance(claim, bool) else claim


def every(parts: Iterable[Ternary]) -> Ternary:
    """True when every part is true, false when one is false, else unknown."""
    found = list(parts)
    return Ternary(both(*(part.true for part in found)), either(*(part.false for part in found)))


def some(parts: Iterable[Ternary]) -> Ternary:
    """True when one part is true, false when all are false, else unknown."""
    found = list(parts)
    return Ternary(either(*(part.true for part in found)), both(*(part.false for part in found)))


def opposite(part: Ternary) -> Ternary:
    """True when the part is false, false when it is true."""
    return Ternary(part.false, part.true)


def on_record(claim: Claim) -> Ternary:
    """A claim that is never unknown."""
    return Ternary(claim, no(claim))


def _joined(claims: Iterable[Claim], *, decides: bool, join: Any) -> Claim:  # noqa: ANN401 - the And or Or of the solver
    """And (`decides` is False) or Or (True) of what is not settled yet."""
    left = []
    for claim in claims:
        if claim is decides:
            return decides
        if claim is not (not decides):
            left.append(claim)
    if not left:
        return not decides
    return left[0] if len(left) == 1 else join(*left)
