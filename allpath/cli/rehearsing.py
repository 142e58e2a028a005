"""How a rehearsal reads: two answers side by side, and the clauses that make the difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from allpath import words
from allpath.answers import decision_answer
from allpath.cli.printing import heading, put, put_found
from workflow.comparing import Change, Flip
from workflow.decide import Decision


def put_change(before: Decision, after: Decision, change: Change | None) -> None:
    """Both answers, and what lies between them; or that nothing would change."""
    put_found("as it is", _answer(before))
    put_found("supposed", _answer(after))
    if change is None:
        put("Nothing would change: same route, option, tracks, warnings and missing facts.")
        return
    for label, (gained, lost) in (("warnings", change.warnings), ("missing", change.missing)):
        text = ", ".join([*(f"+ {name}" for name in gained), *(f"- {name}" for name in lost)])
        if text:
            put_found(label, text)
    if change.steps:
        heading("Steps that would stand otherwise")
        for key, old, new in change.steps:
            put_found(key, f"{old or 'not there'} -> {new or 'not there'}")
    if change.flips:
        heading("Clauses that come out otherwise")
        for flip in change.flips:
            put_found(flip.row, flip_text(flip))


def _answer(decision: Decision) -> str:
    return f"{words.route(decision.pathway, decision)} (rule {decision.rule or 'none'})"


def flip_text(flip: Flip) -> str:
    """One clause before and after: `needed: met -> not met (found ..., was ...)`."""
    one, other = flip.before, flip.after
    asked = other.needed
    if one.needed != other.needed:
        asked = f"{one.needed}, now {other.needed}"
    found = f"found {other.found}" if other.found else ""
    if one.found != other.found:
        found = f"found {one.found or 'nothing'}, now {other.found or 'nothing'}"
    return f"{asked}: {one.result} -> {other.result}" + (f" ({found})" if found else "")


def because(change: Change) -> str:
    """Why an answer changes, in one line: the rules, and the first clause that turned."""
    rules = f"{change.before.rule or 'none'} -> {change.after.rule or 'none'}"
    flips = change.flips
    return f"{rules}; {flip_text(flips[0])}" if flips else rules


def change_answer(change: Change | None) -> dict[str, Any] | None:
    """A change for programs; None where nothing changes."""
    if change is None:
        return None
    warnings, missing = change.warnings, change.missing
    return {
        "kind": change.kind,
        "before": decision_answer(change.before),
        "after": decision_answer(change.after),
        "warnings": {"gained": list(warnings[0]), "lost": list(warnings[1])},
        "missing": {"gained": list(missing[0]), "lost": list(missing[1])},
        "steps": [
            {"step": key, "before": old or None, "after": new or None}
            for key, old, new in change.steps
        ],
        "clauses": list(_clauses(change.flips)),
    }


def _clauses(flips: Iterable[Flip]) -> Iterator[dict[str, str]]:
    for flip in flips:
        yield {
            "row": flip.row,
            "needed_before": flip.before.needed,
            "needed_after": flip.after.needed,
            "found_before": flip.before.found,
            "found_after": flip.after.found,
            "before": flip.before.result,
            "after": flip.after.result,
        }
