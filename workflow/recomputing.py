"""Stored checkpoints and the zone data at hand: which no longer agree, and what they should be.

A row keeps its rule beside its instants. When a government moves a clock change, or a path moves to
another time zone, the rule gives other instants than those stored. They are computed again, once,
and the journal says so. What was already told stays told: a checkpoint that was due stays due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from workflow.act import Act
from workflow.checkpoints import definition_of, next_at
from workflow.civil_time import site_zone
from workflow.errors import AllpathError
from workflow.pathway import Checkpoint, Pathway
from workflow.records import CheckpointRecord, PathRecord, iso
from workflow.rules import rules_of
from workflow.windows import Window, window_again


@dataclass(frozen=True, slots=True)
class Agreement:
    """How live checkpoints stand to the zone data: the rows that disagree, as they are stored.

    `unread` names the paths whose rows could not be computed here: their pathway version, or their
    time zone, is not at hand.
    """

    disagreeing: tuple[CheckpointRecord, ...]
    unread: tuple[str, ...]


def recomputed(row: CheckpointRecord, definition: Checkpoint, zone: ZoneInfo) -> CheckpointRecord:
    """The live row as its rule wants it in this zone; the same row where the two agree."""
    found = window_again(row, definition, zone)
    if found == Window(row.opens_at, row.due_at, row.overdue_at, row.due_rule):
        return row
    moved = replace(
        row,
        opens_at=found.opens_at,
        due_at=found.due_at,
        overdue_at=found.overdue_at,
        due_rule=found.due_rule,
    )
    return replace(moved, next_at=next_at(moved, definition))


def agreement(
    paths: Iterable[PathRecord],
    live: Iterable[CheckpointRecord],
    pathway_of: Callable[[str], Pathway],
) -> Agreement:
    """Which of the live rows disagree with the zone data; rows of other paths are passed over."""
    of = {path.path_id: path for path in paths}
    disagreeing: list[CheckpointRecord] = []
    unread: set[str] = set()
    for row in live:
        path = of.get(row.path_id)
        if path is None:  # enrolled between the two readings
            continue
        try:
            pathway, zone = pathway_of(path.pathway_id), site_zone(path.settings)
        except AllpathError:
            unread.add(path.path_id)
            continue
        if pathway.content_hash != path.pathway_hash:
            unread.add(path.path_id)
        elif recomputed(row, definition_of(rules_of(pathway), row), zone) != row:
            disagreeing.append(row)
    return Agreement(tuple(disagreeing), tuple(sorted(unread)))


def recompute(act: Act) -> None:
    """The act's live checkpoints agree with the zone data; one journal entry tells of them all."""
    zone, rules = site_zone(act.path.settings), act.found.rules
    pairs = [(row, recomputed(row, definition_of(rules, row), zone)) for row in act.live_rows()]
    moved = [(old, new) for old, new in pairs if new != old]
    if moved:
        act.put(new for _, new in moved)
        detail = {"checkpoints": [_change(old, new) for old, new in moved]}
        act.write("checkpoint_recomputed", detail=detail)


def _change(old: CheckpointRecord, new: CheckpointRecord) -> dict[str, Any]:
    return {
        "checkpoint": old.checkpoint,
        "opened_seq": old.opened_seq,
        "occurrence": old.occurrence,
        "before": _told(old),
        "after": _told(new),
    }


def _told(row: CheckpointRecord) -> dict[str, str]:
    return {
        "opens_at": iso(row.opens_at),
        "due_at": iso(row.due_at),
        "overdue_at": iso(row.overdue_at),
        "due_rule": row.due_rule,
    }
