"""What is known about a patient: records, values, and the frozen sheet a decision looks at.

A record says what was so (`effective_at`), when we learnt it (`recorded_at`) and how sure we are
(`status`). Nothing is updated in place: a correction is a new record that supersedes the old one.
The sheet answers "as of" a civil date and "as known at" an instant: expired, preliminary and
contradictory facts count as unknown, and it says which they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from workflow.canonical import digest
from workflow.civil import add_days
from workflow.errors import FactError
from workflow.measurement import Measurement
from workflow.pathway import Pathway
from workflow.standing import (
    FINAL_STATUSES,
    VOID_STATUSES,
    Standing,
    read_record,
    standing_records,
)
from workflow.values import NONE, UNKNOWN, read_value, shown_entry

__all__ = [
    "FINAL_STATUSES",
    "VOID_STATUSES",
    "FactRecord",
    "FactSheet",
    "read_settings",
    "sheet_from_case",
    "sheet_from_records",
    "sheet_from_standing",
]


class FactRecord(NamedTuple):
    """One recorded value of one fact. `effective_at` is a civil date, `recorded_at` UTC.

    A tuple, since there are more of these than of anything else, and a tuple is made quickly.

    `value` is plain data as entered (JSON-like), `source` a person, document or feed, `actor` who
    recorded it. `supersedes` is the record it corrects.
    """

    record_id: str
    fact: str
    value: Any
    effective_at: date
    recorded_at: datetime
    status: str
    source: str
    actor: str
    episode: int = 1
    supersedes: str | None = None

    @property
    def seq(self) -> int:
        """The journal entry it was recorded with, in which its id ends; else 0."""
        number = self.record_id.rpartition("/")[2]
        return int(number) if number.isdigit() else 0

    @property
    def digest(self) -> str:
        """A hash over all of the record; the journal entry that recorded it keeps it."""
        return digest(
            [
                self.record_id,
                self.fact,
                self.value,
                self.effective_at.isoformat(),
                self.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
                self.status,
                self.source,
                self.actor,
                self.episode,
                self.supersedes,
            ]
        )


@dataclass(frozen=True, slots=True)
class FactSheet:
    """What is known, as of a civil date: one value per fact, None where nothing counts.

    `records` names the record each value came from; `notes` says, for facts that have a record but
    no value, why ("stale since 03-Mar-2024"); `contradictions` names facts with two final values
    for one date, neither of which corrects the other. (Events may happen twice a day, and how far
    a treatment has got moves on within one.)
    """

    values: Mapping[str, Any]
    as_of: date
    known_at: datetime | None = None
    records: Mapping[str, FactRecord] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    contradictions: frozenset[str] = frozenset()


def sheet_from_case(
    pathway: Pathway, facts: Mapping[str, Any], settings: Mapping[str, Any], as_of: date
) -> FactSheet:
    """The sheet of a flat case: undated facts count as of `as_of`.

    Raises FactError for the first undeclared fact or value.
    """
    values: dict[str, Any] = {}
    for name, raw in facts.items():
        fact = pathway.facts.get(name)
        if fact is None:
            raise FactError(str(name), f"{name}: this pathway declares no such fact")
        value = read_value(name, fact, raw)
        if value is not None:
            values[name] = value
    values.update(read_settings(pathway, settings))
    return FactSheet(values=values, as_of=as_of)


def read_settings(pathway: Pathway, settings: Mapping[str, Any]) -> dict[str, str]:
    """The chosen settings with the pathway's defaults; raises FactError for an undeclared value."""
    values: dict[str, str] = {}
    for name, setting in pathway.settings.items():
        raw = settings.get(name)
        if raw is None or raw == UNKNOWN:
            raw = setting.default
        if raw is None:
            continue
        if raw not in setting.values:
            msg = f"{name}: {shown_entry(raw)} is not one of {', '.join(setting.values)}"
            raise FactError(name, msg)
        values[name] = raw
    return values


def sheet_from_records(
    pathway: Pathway,
    records: Iterable[FactRecord],
    *,
    settings: Mapping[str, Any],
    state: str,
    episode: int,
    since: Mapping[str, tuple[date, int]],
    as_of: date,
    known_at: datetime | None = None,
) -> FactSheet:
    """The sheet of a patient: what was so on `as_of`, as known at `known_at` (None: all we know).

    `since` says from which date, and which journal entry, the current `state` and `line` run.
    Records of other episodes, lines or stays count only as far as the fact's scope lets them; on
    the day a stay began, only what was recorded after it began.
    """
    standing = standing_records(pathway, records, episode, as_of, known_at)
    return sheet_from_standing(
        pathway,
        standing,
        settings=settings,
        state=state,
        since=since,
        as_of=as_of,
        known_at=known_at,
    )


def sheet_from_standing(
    pathway: Pathway,
    standing: Mapping[str, Standing],
    *,
    settings: Mapping[str, Any],
    state: str,
    since: Mapping[str, tuple[date, int]],
    as_of: date,
    known_at: datetime | None = None,
) -> FactSheet:
    """As `sheet_from_records`, from what stands on record on that date."""
    values: dict[str, Any] = dict(read_settings(pathway, settings))
    used: dict[str, FactRecord] = {}
    notes: dict[str, str] = {}
    contradictions = set()
    for name, mine in standing.items():
        if mine.clash:
            contradictions.add(name)
            notes[name] = mine.clash
            continue
        latest = mine.latest
        if mine.scope in since and _is_earlier(latest, *since[mine.scope]):
            continue
        used[name] = latest
        if mine.unsure or mine.expiry is not None:
            doubt = mine.doubt(state, as_of)
            if doubt:
                notes[name] = doubt
                continue
        if mine.value is not None:
            values[name] = mine.value
    if "state" in since:
        values["entered_on"] = since["state"][0]
    _fill_in_dates(pathway, values, used)
    _fill_in_firsts(pathway, values, used, standing)
    _expire_after_therapy(pathway, values, used, notes)
    return FactSheet(values, as_of, known_at, used, notes, frozenset(contradictions))


def _is_earlier(record: FactRecord, began_on: date, entry: int) -> bool:
    """Whether a record belongs to the stay or line before this one."""
    return record.effective_at < began_on or (
        record.effective_at == began_on and record.seq <= entry
    )


def _fill_in_dates(pathway: Pathway, values: dict[str, Any], used: dict[str, FactRecord]) -> None:
    """A fact that is the date of another takes its effective date: nobody is asked twice."""
    for name, other in pathway.dating_facts:
        if name not in values and other in used and values.get(other) is not None:
            values[name] = used[other].effective_at


def _fill_in_firsts(
    pathway: Pathway,
    values: dict[str, Any],
    used: dict[str, FactRecord],
    standing: Mapping[str, Standing],
) -> None:
    """The first usable measurement at the end of line one stays, whatever comes later."""
    for name, first in pathway.first_facts:
        if name in values or first.since not in standing or first.of not in standing:
            continue
        ends = _days_of(pathway, standing, first.since)
        if not ends:
            continue
        days = int(pathway.parameters[first.tolerance].value)
        window_from = add_days(ends[0], -days)
        starts = _days_of(pathway, standing, first.until)
        window_to = next((start for start in starts if start > ends[0]), date.max)
        for record in standing[first.of].records:
            found = read_record(pathway, record)
            if (
                isinstance(found, Measurement)
                and record.status in FINAL_STATUSES
                and found.specimen == first.specimen
                and found.sample_date is not None
                and window_from <= found.sample_date < window_to
                and not (found.result == "not_detected" and found.sensitivity is None)
            ):
                values[name] = found
                used[name] = record
                break


def _days_of(pathway: Pathway, standing: Mapping[str, Standing], fact: str) -> list[date]:
    """The days recorded for a date fact, earliest first."""
    records = standing[fact].records if fact in standing else ()
    found = (read_record(pathway, record) for record in records)
    return sorted(day for day in found if isinstance(day, date))


def _expire_after_therapy(
    pathway: Pathway,
    values: dict[str, Any],
    used: dict[str, FactRecord],
    notes: dict[str, str],
) -> None:
    """A marker measured before the last directed therapy no longer counts.

    Where a therapy may have been given and its date is not on record, nobody can tell.
    """
    for name, therapy_date in pathway.expiring_facts:
        if name not in used or values.get(therapy_date) == NONE:
            continue
        therapy = values.get(therapy_date)
        never = pathway.facts[name].valid.never
        if isinstance(therapy, date):
            if used[name].effective_at <= therapy:
                values.pop(name, None)
                day = f"{therapy:%d-%b-%Y}"
                notes[name] = f"sample not later than the directed therapy of {day}"
        elif any(values.get(fact) not in (None, value) for fact, value in never.items()):
            values.pop(name, None)
            notes[name] = f"{pathway.facts[therapy_date].title}: its date is not recorded"
