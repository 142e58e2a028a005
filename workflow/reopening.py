"""The checkpoints of an undone step: which are expected again, and which no longer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from workflow.checkpoints import definitions, owners
from workflow.found import Found
from workflow.ladder import ladder, next_at
from workflow.records import (
    CheckpointRecord,
    CheckpointStatus,
    JournalEntry,
    PathRecord,
)
from workflow.redeciding import History
from workflow.retracing import (
    Stage,
)

_TOLD: Final[dict[str, CheckpointStatus]] = {
    "checkpoint_due": "due",
    "checkpoint_overdue": "overdue",
    "checkpoint_escalated": "escalated",
}


def reopened(
    found: Found, history: History, place: PathRecord, stages: Sequence[Stage], at: int
) -> Iterable[CheckpointRecord]:
    """The rows of the stay gone back to that ended because it was left: expected again."""
    since = owners_since(place, stages, at)
    told = {row.key: row for row in found.case.checkpoints}
    for row in history.checkpoints:
        if row.key in told or row.owner not in since:
            continue
        if not since[row.owner] <= row.opened_seq < at <= (row.closed_seq or 0):
            continue
        declared = definitions(found.rules, row.owner, found.site_plan)
        definition = next((item for item in declared if item.id == row.checkpoint), None)
        if definition is None:
            continue
        if row.status == "cancelled" or (row.status == "met" and not definition.expects):
            again = replace(
                row, status=_status(row, history.entries, found), closed_seq=None, met_on=None
            )
            steps = ladder(found.pathway, place, definition, found.site_plan)
            yield replace(again, next_at=next_at(again, steps))


def living_again(
    found: Found, history: History, path: PathRecord, seq: int
) -> Iterable[CheckpointRecord]:
    """The rows that this entry alone closed, expected as they were before it."""
    for row in history.checkpoints:
        if row.closed_seq != seq or row.status != "cancelled":
            continue
        declared = definitions(found.rules, row.owner, found.site_plan)
        definition = next((item for item in declared if item.id == row.checkpoint), None)
        if definition is not None:
            status = _status(row, history.entries, found)
            again = replace(row, status=status, closed_seq=None)
            yield replace(
                again,
                next_at=next_at(again, ladder(found.pathway, path, definition, found.site_plan)),
            )


def _status(
    row: CheckpointRecord, entries: Iterable[JournalEntry], found: Found
) -> CheckpointStatus:
    """How far the row had come: what was told stays told."""
    status: CheckpointStatus = "open" if row.opens_at <= found.now else "scheduled"
    for entry in entries:
        detail = entry.detail
        name = (detail.get("checkpoint"), detail.get("opened_seq"), detail.get("occurrence"))
        if name == (row.checkpoint, row.opened_seq, row.occurrence):
            status = _TOLD.get(entry.kind, status)
    return status


def cancelled(
    found: Found, place: PathRecord, stages: Sequence[Stage], at: int
) -> Iterable[CheckpointRecord]:
    """The live rows that belong to what is undone."""
    since = owners_since(place, stages, at)
    path = found.case.path
    for row in found.case.checkpoints:
        goes_on = row.owner.startswith("track:") and is_same_track(row.owner, path, stages, at)
        if row.owner not in since or (row.opened_seq >= at and not goes_on):
            yield row


def is_same_track(owner: str, path: PathRecord, stages: Sequence[Stage], at: int) -> bool:
    """Whether a track was open before the undone steps and never closed by one of them."""
    name = owner.partition(":")[2]
    return name in path.entered and not any(
        name in stage.before.entered and name not in stage.after.entered
        for stage in stages
        if stage.entry.seq >= at
    )


def owners_since(place: PathRecord, stages: Sequence[Stage], at: int) -> dict[str, int]:
    """Whose checkpoints run where the path goes back to, and from which entry on they ran."""
    since = dict.fromkeys(owners(place), 0)
    since[f"state:{place.state}"] = place.since.get("state", 0)
    for stage in stages:
        if stage.entry.seq < at:
            for name in stage.after.open_tracks:
                if name not in stage.before.entered and f"track:{name}" in since:
                    since[f"track:{name}"] = stage.entry.seq
    return since


def named(row: CheckpointRecord) -> str:
    """A row by its name, the entry that opened it, and its number: `C-RA-1/12/1`."""
    return f"{row.checkpoint}/{row.opened_seq}/{row.occurrence}"
