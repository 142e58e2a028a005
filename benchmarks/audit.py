"""How fast a whole database is checked for anything rewritten, by the reader of its own."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Final

from sqlcipher3 import dbapi2

from allpath.audit.sealing import Sealer
from allpath.verifier.checks import verify
from allpath.verifier.findings import Report
from allpath.verifier.histories import check_entries, entries_of
from allpath.verifier.lost import Span
from allpath.verifier.reader import opened
from allpath.verifier.together import verify_database
from benchmarks.bulk import PATHS
from benchmarks.figures import Figure, Goal, Run
from storage.engine import store_on
from storage.rows import entry_row, path_row
from storage.sqlite import SqliteFile
from workflow.records import GENESIS, JournalEntry, PathRecord

GOAL: Final = Goal(200_000, "at least")
WITH_ALL: Final = 25
"""Entries of one path, as a path of some months has them."""
AT: Final = datetime(2026, 11, 23, 7, tzinfo=UTC)
DETAIL: Final = {"fact": "marrow_blast_pct", "late_seconds": 75_600, "step": "reinduction"}


def measure(run: Run) -> list[Figure]:
    """Chains and leaves of entries in memory, then the whole check of the database they lie in."""
    file = run.folder / "audit.db"
    count = run.scaled(200_000, 10_000)
    run.tell(f"audit: writing and sealing {count:,} entries")
    began = perf_counter()
    _write(file, count)
    sealed = _seal(file)
    sealing = perf_counter() - began
    chains = min(_chains(file, count) for _ in range(run.scaled(3, 1)))
    run.tell("audit: verifying the whole database")
    began = perf_counter()
    with opened(f"sqlite:///{file}") as rows:
        report = verify(rows, {}, {})
    alone = perf_counter() - began
    began = perf_counter()
    both = verify_database(f"sqlite:///{file}", {}, {}, {}, large=0)
    whole = perf_counter() - began
    assert both == report
    assert report.entries == report.leaves == sealed == count
    assert not report.findings
    of = f"{count:,} entries"
    return [
        Figure("audit: chains and leaves, entries a second", count / chains, "1/s", GOAL, of),
        Figure("audit: verify the database, entries a second", count / whole, "1/s", GOAL, of),
        Figure("audit: the same in one process, entries a second", count / alone, "1/s", None, of),
        Figure("audit: write and seal, entries a second", count / sealing, "1/s", None, of),
    ]


def _chains(file: Path, count: int) -> float:
    """The seconds that chain and leaf hashes of all entries take, the rows in memory already."""
    with opened(f"sqlite:///{file}") as rows:
        kept = list(rows(entries_of(rows, Span())))
    report = Report()
    began = perf_counter()
    for start in range(0, count, WITH_ALL):
        check_entries(kept[start : start + WITH_ALL], report)
    took = perf_counter() - began
    assert report.matched == count
    assert not report.findings
    return took


def _seal(file: Path) -> int:
    with closing(store_on(SqliteFile(file))) as store:
        return Sealer(store.log, None).seal(AT).size


def _write(file: Path, count: int) -> None:
    store_on(SqliteFile(file)).close()
    with closing(dbapi2.connect(str(file))) as connection:
        for number in range(count // WITH_ALL):
            path, entries = _history(number)
            marks = ", ".join("?" * len(entry_row(entries[0])))
            row = path_row(path)
            connection.execute(f"INSERT INTO {PATHS} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - question marks alone
            connection.executemany(
                f"INSERT INTO journal VALUES ({marks})",  # noqa: S608 - question marks alone
                map(entry_row, entries),
            )
        connection.commit()


def _history(number: int) -> tuple[PathRecord, list[JournalEntry]]:
    path_id, began = f"P-{number:06}", AT + timedelta(hours=number, microseconds=number * 997)
    entries: list[JournalEntry] = []
    head, state = GENESIS, ""
    for seq in range(1, WITH_ALL + 1):
        entry = JournalEntry(
            *(
                path_id,
                seq,
                "checkpoint_escalated",
                began + timedelta(days=seq, seconds=seq),
                "Cora Coordinator",
            ),
            *("coordinator", "cora", "c" * 64, state, "assessment"),
            rule="RF-01",
            reason='As "agreed" on the ward round',
            effective_on=AT.date(),
            facts_digest="d" * 64,
            decision_digest="e" * 64,
            detail=DETAIL,
            previous=head,
        ).sealed()
        entries.append(entry)
        head, state = entry.hash, "assessment"
    path = PathRecord(path_id, "relapsed_all", "1", "c" * 64, state, {}, {})
    return replace(path, version=WITH_ALL, head=head), entries
