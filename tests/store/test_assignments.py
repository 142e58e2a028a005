"""Who looks after whom, on every database: the latest by the path, each change kept for ever."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from tests.store.acts import NOW, enrolment, step
from tests.store.conftest import Place, file_place
from workflow.assigning import NOBODY, Assignment
from workflow.errors import NotFoundError, RefusedError
from workflow.place import Wanted
from workflow.records import Actor

CORA = Actor("Cora Coordinator", "coordinator", "cora")


def assignment(path_id: str, by: str, key: str = "") -> Assignment:
    """Cora says who looks after a path."""
    return Assignment(path_id, by, "round", CORA, NOW, key)


@pytest.fixture
def ward(place: Place) -> SqlStore:
    """Three paths; Ben looks after the first, a team after the second, nobody after the third."""
    store = place.open()
    for number in (1, 2, 3):
        with store.begin() as transaction:
            transaction.write(enrolment(number))
    store.assignments.assign(assignment("P-1", "@ben", "k"))
    store.assignments.assign(assignment("P-2", "Ward 3"))
    return store


def test_paths_are_paged_and_counted_by_who_looks_after_them(ward: SqlStore) -> None:
    """What is nobody's is a number of its own, at the same moment as everybody's."""
    nobodys = Wanted(keeper=NOBODY)

    page = ward.worklist.page(Wanted(keeper="@ben"), (Wanted(), nobodys), NOW, 0, 50)

    assert [(row.path.path_id, row.keeper) for row in page.rows] == [("P-1", "@ben")]
    assert (page.count, page.beside) == (1, (3, 1))
    assert list(ward.worklist.keepers(None)) == ["@ben", "Ward 3"]
    assert [row.path.path_id for row in ward.worklist.rows(nobodys, NOW)] == ["P-3"]
    assert {row.path.path_id: row.keeper for row in ward.worklist.every()}["P-2"] == "Ward 3"
    ward.close()


def test_a_step_leaves_who_looks_after_the_patient_as_it_is(ward: SqlStore) -> None:
    """Whoever moves a patient on says nothing of who looks after them."""
    with ward.begin() as transaction:
        transaction.write(step(ward.case("P-1").path))

    assert ward.assignments.keeper("P-1") == "@ben"
    ward.close()


def test_the_same_request_assigns_once_and_what_changes_nothing_is_refused(ward: SqlStore) -> None:
    """A doubled click adds no row, and nobody is told that something changed when nothing did."""
    first = ward.assignments.of("P-1")

    again = ward.assignments.assign(assignment("P-1", "@ben", "k"))

    assert (again,) == first == ward.assignments.of("P-1")
    with pytest.raises(RefusedError, match="They look after P-1 already"):
        ward.assignments.assign(assignment("P-1", "@ben", "other"))
    with pytest.raises(NotFoundError, match="no path P-9"):
        ward.assignments.assign(assignment("P-9", "@ben"))
    ward.close()


def test_no_look_at_the_list_reads_a_whole_table(tmp_path: Path) -> None:
    """A page of a country costs what a page of a ward costs: each part of it is in an index."""
    place = file_place(SqliteFile(tmp_path / "ward.db"))
    store, asked = place.open(), list[str]()
    everybodys, here = Wanted(), Wanted(sites=("North",))
    beside = (here, Wanted(keeper=NOBODY), Wanted(sites=("North",), keeper=NOBODY))
    with store.begin() as transaction:
        transaction.write(enrolment())
    store._connection().set_trace_callback(asked.append)

    for wanted in (everybodys, Wanted(keeper=NOBODY), Wanted(keeper="@ben"), here):
        store.worklist.page(wanted, beside, NOW, 0, 50)
    store.worklist.keepers(("North",))
    store._connection().set_trace_callback(None)

    plans = {
        str(row[3])
        for sql in dict.fromkeys(asked)
        if sql.startswith(("SELECT", "WITH"))
        for row in place.ask(f"EXPLAIN QUERY PLAN {sql}")
    }
    assert any("path_of_keeper" in plan for plan in plans)
    assert [plan for plan in plans if re.fullmatch("SCAN (path|person|checkpoint)", plan)] == []
    store.close()
