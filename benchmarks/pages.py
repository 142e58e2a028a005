"""How long the pages take with a country of patients behind them, from a browser's side.

`allpath serve` runs in a process of its own; requests go over one kept connection, one after the
other, as a person's do. Beside it a second process serves the same worklist template with the same
rows from memory, without the product: what is left of its rate is what the product costs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from time import perf_counter_ns
from typing import Final

from argon2 import PasswordHasher

from allpath import clock
from benchmarks.crowd import COHORT, FEW, TOLD, settle
from benchmarks.figures import MILLISECOND, SECOND, Figure, Goal, Run, Timings
from benchmarks.reader import NAME, PASSWORD, Reader, Served, program, serving
from benchmarks.searches import people_of
from storage.engine import store_on
from storage.sqlite import SqliteFile
from workflow.accounts import Account
from workflow.records import Actor, Person
from workflow.watch import Heartbeat

KILOBYTE: Final = 1000
MEGABYTE: Final = 1_000_000
PATIENTS: Final = 50


def measure(run: Run) -> list[Figure]:
    """The worklist, a patient and a search over 100,000 patients in a file."""
    count, database = run.scaled(100_000, 300), SqliteFile(run.folder / "pages.db")
    people = list(people_of(count, run.chance))
    run.tell(f"pages: settling {count:,} patients")
    now = clock.now()
    settle(database, people, now, run.chance, cohort=run.scaled(COHORT, FEW))
    _let_in(database, now)
    os.environ["ALLPATH_DATABASE"] = url = f"sqlite:///{run.folder / 'pages.db'}"
    with serving(program("allpath"), "serve", "--no-with-worker", "--port") as site:
        with Reader(site) as reader:
            figures = _sizes(reader)
            run.tell("pages: reading them")
            figures += _times(run, reader, people)
        with (
            serving(program("python"), "-m", "benchmarks.plain", url) as bare,
            Reader(site, reader.cookie) as again,
            Reader(bare, reader.cookie) as plain,
        ):
            run.tell("pages: the worklist beside its template alone")
            figures.append(_rate(run, again, plain))
        return [*figures, *_process(site)]


def _let_in(database: SqliteFile, now: datetime) -> None:
    """There is a coordinator for all sites, and a worker has just looked for what is due."""
    with closing(store_on(database)) as store:
        kept = PasswordHasher().hash(PASSWORD)
        account = Account(NAME, "Cora Coordinator", "coordinator", (), kept, "", now, now)
        store.accounts.add(account, Actor("Ada Admin", "admin"))
        with store.begin() as transaction:
            transaction.beat(Heartbeat("benchmark", now, now))


def _sizes(reader: Reader) -> list[Figure]:
    """What comes over the wire on the first visit, with every file of it, and on the next."""
    reader.sign_in()
    first = reader.get("/worklist")
    for target in sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', first))):
        reader.get(target)
    visited = reader.received
    reader.get("/worklist")
    return [
        Figure("pages: first visit", visited / KILOBYTE, "kB", Goal(150, "at most")),
        Figure(
            "pages: each after", (reader.received - visited) / KILOBYTE, "kB", Goal(30, "at most")
        ),
    ]


def _times(run: Run, reader: Reader, people: Sequence[Person]) -> Iterator[Figure]:
    count = run.scaled(400, 20)
    told = people[::TOLD]
    some = run.chance.sample(told, min(PATIENTS, len(told)))
    found = [reader.post("/worklist", text=person.identifiers["mrn"]) for person in some]
    # Of those whose path has ended the worklist shows none.
    patients = [name for page in found for name in re.findall(r'href="(/patients/[^"/]+)"', page)]
    yield from _timed("worklist", count, lambda _: reader.get("/worklist"), (15, 60))
    yield from _timed("worklist, page 1,000", count, lambda _: reader.get("/worklist?page=1000"))
    due = "/worklist?due=week"
    yield from _timed("worklist, next 7 days", count, lambda _: reader.get(due))
    yield from _timed(
        "patient, seen before", count, lambda n: reader.get(patients[n % len(patients)]), (30, None)
    )
    yield from _timed(
        "search by number",
        count,
        lambda n: reader.post("/worklist", text=some[n % len(some)].identifiers["mrn"]),
    )


def _timed(
    what: str,
    count: int,
    act: Callable[[int], object],
    goals: tuple[float | None, float | None] = (None, None),
) -> Iterator[Figure]:
    timings = Timings()
    for number in range(count):
        began = perf_counter_ns()
        act(number)
        timings.durations.append(perf_counter_ns() - began)
    for percent, goal in zip((50, 99), goals, strict=True):
        took = timings.percentile(percent) / MILLISECOND
        bound = Goal(goal, "at most") if goal is not None else None
        yield Figure(f"pages: {what}, {percent} %", took, "ms", bound)


def _rate(run: Run, reader: Reader, plain: Reader) -> Figure:
    """How many worklists a second, beside the template alone; both in turns."""
    product, template = Timings(), Timings()
    shown = plain.get("/worklist")
    assert len(plain.get("/worklist")) == len(shown)
    for _ in range(run.scaled(400, 20)):
        for timings, who in ((product, reader), (template, plain)):
            began = perf_counter_ns()
            who.get("/worklist")
            timings.durations.append(perf_counter_ns() - began)
    note = f"{product.a_second:,.0f}/s beside {template.a_second:,.0f}/s"
    ratio = product.a_second / template.a_second
    return Figure("pages: worklist beside its template", ratio, "", Goal(0.7, "at least"), note)


def _process(site: Served) -> Iterator[Figure]:
    took, held = site.took / SECOND, site.resident / MEGABYTE
    yield Figure("pages: from start to serving", took, "s", Goal(3, "at most"))
    yield Figure("pages: memory held", held, "MB", Goal(250, "at most"))
