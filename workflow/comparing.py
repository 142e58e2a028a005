"""How a decision differs from another on the same patient: what changed, and clause by clause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from workflow.conditions import Clause
from workflow.decide import Decision
from workflow.explanation import Explanation

ChangeKind = Literal["route", "option", "tracks", "reason", "warnings", "missing", "rule"]
"""What changed, the weightiest first: where to, with what, beside what, why not, the rest."""


@dataclass(frozen=True, slots=True)
class Flip:
    """One clause with another result: what each asked and found, and what came out."""

    row: str
    before: Clause
    after: Clause


@dataclass(frozen=True, slots=True)
class Change:
    """How a decision differs from another one on the same patient."""

    kind: ChangeKind
    before: Decision
    after: Decision

    @property
    def warnings(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Warnings gained and lost."""
        return _gained_and_lost(self.before.warnings, self.after.warnings)

    @property
    def missing(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Missing facts gained and lost."""
        return _gained_and_lost(self.before.missing, self.after.missing)

    @property
    def steps(self) -> tuple[tuple[str, str, str], ...]:
        """Steps that stand otherwise: the step, its status before and after (empty: not there)."""
        before = {step.key: step.status for step in self.before.steps}
        after = {step.key: step.status for step in self.after.steps}
        return tuple(
            (key, before.get(key, ""), after.get(key, ""))
            for key in dict.fromkeys((*before, *after))
            if before.get(key) != after.get(key)
        )

    @property
    def flips(self) -> tuple[Flip, ...]:
        """The clauses that came out otherwise, in the order they were read; needs explanations."""
        if self.before.explanation is None or self.after.explanation is None:
            return ()
        before = dict(_leaves(self.before.explanation))
        return tuple(
            Flip(place[0], before[place], clause)
            for place, clause in _leaves(self.after.explanation)
            if place in before and before[place].result != clause.result
        )


def compare(before: Decision, after: Decision) -> Change | None:
    """How the second decision differs from the first; None where it says the same."""
    one, other = before.route, after.route
    pairs: tuple[tuple[ChangeKind, object, object], ...] = (
        ("route", (one.status, one.next_state), (other.status, other.next_state)),
        ("option", one.option, other.option),
        ("tracks", one.parallel, other.parallel),
        ("reason", one.reason, other.reason),
        ("warnings", before.warnings, after.warnings),
        ("missing", before.missing, after.missing),
        ("rule", before.rule, after.rule),
    )
    kind = next((kind for kind, first, second in pairs if first != second), None)
    return None if kind is None else Change(kind, before, after)


def _gained_and_lost(
    before: Iterable[str], after: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    old, new = set(before), set(after)
    return tuple(sorted(new - old)), tuple(sorted(old - new))


Place = tuple[str, tuple[int, ...]]


def _leaves(explanation: Explanation) -> Iterator[tuple[Place, Clause]]:
    """Every clause without parts, by the row it belongs to and its place in the row."""
    for row in explanation.rows:
        yield from _leaves_of(row.row, (), row.clause)
    for derived in explanation.derived:
        for index, clause in enumerate(derived.clauses):
            yield from _leaves_of(derived.name, (index,), clause)


def _leaves_of(name: str, at: tuple[int, ...], clause: Clause) -> Iterator[tuple[Place, Clause]]:
    if not clause.clauses:
        yield (name, at), clause
    for index, part in enumerate(clause.clauses):
        yield from _leaves_of(name, (*at, index), part)
