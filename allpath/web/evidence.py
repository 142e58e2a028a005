"""The evidence for a step at this moment: its rows and guards, clause by clause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from allpath import words
from workflow.conditions import Clause
from workflow.found import Found
from workflow.leading import leading_to, open_clauses
from workflow.steps import Step

RESULTS: Final = {"met": "Met", "not met": "Not met", "unknown": "Unknown"}


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One clause: what was needed, what was found and where, and what came of it."""

    depth: int
    needed: str
    found: str
    source: str
    result: str
    supplied_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A row that leads to the step, or an invariant that guards it."""

    rule: str
    title: str
    lines: tuple[EvidenceLine, ...]


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
        EvidenceRow(row.rule, row.title, tuple(_lines(found, row.condition, 0)))
        for row in leading_to(found, step)
    ]
    explanation = found.decision(explained=True).explanation
    answering = explanation.rows[-1] if explanation and explanation.rows else None
    if answering is not None and answering.rule not in {row.rule for row in rows}:
        title = f"What the pathway answers now: {answering.title or answering.leads_to}"
        lines = tuple(_lines(found, answering.clause, 0))
        rows.insert(0, EvidenceRow(answering.rule, title, lines))
    return tuple(rows)


def against(found: Found, step: Step) -> tuple[Against, ...]:
    """What is not met or unknown, as an override would freeze it."""
    return tuple(
        Against(row.rule, item["needed"], item["found"], RESULTS[item["result"]])
        for row in leading_to(found, step)
        for item in open_clauses(row.condition)
    )


def _lines(found: Found, clause: Clause, depth: int) -> Iterator[EvidenceLine]:
    declared = found.pathway.facts.get(clause.fact)
    yield EvidenceLine(
        depth,
        clause.needed,
        "See the parts below" if clause.clauses else clause.found or "Nothing is asked",
        _source(found, clause.fact),
        RESULTS[clause.result],
        declared.supplied_by if declared else (),
    )
    for part in clause.clauses:
        yield from _lines(found, part, depth + 1)


def _source(found: Found, fact: str) -> str:
    sheet = found.sheet()
    record = sheet.records.get(fact)
    parts = [] if record is None else [words.day(record.effective_at), record.status, record.source]
    note = sheet.notes.get(fact, "")
    told = ", ".join(part for part in (*parts, note) if part)
    return told or ("Not recorded" if fact in found.pathway.facts else "Worked out")
