"""What is remembered of the worklist is shown for as long as it is so, and not a moment longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from tests.store.acts import NOW, enrolment, entry, person, step
from tests.store.conftest import Place, file_place
from workflow.assigning import NOBODY, Assignment
from workflow.place import BUCKETS, Wanted
from workflow.place import Place as Standing
from workflow.records import Actor, Commit

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SITES = ("", "North", "South", "West")
NAMES = ("Aber", "Brandt", "Castell", "Dorn", "Eichel", "Falk", "Gruen", "Holm")
ASKED = (
    *(Wanted(), Wanted(sites=("North",)), Wanted(sites=("South", "Elsewhere", "South"))),
    *(Wanted(buckets=(bucket,)) for bucket in BUCKETS),
    *(Wanted(due_by=NOW.date() + 2 * DAY), Wanted(keeper=NOBODY)),
    Wanted(state="reinduction", pathway_id="relapsed_all"),
)


@pytest.fixture
def ward(tmp_path: Path) -> Place:
    """Two patients at each of four sites; one after the other becomes due, and then overdue."""
    place = file_place(SqliteFile(tmp_path / "ward.db"))
    with closing(place.open()) as store:
        for number, name in enumerate(NAMES, 1):
            _enrol(store, number, name, SITES[number % len(SITES)])
    return place


def test_whoever_looks_often_sees_what_a_newcomer_sees(ward: Place) -> None:
    """Nobody acts on what was so before somebody else's act, or before an hour had passed."""
    with closing(ward.open()) as often, closing(ward.open()) as another:
        for what, now in _acts(ward, another):
            with closing(ward.open()) as newcomer:
                for wanted in ASKED:
                    sees = newcomer.worklist.page(wanted, ASKED, now, 0, 5)
                    assert often.worklist.page(wanted, ASKED, now, 0, 5) == sees, (what, wanted)
                assert list(sees.sites) == list(newcomer.worklist.sites())


def test_a_change_at_one_site_has_only_that_site_read_again(ward: Place) -> None:
    """A busy hospital does not make the others wait for their worklist."""
    with closing(ward.open()) as store, closing(ward.open()) as another:
        before = store.worklist.page(Wanted(), ASKED[:1], NOW, 0, 50)
        _write(another, step(another.case("P-1").path))  # of the site North
        asked: list[str] = []
        store._connection().set_trace_callback(asked.append)

        after = store.worklist.page(Wanted(), ASKED[:1], NOW, 0, 50)

        store._connection().set_trace_callback(None)
        named = {sql.partition("json_each('")[2].partition("'")[0]: sql for sql in asked}
        listed = {names for names, sql in named.items() if names and "both_of" not in sql}
        assert listed == {'["North"]', '["P-5","P-1"]'}
        was = {row.path.path_id: row for row in before.rows}
        assert [r.path.path_id for r in after.rows if r != was[r.path.path_id]] == ["P-1"]


def test_every_site_with_a_patient_has_a_mark(ward: Place) -> None:
    """Whoever is at a site without one would be counted nowhere."""
    marked = ward.ask("SELECT substr(key, 14) FROM meta WHERE key LIKE 'path_changes/%'")

    assert sorted(marked) == sorted(ward.ask("SELECT DISTINCT site FROM path"))
    assert len(marked) == len(SITES)


def _acts(ward: Place, store: SqlStore) -> Iterator[tuple[str, datetime]]:
    """One thing after another that changes what the worklist shows, and when somebody looks."""
    yield "the first look", NOW
    yield "nothing", NOW
    yield "two became due", NOW + 2 * HOUR + timedelta(minutes=30)
    yield "an earlier look", NOW
    yield "one is to be seen to again", NOW + DAY + HOUR
    now = NOW + 30 * HOUR
    yield "others became overdue", now
    _write(store, step(store.case("P-1").path))
    yield "one was moved on", now
    _write(store, replace(step(store.case("P-2").path, "lost"), place=Standing(is_ended=True)))
    yield "one has ended", now
    soon = now + HOUR / 3  # before anything else becomes due or overdue
    quiet = Standing(due_at=NOW, overdue_at=NOW, quiet_until=soon)
    _write(store, replace(step(store.case("P-3").path), place=quiet))
    yield "one was put off", now
    now = soon + HOUR / 3
    yield "that one is to be seen to again", now
    cora = Actor("Cora Coordinator", "coordinator")
    store.assignments.assign(Assignment("P-4", "@ben", "round", cora, now))
    yield "somebody looks after one", now
    _enrol(store, 9, NAMES[4], "West")
    yield "a namesake was enrolled at another site", now
    ward.ask("UPDATE path SET site = 'South' WHERE path_id = 'P-5'")
    yield "one went to another site", now
    ward.ask("UPDATE path SET site = 'East' WHERE path_id = 'P-6'")
    yield "one went to a new site", now
    ward.ask("UPDATE path SET is_ended = 1, merged_into = 'P-1' WHERE path_id = 'P-7'")
    yield "one was merged into another", now
    path = store.case("P-8").path
    erased = entry(path, "identity_erased")
    after = replace(path, version=erased.seq, head=erased.hash)
    _write(
        store,
        Commit(
            after,
            path.version,
            (erased,),
            was_next_at=path.next_at,
            erases_identity=True,
            place=Standing(due_at=NOW, overdue_at=NOW),
        ),
    )
    yield "an identity was erased", now


def _enrol(store: SqlStore, number: int, name: str, site: str) -> None:
    commit = enrolment(number, person=person(number, name))
    # The site is among the settings; nothing of the history names it.
    path = replace(
        commit.path, settings={**commit.path.settings, **({"site": site} if site else {})}
    )
    due_at = NOW + number * HOUR
    standing = Standing(
        due_at=None if number == 1 else due_at,
        overdue_at=None if number == 1 else due_at + DAY,
        quiet_until=NOW + DAY if number == 6 else None,
    )
    _write(store, replace(commit, path=path, place=standing))


def _write(store: SqlStore, commit: Commit) -> None:
    with store.begin() as transaction:
        transaction.write(commit)
