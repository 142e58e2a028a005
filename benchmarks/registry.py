"""A registry of 1,000,000 patients over ten years: `python -m benchmarks.registry`.

    [--patients 1000000] [--years 10] [--lives 120] [--postgresql] [--seed N]

A sample of lives is carried through the years by the product itself, on a real database with the
clock moved: every look of the sweep, every result, every reminder. Then a million patients are
enrolled evenly over the years, each with one of these lives drawn by lot, and what falls on each
day is added up. Who follows up how, and how punctually, is made up (`MIX`, `PUNCTUALITY`): it says
what the machines have to carry, nothing about patients.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from time import process_time
from typing import Any, Final

from benchmarks.patients import BEGINNING
from benchmarks.server import server
from storage.engine import open_store
from storage.sql_store import SqlStore
from workflow.commands import Enrol, NewFact, RecordFacts
from workflow.loading import load_shipped
from workflow.orchestrator import TRANSCRIPTION, Orchestrator
from workflow.pathway import Pathway
from workflow.records import Actor, CheckpointRecord, Person

MIX: Final = {"fu_chemo": 0.4, "fu_hsct": 0.35, "fu_cart": 0.25}
"""How many of all are followed up in which state."""
PUNCTUALITY: Final = ((0.80, -3, 0), (0.15, 1, 14), (0.05, 15, 60))
"""So often a result comes between so many days before and after the due day."""
HARMLESS: Final = {
    "new_relapse": "none",
    "chimerism": "full_donor",
    "b_cells": "aplasia",
    "marrow_response": "M1",
}
ANCHORS: Final = {"fu_hsct": "hsct_date", "fu_cart": "cart_infusion_date"}
DAY: Final = timedelta(days=1)
REGISTRY: Final = Actor("registry", "service")
WARD: Final = Actor("Cora Coordinator", "coordinator")
SCHEDULER: Final = Actor("scheduler", "service")
COUNTED: Final = {
    "journal": "at",
    "fact_record": "recorded_at",
    "audit_event": "at",
    "notice": "created_at",
    "checkpoint": "due_at",
}
"""The tables that grow with time, and the column that says when a row came."""
IDENTITY: Final = ("person", "person_key", "identifier", "name_token")


@dataclass
class Life:
    """What one patient brought about, by day since enrolment."""

    state: str
    looks: Counter[int] = field(default_factory=Counter)
    rows: dict[str, Counter[int]] = field(default_factory=dict)


@dataclass
class Sample:
    """The lives, and what they cost the product on its database."""

    lives: list[Life]
    cpu_seconds: float
    acts: int
    sizes: Mapping[str, tuple[int, int]]
    """Rows and bytes of each table, its indexes included."""


def main() -> int:
    """Carry the sample, add it up, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registry", description=__doc__)
    parser.add_argument("--patients", type=int, default=1_000_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--lives", type=int, default=120, help="how many lives are carried")
    parser.add_argument("--postgresql", action="store_true", help="on a server, not in a file")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory(dir=".") as folder, ExitStack() as stack:
        file = Path(folder) / "registry.db"
        if given.postgresql:
            store = SqlStore(stack.enter_context(server()))
        else:
            store = open_store(f"sqlite:///{file}")
        stack.callback(store.close)
        sample = _carry(store, file, given.lives, given.years, chance)
        where = "PostgreSQL" if given.postgresql else "SQLite"
        print(f"seed {given.seed}; {given.lives} lives of {given.years} years carried on {where}:")
        print(f"{sample.acts:,} acts, {sample.acts / sample.cpu_seconds:,.0f} a second of one core")
        print(_added_up(sample, given.patients, given.years, chance))
    return 0


# -- the lives ---------------------------------------------------------------------------------


def _carry(store: SqlStore, file: Path, count: int, years: int, chance: random.Random) -> Sample:
    orchestrator = Orchestrator(store, load_shipped)
    lives, acts, began = [], 0, process_time()
    for number in range(count):
        state = _state_of(number, count)
        life = Life(state)
        acts += _live(orchestrator, number, life, years, chance)
        life.rows = {table: _by_day(store, table, number) for table in COUNTED}
        lives.append(life)
        print(f"... life {number + 1} of {count}: {state}", file=sys.stderr, flush=True)
    cpu = process_time() - began
    return Sample(lives, cpu, acts, dict(_sizes(store, file)))


def _state_of(number: int, count: int) -> str:
    """The states in the shares of the mix, in order."""
    place = (number + 0.5) / count
    for state, until in zip(MIX, accumulate(MIX.values()), strict=True):
        if place <= until:
            return state
    return state


def _live(
    orchestrator: Orchestrator, number: int, life: Life, years: int, chance: random.Random
) -> int:
    """One patient is followed up until the years are over; answers how many acts it took."""
    path_id = _path_id(number)
    outcome = orchestrator.enrol(_enrolment(path_id, life.state), BEGINNING)
    pathway, end, acts = outcome.pathway, BEGINNING + years * 365 * DAY, 1
    planned: dict[tuple[str, str, int, int], datetime] = {}
    case, at = outcome.case, BEGINNING
    while True:
        live = {row.key: row for row in case.checkpoints if row.is_live}
        for key, row in live.items():
            planned.setdefault(key, _comes_at(row, at, chance))
        result = min((planned[key], key) for key in live) if live else (end, None)
        look = case.path.next_at or end
        at = max(at, min(result[0], look))
        if at >= end:
            return acts
        if look <= result[0]:
            case = orchestrator.attend(path_id, SCHEDULER, at).case
            life.looks[(at - BEGINNING) // DAY] += 1
        else:
            row = live[result[1]]  # type: ignore[index] # there is one, or the look came first
            case = _record(orchestrator, pathway, row, at)
            planned[row.key] = at + 30 * DAY
        acts += 1


def _path_id(number: int) -> str:
    return f"L-{number:06d}"


def _enrolment(path_id: str, state: str) -> Enrol:
    today = BEGINNING.date()
    known: dict[str, Any] = {"birth_date": "2014-05-10", "sex": "male", "ph_status": "negative"}
    if state in ANCHORS:
        known[ANCHORS[state]] = (today - 30 * DAY).isoformat()
    return Enrol(
        actor=REGISTRY,
        person=Person(path_id, "Made-up", "Pat", {"mrn": path_id}),
        pathway_id="relapsed_all",
        settings={"active_set": "COG", "region": "US"},
        entered_on=today,
        state=state,
        reason=TRANSCRIPTION,
        facts=tuple(
            NewFact(fact=name, value=value, effective_at=today) for name, value in known.items()
        ),
    )


def _comes_at(row: CheckpointRecord, at: datetime, chance: random.Random) -> datetime:
    """When the result comes that meets the checkpoint; never before it counts."""
    shares = [share for share, _, _ in PUNCTUALITY]
    _, first, last = chance.choices(PUNCTUALITY, shares)[0]
    days = chance.uniform(first, last)
    return max(row.due_at + days * DAY, row.opens_at + DAY, at + DAY / 24)


def _record(
    orchestrator: Orchestrator, pathway: Pathway, row: CheckpointRecord, at: datetime
) -> Any:  # noqa: ANN401 - the case after it
    kind, _, name = row.owner.partition(":")
    owner = (pathway.states if kind == "state" else pathway.tracks)[name]
    expects = next(item.expects for item in owner.checkpoints if item.id == row.checkpoint)
    facts = tuple(
        NewFact(fact=f, value=_value(pathway, f, at), effective_at=at.date()) for f in expects
    )
    command = RecordFacts(actor=WARD, path_id=row.path_id, facts=facts)
    return orchestrator.record(command, at).case


def _value(pathway: Pathway, name: str, at: datetime) -> Any:  # noqa: ANN401 - of the fact's own type
    kind = pathway.facts[name].type
    if kind == "measurement":
        return {
            "result": "not_detected",
            "sensitivity": "0.01",
            "raw_unit": "percent",
            "specimen": "marrow",
            "method": "flow",
            "sample_date": at.date().isoformat(),
        }
    return HARMLESS.get(name, "done" if kind == "event" else at.date().isoformat())


def _by_day(store: SqlStore, table: str, number: int) -> Counter[int]:
    column = COUNTED[table]
    rows = store._rows(  # noqa: SLF001 - a measurement looks where the product must not
        f"SELECT {column} FROM {table} WHERE path_id = '{_path_id(number)}'",  # noqa: S608 - our own names
        (),
    )
    start = int(BEGINNING.timestamp()) * 1_000_000
    return Counter(max(0, (at - start) // 86_400_000_000) for (at,) in rows)


def _sizes(store: SqlStore, file: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Rows and bytes of each table, its indexes included, as the database itself tells."""
    ask = store._rows  # noqa: SLF001 - see above
    is_server = store._database.dialect.name == "postgresql"  # noqa: SLF001 - see above
    if is_server:  # what is dead in a table of few rows would be taken for the size of many
        with closing(store._database.connect()) as connection:  # noqa: SLF001 - see above
            connection.execute("VACUUM FULL")
    for table in (*COUNTED, "path", *IDENTITY, "timer"):
        ((rows,),) = ask(f"SELECT count(*) FROM {table}", ())  # noqa: S608 - our own names
        if is_server:
            ((size,),) = ask(f"SELECT pg_total_relation_size('{table}')", ())
        else:
            size = _size_in_file(file, table)
        yield table, (int(rows), int(size or 0))


def _size_in_file(file: Path, table: str) -> int:
    """The standard library's SQLite can tell where the pages of a file belong."""
    with closing(sqlite3.connect(file)) as connection:
        ((size,),) = connection.execute(
            "SELECT sum(pgsize) FROM dbstat WHERE name IN "
            "(SELECT name FROM sqlite_master WHERE tbl_name = ?)",
            (table,),
        ).fetchall()
    return int(size or 0)


# -- the million -------------------------------------------------------------------------------


def _added_up(sample: Sample, patients: int, years: int, chance: random.Random) -> str:
    days = years * 365
    enrolled = _enrolled(sample, patients, days, chance)
    looks = [0] * days
    rows = Counter[str]()
    for life, on in zip(sample.lives, enrolled, strict=True):
        for day, number in life.looks.items():
            _add(looks, on, day, number)
        until = list(accumulate(on))
        for table, by_day in life.rows.items():
            rows[table] += sum(n * until[days - 1 - day] for day, n in by_day.items() if day < days)
    for table in ("path", *IDENTITY, "timer"):
        # A name has so many tokens; of the others each patient has one row.
        rows[table] = patients * sample.sizes[table][0] // max(1, sample.sizes["person"][0])
    last = looks[-365:]
    rate = sample.acts / sample.cpu_seconds
    lines = [
        f"{patients:,} patients, {patients / days:,.0f} more each day, after {years} years:",
        f"looks a day in the last year: {sum(last) / 365:,.0f} on average, {max(last):,} at most",
        f"the busiest day takes one core {max(last) / rate:,.0f} seconds",
        f"looks in all: {sum(looks):,}",
        "",
        f"{'table':<12} {'rows':>15} {'bytes a row':>12} {'GB':>8}",
    ]
    total = 0.0
    for table, number in sorted(rows.items(), key=lambda item: -item[1]):
        measured, size = sample.sizes[table]
        width = size / measured if measured else 0
        total += width * number
        lines.append(f"{table:<12} {number:>15,} {width:>12.0f} {width * number / 1e9:>8.1f}")
    lines.append(f"{'all':<12} {sum(rows.values()):>15,} {'':>12} {total / 1e9:>8.1f}")
    return "\n".join(lines)


def _enrolled(sample: Sample, patients: int, days: int, chance: random.Random) -> list[list[int]]:
    """For each life, how many patients with it are enrolled on each day."""
    found = [[0] * days for _ in sample.lives]
    for _ in range(patients):
        found[chance.randrange(len(found))][chance.randrange(days)] += 1
    return found


def _add(total: list[int], enrolled: list[int], day: int, number: int) -> None:
    """What comes so many days after enrolment falls on the day of each enrolment and so many."""
    if day < len(total):
        later = enrolled[: len(total) - day]
        total[day:] = [a + number * b for a, b in zip(total[day:], later, strict=True)]


if __name__ == "__main__":
    sys.exit(main())
