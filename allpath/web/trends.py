"""Measurements over time as a page shows them: a picture and a table of the same results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from allpath import words
from allpath.figures.measured import kept, sampled_on
from allpath.pictures.picture import Picture
from workflow.drawing.trend import Point, trend
from workflow.facts import FactRecord
from workflow.found import Found
from workflow.measurement import Measurement, as_percent

_THRESHOLD: Final = "mrd_negative"
"""The parameter of a pathway that says below which level a result counts as negative."""
RULE: Final = "Lines join results of one method, specimen and episode only."
_COLUMNS: Final = ("Sample", "Result", "Method", "Specimen", "Status", "Episode", "Source")


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

    @property
    def cells(self) -> tuple[str, ...]:
        """The line in words."""
        shown = (self.shown, self.method, self.specimen, self.status)
        return (words.day(self.on), *shown, str(self.episode), self.source)


@dataclass(frozen=True, slots=True)
class Trend:
    """One measured fact: its picture, its threshold in words, and every result."""

    name: str
    title: str
    picture: Markup
    threshold: str
    results: tuple[Result, ...]

    @property
    def file(self) -> Picture:
        """The picture with its table, to be taken away."""
        limit = f"Threshold {self.threshold}. " if self.threshold else ""
        return Picture(
            name=self.name,
            title=f"{self.title} over time",
            svg=str(self.picture),
            columns=_COLUMNS,
            rows=tuple(result.cells for result in self.results),
            notes=(f"{limit}{RULE}",),
        )


def trends(found: Found) -> Iterator[Trend]:
    """One trend for each measured fact that has a result."""
    limit = found.pathway.parameters.get(_THRESHOLD)
    threshold = limit.value if limit is not None and limit.unit == "1" else None
    for name, fact in found.pathway.facts.items():
        if fact.type != "measurement":
            continue
        results = list(kept(found, name))
        if not results:
            continue
        points = [
            Point(sampled_on(result, record), result, record.episode) for record, result in results
        ]
        picture = trend(points, threshold, fact.title)
        yield Trend(
            f"trend-{name.replace('_', '-')}",
            fact.title,
            Markup(picture),  # noqa: S704 - built as a tree by the drawing, which escapes each text
            as_percent(threshold) if isinstance(threshold, Decimal) else "",
            tuple(_line(record, result) for record, result in reversed(results)),
        )


def _line(record: FactRecord, result: Measurement) -> Result:
    sensitivity = result.sensitivity if result.result == "quantified" else None
    more = f", sensitivity {as_percent(sensitivity)}" if sensitivity else ""
    return Result(
        sampled_on(result, record),
        f"{result}{more}",
        (result.method or "Not recorded").replace("_", " "),
        result.specimen or "Not recorded",
        record.status.replace("_", " "),
        record.episode,
        record.source or "Not recorded",
    )
