"""Derived facts: what nobody types in, as the set of values still possible.

If the end of treatment is unknown, a timing counted from it is {early, late}; a group is known when
every timing still possible leads to it. A table is read from the top: a row that is true ends it, a
row that is unknown leaves its value possible and goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from workflow.conditions import Clause, Node
from workflow.operands import Evaluation, Ref, Truth

YES = frozenset({"yes"})
NO = frozenset({"no"})
YES_NO = YES | NO


@dataclass(frozen=True)
class DerivedCondition:
    """A named condition: yes, no, or both still possible."""

    name: str
    title: str
    condition: Node
    values: frozenset[str] = YES_NO

    def truth(self, ev: Evaluation) -> Truth:
        truths, name = ev.truths, self.name
        if name in truths:
            return truths[name]
        answer = truths[name] = self.condition.test(ev)
        return answer

    def possible(self, ev: Evaluation) -> frozenset[str]:
        return {True: YES, False: NO, None: YES_NO}[self.truth(ev)]

    def unknowns(self, ev: Evaluation) -> set[str]:
        return self.condition.unknowns(ev)

    def explain(self, ev: Evaluation) -> tuple[Clause, ...]:
        return (self.condition.explain(ev),)


@dataclass(frozen=True)
class Row:
    """One row of a derived table: the values it gives, or (`needs`) what must be known to go on."""

    condition: Node
    gives: frozenset[str]
    needs: tuple[Ref, ...] = ()
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DerivedTable:
    """An ordered table of conditions and values; total, since it ends with an otherwise."""

    name: str
    title: str
    values: frozenset[str]
    rows: tuple[Row, ...]

    @cached_property
    def _tests(self) -> tuple[tuple[object, frozenset[str], bool], ...]:
        return tuple(
            (tuple(ref.is_known() for ref in row.needs), row.gives, True)
            if row.needs
            else (row.condition.test, row.gives, False)
            for row in self.rows
        )

    def possible(self, ev: Evaluation) -> frozenset[str]:
        memo = ev.memo
        found = memo.get(self.name)
        if found is not None:
            return found
        answer = memo[self.name] = self._possible(ev)
        return answer

    def _possible(self, ev: Evaluation) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for test, gives, is_need in self._tests:
            if is_need:
                for known in test:  # type: ignore[attr-defined] # a tuple here
                    if not known(ev):
                        return self.values
                continue
            truth = test(ev)  # type: ignore[operator] # a closure here
            if truth is True:
                return gives | found if found else gives
            if truth is None:
                found |= gives
        return found

    def truth(self, ev: Evaluation) -> Truth:
        found = self.possible(ev)
        answer = ev.truths[self.name] = True if found == YES else False if found == NO else None
        return answer

    def unknowns(self, ev: Evaluation) -> set[str]:
        names: set[str] = set()
        if len(self.possible(ev)) == 1:
            return names
        for row in self.rows:
            open_needs = [ref for ref in row.needs if not ref.is_known()(ev)]
            for ref in open_needs:
                names |= ref.unknowns(ev)
            if open_needs:
                break
            truth = None if row.needs else row.condition.test(ev)
            if truth is None:
                names |= row.condition.unknowns(ev)
            if truth is True:
                names |= row.missing
                break
        return names

    def explain(self, ev: Evaluation) -> tuple[Clause, ...]:
        clauses = []
        for row in self.rows:
            if row.needs:
                known = all(ref.is_known()(ev) for ref in row.needs)
                needed = "known: " + ", ".join(ref.label for ref in row.needs)
                clauses.append(Clause(known or None, needed, "" if known else "stays unknown"))
                if not known:
                    break
                continue
            clause = row.condition.explain(ev)
            value = "unknown" if row.gives == self.values else " or ".join(sorted(row.gives))
            clauses.append(Clause(clause.truth, f"{value} when", clauses=(clause,)))
            if clause.truth is True:
                break
        return tuple(clauses)


@dataclass(frozen=True)
class DerivedList:
    """Named entries, each with its condition, in a fixed order (for instance licensed products)."""

    name: str
    title: str
    items: tuple[tuple[str, Node], ...]
    values: frozenset[str] = YES_NO

    def chosen(self, ev: Evaluation) -> tuple[str, ...] | None:
        """The entries that belong to the list; None while one of them cannot be told."""
        truths = [(item, node.test(ev)) for item, node in self.items]
        if any(truth is None for _, truth in truths):
            return None
        return tuple(item for item, truth in truths if truth)

    def truth(self, ev: Evaluation) -> Truth:
        truths = {node.test(ev) for _, node in self.items}
        return True if True in truths else None if None in truths else False

    def possible(self, ev: Evaluation) -> frozenset[str]:
        return {True: YES, False: NO, None: YES_NO}[self.truth(ev)]

    def unknowns(self, ev: Evaluation) -> set[str]:
        return set().union(*(node.unknowns(ev) for _, node in self.items))

    def explain(self, ev: Evaluation) -> tuple[Clause, ...]:
        clauses = []
        for item, node in self.items:
            clause = node.explain(ev)
            clauses.append(Clause(clause.truth, f"{item} when", clauses=(clause,)))
        return tuple(clauses)


Derived = DerivedCondition | DerivedTable | DerivedList


def conditions_of(derived: Derived) -> tuple[Node, ...]:
    """The conditions a derived fact is made of."""
    if isinstance(derived, DerivedCondition):
        return (derived.condition,)
    if isinstance(derived, DerivedList):
        return tuple(node for _, node in derived.items)
    return tuple(row.condition for row in derived.rows)
