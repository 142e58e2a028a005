"""The why-table: what is recommended, which rows were read, clause by clause, and on what facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from allpath import words
from allpath.cli.printing import heading, put_found, put_grid
from workflow.conditions import Clause
from workflow.decide import Decision
from workflow.explanation import DerivedExplanation, Explanation, FactExplanation, RowExplanation
from workflow.operands import unit_word
from workflow.pathway import Pathway
from workflow.reading import NO_ROUTE
from workflow.steps import Step
from workflow.titles import titled

_SHOWN_SAFETY: Final = 2
_RESULTS: Final = {"met": "Met", "not met": "Not met", "unknown": "Unknown"}


def put_decision(
    pathway: Pathway, decision: Decision, *, active_set: str | None, everything: bool = False
) -> None:
    """The whole answer: proposal, missing facts, warnings, steps, timing and risk, and why.

    Facts and derived facts are those the answering row rests on; with `everything` all of them.
    """
    put_proposal(pathway, decision)
    put_steps(pathway, decision.steps)
    put_sets(decision, active_set)
    if decision.explanation is not None:
        _put_why(pathway, decision, decision.explanation, everything=everything)
    put_review(pathway, decision)


def put_proposal(pathway: Pathway, decision: Decision) -> None:
    """What the pathway supports, by which rule; what is missing and who can supply it; warnings."""
    route = decision.route
    put_grid([(words.route(pathway, decision),)], fixed=0)
    detail = [f"rule {decision.rule or 'none'} of {pathway.id} {pathway.version}"]
    if route.option:
        detail.append(f"option {route.option}")
    if route.reason:
        detail.append(f"reason {route.reason}")
    put_found("by", ", ".join(detail))
    if decision.alternatives:
        titles = (words.option_title(pathway, option) for option in decision.alternatives)
        put_found("alternatives", "; ".join(titles))
    if route.parallel:
        tracks = ", ".join(words.state(pathway, name) for name in route.parallel)
        put_found("beside it", tracks)
    if decision.missing:
        heading("Missing, and who can supply it")
        put_grid(
            (fact, words.fact_title(pathway, fact), ", ".join(who) or "not said")
            for fact, who in words.suppliers(pathway, decision.missing).items()
        )
    if decision.warnings:
        heading("Warnings")
        for code in decision.warnings:
            put_found(code, " ".join(pathway.warnings[code].split()))


def put_steps(pathway: Pathway, steps: Iterable[Step]) -> None:
    """Every step out of the present state, and whether a person may confirm it now."""
    rows: list[tuple[str, str, str]] = []
    exits: list[str] = []
    for step in steps:
        if step.is_exit:
            exits.append(step.key)
            continue
        more = "; two people sign" if step.two_person else ""
        option = f" ({words.option_title(pathway, step.option)})" if step.option else ""
        rows.append((step.key, step.status, f"{titled(pathway, step.because)}{option}{more}"))
    if exits:
        rows.append(("at any time", ", ".join(exits), "always open to a person"))
    if rows:
        heading("Steps")
        for key, status, because in rows:
            put_found(key, f"{status} - {because}")


def put_sets(decision: Decision, active_set: str | None) -> None:
    """Timing and risk by every set, the active one marked; warnings tell where they disagree."""
    if not decision.timing:
        return
    heading(f"Timing and risk by set (active: {active_set or 'none chosen'})")
    put_found("relapse site", decision.site or "unknown")
    put_found("timing", _by_set(decision.timing, active_set))
    put_found("risk", _by_set(decision.risk, active_set))


def _by_set(values: Mapping[str, str], active_set: str | None) -> str:
    return ", ".join(
        f"{name} {value}{' (active)' if name == active_set else ''}"
        for name, value in values.items()
    )


@dataclass(frozen=True)
class Ground:
    """What an explanation rests on, by name."""

    facts: Mapping[str, FactExplanation]
    derived: Mapping[str, DerivedExplanation]
    pathway: Pathway | None = None

    @classmethod
    def of(cls, explanation: Explanation, pathway: Pathway) -> Ground:
        """The facts and derived facts of an explanation, called as the pathway calls them."""
        return cls(
            {fact.fact: fact for fact in explanation.facts},
            {derived.name: derived for derived in explanation.derived},
            pathway,
        )

    def under(self, clauses: Iterable[Clause]) -> Iterator[str]:
        """Names of everything these clauses look at, what derived facts rest on included."""
        seen: set[str] = set()
        waiting = list(clauses)
        while waiting:
            clause = waiting.pop(0)
            waiting.extend(clause.clauses)
            if clause.fact and clause.fact not in seen:
                seen.add(clause.fact)
                yield clause.fact
                if clause.fact in self.derived:
                    waiting.extend(self.derived[clause.fact].clauses)


def _put_why(
    pathway: Pathway, decision: Decision, explanation: Explanation, *, everything: bool
) -> None:
    ground = Ground.of(explanation, pathway)
    rows = list(explanation.rows)
    answering = rows.pop() if rows and decision.route.reason != NO_ROUTE else None
    if answering is not None:
        heading("Why: the row that answers")
        put_row(answering, ground)
        put_sources(pathway, answering.source)
    if rows:
        heading("Rows read before it, from the top")
        for row in rows:
            put_row(row, ground)
    used = set(ground.under([answering.clause])) if answering and not everything else None
    derived = [item for name, item in ground.derived.items() if used is None or name in used]
    facts = [item for name, item in ground.facts.items() if used is None or name in used]
    _put_derived(pathway, derived, ground)
    _put_facts(pathway, facts)


def put_row(row: RowExplanation, ground: Ground) -> None:
    """One row: its rule, what it leads to, its result, and each clause with what was found."""
    source = f" [{', '.join(row.source)}]" if row.source else ""
    title = f"{row.title} -> {row.leads_to}" if row.title else row.leads_to
    put_found(f"{row.rule}", f"{_RESULTS[row.result]} - {title}{source}")
    put_clauses(row.clause, ground)


def put_clauses(clause: Clause, ground: Ground, *, indent: int = 6) -> None:
    """A condition as lines: result, needed, found with its date, status and source."""
    for depth, part in _lines(clause, 0):
        found = "" if part.clauses else _found(part, ground)
        needed = f"{titled(ground.pathway, part.needed)}{f' - found: {found}' if found else ''}"
        put_grid([(_RESULTS[part.result], needed)], indent=indent + 2 * depth)


def _lines(clause: Clause, depth: int) -> Iterator[tuple[int, Clause]]:
    yield depth, clause
    for part in clause.clauses:
        yield from _lines(part, depth + 1)


def _found(clause: Clause, ground: Ground) -> str:
    fact = ground.facts.get(clause.fact)
    told = titled(ground.pathway, clause.found)
    if fact is None:
        return told
    unit = unit_word(fact.unit) if clause.found == fact.found != "unknown" else ""
    origin = _origin(fact)
    return " ".join(part for part in (told, unit, f"({origin})" if origin else "") if part)


def _origin(fact: FactExplanation) -> str:
    return ", ".join(part for part in (fact.date, fact.status, fact.source, fact.note) if part)


def _put_derived(pathway: Pathway, derived: list[DerivedExplanation], ground: Ground) -> None:
    if not derived:
        return
    heading("Derived facts, and what gave them")
    for item in derived:
        source = f" [{', '.join(item.source)}]" if item.source else ""
        put_found(item.title, f"{titled(pathway, item.value)}{source}")
        for clause in item.clauses:
            if clause.truth is not False:
                put_clauses(clause, ground)


def _put_facts(pathway: Pathway, facts: list[FactExplanation]) -> None:
    if not facts:
        return
    heading("Facts it rests on")
    for fact in facts:
        unit = f" {unit_word(fact.unit)}" if unit_word(fact.unit) else ""
        told = titled(pathway, fact.found)
        found = told if fact.found == "unknown" else f"{told}{unit}"
        origin = _origin(fact) or f"supplied by {', '.join(fact.supplied_by)}"
        put_found(fact.fact, f"{words.fact_title(pathway, fact.fact)}: {found} - {origin}")


def put_sources(pathway: Pathway, names: Iterable[str]) -> None:
    """What the named sources and statements say: why a row matters."""
    for name in names:
        statement = pathway.statements.get(name)
        text = pathway.sources.get(name) or (statement.text if statement else "")
        if text:
            put_found(f"  {name}", " ".join(text.split()))


def put_review(pathway: Pathway, decision: Decision | None = None) -> None:
    """Which version answered, who reviewed it and until when, and what the answer is not."""
    review = pathway.reviewed
    reviewed = f"{review.by}, {words.day(review.on)}, expires {words.day(review.expires)}"
    if decision is not None and decision.explanation is not None:
        reviewed = decision.explanation.reviewed
    heading("About this answer")
    put_found("pathway", f"{pathway.title} {pathway.version}, hash {pathway.content_hash[:12]}")
    put_found("reviewed by", reviewed)
    for text in pathway.safety[:_SHOWN_SAFETY]:
        put_grid([(" ".join(text.split()),)], fixed=0)
