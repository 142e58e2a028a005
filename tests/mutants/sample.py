"""About 300 mutants of every kind, drawn by a seed: the same seed, the same mutants."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from typing import Final

from tests.mutants.mutant import Mutant, shipped_document
from tests.mutants.operators import OPERATORS
from workflow.strict_yaml import Where

SEED: Final = 20261126
EACH: Final = 34
"""So many of each of the nine operators."""
IN_CI: Final = 20


@cache
def mutants(seed: int = SEED) -> tuple[Mutant, ...]:
    """All of them, distinct, in the order of the operators."""
    chance = random.Random(seed)
    original = shipped_document().content
    made: list[Mutant] = []
    for operator in OPERATORS:
        candidates = _taking_turns(list(operator()), chance)
        distinct = (
            mutant
            for mutant in candidates
            if mutant.content != original
            and all((mutant.at, mutant.value) != (other.at, other.value) for other in made)
        )
        for _, mutant in zip(range(EACH), distinct, strict=False):
            made.append(mutant)
    return tuple(made)


def few(seed: int = SEED, count: int = IN_CI) -> tuple[Mutant, ...]:
    """So many of them, every operator in its turn, drawn by chance and not for being easy."""
    chance = random.Random(seed + 1)
    every = list(mutants(seed))
    by_operator = [[m for m in every if m.operator == o.__name__] for o in OPERATORS]
    for one in by_operator:
        chance.shuffle(one)
    turns = [one[turn] for turn in range(EACH) for one in by_operator if turn < len(one)]
    return tuple(turns[:count])


def _taking_turns(candidates: list[Mutant], chance: random.Random) -> Iterator[Mutant]:
    """The candidates by chance, each part of the file in its turn."""
    groups: dict[Where, list[Mutant]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.group, []).append(candidate)
    waiting = list(groups.values())
    for group in waiting:
        chance.shuffle(group)
    chance.shuffle(waiting)
    while waiting:
        for group in waiting:
            yield group.pop()
        waiting = [group for group in waiting if group]
