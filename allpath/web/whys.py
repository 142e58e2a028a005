"""Why a step is proposed or not: each clause with what was needed, found, and who can supply it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from allpath import words
from workflow.conditions import Clause
from workflow.decide import Decision
from workflow.explanation import DerivedExplanation, Explanation
from workflow.found import Found
from workflow.leading import leading_to
from workflow.operands import unit_word
from workflow.steps import Step
from workflow.titles import title_of, titled
from workflow.values import NOT_APPLICABLE

RESULTS: Final = {"met": "Met", "not met": "Not met", "unknown": "Unknown"}
_FEW_RULES: Final = 4
"""So few rules of a derived fact are all shown, those that do not hold too."""
_MANY_LINES: Final = 12
"""A table of more lines is not read in ten seconds."""
DEEPEST: Final = 5
"""Clauses within clauses are moved to the right so many times at most."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a why-table."""

    depth: int
    needed: str
    found: str
    source: str
    result: str
    fact: str
    supplied_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """A rule, a guard or a derived fact, with its clauses."""

    title: str
    about: str
    result: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Answering:
    """The row that answers, with everything its answer rests on."""

    rule: str
    title: str
    leads_to: str
    source: tuple[str, ...]
    clauses: tuple[Line, ...]
    grounds: tuple[Why, ...]


def answering(found: Found, decision: Decision) -> Answering | None:
    """Why a decision came out as it did, clause by clause; None where no row was read."""
    explanation = decision.explanation
    if explanation is None or not explanation.rows:
        return None
    row = explanation.rows[-1]
    derived = {item.name: item for item in explanation.derived}
    clauses = tuple(lines(found, row.clause, derived))
    if len(clauses) > _MANY_LINES:  # what gave the derived facts is folded away below the table
        clauses = tuple(lines(found, row.clause))
    told = {line.fact for line in clauses}
    unasked = [fact for fact in decision.missing if fact not in told]
    leads_to = titled(found.pathway, words.state(found.pathway, row.leads_to))
    return Answering(
        row.rule,
        row.title or leads_to,
        leads_to,
        row.source,
        (*clauses, *missing(found, unasked)),
        grounds(found, explanation, row.clause),
    )


def lines(
    found: Found,
    clause: Clause,
    derived: Mapping[str, DerivedExplanation] | None = None,
    depth: int = 0,
) -> Iterator[Line]:
    """A condition as lines, its parts below it, and below a derived fact the rules that gave it."""
    declared = found.pathway.facts.get(clause.fact)
    yield Line(
        min(depth, DEEPEST),
        titled(found.pathway, clause.needed),
        "" if clause.clauses else _shown(found, clause),
        source(found, clause.fact),
        RESULTS[clause.result],
        clause.fact if declared else "",
        declared.supplied_by if declared else (),
    )
    item = (derived or {}).get(clause.fact)
    parts = clause.clauses or (item.clauses if item else ())
    for part in parts:
        if clause.clauses or part.truth is not False or len(parts) <= _FEW_RULES:
            yield from lines(found, part, derived if clause.clauses else None, depth + 1)


def missing(found: Found, facts: Iterable[str]) -> Iterator[Line]:
    """A line for each fact that is asked for and not known."""
    sheet = found.sheet()
    for fact in facts:
        declared = found.pathway.facts.get(fact)
        yield Line(
            0,
            words.fact_title(found.pathway, fact),
            "Not known" if fact in sheet.notes or fact in sheet.records else "Not recorded",
            source(found, fact),
            RESULTS["unknown"],
            fact,
            declared.supplied_by if declared else (),
        )


def source(found: Found, fact: str) -> str:
    """Where the value of a fact comes from: its day, status and source; why it may not count."""
    if fact not in found.pathway.facts:
        return "worked out from other facts" if fact in found.pathway.derived else ""
    sheet = found.sheet()
    record = sheet.records.get(fact)
    parts = [] if record is None else [words.day(record.effective_at), record.status, record.source]
    note = sheet.notes.get(fact, "")
    return ", ".join(part for part in (*parts, note) if part)


def grounds(found: Found, explanation: Explanation, clause: Clause) -> tuple[Why, ...]:
    """How each derived fact that a condition rests on came about, in the order of asking."""
    derived = {item.name: item for item in explanation.derived}
    return tuple(
        Why(
            item.title,
            titled(found.pathway, item.value),
            "",
            tuple(
                line
                for part in item.clauses
                if part.truth is not False
                for line in lines(found, part)
            ),
        )
        for item in _under(derived, clause)
    )


def against(found: Found, step: Step) -> tuple[Why, ...]:
    """Every rule that leads to a step and every guard before it, clause by clause."""
    return tuple(
        Why(
            item.title or item.rule,
            title_of(found.pathway, item.rule),
            RESULTS[item.condition.result],
            tuple(lines(found, item.condition)),
        )
        for item in leading_to(found, step)
    )


def _under(
    derived: Mapping[str, DerivedExplanation], clause: Clause
) -> Iterator[DerivedExplanation]:
    waiting, seen = [clause], set()
    while waiting:
        part = waiting.pop(0)
        waiting.extend(part.clauses)
        item = derived.get(part.fact)
        if item is not None and item.name not in seen:
            seen.add(item.name)
            waiting.extend(item.clauses)
            yield item


def _shown(found: Found, clause: Clause) -> str:
    """What was found, with its unit; the third answer is a word of its own."""
    if not clause.found and not clause.fact:
        return "nothing is asked"
    if clause.found in {"", "unknown"}:
        return "Not known"
    declared = found.pathway.facts.get(clause.fact)
    if declared is None or declared.unit in {"", "1"} or declared.type == "measurement":
        is_typed = declared is not None and declared.type in {"text", "event"}
        is_said = is_typed and clause.found != NOT_APPLICABLE
        return clause.found if is_said else titled(found.pathway, clause.found)
    return f"{clause.found} {unit_word(declared.unit)}".strip()
