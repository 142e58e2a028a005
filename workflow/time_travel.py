"""A path as it was: what was so on a day, by what was known at an instant.

Two times are kept apart. `as_of` is a moment in the patient's life: where the path stood by the
days its steps took effect on, and the results of samples taken by then. `known_at` is how much of
the record counts: what was entered, corrected or undone later is not there yet. What waited to be
done (open checkpoints, a second signature) is what the record held at the earlier of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from workflow.checkpoints import Context, with_its_anchor
from workflow.civil_time import first_instant, site_zone
from workflow.errors import NotFoundError, RefusedError
from workflow.facts import FactRecord
from workflow.found import Found
from workflow.hindsight import known_before
from workflow.met import definition_of_kept
from workflow.pathway import Pathway
from workflow.reading import evaluation
from workflow.records import (
    Case,
    CheckpointRecord,
    JournalEntry,
    PathRecord,
    Paused,
    QuietKind,
)
from workflow.redeciding import History
from workflow.reopening import named
from workflow.retracing import UNDONE, Stage, retraced, standing_entries
from workflow.review import ReviewItem
from workflow.site_plan import SitePlan
from workflow.windows import dues

_QUIET: Final[Mapping[str, QuietKind]] = {
    "checkpoint_snoozed": "snoozed",
    "checkpoint_acknowledged": "acknowledged",
    "contact_recorded": "contacted",
}


class NotYetError(RefusedError):
    """The path was not there then: the patient was enrolled later, or it was recorded later."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Which moment of a patient's life is asked about, and how much of the record counts."""

    as_of: datetime
    known_at: datetime

    @property
    def recorded_by(self) -> datetime:
        """Until when the record is read for what waited to be done then."""
        return min(self.as_of, self.known_at)


def seen_then(
    case: Case,
    history: History,
    moment: Moment,
    site_plan: SitePlan | None = None,
) -> Found:
    """The path as it was at the moment, under the version it was on then.

    Raises NotYetError for a moment at which it was not enrolled, NotFoundError where the version of
    that moment is not kept here.
    """
    path = case.path
    known = _written_by(history.entries, moment.known_at)
    lived = [e for e in standing_entries(known) if _was_so(e, moment.as_of, path)]
    if not lived:
        msg = f"{path.path_id} was not enrolled then; see `allpath history {path.path_id}`."
        raise NotYetError(msg)
    place = _last_stage(lived, path, history)
    waiting = _Waiting(case, history, _written_by(known, moment.recorded_by), site_plan)
    path_then = waiting.upon(replace(place.after, version=known[-1].seq, head=known[-1].hash))
    pathway = _version(history, place.entry.pathway_hash)
    path_then = replace(
        path_then, pathway_hash=pathway.content_hash, pathway_version=pathway.version
    )
    facts = known_before(case.facts, known[-1].seq + 1)
    return Found(pathway, Case(path_then, facts, waiting.rows()), moment.as_of, site_plan)


def open_then(reviews: Iterable[ReviewItem], at: datetime) -> tuple[ReviewItem, ...]:
    """The reviews nobody had closed at an instant, as they were."""
    return tuple(
        replace(item, status="open", closed_at=None, closed_by="", reason="")
        for item in reviews
        if item.opened_at <= at and (item.closed_at is None or item.closed_at > at)
    )


def _written_by(entries: Sequence[JournalEntry], at: datetime) -> Sequence[JournalEntry]:
    """The journal as far as it was written at an instant; the order of writing decides."""
    count = max((n for n, entry in enumerate(entries, start=1) if entry.at <= at), default=0)
    return entries[:count]


def _was_so(entry: JournalEntry, at: datetime, path: PathRecord) -> bool:
    """Whether what the entry says was so by then: a step since its day, all else since written."""
    if entry.effective_on is None:
        return entry.at <= at
    return entry.effective_on <= at.astimezone(site_zone(path.settings)).date()


def _last_stage(entries: Sequence[JournalEntry], path: PathRecord, history: History) -> Stage:
    return list(retraced(entries, path, history.version_of))[-1]


def _version(history: History, content_hash: str) -> Pathway:
    pathway = history.version_of(content_hash)
    if pathway is None:
        msg = f"The pathway version {content_hash[:12]} of that moment is not kept here."
        raise NotFoundError(msg)
    return pathway


class _Waiting:
    """What the record held as still to be done, as far as it had been written."""

    def __init__(
        self,
        case: Case,
        history: History,
        entries: Sequence[JournalEntry],
        site_plan: SitePlan | None,
    ) -> None:
        self._case = case
        self._history = history
        self._entries = entries
        self._site_plan = site_plan
        self._stage = _last_stage(entries, case.path, history) if entries else None

    def upon(self, place: PathRecord) -> PathRecord:
        """The place with the signature that was waited for there, and the pause of reminders."""
        stage = self._stage
        if stage is None:
            return replace(place, next_at=None, paused_until=None, paused="")
        is_there = stage.after.state == place.state
        until: str | None = None
        paused: Paused = ""
        for entry in self._entries:
            if entry.kind == "reminders_paused":
                until, paused = entry.detail["until"], entry.detail["paused"]
            if entry.kind == "reminders_resumed":
                until, paused = None, ""
        zone = site_zone(place.settings)
        return replace(
            place,
            pending=stage.after.pending if is_there else None,
            next_at=None,
            paused_until=first_instant(date.fromisoformat(until), zone) if until else None,
            paused=paused,
        )

    def rows(self) -> tuple[CheckpointRecord, ...]:
        """The checkpoints that were open, in the windows they had by what was known."""
        stage = self._stage
        if stage is None:
            return ()
        last, pathway = stage.entry.seq, self._history.version_of(stage.entry.pathway_hash)
        every = {row.key: row for row in self._history.checkpoints}
        closed = _closed_for_a_while(self._history.entries)
        rows = [
            row
            for row in every.values()
            if self._opened(row, every, pathway) <= last and _was_not_closed(row, last, closed)
        ]
        if pathway is None or not rows:
            return tuple(self._as_they_were(rows))
        facts: tuple[FactRecord, ...] = known_before(self._case.facts, last + 1)
        found = Found(pathway, Case(stage.after, facts, ()), stage.entry.at, self._site_plan)
        return tuple(_counted(found, row) for row in self._as_they_were(rows))

    def _opened(
        self,
        row: CheckpointRecord,
        every: Mapping[tuple[str, str, int, int], CheckpointRecord],
        pathway: Pathway | None,
    ) -> int:
        """The entry since which the row was there: a repeat since the one before it was closed."""
        before = every.get((row.path_id, row.checkpoint, row.opened_seq, row.occurrence - 1))
        if before is None or before.closed_seq is None or pathway is None:
            return row.opened_seq
        definition = definition_of_kept(pathway, row, self._site_plan)
        at_once = len(dues(definition)) if definition else 1
        return row.opened_seq if row.occurrence <= at_once else before.closed_seq

    def _as_they_were(self, rows: Iterable[CheckpointRecord]) -> Iterable[CheckpointRecord]:
        """Open again, and as quiet as somebody wanted them by then."""
        zone = site_zone(self._case.path.settings)
        for row in rows:
            quiet: dict[str, Any] = {"quiet": None, "quiet_until": None, "quiet_by": ""}
            for entry in self._entries:
                if entry.kind == "reminders_resumed":
                    quiet = {"quiet": None, "quiet_until": None, "quiet_by": ""}
                elif entry.kind in _QUIET and "until" in entry.detail and _is_about(entry, row):
                    day = date.fromisoformat(entry.detail["until"])
                    quiet = {
                        "quiet": _QUIET[entry.kind],
                        "quiet_until": first_instant(day, zone),
                        "quiet_by": entry.actor,
                    }
            yield replace(row, status="open", closed_seq=None, met_on=None, level=0, **quiet)


def _was_not_closed(
    row: CheckpointRecord, last: int, closed: Mapping[str, Sequence[tuple[int, int]]]
) -> bool:
    """Whether the row was still expected after an entry: by the entries that say otherwise."""
    if row.closed_seq is not None and row.closed_seq <= last:
        return False
    return not any(first <= last < again for first, again in closed.get(named(row), ()))


def _closed_for_a_while(entries: Iterable[JournalEntry]) -> dict[str, list[tuple[int, int]]]:
    """The rows a step closed and an undo opened again, with the entries between which they were."""
    found: dict[str, list[tuple[int, int]]] = {}
    for entry in entries:
        if entry.kind == UNDONE:
            for name in entry.detail["reopened"]:
                found.setdefault(name, []).append((int(entry.detail["undone"][0]), entry.seq))
    return found


def _is_about(entry: JournalEntry, row: CheckpointRecord) -> bool:
    detail = entry.detail
    named = (detail["checkpoint"], detail["opened_seq"], detail["occurrence"])
    return named == (row.checkpoint, row.opened_seq, row.occurrence)


def _counted(found: Found, row: CheckpointRecord) -> CheckpointRecord:
    """The row counted from the day that was known then; as it is kept where nobody can say."""
    definition = definition_of_kept(found.pathway, row, found.site_plan)
    if definition is None:
        return row
    sheet, path = found.passing_sheet(), found.case.path
    context = Context(
        rules=found.rules,
        path=path,
        standing=found.standing(),
        sheet=sheet,
        ev=evaluation(sheet, found.position),
        seq=path.version,
        now=found.now,
        zone=found.zone,
        site=found.site_plan,
    )
    return with_its_anchor(context, row, definition)
