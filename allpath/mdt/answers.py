"""Meetings and agenda items as plain content, for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workflow.mdt import AgendaItem, MdtAction, Meeting


def meeting_answer(meeting: Meeting, items: Iterable[AgendaItem]) -> dict[str, Any]:
    """A meeting, with how many patients are on its agenda and how many were not decided about."""
    mine = [item for item in items if item.meeting_id == meeting.meeting_id]
    return {
        "meeting": meeting.meeting_id,
        "held_on": meeting.held_on.isoformat(),
        "title": meeting.title,
        "site": meeting.site,
        "patients": sum(item.taken_off is None for item in mine),
        "undecided": sum(item.is_open for item in mine),
    }


def item_answer(item: AgendaItem) -> dict[str, Any]:
    """A patient on an agenda: the question, every decision, and every action."""
    return {
        "path_id": item.path_id,
        "item": item.seq,
        "question": item.question,
        "by": item.by,
        "brought_from": item.origin or None,
        "taken_off": item.taken_off.content["reason"] if item.taken_off else None,
        "decisions": [
            {
                "entry": decision.seq,
                "choice": decision.choice,
                "option": decision.option,
                "state": decision.state,
                "in_words": decision.in_words,
                "rationale": decision.rationale,
                "by": decision.by,
                "at": decision.at.isoformat(),
            }
            for decision in item.decisions
        ],
        "actions": [_action(action) for action in item.actions],
    }


def _action(action: MdtAction) -> dict[str, Any]:
    return {
        "action": action.seq,
        "what": action.what,
        "owner": action.owner,
        "due_on": action.due_on.isoformat(),
        "is_done": action.is_done if action.is_settled else None,
        "outcomes": [{"is_done": o.is_done, "note": o.note, "by": o.by} for o in action.outcomes],
    }
