"""Conditions over facts, in three truth values: true, false and unknown (None).

A condition is read once per pathway version into a tree of frozen nodes. Each node can

* `compile()` into a closure that answers quickly,
* `explain()` itself clause by clause, walking the whole tree and nothing but the tree,
* name the `unknowns()`, the facts that could still change an unknown answer.

Unknown never counts as no: `all` is unknown unless a part is false, `any` is unknown unless a
part is true (Kleene's strong logic). Only `recorded`, `known` and `incomplete` ask what is *on
record*; they are never unknown, and the pathway lists every use of them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Protocol

from workflow.civil import add_days, add_months, completed_years
from workflow.measurement import Measurement

Truth = bool | None
"""True, False, or None for unknown."""

ABSENT: Final = object()
"""A part that the value has no place for (a Karnofsky part of an ECOG score): compares as false."""


class Evaluation:
    """One evaluation of a pathway over one fact sheet: the values, and what was derived so far."""

    __slots__ = ("as_of", "memo", "values")

    def __init__(self, values: Mapping[str, Any], as_of: date) -> None:
        self.values = values
        self.as_of = as_of
        self.memo: dict[str, Any] = {}


Getter = Callable[[Evaluation], Any]
Test = Callable[[Evaluation], Truth]


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


class Named(Protocol):
    """A derived fact as conditions see it."""

    @property
    def name(self) -> str:
        """Its name in the pathway."""
        ...

    @property
    def title(self) -> str:
        """What it says, in plain English."""
        ...

    def possible(self, ev: Evaluation) -> frozenset[str]:
        """The values still possible; one when it is known."""
        ...

    def truth(self, ev: Evaluation) -> Truth:
        """Its value as true, false or unknown."""
        ...

    def unknowns(self, ev: Evaluation) -> set[str]:
        """Facts that are unknown and could still change it; empty when it is known."""
        ...


class Node:
    """A condition. Subclasses are frozen; equal text gives equal nodes."""

    def compile(self) -> Test:
        raise NotImplementedError  # pragma: no cover - every subclass answers

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


@dataclass(frozen=True)
class Always(Node):
    """True for every patient."""

    def compile(self) -> Test:
        return lambda _ev: True

    def explain(self, ev: Evaluation) -> Clause:  # noqa: ARG002 - the same for every patient
        return Clause(truth=True, needed=self.text())

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - nothing can be unknown here
        return set()

    def text(self) -> str:
        return "always"


@dataclass(frozen=True)
class All(Node):
    """True when every part is true, false when one is false, else unknown."""

    parts: tuple[Node, ...]

    def compile(self) -> Test:
        tests = tuple(part.test for part in self.parts)

        def test(ev: Evaluation) -> Truth:
            answer: Truth = True
            for part in tests:
                found = part(ev)
                if found is False:
                    return False
                if found is None:
                    answer = None
            return answer

        return test

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

    def compile(self) -> Test:
        tests = tuple(part.test for part in self.parts)

        def test(ev: Evaluation) -> Truth:
            answer: Truth = False
            for part in tests:
                found = part(ev)
                if found is True:
                    return True
                if found is None:
                    answer = None
            return answer

        return test

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

    def compile(self) -> Test:
        test = self.part.test

        def negated(ev: Evaluation) -> Truth:
            found = test(ev)
            return None if found is None else not found

        return negated

    def explain(self, ev: Evaluation) -> Clause:
        clause = self.part.explain(ev)
        truth = None if clause.truth is None else not clause.truth
        if clause.clauses:
            return Clause(truth, "not", clauses=(clause,))
        return Clause(truth, f"not: {clause.needed}", clause.found, clause.fact)

    def unknowns(self, ev: Evaluation) -> set[str]:
        return self.part.unknowns(ev)

    def text(self) -> str:
        return f"not ({self.part.text()})"


@dataclass(frozen=True)
class Recorded(Node):
    """True when the part is proven by what is on record, otherwise false; never unknown."""

    part: Node

    def compile(self) -> Test:
        test = self.part.test
        return lambda ev: test(ev) is True

    def explain(self, ev: Evaluation) -> Clause:
        clause = self.part.explain(ev)
        proven = clause.truth is True
        if clause.clauses:
            return Clause(proven, "on record", clauses=(clause,))
        return Clause(proven, f"on record: {clause.needed}", clause.found, clause.fact)

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - never unknown, by definition
        return set()

    def text(self) -> str:
        return f"it is on record that {self.part.text()}"


@dataclass(frozen=True)
class Known(Node):
    """True when the named fact or derived fact has one value; otherwise false; never unknown."""

    ref: Ref

    def compile(self) -> Test:
        return self.ref.is_known()

    def explain(self, ev: Evaluation) -> Clause:
        truth = self.ref.is_known()(ev)
        return Clause(truth, self.text(), self.ref.found(ev), self.ref.name)

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - never unknown, by definition
        return set()

    def text(self) -> str:
        return f"{self.ref.name} is known"


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

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - never unknown, by definition
        return set()

    def text(self) -> str:
        return f"a fact of the list {self.facts.name} is missing"


@dataclass(frozen=True)
class Is(Node):
    """True when every possible value is among `values`, false when none is, else unknown."""

    ref: Ref
    values: frozenset[Any]

    def compile(self) -> Test:
        values, ref = self.values, self.ref
        if ref.derived is not None:
            possible = ref.derived.possible

            def test_set(ev: Evaluation) -> Truth:
                found = possible(ev)
                if found <= values:
                    return True
                return None if found & values else False

            return test_set
        if not ref.part:
            name = ref.name

            def test_value(ev: Evaluation) -> Truth:
                found = ev.values.get(name)
                return None if found is None else found in values

            return test_value
        get = ref.get

        def test_part(ev: Evaluation) -> Truth:
            found = get(ev)
            return None if found is None else found in values

        return test_part

    def explain(self, ev: Evaluation) -> Clause:
        return Clause(self.test(ev), self.text(), self.ref.found(ev), self.ref.name)

    def unknowns(self, ev: Evaluation) -> set[str]:
        return self.ref.unknowns(ev) if self.test(ev) is None else set()

    def text(self) -> str:
        return f"{self.ref.label} is {' or '.join(sorted(show(value) for value in self.values))}"


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
DATE_COMPARISONS: Final = frozenset({"before", "on_or_before", "after", "on_or_after"})


@dataclass(frozen=True)
class Compare(Node):
    """A number, a measurement or a date against another; equality counts as the operator says."""

    op: str
    left: Operand
    right: Operand

    def compile(self) -> Test:
        compare = COMPARISONS[self.op][0]
        left, right, op = self.left.get, self.right.get, self.op

        def test(ev: Evaluation) -> Truth:
            found, limit = left(ev), right(ev)
            if found is ABSENT or limit is ABSENT:
                return False
            if found is None or limit is None:
                return None
            if isinstance(found, str) or isinstance(limit, str):
                return False  # "none" where a date could stand: it never happened
            if isinstance(found, Measurement):
                return found.compare(op, limit)
            return compare(found, limit)

        return test

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
        return f"{self.left.label} {COMPARISONS[self.op][1]} {self.right.label}"


@dataclass(frozen=True)
class Holds(Node):
    """The truth of a derived condition, yes/no table or list (true when it has an entry)."""

    derived: Named = field(repr=False)

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


class Operand(Protocol):
    """Something a comparison can look at: a fact, a part of one, a parameter, a shifted date."""

    @property
    def get(self) -> Getter: ...
    @property
    def label(self) -> str: ...
    @property
    def name(self) -> str: ...
    def found(self, ev: Evaluation) -> str: ...
    def unknowns(self, ev: Evaluation) -> set[str]: ...


@dataclass(frozen=True)
class Ref:
    """A fact, one part of it (`mrd.sample_date`), or a derived fact."""

    name: str
    title: str
    part: str = ""
    derived: Named | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        return f"{self.title}, {self.part.replace('_', ' ')}" if self.part else self.title

    @property
    def get(self) -> Getter:
        name, part = self.name, self.part
        if self.derived is not None:
            return self.derived.possible
        if not part:
            return lambda ev: ev.values.get(name)

        def get_part(ev: Evaluation) -> Any:  # noqa: ANN401 - a part may be any fact value
            value = ev.values.get(name)
            return None if value is None else value.part(part)

        return get_part

    def is_known(self) -> Test:
        if self.derived is not None:
            possible = self.derived.possible
            return lambda ev: len(possible(ev)) == 1
        get = self.get
        return lambda ev: get(ev) is not None

    def found(self, ev: Evaluation) -> str:
        value = self.get(ev)
        if isinstance(value, frozenset):
            return " or ".join(sorted(value)) if len(value) == 1 else "unknown"
        return show(value)

    def unknowns(self, ev: Evaluation) -> set[str]:
        if self.derived is not None:
            return self.derived.unknowns(ev)
        return {self.name} if self.get(ev) is None else set()


@dataclass(frozen=True)
class Number:
    """A derived number: completed years between two dates."""

    name: str
    title: str
    start: Operand
    end: Operand

    @property
    def label(self) -> str:
        return self.title

    @property
    def get(self) -> Getter:
        start, end = self.start.get, self.end.get

        def years(ev: Evaluation) -> int | None:
            first, last = start(ev), end(ev)
            if not isinstance(first, date) or not isinstance(last, date):
                return None
            return completed_years(first, last)

        return years

    def found(self, ev: Evaluation) -> str:
        return show(self.get(ev))

    def unknowns(self, ev: Evaluation) -> set[str]:
        return self.start.unknowns(ev) | self.end.unknowns(ev)


@dataclass(frozen=True)
class Parameter:
    """A number of the pathway, with its unit and source."""

    name: str
    value: Decimal
    unit: str

    @property
    def get(self) -> Getter:
        value = self.value
        return lambda _ev: value

    @property
    def label(self) -> str:
        return f"{show(self.value)} {self.unit}" if self.unit not in {"1", ""} else show(self.value)

    def found(self, ev: Evaluation) -> str:  # noqa: ARG002 - a parameter is the same for everybody
        return self.label

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - a parameter is always known
        return set()


@dataclass(frozen=True)
class Today:
    """The evaluation date: the civil date at the patient's site."""

    name: str = "as_of"

    @property
    def get(self) -> Getter:
        return lambda ev: ev.as_of

    @property
    def label(self) -> str:
        return "the evaluation date"

    def found(self, ev: Evaluation) -> str:
        return show(ev.as_of)

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - the evaluation date is given
        return set()


@dataclass(frozen=True)
class Shifted:
    """A date moved by calendar months (clamped to the month's end) or by days."""

    base: Operand
    by: Parameter
    sign: int

    @property
    def name(self) -> str:
        return self.base.name

    @property
    def get(self) -> Getter:
        base, amount = self.base.get, self.sign * int(self.by.value)
        move = add_months if self.by.unit == "mo" else add_days

        def shifted(ev: Evaluation) -> date | None:
            value = base(ev)
            return move(value, amount) if isinstance(value, date) else None

        return shifted

    @property
    def label(self) -> str:
        return f"{self.by.label} {'after' if self.sign > 0 else 'before'} {self.base.label}"

    def found(self, ev: Evaluation) -> str:
        return show(self.get(ev))

    def unknowns(self, ev: Evaluation) -> set[str]:
        return self.base.unknowns(ev)


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


def show(value: object) -> str:
    """A value as a person reads it: dates as dd-Mmm-yyyy, unknown as the word."""
    if value is None:
        return "unknown"
    if value is ABSENT:
        return "not given on this scale"
    if isinstance(value, date):
        return f"{value:%d-%b-%Y}"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if abs(value) >= Decimal("0.001") else f"{value:.3g}"
    return str(value)


def _unknowns_of(node: Node, parts: tuple[Node, ...], ev: Evaluation) -> set[str]:
    if node.test(ev) is not None:
        return set()
    names: set[str] = set()
    for part in parts:
        names |= part.unknowns(ev)
    return names


def _joined(parts: tuple[Node, ...], word: str) -> str:
    texts = [
        f"({p.text()})" if isinstance(p, All | AnyOf) and len(parts) > 1 else p.text()
        for p in parts
    ]
    return word.join(texts)
