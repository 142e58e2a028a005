"""What is recommended for one patient now, and exactly why. The heart.

The same function with nothing committed is dry run, what-if and replay: same pathway, same facts,
same date, same answer. How a state's table is read stands in `workflow.reading`, which steps are
open in `workflow.steps`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflow.canonical import digest
from workflow.derived import DerivedTable
from workflow.explanation import Explanation, explain
from workflow.facts import FactSheet
from workflow.operands import Evaluation, Truth
from workflow.pathway import Pathway
from workflow.reading import Position, Reading, Route, evaluation, read_table
from workflow.rules import Rules, rules_of
from workflow.steps import Step, broken_invariants, steps_from


@dataclass(frozen=True, slots=True)
class Decision:
    """One evaluation of one pathway version over one sheet.

    `site`, `timing` and `risk` follow the pathway's report; `warnings` and `missing` are sorted;
    `trace` lists each row looked at with its truth, in order.
    """

    pathway_id: str
    pathway_version: str
    pathway_hash: str
    state: str
    site: str | None
    timing: Mapping[str, str]
    risk: Mapping[str, str]
    route: Route
    rule: str
    warnings: tuple[str, ...]
    missing: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    alternatives: tuple[str, ...] = ()
    trace: tuple[tuple[str, Truth], ...] = ()
    facts: FactSheet | None = field(default=None, compare=False, repr=False)
    explanation: Explanation | None = field(default=None, compare=False)

    @property
    def facts_digest(self) -> str:
        """A hash over every fact that counted: name, value, and the record it came from."""
        return facts_digest(self.facts) if self.facts else ""

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
            [self.site, dict(self.timing), dict(self.risk)],
            [list(item) for item in self.trace],
        ]
        return digest(content)


def facts_digest(sheet: FactSheet) -> str:
    """A hash over every fact of a sheet: its name, its value and the record it came from."""
    return digest(
        [
            [name, str(value), record.record_id if (record := sheet.records.get(name)) else ""]
            for name, value in sorted(sheet.values.items())
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
    report = pathway.report
    return Decision(
        pathway_id=pathway.id,
        pathway_version=pathway.version,
        pathway_hash=pathway.content_hash,
        state=position.state,
        site=shown(rules, report.site, ev) if report else None,
        timing={key: shown(rules, name, ev) for key, name in report.timing.items()}
        if report
        else {},
        risk={key: shown(rules, name, ev) for key, name in report.risk.items()} if report else {},
        route=reading.route,
        rule=reading.rule,
        warnings=tuple(sorted(reading.warnings)),
        missing=tuple(sorted(reading.missing)),
        steps=steps_from(rules, position, ev, reading),
        alternatives=_allowed_alternatives(rules, reading, ev),
        trace=tuple((row.route.id, truth) for row, truth in reading.looked_at),
        facts=sheet,
        explanation=explain(rules, sheet, ev, reading.looked_at) if explained else None,
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


def _allowed_alternatives(rules: Rules, reading: Reading, ev: Evaluation) -> tuple[str, ...]:
    if reading.row is None:
        return ()
    return tuple(
        option
        for option in reading.row.route.alternatives
        if not broken_invariants(rules, "", "", option, ev)
    )
