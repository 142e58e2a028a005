"""The pathway's conditions written for the solver, clause by clause as `workflow.conditions` reads.

One `Encoding` is one patient under one pathway: derived facts as the values still possible, lists
of required facts as what is missing, each condition as the claims that it is true and that it is
false.
A test holds both readings against each other on random patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

import z3

from workflow.conditions import (
    All,
    Always,
    AnyOf,
    Compare,
    FactList,
    Holds,
    Incomplete,
    Is,
    Known,
    Node,
    Not,
    Recorded,
    inner_nodes,
)
from workflow.derived import (
    Derived,
    DerivedCondition,
    DerivedList,
    DerivedTable,
    Row,
    conditions_of,
)
from workflow.operands import Number, Operand, Parameter, Ref, Shifted, Today
from workflow.proof.days import (
    Civil,
    Count,
    as_count,
    completed_years,
    is_day,
    moved_by_days,
    moved_by_months,
)
from workflow.proof.logic import (
    YES,
    BeyondProofError,
    Claim,
    Ternary,
    both,
    either,
    every,
    no,
    on_record,
    opposite,
    some,
)
from workflow.proof.symbols import AMOUNTS, AS_OF, DAYS, Amount, Day, Symbols, Word
from workflow.rules import Rules

_STRICT: Final = {"below": True, "before": True, "at_most": False, "on_or_before": False}
_OPPOSITE: Final = {
    "above": "at_most",
    "at_least": "below",
    "after": "on_or_before",
    "on_or_after": "before",
}
_YEARS: Final = Decimal(1)


class Encoding:
    """One patient, not yet settled, under the rules of one pathway."""

    def __init__(self, rules: Rules, symbols: Symbols) -> None:
        self.rules = rules
        self.symbols = symbols
        self._truths: dict[int, tuple[Node, Ternary]] = {}
        self._possible: dict[str, Mapping[str, Claim]] = {}
        self._list_truths: dict[str, Ternary] = {}

    # -- conditions ----------------------------------------------------------------------------

    def truth(self, node: Node) -> Ternary:
        """When the condition is true, and when it is false."""
        seen = self._truths.get(id(node))
        if seen is None:
            seen = self._truths[id(node)] = (node, self._truth(node))
        return seen[1]

    def _truth(self, node: Node) -> Ternary:
        if isinstance(node, Always):
            return YES
        if isinstance(node, All):
            return every(self.truth(part) for part in node.parts)
        if isinstance(node, AnyOf):
            return some(self.truth(part) for part in node.parts)
        if isinstance(node, Not):
            return opposite(self.truth(node.part))
        if isinstance(node, Recorded):
            return on_record(self.truth(node.part).true)
        if isinstance(node, Known):
            return on_record(self.is_known(node.ref))
        if isinstance(node, Incomplete):
            return on_record(either(*self.missing(node.facts).values(), bool(node.facts.otherwise)))
        if isinstance(node, Holds):
            return self.derived_truth(node.derived.name)
        if isinstance(node, Is):
            return self._is(node)
        if isinstance(node, Compare):
            return self._compare(node)
        raise BeyondProofError(f"the proof does not know {type(node).__name__} conditions")

    def is_known(self, ref: Ref) -> Claim:
        """The claim that a fact, a part of one or a derived fact has one value."""
        if ref.derived is not None:
            possible = list(self.possible(ref.name).values())
            return both(
                *(
                    no(both(first, second))
                    for index, first in enumerate(possible)
                    for second in possible[index + 1 :]
                )
            )
        if not ref.part:
            return self.symbols.known(ref.name)
        part = self._part(ref)
        return both(self.symbols.known(ref.name), part.known)

    def _is(self, node: Is) -> Ternary:
        ref, wanted = node.ref, node.values
        if ref.derived is not None:
            possible = self.possible(ref.name)
            inside = either(*(claim for value, claim in possible.items() if value in wanted))
            outside = either(*(claim for value, claim in possible.items() if value not in wanted))
            return Ternary(no(outside), no(inside))
        symbol = self._part(ref) if ref.part else self.symbols.symbol(ref.name)
        known = self.is_known(ref)
        if isinstance(symbol, Word):
            inside = either(*(claim for value, claim in symbol.is_.items() if value in wanted))
        elif isinstance(symbol, Day):
            days = [value for value in wanted if not isinstance(value, str)]
            inside = either(
                both(symbol.none, "none" in wanted),
                *(both(no(symbol.none), is_day(symbol.day, day)) for day in days),
            )
        elif isinstance(symbol, Amount):
            inside = either(*(self._is_number(symbol, value) for value in wanted))
        else:
            raise BeyondProofError(f"the proof cannot ask what {ref.name} is; ask for a part of it")
        return Ternary(both(known, inside), both(known, no(inside)))

    @staticmethod
    def _is_number(amount: Amount, value: object) -> Claim:
        if isinstance(value, str):
            return amount.none
        steps = Decimal(str(value)) / amount.step
        if steps != steps.to_integral_value():
            return False
        return both(no(amount.none), amount.steps == int(steps))

    # -- derived facts and lists ---------------------------------------------------------------

    def derived(self, name: str) -> Derived:
        """The derived fact of that name."""
        return self.rules.derived(name)

    def possible(self, name: str) -> Mapping[str, Claim]:
        """For each value of a derived fact the claim that it is still possible."""
        if name not in self._possible:
            derived = self.derived(name)
            if isinstance(derived, DerivedTable):
                self._possible[name] = self._table(derived, 0)
            else:
                truth = self.derived_truth(name)
                self._possible[name] = {"yes": no(truth.false), "no": no(truth.true)}
        return self._possible[name]

    def derived_truth(self, name: str) -> Ternary:
        """A derived yes/no, or whether a derived list has an entry."""
        derived = self.derived(name)
        if isinstance(derived, DerivedCondition):
            return self.truth(derived.condition)
        if isinstance(derived, DerivedList):
            if name not in self._list_truths:
                self._list_truths[name] = some(self.truth(node) for _, node in derived.items)
            return self._list_truths[name]
        possible = self.possible(name)
        yes = possible.get("yes", False)
        others = either(*(claim for value, claim in possible.items() if value != "yes"))
        noes = either(*(claim for value, claim in possible.items() if value != "no"))
        return Ternary(both(yes, no(others)), both(possible.get("no", False), no(noes)))

    def _table(self, table: DerivedTable, index: int) -> Mapping[str, Claim]:
        """What is still possible from a row on, as `DerivedTable._possible` reads it."""
        if index == len(table.rows):
            return dict.fromkeys(table.values, False)
        row = table.rows[index]
        rest = self._table(table, index + 1)
        if row.needs:
            stops = no(self.needs_known(row))
            return {value: either(stops, rest[value]) for value in table.values}
        truth = self.truth(row.condition)
        goes_on = no(truth.true)
        return {
            value: either(
                both(no(truth.false), value in row.gives),
                both(goes_on, rest[value]),
            )
            for value in table.values
        }

    def needs_known(self, row: Row) -> Claim:
        """The claim that everything a `needs` row asks for is known."""
        return both(*(self.is_known(ref) for ref in row.needs))

    def missing(self, facts: FactList) -> Mapping[str, Claim]:
        """For each fact a list may name the claim that it is missing."""
        missing: dict[str, Claim] = {}
        for entry in facts.entries:
            applies = self.truth(entry.when).true
            for ref in entry.facts:
                lacks = either(entry.always_missing, no(self.is_known(ref)))
                if not entry.always_missing and entry.except_values:
                    lacks = either(lacks, self._is(Is(ref, entry.except_values)).true)
                missing[ref.name] = either(missing.get(ref.name, False), both(applies, lacks))
        return missing

    # -- comparisons ---------------------------------------------------------------------------

    def _compare(self, node: Compare) -> Ternary:
        if node.op in _OPPOSITE:
            mirrored = Compare(_OPPOSITE[node.op], node.left, node.right)
            return self._mirrored(opposite(self._compare(mirrored)), node)
        strict = _STRICT[node.op]
        if node.op in {"before", "on_or_before"}:
            return self._compare_days(node.left, node.right, strict=strict)
        if isinstance(node.left, Ref) and self._is_measurement(node.left):
            return self._compare_result(node.left, node.right, strict=strict)
        return self._compare_numbers(node.left, node.right, strict=strict)

    def _mirrored(self, truth: Ternary, node: Compare) -> Ternary:
        """`none` and what is not given on a scale compare as false, whichever way one asks."""
        never = self._never(node)
        return Ternary(both(truth.true, no(never)), either(both(truth.false, no(never)), never))

    def _never(self, node: Compare) -> Claim:
        """The claim that one side is known, and not a thing that can be compared."""
        sides = (node.left, node.right)
        known = both(*(self.operand_known(side) for side in sides))
        return both(known, either(*(self._no_thing(side) for side in sides)))

    def operand_known(self, operand: Operand) -> Claim:
        """The claim that one side of a comparison is known."""
        if isinstance(operand, Ref):
            return self.is_known(operand)
        if isinstance(operand, Shifted):
            return self.day_of(operand)[0]
        if isinstance(operand, Number):
            return both(self.day_of(operand.start)[0], self.day_of(operand.end)[0])
        return True

    def _no_thing(self, operand: Operand) -> Claim:
        if not isinstance(operand, Ref):
            return False
        symbol = self._part(operand) if operand.part else self.symbols.symbol(operand.name)
        if isinstance(symbol, Day):
            return symbol.none
        return either(symbol.none, symbol.absent) if isinstance(symbol, Amount) else False

    def _compare_days(self, left: Operand, right: Operand, *, strict: bool) -> Ternary:
        (left_known, first), (right_known, second) = self.day_of(left), self.day_of(right)
        known = both(self.operand_known(left), self.operand_known(right))
        first, second = _alike(first, second)
        less = first.is_before(second) if strict else first.is_same_or_before(second)  # type: ignore[arg-type] # alike
        comparable = both(left_known, right_known)
        return Ternary(both(comparable, less), both(known, either(no(comparable), no(less))))

    def day_of(self, operand: Operand) -> tuple[Claim, Civil | Count]:
        """The claim that an operand is a day, and the day."""
        if isinstance(operand, Today):
            return True, self.symbols.day(AS_OF).day
        if isinstance(operand, Shifted):
            known, base = self.day_of(operand.base)
            amount = operand.sign * int(operand.by.value)
            if operand.by.unit == "mo" and isinstance(base, Civil):
                return known, moved_by_months(base, amount)
            return known, moved_by_days(as_count(base), amount)
        if isinstance(operand, Ref):
            symbol = self._part(operand) if operand.part else self.symbols.day(operand.name)
            if isinstance(symbol, Day):
                return both(self.is_known(operand), no(symbol.none)), symbol.day
        raise BeyondProofError(f"the proof cannot read {operand.label} as a day")

    def _compare_numbers(self, left: Operand, right: Operand, *, strict: bool) -> Ternary:
        known = both(self.operand_known(left), self.operand_known(right))
        never = both(known, either(self._no_thing(left), self._no_thing(right)))
        less = self._less(left, right, strict=strict)
        return Ternary(both(known, no(never), less), either(never, both(known, no(less))))

    def _less(self, left: Operand, right: Operand, *, strict: bool) -> Claim:
        (first, first_step), (second, second_step) = self._number(left), self._number(right)
        if isinstance(first, Decimal) and isinstance(second, Decimal):
            return first < second if strict else first <= second
        if isinstance(second, Decimal):
            return _below(first, second / first_step, strict=strict)
        if isinstance(first, Decimal):
            return no(_below(second, first / second_step, strict=not strict))
        finer = min(first_step, second_step)
        first, second = first * int(first_step / finer), second * int(second_step / finer)
        return first < second if strict else first <= second

    def _number(self, operand: Operand) -> tuple[z3.BitVecRef | Decimal, Decimal]:
        if isinstance(operand, Parameter):
            return operand.value, Decimal(1)
        if isinstance(operand, Number):
            (_, start), (_, end) = self.day_of(operand.start), self.day_of(operand.end)
            if isinstance(start, Civil) and isinstance(end, Civil):
                return z3.SignExt(32, completed_years(start, end)), _YEARS
        if isinstance(operand, Ref):
            symbol = self._part(operand) if operand.part else self.symbols.amount(operand.name)
            if isinstance(symbol, Amount):
                return symbol.steps, symbol.step
        raise BeyondProofError(f"the proof cannot read {operand.label} as a number")

    def _compare_result(self, left: Ref, right: Operand, *, strict: bool) -> Ternary:
        """A censored measurement against a limit, as `Measurement.compare` reads it."""
        if not isinstance(right, Parameter):
            raise BeyondProofError(f"the proof compares {left.label} with parameters only")
        result = self.symbols.result(left.name)
        kind, value = result.words["result"].is_, result.amounts["value"]
        less = _below(value.steps, right.value / value.step, strict=strict)
        exact = both(result.known, kind["quantified"], value.known)
        proven = [both(exact, less)]
        for word, bound in (("not_detected", "sensitivity"), ("below_quantification", "loq")):
            limit = result.amounts[bound]
            low_enough = _below(limit.steps, right.value / limit.step, strict=False)
            proven.append(both(result.known, kind[word], limit.known, low_enough))
        return Ternary(either(*proven), both(exact, no(less)))

    def _is_measurement(self, ref: Ref) -> bool:
        fact = self.rules.pathway.facts.get(ref.name)
        return fact is not None and fact.type == "measurement" and not ref.part

    def _part(self, ref: Ref) -> Word | Amount | Day:
        """One part of a measurement, or the value of a score on one scale."""
        fact = self.rules.pathway.facts[ref.name]
        if fact.type == "score":
            scale, amount = self.symbols.score(ref.name)
            absent = no(scale.is_[ref.part])
            return replace(amount, absent=absent)
        result = self.symbols.result(ref.name)
        if ref.part in AMOUNTS:
            return result.amounts[ref.part]
        if ref.part in DAYS:
            return result.days[ref.part]
        if ref.part in result.words:
            return result.words[ref.part]
        raise BeyondProofError(f"the proof cannot look at {ref.name}.{ref.part}")


def compare_nodes(encoding: Encoding, node: Node, seen: set[str] | None = None) -> list[Compare]:
    """Every comparison a condition rests on, through derived facts, each derived fact once."""
    seen = set() if seen is None else seen
    found: list[Compare] = []
    for inner in inner_nodes(node):
        if isinstance(inner, Compare):
            found.append(inner)
        name = derived_name(inner)
        if name is not None:
            found += _compares_of_derived(encoding, name, seen)
    return found


def _compares_of_derived(encoding: Encoding, name: str, seen: set[str]) -> list[Compare]:
    if name in seen:
        return []
    seen.add(name)
    derived = encoding.derived(name)
    found = [
        compare
        for condition in conditions_of(derived)
        for compare in compare_nodes(encoding, condition, seen)
    ]
    for needed in needed_by(derived):
        found += _compares_of_derived(encoding, needed, seen)
    return found


def derived_name(node: Node) -> str | None:
    """The derived fact a leaf looks at, or None."""
    if isinstance(node, Holds):
        return node.derived.name
    if isinstance(node, Is | Known) and node.ref.derived is not None:
        return node.ref.name
    return None


def needed_by(derived: Derived) -> tuple[str, ...]:
    """The derived facts that the `needs` rows of a table ask for."""
    rows = derived.rows if isinstance(derived, DerivedTable) else ()
    return tuple(ref.name for row in rows for ref in row.needs if ref.derived is not None)


def _below(steps: z3.BitVecRef, limit: Decimal, *, strict: bool) -> Claim:
    """Whether whole steps lie below (or at) a limit that need not be whole."""
    if strict:
        return steps < int(limit.to_integral_value(ROUND_CEILING))
    return steps <= int(limit.to_integral_value(ROUND_FLOOR))


def _alike(first: Civil | Count, second: Civil | Count) -> tuple[Civil | Count, Civil | Count]:
    """Two days told the same way: as civil days, or as counts where one of them is one."""
    if isinstance(first, Civil) and isinstance(second, Civil):
        return first, second
    return as_count(first), as_count(second)
