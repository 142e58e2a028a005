"""Before a meeting: what is known of a patient and what is not, and who is on no agenda at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from workflow.found import Found
from workflow.mdt import DEFER, AgendaItem, MdtDecision, Meeting, last_decision

AskedStatus = Literal["known", "unknown", "out of date"]
_ABOUT_MDT: Final = re.compile(r"\bMDT\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact that the pathway asks for here: whether it is known, and who supplies it.

    `is_needed` says that the answer of the pathway waits for it; `note` why it does not count.
    """

    fact: str
    status: AskedStatus
    supplied_by: tuple[str, ...]
    on: date | None
    note: str
    is_needed: bool


Standing = Literal["on no agenda", "on an agenda", "not decided", "decided"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How a patient stands whom the pathway sends to the MDT.

    `not decided` is whoever was on the agenda of a meeting that is over, with no decision kept;
    `decided` whoever has one, made in this state, that nobody has acted on yet.
    """

    standing: Standing
    item: AgendaItem | None


def completeness(found: Found) -> tuple[Asked, ...]:
    """Every fact that is asked for before a meeting: what is needed and not known comes first."""
    pathway, state, sheet = found.pathway, found.case.path.state, found.sheet()
    missing = set(found.decision().missing)
    about = set(mdt_facts(found))
    names = [n for n, fact in pathway.facts.items() if state in fact.asked_in or n in missing]
    asked = []
    for name in names:
        if name in about:
            continue
        record, note = sheet.records.get(name), sheet.notes.get(name, "")
        status: AskedStatus = "known" if name in sheet.values else "unknown"
        if record is not None and note:
            status = "out of date"
        supplied_by = pathway.facts[name].supplied_by
        on = record.effective_at if record else None
        asked.append(Asked(name, status, supplied_by, on, note, name in missing))
    return tuple(sorted(asked, key=lambda each: (not each.is_needed, each.status == "known")))


def mdt_facts(found: Found) -> tuple[str, ...]:
    """The facts of this state that a meeting itself supplies: that it was held, what it decided.

    The pathway's authors name the MDT in the title of such a fact.
    """
    state = found.case.path.state
    return tuple(
        name
        for name, fact in found.pathway.facts.items()
        if state in fact.asked_in
        and fact.type in {"event", "one_of"}
        and _ABOUT_MDT.search(fact.title)
    )


def waiting(found: Found, items: Sequence[AgendaItem], meetings: dict[str, Meeting]) -> Waiting:
    """How a patient stands whom the pathway sends to the MDT now."""
    still_open = [item for item in items if item.is_open]
    coming = [item for item in still_open if meetings[item.meeting_id].held_on >= found.today]
    if coming:
        return Waiting("on an agenda", min(coming, key=lambda i: meetings[i.meeting_id].held_on))
    if still_open:
        return Waiting("not decided", still_open[-1])
    decision = last_decision(items)
    if (
        decision is not None
        and decision.choice != DEFER
        and is_of_this_stay(found, decision, meetings[decision.meeting_id])
    ):
        item = next(item for item in items if item.decision is decision)
        return Waiting("decided", item)
    return Waiting("on no agenda", None)


def is_of_this_stay(found: Found, decision: MdtDecision, meeting: Meeting) -> bool:
    """Whether a decision was made about the state the patient is in, during this stay in it.

    A decision of an earlier meeting that is put right later does not become one about today.
    """
    path = found.case.path
    return (
        decision.state == path.state
        and decision.version >= path.since.get("state", 0)
        and meeting.held_on >= path.entered["main"]
    )
