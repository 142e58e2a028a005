"""Emergency access as the audit page shows it: who, whom, why, until when, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allpath.web.pages import Visit
from allpath.web.visiting import is_visible
from workflow.emergency import FINDINGS, REASONS, EmergencyAccess

_TAGS: Final = {"justified": "green", "not_justified": "red", "unclear": "yellow"}


@dataclass(frozen=True, slots=True)
class EmergencyLine:
    """One access; `reviewed_by` is empty until somebody has looked at it."""

    access_id: str
    path_id: str
    who: str
    reason: str
    note: str
    begun_at: datetime
    until: datetime
    word: str
    tag: str
    reviewed_by: str
    reviewed_at: datetime
    finding: str
    finding_tag: str
    finding_note: str


def emergencies_of(visit: Visit) -> Sequence[EmergencyLine]:
    """Every access to patients whom whoever asks may see, the latest first."""
    store = visit.allpath.store
    return [
        line_of(access, visit.now)
        for access in store.emergencies.every()
        if is_visible(visit, store.case(access.begun.path_id).path)
    ]


def line_of(access: EmergencyAccess, now: datetime) -> EmergencyLine:
    """An access in words."""
    begun, reviewed = access.begun, access.reviewed
    word, tag = ("Open now", "red") if access.is_open(now) else ("Over", "grey")
    if access.ended is not None:
        word = "Ended early"
    return EmergencyLine(
        access_id=begun.access_id,
        path_id=begun.path_id,
        who=f"{begun.by} ({begun.role}, user {begun.account})",
        reason=REASONS.get(begun.code, begun.code),
        note=begun.note,
        begun_at=begun.at,
        until=access.until,
        word=word,
        tag=tag,
        reviewed_by=f"{reviewed.by} ({reviewed.role})" if reviewed else "",
        reviewed_at=reviewed.at if reviewed else begun.at,
        finding=FINDINGS.get(reviewed.code, reviewed.code) if reviewed else "",
        finding_tag=_TAGS.get(reviewed.code, "grey") if reviewed else "",
        finding_note=reviewed.note if reviewed else "",
    )
