"""Conditions over facts, in three truth values: true, false and unknown (None).

A condition is read once per pathway version into a tree of frozen nodes. Each node can

* give its `code()`, an expression, and with it `compile()` into a function that answers quickly,
* `explain()` itself clause by clause, walking the whole tree and nothing but the tree,
* name the `unknowns()`, the facts that could still change an unknown answer.

Unknown never counts as no: `all` is unknown unless a part is false, `any` is unknown unless a
part is true (Kleene's strong logic). Only `recorded`, `known` and `incomplete` ask what is *on
record*; they are never unknown, and the pathway lists every use of them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from workflow.measurement import Measurement
from workflow.operands import (
    ABSENT,
    Evaluation,
    Named,
    Operand,
    Parameter,
    Ref,
    Test,
    Truth,
    show,
)
from workflow.writer import Writer


@dataclass(frozen=True, slots=True)
class Clause:
    """One line of an explanation: what was needed, what was found, and whether that is enough.

    `clauses` holds the parts of a compound clause; a leaf has none. `fact` names the fact or
    derived fact a leaf looked at; how a derived fact came about is explained under its own name.
    """

    truth: Truth
    needed: str
    found: str = ""
    fact: str = ""
    clauses: tuple[Clause, ...] = ()

    @property
    def result(self) -> str:
        """`met`, `not met` or `unknown`."""
        return {True: "met", False: "not met", None: "unknown"}[self.truth]


class Node:
    """A condition. Subclasses are frozen; equal text gives equal nodes."""

    def code(self, writer: Writer) -> str:
        """The condition as a Python expression."""
        return f"{writer.named(self.test)}(ev)"

    def compile(self) -> Test:
        writer = Writer()
        return writer.function(self.code(writer))

    @cached_property
    def test(self) -> Test:
        """The compiled condition, built once."""
        return self.compile()

    def explain(self, ev: Evaluation) -> Clause:
        raise NotImplementedError  # pragma: no cover - every subclass answers

    def unknowns(self, ev: Evaluation) -> set[str]:
        """Facts that are unknown and could still change this answer; empty if it is known."""
        raise NotImplementedError  # pragma: no cover - every subclass answers

    def text(self) -> str:
        """The condition in plain English."""
        raise NotImplementedError  # pragma: no cover - every subclass answers

    def denied(self) -> str:
        """That the condition does not hold, in plain English."""
        return f"not ({self.text()})"


@dataclass(frozen=True)
class Always(Node):
    """True for every patient."""

    def code(self, writer: Writer) -> str:  # noqa: ARG002 - one signature for every node
        return "True"

    def compile(self) -> Test:
        return lambda _ev: True

    def explain(self, ev: Evaluation) -> Clause:  # noqa: ARG002 - one signature for every node
        return Clause(truth=True, needed=self.text())

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - one signature for every node
        return set()

    def text(self) -> str:
        return "always"


@dataclass(frozen=True)
class All(Node):
    """True when every part is true, false when one is false, else unknown."""

    parts: tuple[Node, ...]

    def code(self, writer: Writer) -> str:
        return writer.every(part.code(writer) for part in self.parts)

    def explain(self, ev: Evaluation) -> Clause:
        clauses = tuple(part.explain(ev) for part in self.parts)
        truths = {clause.truth for clause in clauses}
        truth = False if False in truths else None if None in truths else True
        return Clause(truth, "all of", clauses=clauses)

    def unknowns(self, ev: Evaluation) -> set[str]:
        return _unknowns_of(self, self.parts, ev)

    def text(self) -> str:
        return _joined(self.parts, " and ")


@dataclass(frozen=True)
class AnyOf(Node):
    """True when one part is true, false when all are false, else unknown."""

    parts: tuple[Node, ...]

    def code(self, writer: Writer) -> str:
        return writer.some(part.code(writer) for part in self.parts)

    def explain(self, ev: Evaluation) -> Clause:
        clauses = tuple(part.explain(ev) for part in self.parts)
        truths = {clause.truth for clause in clauses}
        truth = True if True in truths else None if None in truths else False
        return Clause(truth, "any of", clauses=clauses)

    def unknowns(self, ev: Evaluation) -> set[str]:
        return _unknowns_of(self, self.parts, ev)

    def text(self) -> str:
        return _joined(self.parts, " or ")


@dataclass(frozen=True)
class Not(Node):
    """True when the part is false, false when it is true, unknown when it is unknown."""

    part: Node

    def code(self, writer: Writer) -> str:
        found = writer.variable()
        return f"(None if ({found} := {self.part.code(writer)}) is None else not {found})"

    def explain(self, ev: Evaluation) -> Clause:
        clause = self.part.explain(ev)
        truth = None if clause.truth is None else not clause.truth
        if clause.clauses:
            return Clause(truth, "not", clauses=(clause,))
        return Clause(truth, self.text(), clause.found, clause.fact)

    def unknowns(self, ev: Evaluation) -> set[str]:
        return self.part.unknowns(ev)

    def text(self) -> str:
        return self.part.denied()


@dataclass(frozen=True)
class Recorded(Node):
    """True when the part is proven by what is on record, otherwise false; never unknown."""

    part: Node

    def code(self, writer: Writer) -> str:
        return f"({self.part.code(writer)} is True)"

    def explain(self, ev: Evaluation) -> Clause:
        clause = self.part.explain(ev)
        proven = clause.truth is True
        if clause.clauses:
            return Clause(proven, "on record", clauses=(clause,))
        return Clause(proven, f"on record: {clause.needed}", clause.found, clause.fact)

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - one signature for every node
        return set()

    def text(self) -> str:
        return f"it is on record that {_enclosed(self.part)}"

    def denied(self) -> str:
        return f"it is not on record that {_enclosed(self.part)}"


@dataclass(frozen=True)
class Known(Node):
    """True when the named fact or derived fact has one value; otherwise false; never unknown."""

    ref: Ref

    def compile(self) -> Test:
        return self.ref.is_known()

    def explain(self, ev: Evaluation) -> Clause:
        truth = self.ref.is_known()(ev)
        return Clause(truth, self.text(), self.ref.found(ev), self.ref.name)

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - one signature for every node
        return set()

    def text(self) -> str:
        return f"{self.ref.label} is known"

    def denied(self) -> str:
        return f"{self.ref.label} is not known"


@dataclass(frozen=True)
class Incomplete(Node):
    """True when at least one fact of a list is missing; never unknown."""

    facts: FactList

    def compile(self) -> Test:
        facts = self.facts
        return lambda ev: bool(facts.missing(ev))

    def explain(self, ev: Evaluation) -> Clause:
        missing = sorted(self.facts.missing(ev))
        found = "missing: " + ", ".join(missing) if missing else "nothing missing"
        return Clause(bool(missing), self.text(), found)

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - one signature for every node
        return set()

    def text(self) -> str:
        return f"a fact of the list “{self.facts.label}” is missing"

    def denied(self) -> str:
        return f"no fact of the list “{self.facts.label}” is missing"


@dataclass(frozen=True)
class Is(Node):
    """True when every possible value is among `values`, false when none is, else unknown.

    `said` is how a person says the values, in the order they are written.
    """

    ref: Ref
    values: frozenset[Any]
    said: tuple[str, ...] = ()

    def code(self, writer: Writer) -> str:
        found, values = writer.variable(), writer.named(self.values)
        looked_up = f"({found} := {self.ref.code(writer)})"
        if self.ref.derived is not None:
            return f"(True if {looked_up} <= {values} else None if {found} & {values} else False)"
        return f"(None if {looked_up} is None else {found} in {values})"

    def explain(self, ev: Evaluation) -> Clause:
        return Clause(self.test(ev), self.text(), self.ref.found(ev), self.ref.name)

    def unknowns(self, ev: Evaluation) -> set[str]:
        return self.ref.unknowns(ev) if self.test(ev) is None else set()

    def text(self) -> str:
        return f"{self.ref.label}{self._wanted('is', 'is one of', '')}"

    def denied(self) -> str:
        return f"{self.ref.label}{self._wanted('is not', 'is none of', 'not ')}"

    def _wanted(self, one: str, several: str, answer: str) -> str:
        """The values behind a verb; a question answered yes or no keeps its answer apart."""
        said = self.said or tuple(sorted(show(value) for value in self.values))
        if self.values <= _ANSWERS:
            return f": {answer}{' or '.join(said)}"
        # "or" would run into the next part of a condition, a comma into a title that has one.
        between = "; " if any("," in word for word in said) else ", "
        return f" {one if len(said) == 1 else several} {between.join(said)}"


COMPARISONS: Final[dict[str, tuple[Callable[[Any, Any], bool], str]]] = {
    "below": (operator.lt, "below"),
    "at_most": (operator.le, "at most"),
    "above": (operator.gt, "above"),
    "at_least": (operator.ge, "at least"),
    "before": (operator.lt, "before"),
    "on_or_before": (operator.le, "on or before"),
    "after": (operator.gt, "after"),
    "on_or_after": (operator.ge, "on or after"),
}
_ANSWERS: Final = frozenset({"yes", "no"})
_PLAIN: Final = frozenset({date, int, Decimal})
DATE_COMPARISONS: Final = frozenset({"before", "on_or_before", "after", "on_or_after"})


@dataclass(frozen=True)
class Compare(Node):
    """A number, a measurement or a date against another; equality counts as the operator says."""

    op: str
    left: Operand
    right: Operand

    def code(self, writer: Writer) -> str:
        found, limit = writer.variable(), writer.variable()
        left, right = self.left.code(writer), self.right.code(writer)
        compared = f"{writer.named(self._compared)}({found}, {limit})"
        return (
            f"(None if ({found} := {left}) is None or ({limit} := {right}) is None else {compared})"
        )

    @cached_property
    def _compared(self) -> Callable[[Any, Any], Truth]:
        """The answer for two values that are known."""
        compare, op = COMPARISONS[self.op][0], self.op
        may_be_word = not isinstance(self.right, Parameter)

        def compared(found: Any, limit: Any) -> Truth:  # noqa: ANN401 - values of facts
            if type(found) in _PLAIN and type(limit) in _PLAIN:
                return compare(found, limit)
            if found is ABSENT or limit is ABSENT:
                return False
            if may_be_word and (isinstance(found, str) or isinstance(limit, str)):
                return False  # "none" where a date could stand: it never happened
            if isinstance(found, Measurement):
                return found.compare(op, limit)
            return compare(found, limit)

        return compared

    def explain(self, ev: Evaluation) -> Clause:
        found = self.left.found(ev)
        if not isinstance(self.right, Parameter):
            found += f"; {self.right.label}: {self.right.found(ev)}"
        return Clause(self.test(ev), self.text(), found, self.left.name)

    def unknowns(self, ev: Evaluation) -> set[str]:
        if self.test(ev) is not None:
            return set()
        names = self.left.unknowns(ev) | self.right.unknowns(ev)
        return names or {self.left.name}  # a measurement that is there but cannot tell

    def text(self) -> str:
        return f"{self.left.label} is {COMPARISONS[self.op][1]} {self.right.label}"

    def denied(self) -> str:
        return f"{self.left.label} is not {COMPARISONS[self.op][1]} {self.right.label}"


@dataclass(frozen=True)
class Holds(Node):
    """The truth of a derived condition, yes/no table or list (true when it has an entry)."""

    derived: Named = field(repr=False)

    def code(self, writer: Writer) -> str:
        name, truth = repr(self.derived.name), writer.named(self.derived.truth)
        return f"(truths[{name}] if {name} in truths else {truth}(ev))"

    def compile(self) -> Test:
        return self.derived.truth

    def explain(self, ev: Evaluation) -> Clause:
        truth = self.derived.truth(ev)
        found = {True: "yes", False: "no", None: "unknown"}[truth]
        return Clause(truth, self.text(), found, self.derived.name)

    def unknowns(self, ev: Evaluation) -> set[str]:
        return self.derived.unknowns(ev) if self.derived.truth(ev) is None else set()

    def text(self) -> str:
        return self.derived.title

    def denied(self) -> str:
        return f"“{self.derived.title}” does not hold"


@dataclass(frozen=True)
class FactEntry:
    """One line of a list of required facts: these facts, when a condition is on record."""

    when: Node
    facts: tuple[Ref, ...]
    except_values: frozenset[str]
    always_missing: bool


@dataclass(frozen=True)
class FactList:
    """Facts that must be known before a state can be left, and how to see which are missing."""

    name: str
    entries: tuple[FactEntry, ...]
    otherwise: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The list as a person calls it."""
        return self.name.replace("_", " ")

    @cached_property
    def _compiled(self) -> tuple[tuple[FactEntry, Test], ...]:
        return tuple((entry, entry.when.test) for entry in self.entries)

    def missing(self, ev: Evaluation) -> set[str]:
        """Names of the required facts that are not known; empty when the list is complete."""
        names: set[str] = set()
        for entry, applies in self._compiled:
            if applies(ev) is not True:
                continue
            if entry.always_missing:
                names.update(ref.name for ref in entry.facts)
                continue
            for ref in entry.facts:
                value = ref.get(ev)
                if value is None or value in entry.except_values:
                    names.add(ref.name)
        return names or set(self.otherwise)


def _unknowns_of(node: Node, parts: tuple[Node, ...], ev: Evaluation) -> set[str]:
    if node.test(ev) is not None:
        return set()
    names: set[str] = set()
    for part in parts:
        names |= part.unknowns(ev)
    return names


def inner_nodes(node: Node) -> list[Node]:
    """The node and everything inside it, not through derived facts."""
    if isinstance(node, All | AnyOf):
        return [node, *(inner for part in node.parts for inner in inner_nodes(part))]
    if isinstance(node, Not | Recorded):
        return [node, *inner_nodes(node.part)]
    return [node]


def _joined(parts: tuple[Node, ...], word: str) -> str:
    return word.join(_enclosed(part) if len(parts) > 1 else part.text() for part in parts)


def _enclosed(node: Node) -> str:
    return f"({node.text()})" if isinstance(node, All | AnyOf) else node.text()
