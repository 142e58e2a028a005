"""The decisions in a path's history as a summary tells them: what was done, by whom, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from allpath import words
from workflow.found import Found
from workflow.overriding import REASONS
from workflow.records import JournalEntry

_KINDS: Final = ("step_", "override_")
Line = tuple[str, str, str, str]
"""The day, what was done, by whom, and why."""


def decisions(found: Found, entries: Iterable[JournalEntry]) -> Iterator[Line]:
    """Every step, override, refusal and undo, and what else moved the path; the newest first."""
    told = [entry for entry in entries if _is_decision(entry)]
    for entry in reversed(told):
        on = entry.effective_on or entry.at.astimezone(found.zone).date()
        yield words.day(on), _what(found, entry), _who(entry), _why(entry)


def _is_decision(entry: JournalEntry) -> bool:
    return (
        entry.kind.startswith(_KINDS)
        or entry.state_from != entry.state_to
        or "variance" in entry.detail
    )


def _what(found: Found, entry: JournalEntry) -> str:
    kind = entry.kind.replace("_", " ").capitalize()
    title = words.state(found.pathway, entry.state_to)
    if not entry.state_from:
        about = f"in {title}"
    elif entry.state_from != entry.state_to:
        about = f"{words.state(found.pathway, entry.state_from)} to {title}"
    else:
        name, _, part = str(entry.detail.get("step") or entry.track).partition(":")
        about = f"{words.state(found.pathway, name)} {part}".strip()
    option = f" with {words.option_title(found.pathway, entry.option)}" if entry.option else ""
    return f"{kind}: {about}{option}"


def _who(entry: JournalEntry) -> str:
    first = entry.detail.get("first")
    return f"{first}; {entry.actor} ({entry.role})" if first else f"{entry.actor} ({entry.role})"


def _why(entry: JournalEntry) -> str:
    code = str(entry.detail.get("variance", ""))
    parts = [
        f"against the recommendation: {REASONS.get(code, code)}" if code else "",
        f"rule {entry.rule}" if entry.rule else "",
        entry.reason,
        entry.note,
    ]
    return "; ".join(part for part in parts if part) or "Not recorded"
