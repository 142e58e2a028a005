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
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter_ns
from typing import Final

from argon2 import PasswordHasher

from allpath import clock
from benchmarks.crowd import COHORT, FEW, TOLD, settle
from benchmarks.figures import MILLISECOND, SECOND, Figure, Goal, Run, Timings
from benchmarks.reader import NAME, PASSWORD, Reader, Served, program, serving
from benchmarks.searches import people_of
from benchmarks.server import as_application, server
from storage.database import Database
from storage.engine import store_on
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from workflow.accounts import Account
from workflow.commands import PauseReminders
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.records import Actor, Person
from workflow.watch import Heartbeat

KILOBYTE: Final = 1000
MEGABYTE: Final = 1_000_000
PATIENTS: Final = 50


def measure(run: Run) -> list[Figure]:
    """The worklist, a patient and a search over 100,000 patients in a file."""
    database = SqliteFile(run.folder / "pages.db")
    _settle(run, database)
    return _measured(run, database, f"sqlite:///{database.path}", "pages", has_goals=True)


def measure_on_server(run: Run) -> list[Figure]:
    """The same on a server, as a role that sees what the rules about sites let it see."""
    with server() as database:
        _settle(run, database)
        pages = as_application(database)
        return _measured(run, pages, pages.url, "pages on a server", has_goals=False)


def _people(run: Run) -> list[Person]:
    return list(people_of(run.scaled(100_000, 300), run.chance))


def _settle(run: Run, database: Database) -> None:
    people, now = _people(run), clock.now()
    run.tell(f"pages: settling {len(people):,} patients")
    settle(database, people, now, run.chance, cohort=run.scaled(COHORT, FEW))
    _let_in(database, now)


def _measured(
    run: Run, database: Database, url: str, name: str, *, has_goals: bool
) -> list[Figure]:
    os.environ["ALLPATH_DATABASE"] = url
    with serving(program("allpath"), "serve", "--no-with-worker", "--port") as site:
        with Reader(site) as reader:
            figures = _sizes(reader)
            run.tell("pages: reading them")
            numbers = _numbers(run, _people(run))
            patients = _patients(reader, numbers)
            figures += _times(run, reader, numbers, patients)
        with (
            serving(program("python"), "-m", "benchmarks.plain", url) as bare,
            Reader(site, reader.cookie) as again,
            Reader(bare, reader.cookie) as plain,
            closing(store_on(database)) as store,
        ):
            run.tell("pages: the worklist beside its template alone")
            figures += _beside(run, again, plain, Acts(store, patients))
        figures += _process(site)
    return [
        replace(each, what=f"{name}: {each.what}", goal=each.goal if has_goals else None)
        for each in figures
    ]


def _let_in(database: Database, now: datetime) -> None:
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
        Figure("first visit", visited / KILOBYTE, "kB", Goal(150, "at most")),
        Figure("each after", (reader.received - visited) / KILOBYTE, "kB", Goal(30, "at most")),
    ]


def _numbers(run: Run, people: Sequence[Person]) -> list[str]:
    """The numbers of some whose history is told."""
    told = people[::TOLD]
    some = run.chance.sample(told, min(PATIENTS, len(told)))
    return [person.identifiers["mrn"] for person in some]


def _patients(reader: Reader, numbers: Sequence[str]) -> list[str]:
    """The path ids of those, but for the ones whose path has ended: no worklist shows them."""
    found = [reader.post("/worklist", text=number) for number in numbers]
    return [name for page in found for name in re.findall(r'href="/patients/([^"/]+)"', page)]


def _times(
    run: Run, reader: Reader, numbers: Sequence[str], patients: Sequence[str]
) -> Iterator[Figure]:
    count = run.scaled(400, 20)
    yield from _timed("worklist", count, lambda _: reader.get("/worklist"), (15, 60))
    yield from _timed("worklist, page 1,000", count, lambda _: reader.get("/worklist?page=1000"))
    due = "/worklist?due=week"
    yield from _timed("worklist, next 7 days", count, lambda _: reader.get(due))
    yield from _timed(
        "patient, seen before",
        count,
        lambda n: reader.get(f"/patients/{patients[n % len(patients)]}"),
        (30, None),
    )
    yield from _timed(
        "search by number",
        count,
        lambda n: reader.post("/worklist", text=numbers[n % len(numbers)]),
    )


def _timed(
    what: str,
    count: int,
    act: Callable[[int], object],
    goals: tuple[float | None, float | None] = (None, None),
) -> Iterator[Figure]:
    timings = Timings()
    for number in range(count):
        _took(timings, partial(act, number))
    yield from _percentiles(what, timings, goals)


def _took(timings: Timings, act: Callable[[], object]) -> None:
    began = perf_counter_ns()
    act()
    timings.durations.append(perf_counter_ns() - began)


def _percentiles(
    what: str, timings: Timings, goals: tuple[float | None, float | None]
) -> Iterator[Figure]:
    for percent, goal in zip((50, 99), goals, strict=True):
        took = timings.percentile(percent) / MILLISECOND
        bound = Goal(goal, "at most") if goal is not None else None
        yield Figure(f"{what}, {percent} %", took, "ms", bound)


class Acts:
    """Acts of somebody else meanwhile, in another process than the pages, one patient a time."""

    def __init__(self, store: SqlStore, patients: Sequence[str]) -> None:
        self._orchestrator = Orchestrator(store, load_shipped)
        self._patients = patients
        self._count = 0

    def act(self) -> None:
        """The reminders of the next patient are paused, or for longer than they were."""
        turn, which = divmod(self._count, len(self._patients))
        self._count += 1
        now = clock.now()
        pause = PauseReminders(
            actor=Actor("Dr Ada Sample", "clinician"),
            path_id=self._patients[which],
            until=now.date() + timedelta(days=2 + turn),
            reason="On holiday",
        )
        self._orchestrator.pause(pause, now)


def _beside(run: Run, reader: Reader, plain: Reader, acts: Acts) -> Iterator[Figure]:
    """How many worklists a second, beside the template alone; all in turns, in one run.

    Of the product twice: while nothing changes, and with the path of somebody changed before each
    look.
    """
    still, changing, template = Timings(), Timings(), Timings()
    shown = plain.get("/worklist")
    assert len(plain.get("/worklist")) == len(shown)
    for _ in range(run.scaled(400, 20)):
        acts.act()
        for timings, who in ((changing, reader), (still, reader), (template, plain)):
            _took(timings, partial(who.get, "/worklist"))
    what = "worklist, a path changed before each look"
    yield _rate("worklist", still, template, Goal(0.7, "at least"))
    yield from _percentiles(what, changing, (15, 60))
    yield _rate(what, changing, template)


def _rate(what: str, product: Timings, template: Timings, goal: Goal | None = None) -> Figure:
    note = f"{product.a_second:,.0f}/s beside {template.a_second:,.0f}/s"
    ratio = product.a_second / template.a_second
    return Figure(f"{what}, beside its template", ratio, "", goal, note)


def _process(site: Served) -> Iterator[Figure]:
    took, held = site.took / SECOND, site.resident / MEGABYTE
    yield Figure("from start to serving", took, "s", Goal(3, "at most"))
    yield Figure("memory held", held, "MB", Goal(250, "at most"))
