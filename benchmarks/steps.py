"""A confirmed step through the full product, against raw prepared SQL that writes the same rows.

All write to a file of their own on the same disk, with the same driver, the same tables, indexes
and triggers and the same settings, and take turns. The raw side is given ready-made rows: it
decides nothing and hashes nothing. It writes one BEGIN IMMEDIATE ... COMMIT for each step, with the
same version check on the path. Its rows are those of the product, commit by commit, and at the end
the files are compared. The goal is judged against a whole step by hand: it also fetches an earlier
answer, the path, its live checkpoints and its facts, parses the facts and chains its journal rows
by their hash, as every step must; it decides nothing. Beside it stands raw SQL that only writes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter_ns, process_time_ns
from typing import Any, Final, cast

from benchmarks.bulk import PATHS
from benchmarks.figures import MICROSECOND, Figure, Goal, Run, Timings
from benchmarks.patients import story
from storage.engine import open_store
from storage.identities import rows_of
from storage.rows import (
    answered_row,
    audit_row,
    checkpoint_row,
    entry_row,
    fact_row,
    notice_row,
    path_row,
    seconds,
)
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from storage.statements import PINNED
from workflow.commands import ConfirmStep, Enrol
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.records import Commit
from workflow.store import Store, Transaction

SEARCH_KEY: Final = bytes(32)
IDENTITY: Final = ("person", "person_key", "identifier", "name_token")
RATIO: Final = Goal(0.35, "at least")
COLUMNS: Final = {
    "path": 25,
    "person": 4,
    "person_key": 2,
    "identifier": 3,
    "name_token": 2,
    "journal": 21,
    "fact_record": 13,
    "checkpoint": 21,
    "notice": 7,
    "audit_event": 7,
    "answered": 5,
    "timer": 2,
}


def _insert(table: str, names: str = "") -> str:
    marks = ", ".join("?" * COLUMNS[table])
    return f"INSERT INTO {table}{names} VALUES ({marks})"  # noqa: S608 - names from this file


INSERTS: Final = {
    **{table: _insert(table) for table in COLUMNS},
    "path": _insert("path", PATHS.removeprefix("path")),
    "notice": _insert("notice", " (notice_id, path_id, seq, topic, to_role, body, created_at)"),
    "audit_event": _insert("audit_event", " (at, actor, role, os_user, action, path_id, detail)"),
    # Most rows of a step are new; one that exists is replaced as a whole.
    "checkpoint": f"""{_insert("checkpoint")}
        ON CONFLICT (path_id, checkpoint, opened_seq, occurrence) DO UPDATE SET
        owner = excluded.owner, status = excluded.status, anchor_on = excluded.anchor_on,
        opens_at = excluded.opens_at, due_at = excluded.due_at, overdue_at = excluded.overdue_at,
        due_rule = excluded.due_rule, next_at = excluded.next_at, level = excluded.level,
        closed_seq = excluded.closed_seq, met_on = excluded.met_on, ideal_at = excluded.ideal_at,
        expires_at = excluded.expires_at, reminded_at = excluded.reminded_at,
        quiet_until = excluded.quiet_until, quiet = excluded.quiet,
        quiet_by = excluded.quiet_by""",
}
MOVE_PATH: Final = """UPDATE path SET
    state = ?, entered = ?, settings = ?, episode = ?, line = ?, version = ?, head = ?,
    pending = ?, asked = ?, since = ?, next_at = ?, paused_until = ?, paused = ?, site = ?,
    merged_into = ?, is_ended = ?, due_at = ?, overdue_at = ?, quiet_until = ?,
    due_on = ?
    WHERE path_id = ? AND version = ?"""
END_TIMER: Final = "DELETE FROM timer WHERE due_at = ? AND path_id = ?"

READ_FACTS: Final = "SELECT * FROM fact_record WHERE path_id = ?"
FACT_VALUE: Final = 3
READS: Final = (
    "SELECT * FROM path WHERE path_id = ?",
    READ_FACTS,
    "SELECT * FROM checkpoint WHERE path_id = ? AND closed_seq IS NULL",
)
READ_ANSWER: Final = "SELECT * FROM answered WHERE actor = ? AND key = ?"


@dataclass(frozen=True)
class Rows:
    """The rows of one commit, ready for the driver."""

    path_id: str
    moved_path: tuple[Any, ...] | None  # Any: what a driver binds
    ended_timer: tuple[int, str] | None
    inserts: tuple[tuple[str, list[tuple[Any, ...]]], ...]
    is_step: bool
    journal: list[tuple[Any, ...]]

    @property
    def count(self) -> int:
        """How many rows the commit writes."""
        ended = (self.moved_path is not None) + (self.ended_timer is not None)
        return sum(len(rows) for _, rows in self.inserts) + ended


@dataclass
class Remembering:
    """A store that remembers each commit it was given."""

    store: SqlStore
    commits: list[Commit] = field(default_factory=list)

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """A write transaction of the store behind it."""
        with self.store.begin() as transaction:
            yield cast("Transaction", _Remembered(transaction, self.commits))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        return getattr(self.store, name)


class _Remembered:
    def __init__(self, transaction: Transaction, commits: list[Commit]) -> None:
        self._transaction = transaction
        self._commits = commits

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transaction has
        return getattr(self._transaction, name)

    def write(self, commit: Commit) -> None:
        self._transaction.write(commit)
        self._commits.append(commit)


@dataclass
class Side:
    """What one side needed for its steps: by the clock, and of the processor."""

    timings: Timings = field(default_factory=Timings)
    processor: int = 0

    def took(self, began: int, worked: int) -> None:
        """One step ended that began then, on both clocks."""
        self.timings.durations.append(perf_counter_ns() - began)
        self.processor += process_time_ns() - worked

    @property
    def microseconds_of_processor(self) -> float:
        """Of the processor, for one step."""
        return self.processor / len(self.timings.durations) / MICROSECOND


def measure(run: Run) -> list[Figure]:
    """Steps a second on each side, and the ratios: medians over the quieter half of the rounds."""
    file = run.folder / "product.db"
    product = open_store(f"sqlite:///{file}")
    writing = _raw_like(run.folder / "writing.db")
    reading = _raw_like(run.folder / "reading.db", reads=True)
    rounds, patients = run.scaled(16, 5), run.scaled(10, 6)
    rates: list[tuple[float, ...]] = []
    ours, counts = Side(), list[int]()
    _round(product, Side(), (writing, reading), range(3))
    for raw in (writing, reading):
        raw.side = Side()
    for number in range(rounds):
        run.tell(f"steps: round {number + 1} of {rounds}, {patients} patients on each side")
        first = 1000 * (number + 1)
        sides = [ours, writing.side, reading.side]
        before = [len(side.timings.durations) for side in sides]
        counts += _round(product, ours, (writing, reading), range(first, first + patients))
        rates.append(
            tuple(
                Timings(side.timings.durations[start:]).a_second
                for side, start in zip(sides, before, strict=True)
            )
        )
    for raw in (writing, reading):
        _assert_same_rows(file, raw.connection)
        raw.connection.close()
    product.close()
    # Where others crowd the disk everybody waits alike, which flatters whoever is slower.
    quiet = sorted(rates, key=lambda rate: rate[1], reverse=True)[: (rounds + 1) // 2]
    strict, loose = [rate[0] / rate[1] for rate in quiet], [rate[0] / rate[2] for rate in quiet]
    note = f"{len(counts)} steps of {median(counts):.0f} rows, quieter half of {rounds} rounds, "
    return [
        *(
            Figure(f"confirmed step, {what}", side.timings.a_second, "/s", note=_spread(side))
            for what, side in (
                ("raw SQL that only writes", writing.side),
                ("a raw step by hand", reading.side),
                ("product", ours),
            )
        ),
        Figure("product : a raw step by hand", median(loose), "x", RATIO, note + _range(loose)),
        Figure("product : raw SQL that only writes", median(strict), "x", note=_range(strict)),
        Figure(
            "product : only writes, of the processor alone",
            writing.side.microseconds_of_processor / ours.microseconds_of_processor,
            "x",
            note="no disk, no waiting",
        ),
    ]


def _range(ratios: Sequence[float]) -> str:
    return f"{min(ratios):.2f} to {max(ratios):.2f}"


def _spread(side: Side) -> str:
    return (
        f"median {side.timings.median / MICROSECOND:,.0f} us, "
        f"99 of 100 {side.timings.percentile(99) / MICROSECOND:,.0f} us, "
        f"processor {side.microseconds_of_processor:,.0f} us"
    )


@dataclass
class Raw:
    """A plain connection to a file with the product's tables, and what its steps needed."""

    connection: Any  # Any: of a driver without types
    reads: bool
    side: Side = field(default_factory=Side)


def _round(product: SqlStore, ours: Side, raws: tuple[Raw, ...], numbers: range) -> list[int]:
    """Some patients' stories, patient by patient on each side."""
    counts = []
    # As in service: the versions it has read stay read.
    remembering = Remembering(product)
    orchestrator = Orchestrator(cast("Store", remembering), load_shipped)
    for number in numbers:
        remembering.commits.clear()
        is_step = _carry_through_product(orchestrator, number, ours)
        ready = [
            _rows(commit, is_step=step)
            for commit, step in zip(remembering.commits, is_step, strict=True)
        ]
        # Whoever comes second finds the disk as the other left it, so they take turns in that too.
        for raw in raws if number % 2 else reversed(raws):
            _write_raw(raw, ready)
        counts += [rows.count for rows in ready if rows.is_step]
    return counts


def _carry_through_product(orchestrator: Orchestrator, number: int, side: Side) -> list[bool]:
    is_step = []
    for timed in story(number):
        command, now = timed.command, timed.now
        is_step.append(isinstance(command, ConfirmStep))
        if isinstance(command, Enrol):
            orchestrator.enrol(command, now)
        elif isinstance(command, ConfirmStep):
            began, worked = perf_counter_ns(), process_time_ns()
            orchestrator.confirm(command, now)
            side.took(began, worked)
        else:
            orchestrator.record(command, now)
    return is_step


def _rows(commit: Commit, *, is_step: bool) -> Rows:
    path_id, *values, _nobody = path_row(commit.path, commit.place)
    inserts: dict[str, list[tuple[Any, ...]]] = {}
    person = commit.person
    if person is not None:
        inserts["path"] = [path_row(commit.path, commit.place)]
        inserts |= rows_of(person, SEARCH_KEY)
    inserts["journal"] = [entry_row(entry) for entry in commit.entries]
    seq = commit.path.version
    inserts["fact_record"] = [
        fact_row(path_id, fact, seq, place) for place, fact in enumerate(commit.facts)
    ]
    inserts["checkpoint"] = [checkpoint_row(row) for row in commit.checkpoints]
    inserts["notice"] = [notice_row(notice) for notice in commit.notices]
    inserts["audit_event"] = [audit_row(event) for event in commit.audit]
    inserts["answered"] = [answered_row(commit.answered)] if commit.answered else []
    moved = None if person else (*values[len(PINNED) :], path_id, commit.expected_version)
    was, at = commit.was_next_at, commit.path.next_at
    inserts["timer"] = [(seconds(at), path_id)] if at is not None and at != was else []
    ended = (seconds(was), path_id) if was is not None and at != was else None
    filled = tuple((INSERTS[table], rows) for table, rows in inserts.items() if rows)
    return Rows(path_id, moved, ended, filled, is_step, inserts["journal"])


def _write_raw(raw: Raw, commits: list[Rows]) -> None:
    untimed = Side()
    execute, executemany = raw.connection.execute, raw.connection.executemany
    for commit in commits:
        began, worked = perf_counter_ns(), process_time_ns()
        execute("BEGIN IMMEDIATE")
        if raw.reads:
            execute(READ_ANSWER, ("nobody", commit.path_id)).fetchall()
            for read in READS:
                rows = execute(read, (commit.path_id,)).fetchall()
                if read is READ_FACTS:
                    _ = [json.loads(row[FACT_VALUE]) for row in rows]
            for entry in commit.journal:
                content = json.dumps(entry, sort_keys=True, separators=(",", ":"))
                _ = hashlib.sha256((entry[-2] + content).encode()).hexdigest()
        if commit.moved_path is not None:
            assert execute(MOVE_PATH, commit.moved_path).rowcount == 1
        if commit.ended_timer is not None:
            execute(END_TIMER, commit.ended_timer)
        for statement, rows in commit.inserts:
            if len(rows) == 1:
                execute(statement, rows[0])
            else:
                executemany(statement, rows)
        execute("COMMIT")
        (raw.side if commit.is_step else untimed).took(began, worked)


def _raw_like(file: Path, *, reads: bool = False) -> Raw:
    """A connection to a new file with the product's tables, set as the product sets its own."""
    open_store(f"sqlite:///{file}").close()
    return Raw(SqliteFile(file).connect(), reads)


def _assert_same_rows(product: Path, raw: Any) -> None:  # noqa: ANN401 - untyped driver
    connection = SqliteFile(product).connect()
    for table in COLUMNS:
        # Sealed twice, one person is two ciphertexts, under two keys.
        what = "path_id" if table in IDENTITY else "*"
        query = f"SELECT {what} FROM {table}"  # noqa: S608 - names from this file
        ours, theirs = connection.execute(query).fetchall(), raw.execute(query).fetchall()
        assert sorted(ours, key=repr) == sorted(theirs, key=repr), table
    connection.close()
