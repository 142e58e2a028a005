"""A pause of a patient's reminders, as the pages tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allpath import words
from workflow.found import Found
from workflow.records import JournalEntry


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause that runs: until when, of what, by whom since when, and why."""

    until: str
    of: str
    by: str
    since: str
    reason: str


def pause_of(found: Found, entries: Sequence[JournalEntry]) -> Pause | None:
    """The pause that runs on a path, as the history tells it; None where none does."""
    path = found.case.path
    if path.paused_until is None or path.paused_until <= found.now:
        return None
    entry = next(each for each in reversed(entries) if each.kind == "reminders_paused")
    return Pause(
        until=words.day(path.paused_until.astimezone(found.zone).date()),
        of="everything"
        if path.paused == "all"
        else "what is organised; what rests on evidence is still told",
        by=f"{entry.actor} ({entry.role})",
        since=words.minute(entry.at, found.zone),
        reason=entry.reason,
    )
