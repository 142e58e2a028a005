"""Measurements over time as a page shows them: a picture and a table of the same results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from workflow.drawing.trend import Point, trend
from workflow.errors import FactError
from workflow.facts import VOID_STATUSES, FactRecord
from workflow.found import Found
from workflow.measurement import Measurement, as_percent
from workflow.values import read_value

_THRESHOLD: Final = "mrd_negative"
"""The parameter of a pathway that says below which level a result counts as negative."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table, newest first."""

    on: date
    shown: str
    method: str
    specimen: str
    status: str
    episode: int
    source: str


@dataclass(frozen=True, slots=True)
class Trend:
    """One measured fact: its picture, its threshold in words, and every result."""

    title: str
    picture: Markup
    threshold: str
    results: tuple[Result, ...]


def trends(found: Found) -> Iterator[Trend]:
    """One trend for each measured fact that has a result."""
    limit = found.pathway.parameters.get(_THRESHOLD)
    threshold = limit.value if limit is not None and limit.unit == "1" else None
    for name, fact in found.pathway.facts.items():
        if fact.type != "measurement":
            continue
        kept = list(_kept(found, name))
        if not kept:
            continue
        points = [Point(_day(result, record), result, record.episode) for record, result in kept]
        picture = trend(points, threshold, fact.title)
        yield Trend(
            fact.title,
            Markup(picture),  # noqa: S704 - built as a tree by the drawing, which escapes each text
            as_percent(threshold) if isinstance(threshold, Decimal) else "",
            tuple(_line(record, result) for record, result in reversed(kept)),
        )


def _kept(found: Found, name: str) -> Iterator[tuple[FactRecord, Measurement]]:
    """The results that stand, the oldest first; what was corrected or taken back is history."""
    replaced = {record.supersedes for record in found.case.facts}
    standing = [
        record
        for record in found.case.facts
        if record.fact == name
        and record.record_id not in replaced
        and record.status not in VOID_STATUSES
        and record.effective_at <= found.today
    ]
    for record in sorted(standing, key=lambda record: record.effective_at):
        try:
            value = read_value(name, found.pathway.facts[name], record.value)
        except FactError:  # of an older version of the pathway; the table of facts shows it
            continue
        if isinstance(value, Measurement):
            yield record, value


def _day(result: Measurement, record: FactRecord) -> date:
    return result.sample_date or record.effective_at


def _line(record: FactRecord, result: Measurement) -> Result:
    sensitivity = result.sensitivity if result.result == "quantified" else None
    more = f", sensitivity {as_percent(sensitivity)}" if sensitivity else ""
    return Result(
        _day(result, record),
        f"{result}{more}",
        (result.method or "Not recorded").replace("_", " "),
        result.specimen or "Not recorded",
        record.status.replace("_", " "),
        record.episode,
        record.source or "Not recorded",
    )
