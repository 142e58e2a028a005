"""What was known at an entry of the history, and what we know today about the same moment.

Hindsight puts the corrected value in the place of the one that counted then. For a confirmed step
it also adds what was recorded later for a day before the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from workflow.decide import Decision, decide
from workflow.facts import FactRecord, FactSheet, sheet_from_records
from workflow.pathway import Pathway
from workflow.reading import Position
from workflow.records import PathRecord


def known_before(facts: Iterable[FactRecord], seq: int) -> tuple[FactRecord, ...]:
    """The records that were there before the journal entry `seq`."""
    return tuple(record for record in facts if record.seq < seq)


def in_hindsight(
    facts: Sequence[FactRecord], seq: int, late_before: date | None = None
) -> tuple[FactRecord, ...]:
    """What counted before entry `seq`, with the values that stand today.

    `late_before` adds what was recorded later for an earlier day than that; None: nothing.
    """
    following = successors(facts)
    known = known_before(facts, seq)
    replaced = {record.supersedes for record in known}
    seen = [_as_it_stands(r, following) for r in known if r.record_id not in replaced]
    if late_before is not None:
        later = (r for r in facts if r.seq >= seq and not r.supersedes)
        late = (_as_it_stands(record, following) for record in later)
        seen += [record for record in late if record.effective_at < late_before]
    return tuple(seen)


def successors(facts: Iterable[FactRecord]) -> Mapping[str, FactRecord]:
    """The record that corrects each corrected one, by its id."""
    return {record.supersedes: record for record in facts if record.supersedes}


def origin(record: FactRecord, by_id: Mapping[str, FactRecord]) -> FactRecord:
    """The record that was corrected first, of which this one is the latest correction."""
    while record.supersedes and record.supersedes in by_id:
        record = by_id[record.supersedes]
    return record


def _as_it_stands(record: FactRecord, following: Mapping[str, FactRecord]) -> FactRecord:
    """The record in its own place in time, with the value, day and status that stand today."""
    last = record
    while last.record_id in following:
        last = following[last.record_id]
    if last is record:
        return record
    return record._replace(value=last.value, effective_at=last.effective_at, status=last.status)


def sheet_at(
    pathway: Pathway, path: PathRecord, facts: Iterable[FactRecord], as_of: date
) -> FactSheet:
    """The sheet of a path standing there, from these records; nothing is remembered for it."""
    since = {"state": (path.entered["main"], path.since.get("state", 0))}
    if "line" in path.entered:
        since["line"] = (path.entered["line"], path.since.get("line", 0))
    return sheet_from_records(
        pathway,
        facts,
        settings={name: path.settings.get(name) for name in pathway.settings},
        state=path.state,
        episode=path.episode,
        since=since,
        as_of=as_of,
    )


def decision_at(
    pathway: Pathway,
    path: PathRecord,
    facts: Iterable[FactRecord],
    as_of: date,
    *,
    explained: bool = False,
) -> Decision:
    """What was, or would have been, recommended there on that day with these records."""
    position = Position(path.state, path.open_tracks, path.episode, path.line)
    sheet = sheet_at(pathway, path, facts, as_of)
    return decide(pathway, position, sheet, explained=explained)
