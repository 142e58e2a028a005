"""Access to one patient of another site in an emergency, as records: begun, ended, looked at.

Nothing here reads or writes. How long an access lasts is a setting of the installation: that number
is operational, and no clinical one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from workflow.canonical import canonical
from workflow.records import Notice

OPENED: Final = "emergency_access"
"""The topic of the notices that tell of it."""
TOLD: Final = ("lead", "auditor")
"""Who is told at once, in these roles at the patient's site."""
SHORTEST_NOTE: Final = 20
EMERGENCY_KINDS: Final = ("begun", "ended", "reviewed")
Kind = Literal["begun", "ended", "reviewed"]
REASONS: Final = {
    "life_threatening": "Danger to life now",
    "on_call": "On call for the other site",
    "arrived": "The patient has come to us",
    "other": "Another emergency",
}
FINDINGS: Final = {
    "justified": "Justified",
    "not_justified": "Not justified",
    "unclear": "Cannot be told",
}


@dataclass(frozen=True, slots=True)
class EmergencyEntry:
    """One record of an access: it began, it was ended early, or somebody looked at it afterwards.

    `code` is the reason of the first and the finding of the last; `until` is when the access ends
    by itself. `account` is who had it, `by` who wrote this record.
    """

    access_id: str
    kind: Kind
    path_id: str
    account: str
    by: str
    role: str
    code: str
    note: str
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class EmergencyAccess:
    """One access as it stands: how it began and, once they are there, its end and its review."""

    begun: EmergencyEntry
    ended: EmergencyEntry | None = None
    reviewed: EmergencyEntry | None = None

    @property
    def until(self) -> datetime:
        """When it ended or is to end."""
        return min(self.ended.at, self.begun.until) if self.ended else self.begun.until

    def is_open(self, now: datetime) -> bool:
        """Whether the patient may be seen under it."""
        return self.begun.at <= now < self.until


def accesses(entries: list[EmergencyEntry]) -> tuple[EmergencyAccess, ...]:
    """The accesses that these records make up, the latest first."""
    found: dict[str, dict[str, EmergencyEntry]] = {}
    for entry in entries:
        found.setdefault(entry.access_id, {})[entry.kind] = entry
    made = [
        EmergencyAccess(kinds["begun"], kinds.get("ended"), kinds.get("reviewed"))
        for kinds in found.values()
        if "begun" in kinds
    ]
    return tuple(sorted(made, key=lambda access: access.begun.at, reverse=True))


def alarms(begun: EmergencyEntry, version: int) -> tuple[Notice, ...]:
    """What is told at once of an access; no name and no text that somebody typed."""
    body = canonical({"path_id": begun.path_id, "access": begun.access_id})
    return tuple(
        Notice(
            notice_id=f"{begun.access_id}/{role}",
            path_id=begun.path_id,
            seq=version,
            topic=OPENED,
            to_role=role,
            body=body,
            created_at=begun.at,
        )
        for role in TOLD
    )
