"""Says by brute force which past decisions a change must bring up: every one, decided twice.

Written apart from the finder: positions are those overheard when they were written, what was known
is counted by commits, and each record's chain of corrections is followed from its first record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from tests.corrections.cohort import Cohort, Moment
from workflow.decide import Decision
from workflow.durations import Duration
from workflow.facts import FactRecord
from workflow.found import Found
from workflow.pathway import Checkpoint
from workflow.records import Case, CheckpointRecord, JournalEntry, PathRecord

_FRESH = count()
FINAL = {"final", "amended", "corrected"}


@dataclass(frozen=True)
class Past:
    """One past decision: its entry, what was known before it, and where the path stood."""

    entry: JournalEntry
    stood: PathRecord
    known: int

    @property
    def is_step(self) -> bool:
        """Whether somebody signed it."""
        return self.entry.kind.startswith("step_") or self.entry.kind == "override_proposed"

    @property
    def day(self) -> date:
        """The civil day it holds for."""
        zone = ZoneInfo(self.stood.settings.get("time_zone", "UTC"))
        return self.entry.effective_on or self.entry.at.astimezone(zone).date()

    @property
    def step(self) -> str:
        """The step that was signed, as it is typed."""
        entry = self.entry
        if entry.kind in {"step_proposed", "override_proposed"}:
            return str(entry.detail["step"])
        if entry.track == "main":
            return entry.state_to
        is_closed = entry.track in self.stood.entered
        return f"{entry.track}:{'closed' if is_closed else 'open'}"


def past(cohort: Cohort, path_id: str) -> Iterator[Past]:
    """Every past decision of a path that still stands."""
    moments = cohort.heard.moments[path_id]
    gone = set()
    for moment in moments:
        for entry in moment.entries:
            if entry.kind == "step_undone":
                gone |= set(range(entry.detail["undone"][0], entry.seq + 1))
    for moment in moments:
        for entry in moment.entries:
            if entry.decision_digest and entry.seq not in gone:
                yield Past(entry, stood_before(moment), known_before(moment, entry))


def stood_before(moment: Moment) -> PathRecord:
    """Where the path stood when the commit began; nothing is decided at enrolment."""
    assert moment.before is not None
    return moment.before


def known_before(moment: Moment, entry: JournalEntry) -> int:
    """How many facts were known before an entry of the commit."""
    kinds = [e.kind for e in moment.entries if e.seq < entry.seq]
    return moment.known + sum(kind in {"fact_recorded", "fact_corrected"} for kind in kinds)


def chains(facts: Sequence[FactRecord]) -> list[list[FactRecord]]:
    """The records, each with all that corrected it, in order."""
    found: list[list[FactRecord]] = []
    for record in facts:
        if record.supersedes is None:
            found.append([record])
        else:
            next(c for c in found if c[-1].record_id == record.supersedes).append(record)
    return found


def with_todays_values(
    facts: Sequence[FactRecord], known: int, before: date | None
) -> tuple[FactRecord, ...]:
    """What counted when so many facts were known, each with the value it has today.

    With a day, also what was recorded later for a day before it.
    """
    seen = []
    place = {record.record_id: number for number, record in enumerate(facts)}
    for chain in chains(facts):
        then = [record for record in chain if place[record.record_id] < known]
        today = chain[-1]
        if then:
            last = then[-1]
        elif before is not None and today.effective_at < before:
            last = chain[0]
        else:
            continue
        seen.append(
            FactRecord(
                last.record_id,
                last.fact,
                today.value,
                today.effective_at,
                last.recorded_at,
                today.status,
                last.source,
                last.actor,
                last.episode,
            )
        )
    return tuple(seen)


def decided(
    cohort: Cohort, item: Past, facts: tuple[FactRecord, ...], *, zone_day: date
) -> Decision:
    """The decision of a past moment with these records, the ordinary way."""
    pathway = cohort.orchestrator.library.pinned(item.stood)
    stood = replace(item.stood, head=f"apart {next(_FRESH)}")
    return Found(pathway, Case(stood, facts, ()), item.entry.at).decision(zone_day)


def says(decision: Decision, item: Past) -> tuple[Any, ...]:
    """The part of an answer by which a review is opened."""
    step = None
    if item.is_step:
        found = next((s for s in decision.steps if s.key == item.step), None)
        step = found.status if found else "not there"
    return decision.rule, decision.route, decision.warnings, step


def must_be_open(
    cohort: Cohort, path_id: str, facts: tuple[FactRecord, ...] | None = None
) -> set[str]:
    """The entries and met checkpoints that have to be looked at again, as things stand now.

    With other facts: as things would stand with those.
    """
    known = cohort.store.case(path_id).facts if facts is None else facts
    return entries_to_look_at(cohort, path_id, known) | checkpoints_to_look_at(
        cohort, path_id, known
    )


def entries_to_look_at(cohort: Cohort, path_id: str, facts: tuple[FactRecord, ...]) -> set[str]:
    """The entries whose decision would differ with the values of today."""
    found = set()
    for item in past(cohort, path_id):
        was = decided(cohort, item, facts[: item.known], zone_day=item.day)
        assert was.digest == item.entry.decision_digest, (path_id, item.entry.seq)
        view = with_todays_values(facts, item.known, item.day if item.is_step else None)
        if view == tuple(facts[: item.known]):
            continue
        would_be = decided(cohort, item, view, zone_day=item.day)
        if says(was, item) != says(would_be, item):
            found.add(str(item.entry.seq))
    return found


# -- met checkpoints -----------------------------------------------------------------------------


def checkpoints_to_look_at(cohort: Cohort, path_id: str, facts: tuple[FactRecord, ...]) -> set[str]:
    """The checkpoints that would not have been met, or as of another day."""
    gone = set()
    where: dict[int, Moment] = {}
    for moment in cohort.heard.moments[path_id]:
        for entry in moment.entries:
            where[entry.seq] = moment
            if entry.kind == "step_undone":
                gone |= set(range(entry.detail["undone"][0], entry.seq + 1))
    found = set()
    for row in cohort.store.checkpoints(path_id):
        seq = row.closed_seq or 0
        if row.status != "met" or seq in gone:
            continue
        moment = where[seq]
        closing = next(entry for entry in moment.entries if entry.seq == seq)
        known = known_before(moment, closing)
        known += closing.kind in {"fact_recorded", "fact_corrected"}
        stood = _stood_at(moment, seq)
        was = _met_on(cohort, stood, closing, row, facts[:known])
        would_be = _met_on(cohort, stood, closing, row, with_todays_values(facts, known, None))
        if was != would_be:
            found.add(f"{row.checkpoint}/{row.opened_seq}/{row.occurrence}")
    return found


def _stood_at(moment: Moment, seq: int) -> PathRecord:
    """Where the path stood after an entry: within a commit it moves with the step alone."""
    moved = [e.seq for e in moment.entries if e.kind.startswith("step_") or e.kind == "enrolled"]
    if moment.before is None or (moved and seq >= moved[0]):
        return moment.after
    return moment.before if moved else moment.after


def _met_on(
    cohort: Cohort,
    stood: PathRecord,
    closing: JournalEntry,
    row: CheckpointRecord,
    facts: tuple[FactRecord, ...],
) -> date | None:
    """The day a checkpoint was met by these records, by the words of the pathway file."""
    pathway = cohort.orchestrator.library.pinned(stood)
    kind, _, name = row.owner.partition(":")
    declared = (pathway.states[name] if kind == "state" else pathway.tracks[name]).checkpoints
    definition: Checkpoint = next(item for item in declared if item.id == row.checkpoint)
    if not definition.expects:
        return row.met_on  # it only waited for the state to be left
    zone = ZoneInfo(stood.settings.get("time_zone", "UTC"))
    today = closing.at.astimezone(zone).date()
    sheet = Found(
        pathway,
        Case(replace(stood, head=f"apart {next(_FRESH)}"), facts, ()),
        closing.at,
    ).sheet(today)
    occurrences = len(definition.due) if isinstance(definition.due, tuple) else 1
    opens_on = row.opens_at.astimezone(zone).date()
    if row.occurrence > occurrences:
        opens_on += timedelta(days=1)
    until = row.expires_at.astimezone(zone).date() if row.expires_at else date.max
    corrected = {record.supersedes for record in facts}
    days = []
    for fact in definition.expects:
        inside = [
            record.effective_at
            for record in facts
            if record.fact == fact
            and record.record_id not in corrected
            and record.status in FINAL
            and record.episode == stood.episode
            and opens_on <= record.effective_at < until
            and record.effective_at <= today
        ]
        known = sheet.records.get(fact)
        if inside:
            days.append(max(inside))
        elif (
            row.occurrence == 1
            and Duration.read(definition.opens).amount == 0
            and known is not None
            and sheet.values.get(fact) is not None
            and known.status in FINAL
            and (not definition.anchor or known.effective_at >= row.anchor_on)
        ):
            days.append(known.effective_at)
        else:
            return None
    return max(days)
