"""What a condition looks at: facts, parts of facts, derived facts, parameters, dates and ages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from workflow.civil import add_days, add_months, completed_years
from workflow.measurement import as_percent
from workflow.writer import Writer

Truth = bool | None
"""True, False, or None for unknown."""

ABSENT: Final = object()
"""A part that the value has no place for (the part of another scale): compares as false."""


class Evaluation:
    """One evaluation of a pathway over one fact sheet: the values, and what was derived so far."""

    __slots__ = ("as_of", "memo", "truths", "values")

    def __init__(self, values: Mapping[str, Any], as_of: date) -> None:
        self.values = values
        self.as_of = as_of
        self.memo: dict[str, frozenset[str]] = {}
        self.truths: dict[str, Truth] = {}


Getter = Callable[[Evaluation], Any]
Test = Callable[[Evaluation], Truth]


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


class Operand(Protocol):
    """Something a comparison can look at: a fact, a part of one, a parameter, a shifted date."""

    @property
    def get(self) -> Getter:
        """The closure that answers its value, or None while it is unknown."""
        ...

    @property
    def label(self) -> str:
        """What it is, in plain English."""
        ...

    @property
    def name(self) -> str:
        """The fact or parameter it rests on."""
        ...

    def code(self, writer: Writer) -> str:
        """Its value as a Python expression."""
        ...

    def found(self, ev: Evaluation) -> str:
        """Its value as a person reads it."""
        ...

    def unknowns(self, ev: Evaluation) -> set[str]:
        """The facts that keep it unknown; empty when it is known."""
        ...


@dataclass(frozen=True)
class Ref:
    """A fact, one part of it (`result.sample_date`), or a derived fact."""

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

        def get_part(ev: Evaluation) -> Any:  # noqa: ANN401 - a fact value, of whatever type its fact has
            value = ev.values.get(name)
            return None if value is None else value.part(part)

        return get_part

    def code(self, writer: Writer) -> str:
        if self.derived is not None:
            return f"(sets.get({self.name!r}) or {writer.named(self.derived.possible)}(ev))"
        if not self.part:
            return f"get({self.name!r})"
        value = writer.variable()
        return f"(None if ({value} := get({self.name!r})) is None else {value}.part({self.part!r}))"

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

    def code(self, writer: Writer) -> str:
        return f"{writer.named(self.get)}(ev)"

    def found(self, ev: Evaluation) -> str:
        return show(self.get(ev))

    def unknowns(self, ev: Evaluation) -> set[str]:
        return self.start.unknowns(ev) | self.end.unknowns(ev)


_UNIT_WORDS: Final = {"a": "years", "mo": "months", "d": "days", "[xULN]": "x ULN"}


def unit_word(code: str) -> str:
    """A UCUM unit in the word people use; counts and scores have none."""
    return "" if code in {"", "1"} or code.startswith("{") else _UNIT_WORDS.get(code, code)


def amount(value: Decimal, unit: str) -> str:
    """A number with its unit as people write it: `36 months`, `0.01 % (1e-4)`, `1 year`."""
    if unit == "1" and 0 < value < 1:
        return as_percent(value)
    word = unit_word(unit)
    return f"{show(value)} {word.rstrip('s') if value == 1 else word}".rstrip()


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

    def code(self, writer: Writer) -> str:
        return writer.named(self.value)

    @property
    def label(self) -> str:
        return amount(self.value, self.unit)

    def found(self, ev: Evaluation) -> str:  # noqa: ARG002 - one signature for every node
        return self.label

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - one signature for every node
        return set()


@dataclass(frozen=True)
class Today:
    """The evaluation date: the civil date at the patient's site."""

    name: str = "as_of"

    @property
    def get(self) -> Getter:
        return lambda ev: ev.as_of

    def code(self, writer: Writer) -> str:  # noqa: ARG002 - one signature for every operand
        return "ev.as_of"

    @property
    def label(self) -> str:
        return "the evaluation date"

    def found(self, ev: Evaluation) -> str:
        return show(ev.as_of)

    def unknowns(self, ev: Evaluation) -> set[str]:  # noqa: ARG002 - one signature for every node
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

    def code(self, writer: Writer) -> str:
        move = writer.named(add_months if self.by.unit == "mo" else add_days)
        base, is_date = writer.variable(), writer.named(date)
        found = f"({base} := {self.base.code(writer)})"
        amount = self.sign * int(self.by.value)
        return f"({move}({base}, {amount}) if isinstance({found}, {is_date}) else None)"

    @property
    def label(self) -> str:
        return f"the day {self.by.label} {'after' if self.sign > 0 else 'before'} {self.base.label}"

    def found(self, ev: Evaluation) -> str:
        return show(self.get(ev))

    def unknowns(self, ev: Evaluation) -> set[str]:
        return self.base.unknowns(ev)


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
