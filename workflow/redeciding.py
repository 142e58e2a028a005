"""Past decisions made again: as they were, and as they would be by what is known now.

Every entry is decided as of its moment, under the version it was decided by. A late record concerns
confirmed and proposed steps only: what was told of a missing result was right when it was told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflow.act import Act
from workflow.civil_time import site_zone
from workflow.comparing import Change
from workflow.decide import Decision
from workflow.facts import FactRecord
from workflow.hindsight import (
    decision_at,
    in_hindsight,
    known_before,
    origin,
    sheet_at,
    successors,
)
from workflow.met import Known, day_met_as_known, definition_of_kept
from workflow.pathway import Pathway
from workflow.records import CheckpointRecord, JournalEntry
from workflow.retracing import Stage, is_step, retraced, step_key, still_stands, undone_spans
from workflow.review import ReviewItem, ReviewKind, compared

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """All that is kept of a path's past: entries, every checkpoint, reviews, and the versions."""

    entries: Sequence[JournalEntry]
    checkpoints: Sequence[CheckpointRecord]
    reviews: Sequence[ReviewItem]
    version_of: Callable[[str], Pathway | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One past decision looked at again: what it is, and both answers; the second may be equal."""

    kind: ReviewKind
    about: str
    seq: int
    before: Answer
    after: Answer

    @property
    def differs(self) -> bool:
        """Whether somebody has to look at it."""
        return compared(self.before) != compared(self.after)


def looked_at_again(act: Act, history: History, new: Sequence[FactRecord]) -> Iterator[Verdict]:
    """What these new records can concern, the oldest first, decided again."""
    facts = (*act.found.case.facts, *new)
    entries = (*history.entries, *act.entries)
    stages = list(retraced(entries, act.path, history.version_of))
    spans = undone_spans(entries)
    concern = _Concern(facts, new)
    for stage in stages:
        entry = stage.entry
        pathway = history.version_of(entry.pathway_hash)
        if pathway is None or not still_stands(entry.seq, spans):
            continue
        if concern.entry(stage):
            yield decided_again(pathway, stage, facts)
    at = {stage.entry.seq: stage for stage in stages}
    known = _Known(act, facts)
    rows = {row.key: row for row in history.checkpoints} | act.rows
    for row in rows.values():
        seq = row.closed_seq or 0
        if row.status != "met" or seq not in at or not still_stands(seq, spans):
            continue
        pathway = history.version_of(at[seq].entry.pathway_hash)
        if pathway is not None and concern.known_at(seq + 1):
            yield from _met_again(pathway, at[seq], row, known)


def redecided(act: Act, history: History, about: Collection[str]) -> Iterator[Verdict]:
    """These entries, by their numbers, decided again with what the path knows now."""
    entries = (*history.entries, *act.entries)
    facts, spans = (*act.found.case.facts, *act.facts), undone_spans(entries)
    for stage in retraced(entries, act.path, history.version_of):
        seq = stage.entry.seq
        pathway = history.version_of(stage.entry.pathway_hash)
        if str(seq) in about and pathway is not None and still_stands(seq, spans):
            yield decided_again(pathway, stage, facts)


def decided_again(pathway: Pathway, stage: Stage, facts: Sequence[FactRecord]) -> Verdict:
    """An entry's decision, as it was and as it would be by these records."""
    was, would_be = both_decisions(pathway, stage, facts)
    entry = stage.entry
    key = step_key(entry) if is_step(entry) else ""
    before, after = _answer(was, key), _answer(would_be, key)
    if was.digest != entry.decision_digest and was.facts.values != would_be.facts.values:
        before["rule"] = f"not as stored: {entry.rule}"
    kind: ReviewKind = "step" if key else "notice"
    if compared(before) != compared(after):
        clauses = Change("rule", *both_decisions(pathway, stage, facts, explained=True)).flips
        before["clauses"] = [_clause(flip.row, flip.before) for flip in clauses]
        after["clauses"] = [_clause(flip.row, flip.after) for flip in clauses]
    return Verdict(kind, str(entry.seq), entry.seq, before, after)


def both_decisions(
    pathway: Pathway, stage: Stage, facts: Sequence[FactRecord], *, explained: bool = False
) -> tuple[Decision, Decision]:
    """What was decided at an entry, and what would be by these records."""
    entry, day = stage.entry, decided_on(stage)
    late = day if is_step(entry) else None
    views = known_before(facts, entry.seq), in_hindsight(facts, entry.seq, late)
    was, would_be = (
        decision_at(pathway, stage.before, view, day, explained=explained) for view in views
    )
    return was, would_be


def decided_on(stage: Stage) -> date:
    """The civil date a decision holds for: that of the step, else the day it was looked at."""
    on = stage.entry.effective_on
    return on or stage.entry.at.astimezone(site_zone(stage.before.settings)).date()


def _answer(decision: Decision, key: str) -> Answer:
    route = decision.route
    answer: Answer = {
        "rule": decision.rule,
        "route": {
            "status": route.status,
            "next_state": route.next_state,
            "option": route.option,
            "parallel": list(route.parallel),
            "reason": route.reason,
        },
        "warnings": list(decision.warnings),
        "missing": list(decision.missing),
    }
    if key:
        step = decision.step(key)
        answer["step"] = {"key": key, "status": step.status if step else "not there"}
    return answer


def _clause(row: str, clause: Any) -> dict[str, str]:  # noqa: ANN401 - a clause of an explanation
    return {
        "row": row,
        "needed": clause.needed,
        "found": clause.found,
        "fact": clause.fact,
        "result": clause.result,
    }


class _Known:
    """What was known, and is known now, once an entry was written; worked out once for each."""

    def __init__(self, act: Act, facts: Sequence[FactRecord]) -> None:
        self.site = act.found.site_plan
        self._facts = facts
        self._at: dict[int, tuple[Known, Known]] = {}

    def at(self, pathway: Pathway, stage: Stage) -> tuple[Known, Known]:
        """As known when the entry was written, and as known now."""
        seq = stage.entry.seq
        if seq not in self._at:
            path, now = stage.after, stage.entry.at
            today = now.astimezone(site_zone(path.settings)).date()
            views = known_before(self._facts, seq + 1), in_hindsight(self._facts, seq + 1)
            was, would_be = (
                Known(path, view, sheet_at(pathway, path, view, today), now, self.site)
                for view in views
            )
            self._at[seq] = was, would_be
        return self._at[seq]


def _met_again(
    pathway: Pathway, stage: Stage, row: CheckpointRecord, known: _Known
) -> Iterator[Verdict]:
    """Whether, and for which day, a checkpoint was met, as known then and as known now."""
    definition = definition_of_kept(pathway, row, known.site)
    if definition is None or not definition.expects:
        return  # it only waited for the state to be left, or the rules have no such checkpoint now
    before, after = (
        _met_answer(day_met_as_known(pathway, definition, row, view))
        for view in known.at(pathway, stage)
    )
    about = f"{row.checkpoint}/{row.opened_seq}/{row.occurrence}"
    yield Verdict("checkpoint", about, stage.entry.seq, before, after)


def _met_answer(on: date | None) -> Answer:
    return {"met_on": on.isoformat() if on else None}


class _Concern:
    """Which moments of the past the new records of an act can concern."""

    def __init__(self, facts: Sequence[FactRecord], new: Sequence[FactRecord]) -> None:
        self._by_id: Mapping[str, FactRecord] = {record.record_id: record for record in facts}
        self._following = successors(facts)
        self._new = new

    def known_at(self, seq: int) -> bool:
        """Whether a value that counted before entry `seq` has been corrected."""
        return any(
            origin(record, self._by_id).seq < seq for record in self._new if record.supersedes
        )

    def entry(self, stage: Stage) -> bool:
        """Whether the decision of an entry may come out otherwise."""
        if not stage.entry.decision_digest:
            return False
        return self.known_at(stage.entry.seq) or (is_step(stage.entry) and self._is_late_for(stage))

    def _is_late_for(self, stage: Stage) -> bool:
        """Whether a record, old or new, came after the step for a day before it."""
        day, seq = decided_on(stage), stage.entry.seq
        for record in self._new:
            days = [record.effective_at]
            if record.supersedes:
                days.append(self._by_id[record.supersedes].effective_at)
            if origin(record, self._by_id).seq > seq and min(days) < day:
                return True
        return False
