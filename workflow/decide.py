"""What is recommended for one patient now, and exactly why. The heart.

The same function with nothing committed is dry run, what-if and replay: same pathway, same facts,
same date, same answer. How a state's table is read stands in `workflow.reading`, which steps are
open in `workflow.steps`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from workflow.canonical import digest
from workflow.derived import DerivedTable
from workflow.explanation import Explanation, explain
from workflow.facts import FactSheet
from workflow.operands import Evaluation, Truth
from workflow.pathway import Pathway
from workflow.reading import Position, Reading, Route, evaluation, read_table
from workflow.rules import Rules, rules_of
from workflow.steps import Step, broken_invariants, step_to, steps_from


@dataclass(frozen=True)
class Decision:
    """One evaluation of one pathway version over one sheet.

    The route and what led to it are there at once; `site`, `timing`, `risk` (by the pathway's
    report), `steps` and `alternatives` are worked out when somebody looks. `warnings` and `missing`
    are sorted; `trace` lists each row looked at with its truth, in order.
    """

    pathway: Pathway
    position: Position
    facts: FactSheet
    route: Route
    rule: str
    warnings: tuple[str, ...]
    missing: tuple[str, ...]
    trace: tuple[tuple[str, Truth], ...]
    explanation: Explanation | None = field(compare=False)
    _reading: Reading = field(compare=False, repr=False)
    _ev: Evaluation = field(compare=False, repr=False)

    @property
    def state(self) -> str:
        """The main state the decision was made in."""
        return self.position.state

    @cached_property
    def site(self) -> str | None:
        """Where the disease is, or None where the pathway reports no site."""
        report = self.pathway.report
        return self._shown(report.site) if report else None

    @cached_property
    def timing(self) -> Mapping[str, str]:
        """The timing by each set the pathway reports."""
        report = self.pathway.report
        return {key: self._shown(name) for key, name in report.timing.items()} if report else {}

    @cached_property
    def risk(self) -> Mapping[str, str]:
        """The risk group by each set the pathway reports."""
        report = self.pathway.report
        return {key: self._shown(name) for key, name in report.risk.items()} if report else {}

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every edge out of the position: main states first, then parallel tracks."""
        return steps_from(rules_of(self.pathway), self.position, self._ev, self._reading)

    def step(self, key: str) -> Step | None:
        """The edge of that key, or None when there is none from here."""
        return step_to(rules_of(self.pathway), self.position, self._ev, self._reading, key)

    @cached_property
    def alternatives(self) -> tuple[str, ...]:
        """Options the MDT may choose instead, without those an invariant forbids."""
        row = self._reading.row
        if row is None:
            return ()
        rules = rules_of(self.pathway)
        return tuple(
            option
            for option in row.route.alternatives
            if not broken_invariants(rules, "", "", option, self._ev)
        )

    def wants_option(self, step: Step) -> bool:
        """Whether the routes that lead where this step leads name a therapy option."""
        rows = rules_of(self.pathway).rows[self.state]
        return any(row.option is not None for row in rows if row.target == step.target)

    def forbidding(self, option: str) -> tuple[str, ...]:
        """The invariants that forbid this therapy option here; empty when none does."""
        rules = rules_of(self.pathway)
        broken = broken_invariants(rules, self.state, "", option, self._ev)
        return tuple(f"{invariant.id} ({invariant.title})" for invariant in broken)

    @property
    def facts_digest(self) -> str:
        """A hash over every fact that counted: its name and the record it came from."""
        return facts_digest(self.facts)

    @property
    def digest(self) -> str:
        """A hash over the answer and the truth of every row that was looked at."""
        route = self.route
        content = [
            self.state,
            self.rule,
            [route.status, route.next_state, route.option, list(route.parallel), route.reason],
            list(self.warnings),
            list(self.missing),
            [list(item) for item in self.trace],
        ]
        return digest(content)

    def _shown(self, name: str) -> str:
        return shown(rules_of(self.pathway), name, self._ev)


def facts_digest(sheet: FactSheet) -> str:
    """A hash over every fact of a sheet: its name and the record it came from, or its value.

    A record's content is under the hash of the journal entry that recorded it.
    """
    records = sheet.records
    return digest(
        [
            [name, records[name].record_id if name in records else str(sheet.values[name])]
            for name in sorted(sheet.values)
        ]
    )


def decide(
    pathway: Pathway, position: Position, sheet: FactSheet, *, explained: bool = False
) -> Decision:
    """The route, warnings, missing facts and steps for this position and what is known.

    `sheet.as_of` is the civil date the answer holds for. With `explained`, every row that was
    looked at comes with its clauses and what each of them found.
    """
    rules = rules_of(pathway)
    ev = evaluation(sheet, position)
    reading = read_table(rules, position, ev)
    return Decision(
        pathway=pathway,
        position=position,
        facts=sheet,
        route=reading.route,
        rule=reading.rule,
        warnings=tuple(sorted(reading.warnings)),
        missing=tuple(sorted(reading.missing)),
        trace=tuple((row.route.id, truth) for row, truth in reading.looked_at),
        explanation=explain(rules, sheet, ev, reading.looked_at) if explained else None,
        _reading=reading,
        _ev=ev,
    )


def shown(rules: Rules, name: str, ev: Evaluation) -> str:
    """A derived fact as one word: its value, the word for a set of values, or `unknown`."""
    derived = rules.derived(name)
    possible = derived.possible(ev)
    if len(possible) == 1:
        return next(iter(possible))
    if isinstance(derived, DerivedTable):
        for word, values in rules.pathway.derived[name].shown_as.items():
            if possible == frozenset(values):
                return word
    return "unknown"
