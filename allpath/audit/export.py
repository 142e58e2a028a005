"""The records of one path, or every audit event, as lines of JSON or as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from allpath.verifier.standalone import instant
from storage.log import Placed
from workflow.canonical import canonical

Record = Mapping[str, Any]  # Any: plain JSON

COLUMNS: Final = (
    *("source", "position", "path_id", "seq", "at", "actor", "role", "os_user", "what"),
    *("state_from", "state_to", "track", "rule", "option", "reason", "note", "effective_on"),
    *("detail", "pathway_hash", "hash"),
)
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the beginning of a formula."""


def records_of(placed: Iterable[Placed]) -> Iterator[Record]:
    """Each entry and event of a path as one flat record."""
    for each in placed:
        yield _record(each.source, each.row, each.position)


def records_of_events(events: Iterable[Record]) -> Iterator[Record]:
    """Each audit event as one flat record."""
    for event in events:
        yield _record("audit", event, None)


def as_ndjson(records: Iterable[Record]) -> Iterator[str]:
    """One line of JSON for each record."""
    for record in records:
        yield f"{canonical(record)}\n"


def as_csv(records: Iterable[Record]) -> Iterator[str]:
    """A table with a head; no cell can begin a formula."""
    yield _line(COLUMNS)
    for record in records:
        yield _line([safe(record.get(name)) for name in COLUMNS])


def safe(value: object) -> str:
    """The cell as a text that no spreadsheet runs: an apostrophe before what it would run."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _record(source: str, row: Record, position: int | None) -> Record:
    record = {**row, "source": source, "position": position, "at": instant(row["at"])}
    record["what"] = record.pop("kind" if source == "journal" else "action")
    if source == "audit":
        record["seq"] = record.pop("number")
    return record
