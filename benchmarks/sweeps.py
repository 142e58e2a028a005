"""Sweeps: claiming what is due among ever more timers, beside the raw statements that bound it.

The raw side is what a sweep cannot do without: the due rows are read, put down elsewhere and taken
away, in a table clustered by due moment, a thousand in a transaction. Both sides take turns on one
disk. Handling a path means: read it, decide, journal, escalate, commit, fifty in a transaction.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from typing import Any, Final

from benchmarks.figures import MILLISECOND, SECOND, Figure, Goal, Run, Timings
from benchmarks.patients import BEGINNING
from benchmarks.server import server
from scheduler.sweep import LEASE, Sweeper
from storage.engine import open_store
from storage.rows import seconds
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from workflow.commands import Enrol
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.records import Actor, Person

DUE: Final = 10_000
BATCH: Final = 1_000
ROUNDS: Final = 5
A_YEAR: Final = 365 * 24 * 3600
SIZES: Final = (10_000, 100_000, 1_000_000, 10_000_000)
QUICK: Final = (10_000, 100_000)
NOW: Final = BEGINNING
LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
MIXING: Final = 2_654_435_761
"""Spreads numbers over a range as if by chance, always alike."""


def measure(run: Run) -> list[Figure]:
    """Claims at every size, then whole handling of due paths."""
    figures: list[Figure] = []
    claimed: dict[int, float] = {}
    for size in QUICK if run.is_quick else SIZES:
        run.tell(f"sweep: {DUE:,} due among {size:,} timers")
        ours, raw, idle, width, mixed = _claims(run, size)
        claimed[size] = ours.median
        figures += [
            Figure(
                f"claiming {DUE:,} due among {size:,}",
                ours.median / MILLISECOND,
                "ms",
                Goal(60, "at most"),
                f"the raw statements take {raw.median / ours.median:.2f} of the time",
            ),
            Figure(
                f"idle sweep among {size:,}",
                idle.median / MILLISECOND,
                "ms",
                Goal(0.5, "at most"),
            ),
            Figure(
                f"a timer among {size:,}",
                width,
                "bytes",
                Goal(25, "at most"),
                f"written in order; {mixed:.3g} where moments come in any order",
            ),
        ]
    figures.append(_growth(claimed))
    return [*figures, *_on_a_server(run), *_handling(run)]


def _on_a_server(run: Run) -> list[Figure]:
    """The same claims on a PostgreSQL server, beside one statement that claims and puts down."""
    size = run.scaled(1_000_000, 100_000)
    run.tell(f"sweep: {DUE:,} due among {size:,} timers on a server")
    ours, raw, idle = Timings(), Timings(), Timings()
    with server() as database, closing(database.connect()) as connection:
        store = SqlStore(database)
        with connection.cursor().copy("COPY timer FROM STDIN") as rows:
            for timer in _timers(size):
                rows.write_row(timer)
        _prepare_raw(connection, size)
        for _ in range(ROUNDS):
            for table, columns in (("timer", "due_at, path_id"), ("raw_due", "due_at, iid, kind")):
                last = "'Q-' || lpad(n::text, 6, '0')" if table == "timer" else "n, 1"
                connection.execute(
                    f"INSERT INTO {table} ({columns}) SELECT {seconds(NOW)} - "  # noqa: S608 - our own names
                    f"n::bigint * 7919 % 86400, {last} FROM generate_series(0, {DUE - 1}) n"
                )
                connection.execute(f"VACUUM ANALYZE {table}")
            connection.execute("CHECKPOINT")
            ours.durations.append(_claim_all(store))
            raw.durations.append(_raw_claim(connection))
            began = perf_counter_ns()
            with store.begin() as transaction:
                assert not transaction.claim(NOW, NOW + LEASE, BATCH)
            idle.durations.append(perf_counter_ns() - began)
            connection.execute("DELETE FROM timer WHERE due_at <= %s", (seconds(NOW + LEASE),))
        store.close()
    return [
        Figure(
            f"claiming {DUE:,} due among {size:,}, PostgreSQL",
            ours.median / MILLISECOND,
            "ms",
            Goal(150, "at most"),
            f"the raw statement takes {raw.median / ours.median:.2f} of the time",
        ),
        Figure(f"idle sweep among {size:,}, PostgreSQL", idle.median / MILLISECOND, "ms"),
    ]


def _prepare_raw(connection: Any, size: int) -> None:  # noqa: ANN401 - see _fill
    connection.execute(
        "CREATE TABLE raw_due (due_at bigint NOT NULL, iid bigint NOT NULL, kind int NOT NULL, "
        "PRIMARY KEY (due_at, iid, kind))"
    )
    connection.execute("CREATE TABLE raw_outbox (iid bigint, kind int, due_at bigint)")
    connection.execute(
        f"INSERT INTO raw_due SELECT {seconds(NOW) + 3600} + n::bigint * {A_YEAR} / {size}, "  # noqa: S608 - numbers and names of our own
        f"n::bigint * {MIXING} % {1 << 40}, 1 FROM generate_series(0, {size - 1}) n"
    )


def _raw_claim(connection: Any) -> int:  # noqa: ANN401 - see _fill
    began, found = perf_counter_ns(), 0
    while True:
        rows = connection.execute(
            "WITH d AS (SELECT due_at, iid, kind FROM raw_due WHERE due_at <= %s ORDER BY due_at "
            "LIMIT %s FOR UPDATE SKIP LOCKED), x AS (DELETE FROM raw_due r USING d WHERE "
            "r.due_at = d.due_at AND r.iid = d.iid AND r.kind = d.kind "
            "RETURNING r.iid, r.kind, r.due_at), o AS (INSERT INTO raw_outbox SELECT * FROM x) "
            "SELECT iid FROM x",
            (seconds(NOW), BATCH),
        ).fetchall()
        found += len(rows)
        if len(rows) < BATCH:
            break
    took = perf_counter_ns() - began
    assert found == DUE, found
    return took


def _growth(claimed: dict[int, float]) -> Figure:
    least, most = min(claimed), max(claimed)
    exponent = math.log(claimed[most] / claimed[least]) / math.log(most / least)
    return Figure(
        f"growth exponent from {least:,} to {most:,}",
        exponent,
        "",
        Goal(0.1, "at most"),
        f"{claimed[most] / claimed[least]:.2f} times the time",
    )


def _claims(run: Run, size: int) -> tuple[Timings, Timings, Timings, float, float]:
    """Claims of the product and of raw statements in turns; idle sweeps; bytes of a timer."""
    path = run.folder / f"sweep-{size}.db"
    store = open_store(f"sqlite:///{path}")
    database = SqliteFile(path)
    with closing(database.connect()) as connection:
        before = _bytes(connection)
        _fill(connection, size)
        width = (_bytes(connection) - before) / size
        mixed = _width_in_any_order(run.folder / "mixed.db", min(size, 200_000))
        raw_side = _raw(run.folder / f"raw-{size}.db", size)
        ours, raw, idle = Timings(), Timings(), Timings()
        for _ in range(ROUNDS):
            _arm(connection, size)
            ours.durations.append(_claim_all(store))
            raw.durations.append(_raw_sweep(raw_side))
            began = perf_counter_ns()
            with store.begin() as transaction:
                assert not transaction.claim(NOW, NOW + LEASE, BATCH)
            idle.durations.append(perf_counter_ns() - began)
            connection.execute("DELETE FROM timer WHERE due_at <= ?", (seconds(NOW + LEASE),))
    raw_side.close()
    store.close()
    for file in run.folder.glob(f"*{size}.db*"):
        file.unlink()
    return ours, raw, idle, width, mixed


def _name(number: int) -> str:
    """An id as patients have it: eight characters."""
    digits = []
    for _ in range(6):
        number, rest = divmod(number, len(LETTERS))
        digits.append(LETTERS[rest])
    return "P-" + "".join(digits)


def _timers(size: int) -> Iterator[tuple[int, str]]:
    """Timers over the coming year, in the order of their moments."""
    first = seconds(NOW) + 3600
    for number in range(size):
        yield first + number * A_YEAR // size, _name(number * MIXING % 700_000_000)


def _fill(connection: Any, size: int) -> None:  # noqa: ANN401 - a connection of an untyped driver
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO timer VALUES (?, ?)", _timers(size))
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _arm(connection: Any, size: int) -> None:  # noqa: ANN401 - see _fill
    """So many more are due, spread over the day before."""
    due = ((seconds(NOW) - n * 7919 % 86_400, f"Q-{n:06d}") for n in range(min(DUE, size)))
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO timer VALUES (?, ?)", due)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _claim_all(store: SqlStore) -> int:
    began, found = perf_counter_ns(), 0
    while True:
        with store.begin() as transaction:
            claims = transaction.claim(NOW, NOW + LEASE, BATCH)
        found += len(claims)
        if len(claims) < BATCH:
            break
    took = perf_counter_ns() - began
    assert found == DUE, found
    return took


def _bytes(connection: Any) -> int:  # noqa: ANN401 - see _fill
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    ((size,),) = connection.execute("PRAGMA page_size").fetchall()
    return int(pages * size)


def _width_in_any_order(path: Path, size: int) -> float:
    """The bytes of a timer where moments come in any order, as they do from day to day."""
    store = open_store(f"sqlite:///{path}")
    with closing(SqliteFile(path).connect()) as connection:
        before = _bytes(connection)
        timers = list(_timers(size))
        connection.execute("BEGIN")
        for number in range(size):
            connection.execute("INSERT INTO timer VALUES (?, ?)", timers[number * MIXING % size])
        connection.execute("COMMIT")
        width = (_bytes(connection) - before) / size
    store.close()
    path.unlink()
    return width


def _raw(path: Path, size: int) -> Any:  # noqa: ANN401 - see _fill
    """A bare table clustered by due moment, with whole numbers only, and one to put down in."""
    path.touch()
    connection = SqliteFile(path).connect()
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute(
        "CREATE TABLE due (due_at INT NOT NULL, iid INT NOT NULL, kind INT NOT NULL, "
        "PRIMARY KEY (due_at, iid, kind)) STRICT, WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE outbox (id INTEGER PRIMARY KEY, iid INT, kind INT, due_at INT) STRICT"
    )
    first = seconds(NOW) + 3600
    rows = ((first + n * A_YEAR // size, n * MIXING % (1 << 40), 1) for n in range(size))
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO due VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")
    return connection


def _raw_sweep(connection: Any) -> int:  # noqa: ANN401 - see _fill
    due = ((seconds(NOW) - n * 7919 % 86_400, n, 1) for n in range(DUE))
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO due VALUES (?, ?, ?)", due)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    began, found = perf_counter_ns(), 0
    while True:
        connection.execute("BEGIN IMMEDIATE")
        rows = connection.execute(
            "SELECT due_at, iid, kind FROM due WHERE due_at <= ? "
            "ORDER BY due_at, iid, kind LIMIT ?",
            (seconds(NOW), BATCH),
        ).fetchall()
        if rows:
            connection.executemany("INSERT INTO outbox (due_at, iid, kind) VALUES (?, ?, ?)", rows)
            connection.execute("DELETE FROM due WHERE (due_at, iid, kind) <= (?, ?, ?)", rows[-1])
        connection.execute("COMMIT")
        found += len(rows)
        if len(rows) < BATCH:
            break
    took = perf_counter_ns() - began
    assert found == DUE, found
    return took


def _handling(run: Run) -> list[Figure]:
    """Whole handling: what came due, what was missed for a month, and what waits for nothing."""
    paths = run.scaled(10_000, 1_000)
    run.tell(f"sweep: handling {paths:,} paths")
    store = open_store(f"sqlite:///{run.folder / 'handling.db'}")
    orchestrator = Orchestrator(store, load_shipped)
    for first in range(0, paths, 500):
        with store.begin() as transaction:
            for number in range(first, first + 500):
                orchestrator.enrol_within(transaction, _enrolment(number), BEGINNING)
    figures = [
        _handled(store, orchestrator, paths, what="one became due", days=3, entries=1),
        _handled(
            store,
            orchestrator,
            paths,
            what="each overdue and escalated, 30 days late",
            days=30,
            entries=3,
        ),
    ]
    store.close()
    return figures


def _enrolment(number: int) -> Enrol:
    path_id = _name(number * MIXING % 700_000_000)
    return Enrol(
        actor=Actor("bench", "coordinator"),
        person=Person(path_id, f"Made-up {number}", "Pat", {"mrn": path_id}),
        pathway_id="relapsed_all",
        settings={"active_set": "COG", "region": "US"},
        entered_on=BEGINNING.date(),
    )


def _handled(
    store: SqlStore, orchestrator: Orchestrator, paths: int, *, what: str, days: float, entries: int
) -> Figure:
    sweeper, now = Sweeper(store, orchestrator), BEGINNING + timedelta(days=days)
    began, cpu = perf_counter_ns(), process_time_ns()
    while claims := sweeper.claim(now):
        sweeper.handle(claims, now)
    took, cpu = perf_counter_ns() - began, process_time_ns() - cpu
    report = sweeper.report()
    assert report.paths == paths
    assert report.due + report.overdue + report.escalated == paths * entries, report
    rate = paths / (cpu / SECOND)
    note = f"of one core; {took / SECOND:.1f} s for all {paths:,} by the clock"
    return Figure(f"paths handled, {what}", rate, "/s", Goal(1_000, "at least"), note)
