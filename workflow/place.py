"""Where a path stands on the worklist, in a few numbers that a database can sort and count by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

Bucket = Literal["overdue", "no next step", "due", "open", "quiet"]
BUCKETS: Final[tuple[Bucket, ...]] = ("overdue", "no next step", "due", "open", "quiet")
"""How pressing a path can be, the most pressing first; each living path is in exactly one."""


@dataclass(frozen=True, slots=True)
class Place:
    """What of a path and its live checkpoints says how pressing it is, at any later instant.

    `due_at` and `overdue_at` are those of the checkpoint to see to; None: nothing is expected by
    any date. `due_on` is the day of `due_at` by the calendar of the patient's site. Until
    `quiet_until` somebody wanted nobody to be reminded. On a path that `is_ended` nothing more is
    expected: its state is final, or it was merged into another.
    """

    is_ended: bool = False
    due_at: datetime | None = None
    overdue_at: datetime | None = None
    quiet_until: datetime | None = None
    due_on: date | None = None

    def bucket(self, now: datetime) -> Bucket:
        """How pressing it is at an instant, while it has not ended."""
        if self.due_at is None or self.overdue_at is None:
            return "no next step"
        if self.quiet_until is not None and now < self.quiet_until:
            return "quiet"
        if self.overdue_at <= now:
            return "overdue"
        return "due" if self.due_at <= now else "open"


NEW: Final = Place()
"""A path of which nothing is known yet: it stands among those without a next step."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which living paths of the worklist are asked for; all of them unless something is said.

    `sites`, `ids` and `keeper` None: any; an empty `keeper`: nobody looks after them. The
    checkpoint to see to is due by the day `due_by` at the latest, as the calendar of the patient's
    site has it; a path without a next step is due by any day.
    """

    sites: tuple[str, ...] | None = None
    ids: frozenset[str] | None = None
    pathway_id: str = ""
    state: str = ""
    buckets: tuple[Bucket, ...] = BUCKETS
    due_by: date | None = None
    keeper: str | None = None


@dataclass(frozen=True, slots=True)
class Headcount:
    """Every path there is, once: those with something to come, the ended ones and the merged."""

    living: int
    final: int
    merged: int

    @property
    def total(self) -> int:
        """Everybody."""
        return self.living + self.final + self.merged
