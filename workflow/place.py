"""Where a path stands on the worklist, in a few numbers that a database can sort and count by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:  # what a commit writes has a place, so its module needs this one
    from workflow.records import CheckpointRecord, PathRecord

Bucket = Literal["overdue", "no next step", "due", "open", "quiet"]
BUCKETS: Final[tuple[Bucket, ...]] = ("overdue", "no next step", "due", "open", "quiet")
"""How pressing a path can be, the most pressing first; each living path is in exactly one."""


@dataclass(frozen=True, slots=True)
class Place:
    """What of a path and its live checkpoints says how pressing it is, at any later instant.

    `due_at` and `overdue_at` are those of the checkpoint to see to; None: nothing is expected by
    any date. Until `quiet_until` somebody wanted nobody to be reminded. On a path that `is_ended`
    nothing more is expected: its state is final, or it was merged into another.
    """

    is_ended: bool = False
    due_at: datetime | None = None
    overdue_at: datetime | None = None
    quiet_until: datetime | None = None

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


def place_of(
    path: PathRecord, live: Iterable[CheckpointRecord], now: datetime, *, is_ended: bool
) -> Place:
    """The place of a path with these live checkpoints, written with every change of it.

    When a checkpoint that was put off is to be seen to again, the path is looked at and its place
    is written anew.
    """
    rows = sorted(live, key=pressing_key)
    if not rows:
        return Place(is_ended)
    put_off = [row for row in rows if row.is_put_off(now)]
    row = next((row for row in rows if row not in put_off), rows[0])
    until = [path.paused_until] if path.paused_until is not None else []
    if len(put_off) == len(rows):
        until.append(min(row.quiet_until for row in put_off if row.quiet_until is not None))
    overdue_at = min(row.overdue_at, now) if row.status == "escalated" else row.overdue_at
    return Place(is_ended, row.due_at, overdue_at, max(until, default=None))


def pressing_key(row: CheckpointRecord) -> tuple[datetime, datetime, str, int, int]:
    """Of the checkpoints of one path the most pressing comes first: first overdue, first due."""
    return row.overdue_at, row.due_at, row.checkpoint, row.opened_seq, row.occurrence


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which living paths of the worklist are asked for; all of them unless something is said.

    `sites`, `ids` and `keeper` None: any; an empty `keeper`: nobody looks after them. `due_from`
    and `due_before` bound when the checkpoint to see to is due, the end left out; a path without a
    next step is due at any time.
    """

    sites: tuple[str, ...] | None = None
    ids: frozenset[str] | None = None
    pathway_id: str = ""
    state: str = ""
    buckets: tuple[Bucket, ...] = BUCKETS
    due_from: datetime | None = None
    due_before: datetime | None = None
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
