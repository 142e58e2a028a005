"""The words a pathway may use in its conditions, and how a written condition becomes a tree.

A condition is written as a bare name (a derived yes/no), or as a mapping with one key: an operator
(`all`, `any`, `not`, `recorded`, `known`, `unknown`, `incomplete`, a comparison) or a fact or
derived table with the value or values it must have: `{sex: male}`, `{marker: [positive, dim]}`.
Numbers are never written in a condition: they are parameters, with unit and source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workflow.conditions import (
    COMPARISONS,
    DATE_COMPARISONS,
    All,
    Always,
    AnyOf,
    Compare,
    FactEntry,
    FactList,
    Holds,
    Incomplete,
    Is,
    Known,
    Node,
    Not,
    Recorded,
)
from workflow.derived import (
    Derived,
    DerivedCondition,
    DerivedList,
    DerivedTable,
    Row,
)
from workflow.errors import FactError
from workflow.measurement import Measurement
from workflow.operands import Number, Operand, Ref, Shifted, Today
from workflow.operands import Parameter as ParameterNode
from workflow.pathway import Derived as DerivedModel
from workflow.pathway import Fact, Pathway
from workflow.strict_yaml import Where
from workflow.values import MEASUREMENT_CHOICES, NOT_APPLICABLE, read_value, shown_entry

STATE: Final = "state"
CONTRADICTION: Final = "contradiction"
ENTERED_ON: Final = "entered_on"
LATER_LINE: Final = "later_line"
MAX_DEPTH: Final = 60
MAX_CONDITIONS: Final = 8000
_LONGEST_NAME: Final = 80
_LONGEST_CIRCLE: Final = 6
_MOST_SHOWN: Final = 30
OPERATORS: Final = frozenset(
    {"all", "any", "not", "recorded", "known", "unknown", "incomplete", "always", *COMPARISONS}
)
MAX_SHIFT: Final = {"mo": 1800, "d": 54750}
"""150 years: a date moved further could leave the calendar."""

DATE_SHIFTS: Final = {"months_after": ("mo", 1), "days_after": ("d", 1), "days_before": ("d", -1)}

BUILT_IN: Final = frozenset({STATE, "as_of", ENTERED_ON, CONTRADICTION, LATER_LINE, *DATE_SHIFTS})
_NUMBER_PARTS: Final = frozenset({"value", "sensitivity", "loq"})


class CompileError(Exception):
    """A condition cannot be read; `where` is its place in the document."""

    def __init__(self, where: Where, message: str) -> None:
        self.where = where
        super().__init__(message)


class Vocabulary:
    """The facts, derived facts, lists and parameters of one pathway, as condition nodes."""

    def __init__(self, pathway: Pathway) -> None:
        self.pathway = pathway
        self.derived: dict[str, Derived | Number] = {}
        self.lists: dict[str, FactList] = {}
        self._open: list[str] = []
        # How deep conditions stand in one another, also through derived facts: whatever walks a
        # tree goes that deep. A derived fact remembers how deep it is itself.
        self._depth = self._deepest = self._conditions = 0
        self._depths: dict[str, int] = {}

    # -- names ---------------------------------------------------------------------------------

    def known_names(self) -> list[str]:
        """Every name a condition may use, for suggestions."""
        pathway = self.pathway
        return sorted(
            {*pathway.facts, *pathway.derived, *pathway.settings, *pathway.parameters, STATE}
        )

    def derive(self, name: str, where: Where) -> Derived | Number:
        """The derived fact of that name, compiled on first use; refuses circles."""
        if name in self.derived:
            self._reach(self._depth + self._depths[name], where)
            return self.derived[name]
        if name in self._open:
            circle = self._open[self._open.index(name) :]
            shown = circle if len(circle) <= _LONGEST_CIRCLE else [*circle[:_LONGEST_CIRCLE], "..."]
            msg = f"derived facts go round in a circle: {' -> '.join([*shown, name])}; break it"
            raise CompileError(where, msg)
        self._open.append(name)
        above, self._deepest = self._deepest, self._depth
        compiled = self._derive(name, self.pathway.derived[name], ("derived", name))
        self._depths[name] = self._deepest - self._depth
        self._deepest = max(above, self._deepest)
        self._open.pop()
        self.derived[name] = compiled
        return compiled

    def _reach(self, depth: int, where: Where) -> None:
        if depth > MAX_DEPTH:
            msg = (
                f"conditions stand more than {MAX_DEPTH} levels deep in one another, counted "
                "through derived facts; make the chain of derived facts shorter"
            )
            raise CompileError(where, msg)
        self._deepest = max(self._deepest, depth)

    def _derive(self, name: str, model: DerivedModel, where: Where) -> Derived | Number:
        forms = [model.condition is not None, bool(model.rows), bool(model.items)]
        if sum((*forms, model.years_between is not None)) != 1:
            msg = f"{name} needs exactly one of condition, rows, items, years_between"
            raise CompileError(where, msg)
        if model.values and not model.rows:
            msg = "only a derived fact with rows lists its values; delete them"
            raise CompileError((*where, "values"), msg)
        if model.years_between is not None:
            start, end = (
                self.date_operand(raw, (*where, "years_between")) for raw in model.years_between
            )
            return Number(name, model.title, start, end)
        if model.condition is not None:
            node = self.condition(model.condition, (*where, "condition"))
            return DerivedCondition(name, model.title, node)
        if model.items:
            items = tuple(
                (item.item, self.condition(item.when, (*where, "items", index, "when")))
                for index, item in enumerate(model.items)
            )
            return DerivedList(name, model.title, items)
        return self._table(name, model, where)

    def _table(self, name: str, model: DerivedModel, where: Where) -> DerivedTable:
        values = frozenset(model.values)
        if not values:
            raise CompileError(where, f"{name} has rows but no values; list what it can be")
        rows = []
        for index, row in enumerate(model.rows):
            at = (*where, "rows", index)
            for missing in row.missing:
                self.fact_ref(missing, (*at, "missing"))
            if row.needs:
                if row.when is not None or row.is_ is not None or row.otherwise is not None:
                    raise CompileError(
                        at, "a row with needs has no when, is or otherwise; split it"
                    )
                refs = tuple(self.ref(need, (*at, "needs")) for need in row.needs)
                rows.append(Row(Always(), values, needs=refs))
                continue
            given = row.otherwise if row.otherwise is not None else row.is_
            is_total = row.otherwise is not None
            if given is None or is_total == (row.when is not None) or (is_total and row.is_):
                raise CompileError(at, "a row needs when and is, or otherwise, or needs")
            if given != "unknown" and given not in values:
                hint = self.suggest(given, values)
                shown = ", ".join(sorted(values))
                raise CompileError(at, f"{shown_entry(given)} is not one of {shown}{hint}")
            node = Always() if row.when is None else self.condition(row.when, (*at, "when"))
            if row.when is None and index + 1 < len(model.rows):
                raise CompileError(at, "the rows below are never read; write otherwise last")
            gives = values if given == "unknown" else frozenset({given})
            rows.append(Row(node, gives, missing=frozenset(row.missing)))
        if not isinstance(rows[-1].condition, Always) or rows[-1].needs:
            raise CompileError(where, f"{name} must end with an otherwise row, so that it is total")
        written = {row.is_ or row.otherwise for row in model.rows}
        for value in model.values:
            if value not in written:
                msg = f"no row gives {value}; give it in a row, or delete it here"
                raise CompileError((*where, "values"), msg)
        return DerivedTable(name, model.title, values, tuple(rows))

    def fact_list(self, name: object, where: Where) -> FactList:
        """The list of required facts of that name."""
        if not isinstance(name, str):
            raise CompileError(where, f"needs the name of a fact list, not {shown_entry(name)}")
        if name in self.lists:
            return self.lists[name]
        model = self.pathway.fact_lists.get(name)
        if model is None:
            raise CompileError(
                where, f"there is no fact list {name}{self.suggest(name, self.pathway.fact_lists)}"
            )
        entries = []
        for index, entry in enumerate(model.entries):
            at = ("fact_lists", name, "entries", index)
            node = Always() if entry.when is None else self.condition(entry.when, (*at, "when"))
            names = entry.missing or entry.facts
            if bool(entry.missing) == bool(entry.facts):
                raise CompileError(at, "an entry needs facts or missing, one of the two")
            refs = tuple(self.fact_ref(fact, at) for fact in names)
            entries.append(FactEntry(node, refs, frozenset(entry.except_), bool(entry.missing)))
        for fact in model.otherwise:
            self.fact_ref(fact, ("fact_lists", name, "otherwise"))
        compiled = self.lists[name] = FactList(name, tuple(entries), tuple(model.otherwise))
        return compiled

    # -- conditions ----------------------------------------------------------------------------

    def condition(self, raw: Any, where: Where) -> Node:  # noqa: ANN401 - a fact value, of whatever type its fact has
        """The tree of a written condition; raises CompileError at the field that is wrong."""
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            msg = (
                f"more than {MAX_CONDITIONS:,} conditions are read up to here, counting a gate and "
                "the early routes once for each state; write what repeats as a derived fact"
            )
            raise CompileError(where, msg)
        self._depth += 1
        self._reach(self._depth, where)
        node = self._node(raw, where)
        self._depth -= 1
        return node

    def _node(self, raw: Any, where: Where) -> Node:  # noqa: ANN401 - a fact value, of whatever type its fact has
        if isinstance(raw, str):
            return self._holds(raw, where)
        if not isinstance(raw, Mapping) or len(raw) != 1:
            msg = "a condition is a name, or a mapping with exactly one key: an operator or a fact"
            raise CompileError(where, msg)
        key, value = next(iter(raw.items()))
        at = (*where, key)
        if key in {"all", "any"}:
            parts = self._list(value, at)
            nodes = tuple(self.condition(p, (*at, i)) for i, p in enumerate(parts))
            return All(nodes) if key == "all" else AnyOf(nodes)
        if key == "not":
            return Not(self.condition(value, at))
        if key == "recorded":
            return Recorded(self.condition(value, at))
        if key == "known":
            return Known(self.ref(value, at))
        if key == "unknown":
            return Not(Known(self.ref(value, at)))
        if key == "incomplete":
            return Incomplete(self.fact_list(value, at))
        if key == "always":
            if value is not True:
                raise CompileError(at, "write {always: true}, or leave the condition out")
            return Always()
        if key in COMPARISONS:
            return self._compare(key, value, at)
        return self._is(key, value, at)

    def _list(self, value: object, where: Where) -> list[Any]:
        if not isinstance(value, list) or not value:
            raise CompileError(where, "needs a list of conditions: [condition, condition]")
        return value

    def _holds(self, name: str, where: Where) -> Node:
        if name not in self.pathway.derived:
            hint = self.suggest(name, self.pathway.derived)
            raise CompileError(where, f"unknown guard {name[:_LONGEST_NAME]}{hint}")
        derived = self.derive(name, where)
        if isinstance(derived, Number):
            raise CompileError(where, f"{name} is a number; compare it: {{below: [{name}, ...]}}")
        if isinstance(derived, DerivedTable) and not derived.values <= {"yes", "no"}:
            raise CompileError(where, f"{name} is not a yes/no; write {{{name}: value}}")
        return Holds(derived)

    def _is(self, key: str, value: object, where: Where) -> Node:
        wanted = value if isinstance(value, list) else [value]
        if not wanted:
            raise CompileError(where, "an empty list is never true; write the values it may have")
        ref = self.ref(key, where)
        allowed = self._read_wanted(key, ref, wanted, where)
        said = tuple(self._said(key, value) for value in wanted)
        return Is(ref, frozenset(allowed), said)

    def _said(self, key: str, value: object) -> str:
        """A value as a person says it: a state or option by its title, other words as they are."""
        if key == STATE:
            return self.pathway.states[str(value)].title
        if value in self.pathway.options:
            return self.pathway.options[str(value)]
        return str(value).replace("_", " ")

    def _read_wanted(self, key: str, ref: Ref, wanted: list[Any], where: Where) -> list[Any]:
        if ref.derived is not None:
            values: tuple[str, ...] = tuple(getattr(ref.derived, "values", ()))
        elif key == STATE:
            values = tuple(self.pathway.states)
        elif key in {CONTRADICTION, LATER_LINE}:
            values = ("yes", "no")
        elif ref.name in self.pathway.settings:
            values = self.pathway.settings[ref.name].values
        elif ref.part:
            values = self._part_values(ref, where)
        else:
            return [self._fact_value(ref.name, value, where) for value in wanted]
        for value in wanted:
            if value not in values:
                shown = value[:_LONGEST_NAME] if isinstance(value, str) else shown_entry(value)
                hint = self.suggest(shown, [str(each) for each in values])
                allowed = ", ".join(str(each) for each in sorted(values)[:_MOST_SHOWN])
                raise CompileError(where, f"{key} is never {shown}; it is {allowed}{hint}")
        return wanted

    def _part_values(self, ref: Ref, where: Where) -> tuple[Any, ...]:
        """What a part of a fact can be, when a condition may ask for it by value."""
        fact = self.pathway.facts[ref.name]
        if ref.part in fact.scales:
            low, high = fact.scales[ref.part]
            return tuple(range(low, high + 1))
        values = MEASUREMENT_CHOICES.get(ref.part)
        if values is None:
            msg = f"{ref.name}.{ref.part} has no list of values; compare it: {{below: [...]}}"
            raise CompileError(where, msg)
        return values

    def _fact_value(self, name: str, value: Any, where: Where) -> Any:  # noqa: ANN401 - a fact value, of whatever type its fact has
        fact = self.pathway.facts[name]
        if fact.type == "measurement":
            msg = f"{name} is a measurement; compare it, or name a part such as {name}.result"
            raise CompileError(where, msg)
        if value == NOT_APPLICABLE and fact.not_applicable == NOT_APPLICABLE:
            return value
        try:
            read = read_value(name, fact, value)
        except FactError as error:
            raise CompileError(where, str(error)) from None
        if read is None:
            raise CompileError(where, f"write {{unknown: {name}}} to ask whether it is on record")
        return read

    def _compare(self, op: str, value: object, where: Where) -> Node:
        if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - a pair, or one short line
            raise CompileError(where, "a comparison needs two sides: [left, right]")
        if op in DATE_COMPARISONS:
            left, right = (self.date_operand(raw, where) for raw in value)
            return Compare(op, left, right)
        left_op, left_unit = self.number_operand(value[0], where)
        right_op, right_unit = self.number_operand(value[1], where)
        if left_unit != right_unit:
            units = (left_unit or "no unit", right_unit or "no unit")
            msg = (
                f"units differ: {value[0]} is in {units[0]}, {value[1]} in {units[1]}; "
                "compare with a parameter in the same unit"
            )
            raise CompileError(where, msg)
        return Compare(op, left_op, right_op)

    # -- operands ------------------------------------------------------------------------------

    def ref(self, name: object, where: Where) -> Ref:
        """A fact, a part of one, a setting, the state, or a derived table or condition."""
        if not isinstance(name, str):
            raise CompileError(where, f"needs the name of a fact, not {shown_entry(name)}")
        base, _, part = name.partition(".")
        if base in self.pathway.derived and not part:
            derived = self.derive(base, where)
            if isinstance(derived, Number):
                raise CompileError(where, f"{name} is a number; compare it instead")
            return Ref(base, derived.title, "", derived)
        return self.fact_ref(name, where)

    def fact_ref(self, name: str, where: Where) -> Ref:
        """A fact, a part of one, a setting or the state."""
        base, _, part = name.partition(".")
        pathway = self.pathway
        if base == STATE and not part:
            return Ref(STATE, "the state")
        if base == LATER_LINE and not part:
            return Ref(LATER_LINE, "a second or later line of treatment")
        if base == CONTRADICTION and not part:
            return Ref(CONTRADICTION, "two final values that exclude each other")
        if base in pathway.settings and not part:
            return Ref(base, pathway.settings[base].title)
        fact = pathway.facts.get(base)
        if fact is None:
            hint = self.suggest(base, self.known_names())
            raise CompileError(where, f"unknown fact {base[:_LONGEST_NAME]}{hint}")
        if part and part not in _parts_of(fact):
            allowed = ", ".join(_parts_of(fact)) or "none"
            raise CompileError(where, f"{base} has no part {part}; its parts: {allowed}")
        return Ref(base, fact.title, part)

    def date_operand(self, raw: object, where: Where) -> Operand:
        """A date: a fact, a part, `as_of`, or one of those moved by a parameter."""
        if raw == "as_of":
            return Today()
        if raw == ENTERED_ON:
            return Ref(ENTERED_ON, "the day this state was entered")
        if isinstance(raw, Mapping) and len(raw) == 1:
            key, value = next(iter(raw.items()))
            if key in DATE_SHIFTS and isinstance(value, list) and len(value) == 2:  # noqa: PLR2004 - a pair, or one short line
                unit, sign = DATE_SHIFTS[key]
                by = self._parameter(value[1], where)
                if by.unit != unit:
                    raise CompileError(
                        where, f"{key} needs a parameter in {unit}; {by.name} is in {by.unit}"
                    )
                if by.value != int(by.value) or not 0 <= by.value <= MAX_SHIFT[unit]:
                    msg = (
                        f"{by.name} is {by.value}; write a whole number from 0 to {MAX_SHIFT[unit]}"
                    )
                    raise CompileError(("parameters", by.name, "value"), msg)
                return Shifted(self.date_operand(value[0], where), by, sign)
        if not isinstance(raw, str):
            raise CompileError(
                where, f"{shown_entry(raw)} is not a date; write a date fact, as_of or months_after"
            )
        ref = self.fact_ref(raw, where)
        fact = self.pathway.facts.get(ref.name)
        is_date = (
            ref.part.endswith("_date") if ref.part else fact is not None and fact.type == "date"
        )
        if not is_date:
            raise CompileError(where, f"{raw} is not a date; name a fact of type date, or as_of")
        return ref

    def number_operand(self, raw: object, where: Where) -> tuple[Operand, str]:
        """A number and its unit: a fact, a part, a derived number, or a parameter."""
        if not isinstance(raw, str):
            raise CompileError(
                where,
                f"{shown_entry(raw)} is written out; make it a parameter with unit and source",
            )
        if raw in self.pathway.parameters:
            parameter = self._parameter(raw, where)
            return parameter, parameter.unit
        if raw in self.pathway.derived:
            derived = self.derive(raw, where)
            if not isinstance(derived, Number):
                raise CompileError(where, f"{raw} is not a number; name its value: {{{raw}: ...}}")
            return derived, "a"
        ref = self.fact_ref(raw, where)
        fact = self.pathway.facts.get(ref.name)
        if fact is None or fact.type not in {"number", "integer", "measurement", "score"}:
            raise CompileError(
                where, f"{raw} is not a number; name a fact or parameter that is one"
            )
        if fact.type == "measurement" and ref.part and ref.part not in _NUMBER_PARTS:
            raise CompileError(where, f"{raw} is not a number; compare {ref.name} itself")
        if fact.type == "score" and not ref.part:
            raise CompileError(where, f"name a scale: {raw}.{next(iter(fact.scales))}")
        return ref, fact.unit

    def _parameter(self, name: object, where: Where) -> ParameterNode:
        if not isinstance(name, str) or name not in self.pathway.parameters:
            hint = self.suggest(str(name), self.pathway.parameters)
            msg = f"{shown_entry(name)} is not a parameter{hint}"
            raise CompileError(where, msg)
        model = self.pathway.parameters[name]
        return ParameterNode(name, model.value, model.unit)

    @staticmethod
    def suggest(name: str, known: Any) -> str:  # noqa: ANN401 - a fact value, of whatever type its fact has
        """`; did you mean ...?` when a known name is close, else nothing."""
        from difflib import get_close_matches  # noqa: PLC0415 - only needed when something is wrong

        close = get_close_matches(name, list(known), n=1) if len(name) <= _LONGEST_NAME else []
        return f"; did you mean {close[0]}?" if close else ""


def _parts_of(fact: Fact) -> tuple[str, ...]:
    if fact.type == "measurement":
        return tuple(Measurement.__dataclass_fields__)
    return tuple(fact.scales)
