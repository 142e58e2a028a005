"""Whether a checkpoint was met, asked again with other records than those known at the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from workflow.checkpoints import Context, day_met, definitions
from workflow.civil_time import site_zone
from workflow.facts import FactRecord, FactSheet
from workflow.pathway import Checkpoint, Pathway
from workflow.reading import Position, evaluation
from workflow.records import CheckpointRecord, PathRecord
from workflow.rules import rules_of
from workflow.site_plan import SitePlan
from workflow.standing import standing_records


@dataclass(frozen=True, slots=True)
class Known:
    """Where a path stood at an instant, and what was, or would have been, known there."""

    path: PathRecord
    facts: tuple[FactRecord, ...]
    sheet: FactSheet
    now: datetime
    site: SitePlan | None


def definition_of_kept(
    pathway: Pathway, row: CheckpointRecord, site: SitePlan | None
) -> Checkpoint | None:
    """The declaration of a row that was closed long ago; None where this version has none."""
    kind, _, name = row.owner.partition(":")
    if name not in (pathway.states if kind == "state" else pathway.tracks):
        return None
    declared = definitions(rules_of(pathway), row.owner, site)
    return next((found for found in declared if found.id == row.checkpoint), None)


def day_met_as_known(
    pathway: Pathway, definition: Checkpoint, row: CheckpointRecord, known: Known
) -> date | None:
    """The day a checkpoint was met by these records, in the window it had; None: it was not."""
    path, sheet = known.path, known.sheet
    expected = (record for record in known.facts if record.fact in definition.expects)
    context = Context(
        rules=rules_of(pathway),
        path=path,
        standing=standing_records(pathway, expected, path.episode, sheet.as_of),
        sheet=sheet,
        ev=evaluation(sheet, Position(path.state, path.open_tracks, path.episode, path.line)),
        seq=path.version,
        now=known.now,
        zone=site_zone(path.settings),
        site=known.site,
    )
    return day_met(context, row, definition)
