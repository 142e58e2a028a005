"""What an MDT meeting decided and asked for, in the words people read."""

from __future__ import annotations

from datetime import date
from typing import Final

from allpath import words
from workflow.mdt import DEFER, NO_CHANGE, OTHER, MdtAction, MdtDecision, Meeting
from workflow.pathway import Pathway

CHOICES: Final = {
    DEFER: "Defer to a later meeting",
    NO_CHANGE: "No change: stay as it is",
    OTHER: "Something else, said in words",
}
_DID: Final = {
    DEFER: "deferred",
    NO_CHANGE: "decided on no change",
    OTHER: "decided on something that is no open step",
}


def choice(pathway: Pathway | None, key: str, option: str | None = None) -> str:
    """What may be chosen, in words: a step with its therapy, or what is no step."""
    if key in CHOICES:
        return CHOICES[key]
    track, _, target = key.partition(":")
    title = words.state(pathway, track) + (f", to be {target}" if target else "")
    if option is None or pathway is None:
        return title
    return f"{title} with {words.option_title(pathway, option)}"


def chose(pathway: Pathway | None, decision: MdtDecision, meeting: Meeting) -> str:
    """`MDT of 20-Nov-2026 chose Consolidation`, or what else it decided."""
    what = _DID.get(decision.choice)
    if what is None:
        what = f"chose {choice(pathway, decision.choice, decision.option)}"
    return f"MDT of {words.day(meeting.held_on)} {what}"


def standing(action: MdtAction, today: date) -> tuple[str, str]:
    """How an action stands, in a word and a colour: done, not done, late or open."""
    if action.is_done:
        return "Done", "green"
    if action.is_settled:
        return "Not done", "grey"
    if action.is_late(today):
        return f"Late {words.counted((today - action.due_on).days, 'day')}", "red"
    return "Open", "blue"
