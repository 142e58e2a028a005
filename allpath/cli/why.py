"""The why-table: what is recommended, which rows were read, clause by clause, and on what facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from allpath import words
from allpath.cli.printing import heading, is_terminal, put, put_grid, screen
from workflow.conditions import Clause
from workflow.decide import Decision, Step
from workflow.explanation import Explanation, FactExplanation, RowExplanation
from workflow.pathway import Pathway

_NARROW: Final = 90
_SHOWN_SAFETY: Final = 2


def put_decision(
    pathway: Pathway, decision: Decision, *, active_set: str | None, safety: bool = True
) -> None:
    """The whole answer: proposal, missing facts, warnings, steps, timing and risk, and why."""
    put_proposal(pathway, decision)
    put_steps(pathway, decision.steps)
    _put_sets(decision, active_set)
    if decision.explanation is not None:
        _put_rows(pathway, decision, decision.explanation)
        _put_derived(decision.explanation)
        _put_facts(decision.explanation)
    put_review(pathway, decision, safety=safety)


def put_proposal(pathway: Pathway, decision: Decision) -> None:
    """What the pathway supports, by which rule; what is missing and who can supply it; warnings."""
    heading(words.route(pathway, decision))
    put(f"  rule {decision.rule or 'none'} of {pathway.id} {pathway.version}")
    if decision.route.option:
        put(f"  option {decision.route.option}")
    if decision.alternatives:
        titles = (words.option_title(pathway, option) for option in decision.alternatives)
        put(f"  alternatives: {'; '.join(titles)}")
    if decision.route.parallel:
        tracks = ", ".join(words.state(pathway, name) for name in decision.route.parallel)
        put(f"  beside it: {tracks}")
    if decision.missing:
        heading("Missing, and who can supply it")
        put_grid(
            (fact, words.fact_title(pathway, fact), ", ".join(who) or "not said")
            for fact, who in words.suppliers(pathway, decision.missing).items()
        )
    if decision.warnings:
        heading("Warnings")
        put_grid((code, " ".join(pathway.warnings[code].split())) for code in decision.warnings)


def put_steps(pathway: Pathway, steps: Iterable[Step]) -> None:
    """Every step out of the present state, and whether a person may confirm it now."""
    rows = []
    for step in steps:
        more = "; two people sign" if step.two_person else ""
        option = f" ({words.option_title(pathway, step.option)})" if step.option else ""
        rows.append((step.key, step.status, f"{step.because}{option}{more}"))
    if rows:
        heading("Steps")
        put_grid(rows, fixed=2)


def _put_sets(decision: Decision, active_set: str | None) -> None:
    if not decision.timing:
        return
    heading(f"Timing and risk by set (active: {active_set or 'none chosen'})")
    put_grid(
        [
            ("relapse site", decision.site or "unknown"),
            ("timing", _by_set(decision.timing.items(), active_set)),
            ("risk", _by_set(decision.risk.items(), active_set)),
        ]
    )
    known = {value for value in decision.timing.values() if value != "unknown"}
    if len(known) > 1:
        put("  The sets disagree on the timing; the active set decides.")


def _by_set(values: Iterable[tuple[str, str]], active_set: str | None) -> str:
    return ", ".join(
        f"{name} {value}{' (active)' if name == active_set else ''}" for name, value in values
    )


def _put_rows(pathway: Pathway, decision: Decision, explanation: Explanation) -> None:
    facts = {fact.fact: fact for fact in explanation.facts}
    heading("Why: the rows of the table, read from the top")
    for row in explanation.rows:
        put_row(row, facts, answers=row.rule == decision.rule and row is explanation.rows[-1])
    used = [name for row in explanation.rows[-1:] for name in row.source]
    texts = [(name, _source(pathway, name)) for name in used]
    if any(text for _, text in texts):
        heading("Why it matters")
        put_grid((name, text) for name, text in texts if text)


def put_row(row: RowExplanation, facts: dict[str, FactExplanation], *, answers: bool) -> None:
    """One row: its rule, what it leads to, its result, and each clause with what was found."""
    mark = "this row answers; " if answers else ""
    source = f" [{', '.join(row.source)}]" if row.source else ""
    title = row.title or row.row
    heading(f"  {row.rule}  {title} -> {row.leads_to or 'a warning'}: {mark}{row.result}{source}")
    put_clauses(row.clause, facts)


def put_clauses(clause: Clause, facts: dict[str, FactExplanation], *, indent: int = 4) -> None:
    """A condition as lines: result, needed, found with its date, status and source."""
    lines = list(_lines(clause, facts, 0))
    if is_terminal() and screen().width < _NARROW:
        for result, needed, found in lines:
            put_grid([(result, needed)], indent=indent)
            if found:
                put_grid([("found", found)], indent=indent + 4)
        return
    put_grid(lines, indent=indent)


def _lines(
    clause: Clause, facts: dict[str, FactExplanation], depth: int
) -> Iterator[tuple[str, str, str]]:
    needed = f"{'. ' * depth}{clause.needed}"
    yield clause.result, needed, "" if clause.clauses else _found(clause, facts)
    for part in clause.clauses:
        yield from _lines(part, facts, depth + 1)


def _found(clause: Clause, facts: dict[str, FactExplanation]) -> str:
    fact = facts.get(clause.fact)
    if fact is None:
        return clause.found
    return " - ".join(part for part in (clause.found, _origin(fact)) if part)


def _origin(fact: FactExplanation) -> str:
    parts = [fact.unit if fact.found != "unknown" else "", fact.date, fact.status, fact.source]
    return ", ".join(part for part in (*parts, fact.note) if part)


def _put_derived(explanation: Explanation) -> None:
    if not explanation.derived:
        return
    heading("Derived facts, and what gave them")
    facts = {fact.fact: fact for fact in explanation.facts}
    for derived in explanation.derived:
        put_grid([(derived.title, derived.value, ", ".join(derived.source))], fixed=0)
        for clause in derived.clauses:
            if clause.truth is not False:
                put_clauses(clause, facts)


def _put_facts(explanation: Explanation) -> None:
    if not explanation.facts:
        return
    heading("Facts looked at")
    put_grid(
        (
            fact.fact,
            " ".join(part for part in (fact.found, fact.unit) if part)
            if fact.found != "unknown"
            else "unknown",
            _origin(fact).removeprefix(f"{fact.unit}, ") or f"from {', '.join(fact.supplied_by)}",
        )
        for fact in explanation.facts
    )


def _source(pathway: Pathway, name: str) -> str:
    if name in pathway.sources:
        return " ".join(pathway.sources[name].split())
    statement = pathway.statements.get(name)
    return " ".join(statement.text.split()) if statement else ""


def put_review(pathway: Pathway, decision: Decision, *, safety: bool = True) -> None:
    """Which version answered, who reviewed it and until when, and what the answer is not."""
    reviewed = decision.explanation.reviewed if decision.explanation else ""
    if not reviewed:
        review = pathway.reviewed
        reviewed = f"{review.by}, {words.day(review.on)}, expires {words.day(review.expires)}"
    heading("About this answer")
    put(f"  {pathway.title} {pathway.version}, hash {decision.pathway_hash[:12]}")
    put(f"  Reviewed: {reviewed}")
    if safety:
        put(*(f"  {' '.join(text.split())}" for text in pathway.safety[:_SHOWN_SAFETY]))
