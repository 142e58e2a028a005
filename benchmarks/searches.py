"""How long it takes to find a patient by number or by part of a name, all of whom are sealed.

The names are made up of syllables and as uneven as names are: a few are very common. Every search
answers with the right persons, which is checked against the names themselves. The goal is for
what a person types to find somebody; a part of a very common name finds hundreds, each of whom is
opened to be sure, and only informs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import accumulate
from random import Random
from time import perf_counter_ns
from typing import Any, Final

from benchmarks.bulk import PATHS, unchecked
from benchmarks.figures import MICROSECOND, MILLISECOND, Figure, Goal, Run, Timings
from benchmarks.server import server
from storage.database import Database
from storage.engine import store_on
from storage.identities import rows_of
from storage.rows import folded, path_row
from storage.sealing import new_key, sealed, searched_name, unsealed
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from workflow.records import PathRecord, Person

GOAL: Final = Goal(5, "at most")
SYLLABLES: Final = (
    *("an", "bel", "cor", "da", "el", "fin", "gra", "hol", "is", "jo", "kar", "lin", "mo", "nor"),
    *("ol", "pe", "qui", "ros", "sten", "tor", "ur", "vik", "wes", "xa", "yl", "zim"),
)
HASH: Final = "c" * 64
PAGE: Final = 5_000


def measure(run: Run) -> list[Figure]:
    """The kinds of search over as many patients as a country has, in a file and on a server."""
    figures = list(_in(SqliteFile(run.folder / "search.db"), "SQLite", run))
    with server() as database:
        figures += _in(database, "PostgreSQL", run)
    return [*figures, *_sealing(run)]


def _in(database: Database, name: str, run: Run) -> Iterator[Figure]:
    count = run.scaled(100_000, 2_000)
    run.tell(f"search: enrolling {count:,} patients, {name}")
    people = list(people_of(count, run.chance))
    with closing(store_on(database)) as store:
        _enrol(database, people)
        for kind, texts, goal in _searches(people, run):
            run.tell(f"search: {kind}, {name}")
            timings, found = _searched(store, people, texts)
            note = f"{count:,} patients, {found / len(texts):,.0f} found each time"
            for percent in (50, 95):
                took = timings.percentile(percent) / MILLISECOND
                what = f"search, {kind}, {name}, {percent} %"
                # The slowest are those during which the machine did something else.
                yield Figure(what, took, "ms", goal if percent == 50 else None, note)  # noqa: PLR2004 - the one in the middle


def _searches(people: list[Person], run: Run) -> Iterator[tuple[str, list[str], Goal | None]]:
    chance, count = run.chance, run.scaled(200, 20)
    some = [chance.choice(people) for _ in range(count)]
    yield "by number", [person.identifiers["mrn"] for person in some], GOAL
    yield "by family and given name", [f"{p.family_name} {p.given_name}" for p in some], GOAL
    rare = [person.family_name for person in people[-count:]]
    yield "by part of a rare name", [name[1:-1] for name in rare], GOAL
    yield "by a name nobody has", [f"{person.family_name}q" for person in some], GOAL
    common = [person.family_name for person in people[:count]]
    yield "by part of a common name", [name[:4] for name in common], None


def _searched(store: SqlStore, people: list[Person], texts: Sequence[str]) -> tuple[Timings, int]:
    timings, found = Timings(), 0
    for number, text in enumerate(texts):
        began = perf_counter_ns()
        answer = store.find(text)
        timings.durations.append(perf_counter_ns() - began)
        found += len(answer)
        if number < PAGE // len(people) + 3:  # looking through everybody takes a while
            assert set(answer) == set(_by_looking(people, text)), text
    return timings, found


def _by_looking(people: list[Person], text: str) -> Iterator[str]:
    for person in people:
        if text in person.identifiers.values() or folded(text) in searched_name(person):
            yield person.path_id


def people_of(count: int, chance: Random) -> Iterator[Person]:
    """Most have a name out of some thousands, as uneven as names are; the last a name alone."""
    family = _names(4_000, 3, chance)
    given = _names(500, 2, chance)
    by_rank = list(accumulate(1 / (rank + 10) for rank in range(len(family))))
    by_rank_given = list(accumulate(1 / (rank + 10) for rank in range(len(given))))
    for number in range(count):
        (last,) = chance.choices(family, cum_weights=by_rank)
        (first,) = chance.choices(given, cum_weights=by_rank_given)
        own = "".join(chance.choice(SYLLABLES) for _ in range(5)).title()
        is_rare = number >= count - count // 100
        yield Person(
            f"P-{number:06}", own if is_rare else last, first, {"mrn": f"999{number:07}"}, "0 12 34"
        )


def _names(count: int, syllables: int, chance: Random) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chance.choice(SYLLABLES) for _ in range(syllables)).title()] = None
    return list(found)


def _enrol(database: Database, people: list[Person]) -> None:
    """The rows are written as an enrolment would, but many at a time and checked by nobody."""
    with unchecked(database) as (connection, write):
        ((search_key,),) = connection.execute("SELECT key FROM search_key").fetchall()
        for start in range(0, len(people), PAGE):
            page = people[start : start + PAGE]
            for table, rows in _rows(page, bytes.fromhex(search_key)).items():
                write(table, rows)


def _rows(people: list[Person], search_key: bytes) -> dict[str, list[tuple[Any, ...]]]:
    rows: dict[str, list[tuple[Any, ...]]] = {PATHS: []}
    for person in people:
        path = PathRecord(person.path_id, "made_up", "1", HASH, "assessment", {}, {})
        rows[PATHS].append(path_row(path))
        for table, those in rows_of(person, search_key).items():
            rows.setdefault(table, []).extend(those)
    rows["name_token"].sort()
    return rows


def _sealing(run: Run) -> Iterator[Figure]:
    """What sealing and opening one person takes."""
    person, key = next(iter(people_of(1, run.chance))), new_key()
    text = sealed(person, key)

    def opening() -> object:
        return unsealed(person.path_id, text, None, key)

    def closing_up() -> object:
        return rows_of(person, bytes(32))

    for what, act in (("opened", opening), ("sealed, with its tokens", closing_up)):
        took = _took(act, run.scaled(20_000, 500))
        yield Figure(f"search: one person {what}", took / MICROSECOND, "us")


def _took(act: Callable[[], object], count: int) -> float:
    began = perf_counter_ns()
    for _ in range(count):
        act()
    return (perf_counter_ns() - began) / count
