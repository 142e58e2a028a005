"""One step by itself: every row that leads to it and every invariant that guards it, explained."""

from __future__ import annotations

from typing import Any

from allpath.answers import clause_answer
from allpath.cli.printing import heading, put_found
from allpath.cli.why import Ground, put_clauses, put_proposal, put_review
from workflow.conditions import Clause
from workflow.decide import Decision
from workflow.found import Found
from workflow.reading import evaluation
from workflow.rules import Kind
from workflow.steps import Step


def rows_leading_to(found: Found, decision: Decision, step: Step) -> list[tuple[str, str, Clause]]:
    """Rule, title and explained condition of each row that leads to a step, and invariants."""
    ev = evaluation(found.sheet(found.today, found.now), found.position)
    rules = found.rules
    rows = [
        (row.rule, row.route.title, row.condition.explain(ev))
        for row in rules.rows[decision.state]
        if step.track == "main" and row.kind is Kind.GO and row.target == step.target
    ]
    closing = rules.track_closing.get(step.track)
    if closing is not None and step.target == "closed":
        rows.append((step.track, "its schedule is complete", closing.explain(ev)))
    options = set((step.option or "").split("|"))
    rows += [
        (invariant.id, f"{invariant.title} (invariant)", invariant.unless.explain(ev))
        for invariant in rules.invariants
        if options & invariant.options
        or (
            step.target in invariant.states
            and (not invariant.from_states or decision.state in invariant.from_states)
        )
    ]
    return rows


def put_leading_to(
    found: Found, decision: Decision, step: Step, rows: list[tuple[str, str, Clause]]
) -> None:
    """The step's status, then each row that leads to it, clause by clause."""
    heading(f"Step {step.key}: {step.status}")
    more = "; two people sign" if step.two_person else ""
    put_found("because", f"{step.because}{more}")
    put_proposal(found.pathway, decision)
    if rows:
        heading(f"Rows and invariants for {step.key}")
    ground = Ground.of(decision.explanation) if decision.explanation else Ground({}, {})
    for rule, title, clause in rows:
        put_found(rule, f"{clause.result.capitalize()} - {title}")
        put_clauses(clause, ground)
    put_review(found.pathway, decision)


def leading_answer(found: Found, decision: Decision, step: Step) -> dict[str, Any]:
    """The rows that lead to a step, for programs."""
    return {
        "rows": [
            {
                "rule": rule,
                "title": title,
                "result": clause.result,
                "condition": clause_answer(clause),
            }
            for rule, title, clause in rows_leading_to(found, decision, step)
        ]
    }
