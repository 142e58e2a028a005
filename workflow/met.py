"""Whether a checkpoint was met, asked again with other records than those known at the time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from workflow.checkpoints import Context, day_met, definitions
from workflow.civil_time import site_zone
from workflow.facts import FactRecord, FactSheet
from workflow.pathway import Pathway
from workflow.reading import Position, evaluation
from workflow.records import CheckpointRecord, PathRecord
from workflow.rules import rules_of
from workflow.site_plan import SitePlan
from workflow.standing import standing_records


def met_as_known(
    pathway: Pathway,
    path: PathRecord,
    row: CheckpointRecord,
    facts: Iterable[FactRecord],
    sheet: FactSheet,
    *,
    now: datetime,
    site: SitePlan | None,
) -> tuple[date | None, bool] | None:
    """The day the checkpoint was met by these records, and whether it expects any fact at all.

    `sheet` is what was known then. None: this version declares no such checkpoint.
    """
    rules = rules_of(pathway)
    kind, _, name = row.owner.partition(":")
    if name not in (pathway.states if kind == "state" else pathway.tracks):
        return None
    declared = definitions(rules, row.owner, site)
    definition = next((found for found in declared if found.id == row.checkpoint), None)
    if definition is None:
        return None
    position = Position(path.state, path.open_tracks, path.episode, path.line)
    context = Context(
        rules=rules,
        path=path,
        standing=standing_records(pathway, facts, path.episode, sheet.as_of),
        sheet=sheet,
        ev=evaluation(sheet, position),
        seq=path.version,
        now=now,
        zone=site_zone(path.settings),
        site=site,
    )
    return day_met(context, row, definition), bool(definition.expects)
