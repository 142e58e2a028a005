"""What stands on record: per fact the records that count, whatever state the path is in.

A sheet needs this first. It changes with the records alone, so it is taken over from one sheet to
the next, and a record that comes later is added to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from workflow.measurement import Measurement
from workflow.values import read_value

if TYPE_CHECKING:  # the records are its own kind of value; their module makes sheets of this
    from workflow.facts import FactRecord
    from workflow.pathway import Expiry, Fact, Pathway

FINAL_STATUSES: Final = frozenset({"final", "amended", "corrected"})
VOID_STATUSES: Final = frozenset({"cancelled", "entered_in_error"})
_READ_AT_MOST: Final = 50_000


class Standing(NamedTuple):
    """The records of one fact that were not corrected or voided, in order, and what they say.

    `value` is that of the `latest`. `clash` says that two final values for one date exclude each
    other, `unsure` why the latest does not count in any state; `last` is the last day it counts in
    the states of its `expiry`.
    """

    records: tuple[FactRecord, ...]
    latest: FactRecord
    scope: str
    value: Any
    clash: str
    unsure: str
    expiry: Expiry | None
    last: date | None

    def doubt(self, state: str, as_of: date) -> str:
        """Why the latest record does not count, or nothing: it is not final, or it has expired."""
        expiry, last = self.expiry, self.last
        if self.unsure or expiry is None or last is None or as_of <= last:
            return self.unsure
        return f"stale since {last:%d-%b-%Y}" if expiry.counts_in(state) else ""


def standing_records(
    pathway: Pathway,
    records: Iterable[FactRecord],
    episode: int,
    as_of: date,
    known_at: datetime | None = None,
) -> dict[str, Standing]:
    """Per fact what stood on `as_of`, as known at `known_at` (None: all we know)."""
    known = [r for r in records if known_at is None or r.recorded_at <= known_at]
    replaced = {record.supersedes for record in known if record.supersedes}
    counting = [record for record in known if record.record_id not in replaced]
    return with_records(pathway, {}, counting, episode, as_of)


def with_records(
    pathway: Pathway,
    standing: dict[str, Standing],
    later: Iterable[FactRecord],
    episode: int,
    as_of: date,
) -> dict[str, Standing]:
    """What stands once these records, which correct none of the others, have come to it."""
    grown: dict[str, list[FactRecord]] = {}
    for record in later:
        name = record.fact
        fact = pathway.facts.get(name)
        if (
            fact is not None
            and record.effective_at <= as_of
            and (record.episode == episode or fact.scope == "patient")
            and (record.status not in VOID_STATUSES or fact.type == "measurement")
        ):
            if name not in grown:
                grown[name] = [*standing[name].records] if name in standing else []
            grown[name].append(record)
    return {**standing, **{name: _stand(pathway, name, mine) for name, mine in grown.items()}}


def _stand(pathway: Pathway, name: str, records: list[FactRecord]) -> Standing:
    fact = pathway.facts[name]
    if len(records) > 1:
        records.sort(key=lambda record: (record.effective_at, record.recorded_at))
    latest = records[-1]
    value = read_record(pathway, latest)
    clash = unsure = ""
    if len(records) > 1 and _contradicts(fact, records):
        clash = f"two different values for {latest.effective_at:%d-%b-%Y}"
    is_measurement = isinstance(value, Measurement)
    if not is_measurement and latest.status not in FINAL_STATUSES:
        unsure = f"{latest.status}, not yet final"
    expiry = None if is_measurement else pathway.expiry.get(name)
    last = None if expiry is None else expiry.after.after(latest.effective_at)
    return Standing(tuple(records), latest, fact.scope, value, clash, unsure, expiry, last)


def _contradicts(fact: Fact, records: list[FactRecord]) -> bool:
    if fact.type in {"event", "text"} or fact.scope == "state":
        return False
    latest = records[-1]
    return latest.status in FINAL_STATUSES and any(
        record.value != latest.value
        for record in records
        if record.effective_at == latest.effective_at and record.status in FINAL_STATUSES
    )


def read_record(pathway: Pathway, record: FactRecord) -> Any:  # noqa: ANN401 - a fact value
    """The value of a record; each distinct entry of a fact is read once per pathway.

    The report status of a measurement is that of its record, whatever its text says.
    """
    name, raw, status = record.fact, record.value, record.status
    seen = pathway.entries_read
    key = (name, type(raw), (status, *raw.items()) if isinstance(raw, dict) else raw)
    if key not in seen:
        if len(seen) >= _READ_AT_MOST:
            seen.clear()
        value = read_value(name, pathway.facts[name], raw)
        if isinstance(value, Measurement):
            value = replace(value, report_status=status)
        seen[key] = value
    return seen[key]
