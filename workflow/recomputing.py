"""Stored checkpoints and the zone data at hand: which no longer agree, and made to agree.

A row keeps its rule beside its instants. When a government moves a clock change, or a path moves to
another time zone, the rule gives other instants than those stored. They are computed again, once,
and the journal says so. What was already told stays told: a checkpoint that was due stays due.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from workflow.act import Act
from workflow.checkpoints import definition_of
from workflow.civil_time import site_zone
from workflow.errors import RefusedError
from workflow.ladder import ladder, next_at
from workflow.records import CheckpointRecord, PathRecord, iso
from workflow.windows import Window, window_again


@dataclass(frozen=True, slots=True)
class Agreement:
    """How live checkpoints stand to the zone data: the rows that disagree, as they are stored.

    `unread` names the paths that nobody can answer for: their time zone is not at hand, or a rule
    cannot be read.
    """

    disagreeing: tuple[CheckpointRecord, ...]
    unread: tuple[str, ...]


def agreement(paths: Iterable[PathRecord], live: Iterable[CheckpointRecord]) -> Agreement:
    """Which of the live rows disagree with the zone data; rows of other paths are passed over."""
    settings = {path.path_id: path.settings for path in paths}
    disagreeing: list[CheckpointRecord] = []
    unread: set[str] = set()
    for row in live:
        if row.path_id not in settings:  # enrolled between the two readings
            continue
        try:
            found = window_again(row, site_zone(settings[row.path_id]))
        except RefusedError:
            found = None
        if found is None:
            unread.add(row.path_id)
        elif found != Window.of(row):
            disagreeing.append(row)
    return Agreement(tuple(disagreeing), tuple(sorted(unread)))


def recompute(act: Act) -> None:
    """The act's live checkpoints agree with the zone data; one journal entry tells of them all.

    One whose rule cannot be read stays as it is: it is still due, and nobody is forgotten.
    """
    zone = site_zone(act.path.settings)
    told: list[dict[str, Any]] = []
    for row in act.live_rows():
        before, after = Window.of(row), window_again(row, zone)
        if after is None or after == before:
            continue
        moved = replace(row, **asdict(after))
        definition = definition_of(act.found.rules, row, act.found.site_plan)
        steps = ladder(act.found.pathway, act.path, definition, act.found.site_plan)
        act.put([replace(moved, next_at=next_at(moved, steps))])
        told.append(
            {
                "checkpoint": row.checkpoint,
                "opened_seq": row.opened_seq,
                "occurrence": row.occurrence,
                "before": _plain(before),
                "after": _plain(after),
            }
        )
    if told:
        act.write("checkpoint_recomputed", detail={"recomputed": told})


def _plain(window: Window) -> dict[str, str]:
    return {
        "opens_at": iso(window.opens_at),
        "due_at": iso(window.due_at),
        "overdue_at": iso(window.overdue_at),
        "due_rule": window.due_rule,
    }
