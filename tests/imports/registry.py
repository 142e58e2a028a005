"""Made-up registry files, and the import as a person at a terminal runs it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from allpath.cli.app import app
from storage.chain import Finding, verify_chain
from storage.engine import open_store
from storage.sql_store import SqlStore
from workflow.records import JournalEntry

HEADER = "id,rec,rec.s,ae,ae.s,recae,recae.s,rel,rel.s,srv,srv.s,year,agecl,proph,match"
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it said."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def figures(self) -> dict[str, Any]:  # Any: numbers and words of a report
        """The report of `--json`."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found


@dataclass(frozen=True)
class Registry:
    """A folder with files to import and the database they go to."""

    folder: Path

    def write(self, rows: Iterable[str], name: str = "registry.csv", header: str = HEADER) -> Path:
        """A CSV file with a header and these lines."""
        path = self.folder / name
        path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        return path

    def run(self, *arguments: object) -> Answer:
        """`allpath import ...`, on a fixed day."""
        words = ["import", *(str(argument) for argument in arguments)]
        result = CliRunner().invoke(app, words, obj=lambda: NOW)
        return Answer(result.exit_code, result.stdout, result.stderr)

    def histories(self) -> dict[str, Sequence[JournalEntry]]:
        """The journal of every path by the person's number in the registry."""
        with self._open() as store:
            return {
                ", ".join(store.person(path.path_id).identifiers.values()): store.journal(
                    path.path_id
                )
                for path in store.paths()
            }

    def live_checkpoints(self) -> int:
        """How many checkpoints are still expected, over all paths."""
        with self._open() as store:
            return sum(len(row.live) for row in store.worklist.every())

    def disagreements(self) -> list[Finding]:
        """What the check of the hash chains finds."""
        with self._open() as store:
            return verify_chain(store)

    @contextmanager
    def _open(self) -> Iterator[SqlStore]:
        store = open_store(f"sqlite:///{self.folder / 'allpath.db'}")
        try:
            yield store
        finally:
            store.close()


def ebmt_row(
    number: object,
    end: float,
    *,
    died: bool = False,
    relapse: float | None = None,
    recovery: float | None = None,
    adverse: float | None = None,
    period: str = "1990-1994",
) -> str:
    """A line of the registry: the day of each event or None, last seen or died on day `end`."""
    pairs = [
        (end if on is None else on, int(on is not None))
        for on in (recovery, adverse, None, relapse, end if died else None)
    ]
    events = ",".join(f"{on},{happened}" for on, happened in pairs)
    return f"{number},{events},{period},20-40,no,no gender mismatch"


def day(number: int, year: int = 1990) -> date:
    """The day so many days after the first day of a year."""
    return date.fromordinal(date(year, 1, 1).toordinal() + number)
