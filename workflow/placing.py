"""Which place on the worklist a path has after an act, by its live checkpoints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from workflow.civil_time import site_zone
from workflow.place import Place
from workflow.records import CheckpointRecord, PathRecord


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
    due_on = row.due_at.astimezone(site_zone(path.settings)).date()
    return Place(is_ended, row.due_at, overdue_at, max(until, default=None), due_on)


def pressing_key(row: CheckpointRecord) -> tuple[datetime, datetime, str, int, int]:
    """Of the checkpoints of one path the most pressing comes first: first overdue, first due."""
    return row.overdue_at, row.due_at, row.checkpoint, row.opened_seq, row.occurrence
