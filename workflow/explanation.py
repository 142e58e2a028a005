"""Why a decision came out as it did: each row looked at, clause by clause, with what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflow.conditions import Clause
from workflow.derived import DerivedCondition, DerivedList, DerivedTable
from workflow.facts import FactSheet
from workflow.operands import Evaluation, Truth, show
from workflow.rules import CompiledRow, Kind, Rules


@dataclass(frozen=True, slots=True)
class RowExplanation:
    """One row of the table: its rule, what it leads to, and its condition clause by clause."""

    rule: str
    row: str
    title: str
    leads_to: str
    clause: Clause
    source: tuple[str, ...]

    @property
    def result(self) -> str:
        """`met`, `not met` or `unknown`."""
        return self.clause.result


@dataclass(frozen=True, slots=True)
class FactExplanation:
    """One fact a clause looked at: the value found, where it comes from, and who can supply it."""

    fact: str
    title: str
    found: str
    unit: str = ""
    date: str = ""
    status: str = ""
    source: str = ""
    note: str = ""
    supplied_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DerivedExplanation:
    """How a derived fact came about: the value shown and the rows that gave it."""

    name: str
    title: str
    value: str
    clauses: tuple[Clause, ...]
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The rows looked at, in order; the derived facts and facts they rest on; when reviewed."""

    rows: tuple[RowExplanation, ...]
    derived: tuple[DerivedExplanation, ...]
    facts: tuple[FactExplanation, ...]
    reviewed: str
    safety: tuple[str, ...] = field(default=())


def explain(
    rules: Rules,
    sheet: FactSheet,
    ev: Evaluation,
    looked_at: Sequence[tuple[CompiledRow, Truth]],
) -> Explanation:
    """The explanation of the rows that were looked at; notes only where they warned."""
    rows = tuple(
        RowExplanation(
            rule=row.rule,
            row=row.route.id,
            title=row.route.title,
            leads_to=_leads_to(row),
            clause=row.condition.explain(ev),
            source=row.route.source,
        )
        for row, truth in looked_at
        if row.kind is not Kind.NOTE or truth is True
    )
    grounds = _Grounds(rules, sheet, ev)
    grounds.collect(row.clause for row in rows)
    review = rules.pathway.reviewed
    late = "; OUT OF DATE" if sheet.as_of > review.expires else ""
    reviewed = f"{review.by}, {show(review.on)}, expires {show(review.expires)}{late}"
    return Explanation(
        rows,
        tuple(grounds.derived.values()),
        tuple(grounds.facts.values()),
        reviewed,
        rules.pathway.safety,
    )


def _leads_to(row: CompiledRow) -> str:
    if row.kind is Kind.GO:
        return row.target or ""
    if row.kind is Kind.MDT:
        return f"MDT decision: {row.reason}"
    if row.kind is Kind.BLOCK:
        return f"blocked: {row.reason}"
    if row.kind is Kind.NOTE:
        return "a warning"
    return "a gate" if row.kind is Kind.ENTER else "the row behind the gate"


class _Grounds:
    """What the clauses of an explanation rest on: derived facts and facts, each once."""

    def __init__(self, rules: Rules, sheet: FactSheet, ev: Evaluation) -> None:
        self._rules = rules
        self._sheet = sheet
        self._ev = ev
        self.derived: dict[str, DerivedExplanation] = {}
        self.facts: dict[str, FactExplanation] = {}

    def collect(self, clauses: Iterable[Clause]) -> None:
        """Follow each clause down to the facts."""
        for clause in clauses:
            self.collect(clause.clauses)
            name = clause.fact
            if not name or name in self.derived or name in self.facts:
                continue
            found = self._rules.vocabulary.derived.get(name)
            if isinstance(found, DerivedCondition | DerivedTable | DerivedList):
                inner = found.explain(self._ev)
                model = self._rules.pathway.derived[name]
                value = _value(found.possible(self._ev))
                self.derived[name] = DerivedExplanation(
                    name, model.title, value, inner, model.source
                )
                self.collect(inner)
            elif name in self._rules.pathway.facts:
                self.facts[name] = _fact(self._rules, self._sheet, name)


def _value(possible: frozenset[str]) -> str:
    return " or ".join(sorted(possible)) if len(possible) <= 3 else "unknown"  # noqa: PLR2004 - a pair, or one short line


def _fact(rules: Rules, sheet: FactSheet, name: str) -> FactExplanation:
    fact = rules.pathway.facts[name]
    record = sheet.records.get(name)
    value: Any = sheet.values.get(name)
    return FactExplanation(
        fact=name,
        title=fact.title,
        found=show(value),
        unit="" if fact.type == "measurement" or fact.unit in {"", "1"} else fact.unit,
        date=show(record.effective_at) if record else "",
        status=record.status if record else "",
        source=record.source if record else "",
        note=sheet.notes.get(name, ""),
        supplied_by=fact.supplied_by,
    )
