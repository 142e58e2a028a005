"""What undoing a step brings with it, in words, said before anybody signs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from allpath import words
from allpath.cli.banner import checkpoint_title
from allpath.recorded import recorded
from allpath.reviews import about
from workflow.found import Found
from workflow.retracing import step_key
from workflow.undoing import Consequences


@dataclass(frozen=True, slots=True)
class Brought:
    """The consequences of an undo: where the path goes back to, and what goes with it."""

    entry: int
    back_to: str
    since: date
    undone: tuple[str, ...]
    reopened: tuple[str, ...]
    cancelled: tuple[str, ...]
    voided: tuple[str, ...]
    reviews: tuple[str, ...]
    two_person: bool


def brought(found: Found, what: Consequences) -> Brought:
    """The same as the command line tells, for a page."""
    pathway, zone = found.pathway, found.zone
    return Brought(
        entry=what.target.seq,
        back_to=words.state(pathway, what.place.state),
        since=what.place.entered["main"],
        undone=tuple(
            f"{words.state(pathway, step_key(entry).partition(':')[0])}, "
            f"{words.day(entry.effective_on)}, by {entry.actor} (entry {entry.seq})"
            for entry in what.undone
        ),
        reopened=tuple(
            f"{checkpoint_title(pathway, row)}, {words.due(row, found.now, zone)}"
            for row in what.reopened
        ),
        cancelled=tuple(checkpoint_title(pathway, row) for row in what.cancelled),
        voided=tuple(
            f"{words.fact_title(pathway, record.fact)} = {recorded(pathway, record)}"
            for record in what.voided
        ),
        reviews=tuple(about(item, pathway) for item in what.reviews),
        two_person=what.two_person,
    )
