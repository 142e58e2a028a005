"""One step by itself: every row that leads to it and every invariant that guards it, explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allpath.answers import clause_answer
from allpath.cli.printing import heading, put_found
from allpath.cli.why import Ground, put_clauses, put_proposal, put_review
from workflow.decide import Decision
from workflow.found import Found
from workflow.leading import Leading, because, leading_to
from workflow.steps import Step


def put_leading_to(found: Found, decision: Decision, step: Step, rows: Sequence[Leading]) -> None:
    """The step's status, then each row that leads to it, clause by clause."""
    heading(f"Step {step.key}: {step.status}")
    more = "; two people sign" if step.two_person else ""
    put_found("because", f"{because(found, step)}{more}")
    put_proposal(found.pathway, decision)
    if rows:
        heading(f"Rows and invariants for {step.key}")
    ground = (
        Ground.of(decision.explanation, found.pathway) if decision.explanation else Ground({}, {})
    )
    for row in rows:
        put_found(row.rule, f"{row.condition.result.capitalize()} - {row.title}")
        put_clauses(row.condition, ground)
    put_review(found.pathway, decision)


def leading_answer(found: Found, step: Step) -> dict[str, Any]:
    """The rows that lead to a step, for programs."""
    return {
        "rows": [
            {
                "rule": row.rule,
                "title": row.title,
                "result": row.condition.result,
                "condition": clause_answer(row.condition),
            }
            for row in leading_to(found, step)
        ]
    }
