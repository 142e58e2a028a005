"""The evidence for a step at this moment: its rows and guards, clause by clause."""

from __future__ import annotations

from dataclasses import dataclass

from allpath.web.whys import RESULTS, Line, lines
from workflow.found import Found
from workflow.leading import leading_to, open_clauses
from workflow.steps import Step


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A row that leads to the step, or an invariant that guards it."""

    rule: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Against:
    """One clause that keeps a step from being open: not met, or unknown."""

    rule: str
    needed: str
    found: str
    result: str


def evidence(found: Found, step: Step) -> tuple[EvidenceRow, ...]:
    """The row that answers now, then everything the pathway asks for the step."""
    rows = [
        EvidenceRow(row.rule, row.title, tuple(lines(found, row.condition)))
        for row in leading_to(found, step)
    ]
    explanation = found.decision(explained=True).explanation
    answering = explanation.rows[-1] if explanation and explanation.rows else None
    if answering is not None and answering.rule not in {row.rule for row in rows}:
        title = f"What the pathway answers now: {answering.title or answering.leads_to}"
        rows.insert(0, EvidenceRow(answering.rule, title, tuple(lines(found, answering.clause))))
    return tuple(rows)


def against(found: Found, step: Step) -> tuple[Against, ...]:
    """What is not met or unknown, as an override would freeze it."""
    return tuple(
        Against(row.rule, item["needed"], item["found"], RESULTS[item["result"]])
        for row in leading_to(found, step)
        for item in open_clauses(row.condition)
    )
