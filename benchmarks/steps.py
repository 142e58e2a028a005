"""A confirmed step through the full product, against raw prepared SQL that writes the same rows.

Both write to a file of their own on the same disk, with the same driver, the same tables, indexes
and triggers and the same settings, and take turns. The raw side is given ready-made rows: it reads
nothing, decides nothing, hashes nothing. It writes one BEGIN IMMEDIATE ... COMMIT for each step,
with the same version check on the path. Its rows are those of the product, commit by commit, and
at the end both files are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter_ns, process_time_ns
from typing import Any, Final

from sqlcipher3 import dbapi2

from benchmarks.figures import MICROSECOND, Figure, Goal, Run, Timings
from benchmarks.patients import story
from storage.engine import open_store
from storage.rows import (
    answered_row,
    audit_row,
    checkpoint_row,
    entry_row,
    fact_row,
    notice_row,
    path_row,
    person_row,
)
from storage.sql_store import SqlStore
from workflow.commands import ConfirmStep, Enrol
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.records import Commit
from workflow.store import Transaction

RATIO: Final = Goal(0.35, "at least")
SETTINGS: Final = ("foreign_keys", "recursive_triggers", "trusted_schema", "synchronous")
COLUMNS: Final = {
    "path": 13,
    "person": 5,
    "identifier": 3,
    "journal": 21,
    "fact_record": 13,
    "checkpoint": 15,
    "notice": 7,
    "audit_event": 7,
    "answered": 5,
}


def _insert(table: str, names: str = "") -> str:
    marks = ", ".join("?" * COLUMNS[table])
    return f"INSERT INTO {table}{names} VALUES ({marks})"  # noqa: S608 - names from this file


INSERTS: Final = {
    **{table: _insert(table) for table in COLUMNS},
    "notice": _insert("notice", " (notice_id, path_id, seq, topic, to_role, body, created_at)"),
    "audit_event": _insert("audit_event", " (at, actor, role, os_user, action, path_id, detail)"),
    # Most rows of a step are new; one that exists is replaced as a whole.
    "checkpoint": f"""{_insert("checkpoint")}
        ON CONFLICT (path_id, checkpoint, opened_seq, occurrence) DO UPDATE SET
        owner = excluded.owner, status = excluded.status, anchor_on = excluded.anchor_on,
        opens_at = excluded.opens_at, due_at = excluded.due_at, overdue_at = excluded.overdue_at,
        due_rule = excluded.due_rule, next_at = excluded.next_at, level = excluded.level,
        closed_seq = excluded.closed_seq, met_on = excluded.met_on""",
}
MOVE_PATH: Final = """UPDATE path SET pathway_id = ?, pathway_version = ?, pathway_hash = ?,
    state = ?, entered = ?, settings = ?, episode = ?, line = ?, version = ?, head = ?,
    pending = ?, asked = ? WHERE path_id = ? AND version = ?"""


@dataclass(frozen=True)
class Rows:
    """The rows of one commit, ready for the driver."""

    moved_path: tuple[Any, ...] | None  # Any: what a driver binds
    inserts: tuple[tuple[str, list[tuple[Any, ...]]], ...]
    is_step: bool

    @property
    def count(self) -> int:
        """How many rows the commit writes."""
        return sum(len(rows) for _, rows in self.inserts) + (self.moved_path is not None)


@dataclass
class Remembering:
    """A store that remembers each commit it was given."""

    store: SqlStore
    commits: list[Commit] = field(default_factory=list)

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """A write transaction of the store behind it."""
        with self.store.begin() as transaction:
            yield _Remembered(transaction, self.commits)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        return getattr(self.store, name)


class _Remembered:
    def __init__(self, transaction: Transaction, commits: list[Commit]) -> None:
        self._transaction = transaction
        self._commits = commits
        self.answered = transaction.answered
        self.load = transaction.load
        self.due = transaction.due

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
    """Steps a second on both sides, and their ratio: the median of the rounds' ratios."""
    store = open_store(f"sqlite:///{run.folder / 'product.db'}")
    open_store(f"sqlite:///{run.folder / 'raw.db'}").close()
    connection = _connection_like(store, run.folder / "raw.db")
    rounds, patients = run.scaled(12, 4), run.scaled(10, 6)
    product, raw, ratios, counts = Side(), Side(), list[float](), list[int]()
    _round(store, connection, range(3), Side(), Side())
    for number in range(rounds):
        run.tell(f"steps: round {number + 1} of {rounds}, {patients} patients on each side")
        ours, theirs = Side(), Side()
        first = 1000 * (number + 1)
        counts += _round(store, connection, range(first, first + patients), ours, theirs)
        ratios.append(ours.timings.a_second / theirs.timings.a_second)
        for whole, part in ((product, ours), (raw, theirs)):
            whole.timings.durations += part.timings.durations
            whole.processor += part.processor
    _assert_same_rows(store, connection)
    connection.close()
    store.close()
    return [
        Figure("confirmed step, raw SQL", raw.timings.a_second, "/s", note=_spread(raw)),
        Figure("confirmed step, product", product.timings.a_second, "/s", note=_spread(product)),
        Figure(
            "confirmed step, product : raw SQL",
            median(ratios),
            "x",
            RATIO,
            f"{len(counts)} steps of {median(counts):.0f} rows (median), {rounds} rounds, "
            f"{min(ratios):.2f} to {max(ratios):.2f}",
        ),
        Figure(
            "the same, of the processor alone",
            raw.microseconds_of_processor / product.microseconds_of_processor,
            "x",
            note="a crowded disk flatters the ratio above, but not this one",
        ),
    ]


def _spread(side: Side) -> str:
    return (
        f"median {side.timings.median / MICROSECOND:,.0f} us, "
        f"99 of 100 {side.timings.percentile(99) / MICROSECOND:,.0f} us, "
        f"processor {side.microseconds_of_processor:,.0f} us"
    )


def _round(
    store: SqlStore,
    connection: Any,  # noqa: ANN401 - untyped driver
    numbers: range,
    product: Side,
    raw: Side,
) -> list[int]:
    """Some patients' stories, patient by patient on the one side and then on the other."""
    counts = []
    for number in numbers:
        remembering = Remembering(store)
        is_step = _carry_through_product(remembering, number, product)
        ready = [
            _rows(commit, is_step=step)
            for commit, step in zip(remembering.commits, is_step, strict=True)
        ]
        _write_raw(connection, ready, raw)
        counts += [rows.count for rows in ready if rows.is_step]
    return counts


def _carry_through_product(store: Remembering, number: int, side: Side) -> list[bool]:
    orchestrator = Orchestrator(store, load_shipped)
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
    path_id, *values = path_row(commit.path)
    inserts: dict[str, list[tuple[Any, ...]]] = {}
    person = commit.person
    if person is not None:
        inserts["path"] = [path_row(commit.path)]
        inserts["person"] = [person_row(person)]
        inserts["identifier"] = [(*pair, path_id) for pair in person.identifiers.items()]
    inserts["journal"] = [entry_row(entry) for entry in commit.entries]
    seq = commit.path.version
    inserts["fact_record"] = [
        fact_row(path_id, fact, seq, place) for place, fact in enumerate(commit.facts)
    ]
    inserts["checkpoint"] = [checkpoint_row(row) for row in commit.checkpoints]
    inserts["notice"] = [notice_row(notice) for notice in commit.notices]
    inserts["audit_event"] = [audit_row(event) for event in commit.audit]
    inserts["answered"] = [answered_row(commit.answered)] if commit.answered else []
    moved = None if person else (*values, path_id, commit.expected_version)
    filled = tuple((INSERTS[table], rows) for table, rows in inserts.items() if rows)
    return Rows(moved, filled, is_step)


def _write_raw(connection: Any, commits: list[Rows], side: Side) -> None:  # noqa: ANN401 - untyped driver
    untimed = Side()
    execute, executemany = connection.execute, connection.executemany
    for commit in commits:
        began, worked = perf_counter_ns(), process_time_ns()
        execute("BEGIN IMMEDIATE")
        if commit.moved_path is not None:
            assert execute(MOVE_PATH, commit.moved_path).rowcount == 1
        for statement, rows in commit.inserts:
            if len(rows) == 1:
                execute(statement, rows[0])
            else:
                executemany(statement, rows)
        execute("COMMIT")
        (side if commit.is_step else untimed).took(began, worked)


def _connection_like(store: SqlStore, file: Path) -> Any:  # noqa: ANN401 - untyped driver
    """A plain connection whose settings are read from one of the product's own."""
    with store.begin():
        theirs = store._connection()  # noqa: SLF001 - what is measured must be set alike
        settings = {name: theirs.execute(f"PRAGMA {name}").fetchone()[0] for name in SETTINGS}
        mode = theirs.execute("PRAGMA journal_mode").fetchone()[0]
    connection = dbapi2.connect(str(file), isolation_level=None, cached_statements=256)
    for name, value in settings.items():
        connection.execute(f"PRAGMA {name} = {value}")
    assert connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0] == mode
    return connection


def _assert_same_rows(store: SqlStore, connection: Any) -> None:  # noqa: ANN401 - untyped driver
    with store.begin():
        theirs = store._connection()  # noqa: SLF001 - see above
        for table in COLUMNS:
            query = f"SELECT * FROM {table}"  # noqa: S608 - names from this file
            ours, raw = theirs.execute(query).fetchall(), connection.execute(query).fetchall()
            assert sorted(ours, key=repr) == sorted(raw, key=repr), table
