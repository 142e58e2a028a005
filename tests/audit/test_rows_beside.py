"""Rows beside the journal that were rewritten behind the program are found and named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from storage.sqlite import SqliteFile
from tests import postgresql
from tests.audit.ward import Ward
from tests.store.acts import NOW, enrolment, on_an_agenda, opened_in_an_emergency
from tests.store.conftest import file_place, server_place
from workflow.assigning import Assignment
from workflow.records import Actor

BENDING: Final = {
    "mdt_meeting": ("meeting_id = 'M-1'", ("title", "held_on", "site", "actor", "at")),
    "mdt_attendance": ("meeting_id = 'M-1'", ("people", "role", "at")),
    "mdt_entry": (
        "path_id = 'P-1'",
        ("content", "kind", "about", "meeting_id", "actor", "role", "os_user", "at"),
    ),
    "assignment": (
        "path_id = 'P-1' AND reason = 'round'",
        ("reason", "looked_after_by", "actor", "role", "os_user", "at"),
    ),
    "emergency_entry": ("path_id = 'P-1'", ("note", "code", "account", "until", "actor", "at")),
}
"""For each table one row by a condition, and the columns that are changed one after another."""
OTHER: Final[dict[str, object]] = {
    "at": 7,
    "until": 7,
    "about": 1,
    "role": "clinician",
    "kind": "decided",
    "held_on": "2026-01-01",
}


@pytest.fixture(scope="module", params=["file", "server"])
def kept(
    request: pytest.FixtureRequest, empty: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ward]:
    """A ward with a meeting, people who look after patients, and emergency access; all sealed."""
    folder = tmp_path_factory.mktemp("beside")
    if request.param == "file":
        copy = folder / "ward.db"
        copy.write_bytes(empty.read_bytes())
        yield filled(Ward(file_place(SqliteFile(copy)), folder, Random(1)))
        return
    with postgresql.fresh() as name:
        yield filled(Ward(server_place(name), folder, Random(1)))


def filled(ward: Ward) -> Ward:
    """The ward with one row of each kind or more, and triggers that defend nothing any more."""
    cora = Actor("Cora Coordinator", "coordinator")
    with closing(ward.place.open()) as store:
        with store.begin() as transaction:
            for number in (1, 2):
                transaction.write(replace(enrolment(number), facts=()))
        on_an_agenda(store, "P-1", "P-2")
        opened_in_an_emergency(store, "P-1")
        said = Assignment("P-1", "Ward 3", "round", cora, NOW)
        store.assignments.assign(said)
        later = replace(said, looked_after_by="Ward 4", reason="bed", at=NOW + timedelta(hours=1))
        store.assignments.assign(later)
    ward.live(0)
    ward.place.disarm()
    return ward


def put(ward: Ward, table: str, where: str, column: str, value: object) -> object:
    """The column of that row holds the value; answers what it held."""
    mark = "?" if ward.place.is_file else "%s"
    with closing(ward.place.connect()) as connection:
        if ward.place.is_file:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            connection.execute("PRAGMA foreign_keys = OFF")
        else:
            connection.execute("SET session_replication_role = replica")
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS mdt_entry_about")
        row: tuple[Any, ...] = connection.execute(
            f"SELECT {column} FROM {table} WHERE {where}"  # noqa: S608 - our own words
        ).fetchone()
        change = f"UPDATE {table} SET {column} = {mark} WHERE {where}"  # noqa: S608 - see above
        assert connection.execute(change, (value,)).rowcount == 1
    return row[0]


def test_what_nobody_touched_raises_no_alarm(kept: Ward) -> None:
    """A false alarm is soon ignored; so a sound row of each table is sound here too."""
    report = kept.check()

    assert report.findings == []
    assert not any("digest" in note for note in report.notes)


@pytest.mark.parametrize("table", BENDING)
def test_a_changed_row_is_named_with_its_table_and_column(kept: Ward, table: str) -> None:
    """Whoever is told where to look need not search five tables."""
    where, columns = BENDING[table]
    for column in columns:
        was = put(kept, table, where, column, OTHER.get(column, "Mallory"))
        found = [str(finding) for finding in kept.check().findings]
        back = where.replace("'round'", "'Mallory'") if column == "reason" else where
        put(kept, table, back, column, was)

        assert len(found) == 1, (column, found)
        assert found[0].startswith(f"{table}, ")
        assert "was changed: " in found[0]
        assert column in found[0]
        assert "Mallory" not in found[0]
    assert kept.check().findings == []


@pytest.mark.parametrize("table", BENDING)
def test_a_row_that_is_gone_or_was_put_in_is_named(kept: Ward, table: str) -> None:
    """What a meeting decided must not vanish, nor appear, without anybody noticing."""
    where, _ = BENDING[table]
    key = "access_id" if table == "emergency_entry" else where.split()[0]
    was = put(kept, table, where, key, "X-9")
    found = [str(finding) for finding in kept.check().findings]
    put(kept, table, where.replace(f"'{was}'", "'X-9'"), key, was)

    assert any(f.startswith(f"{table}, ") and "is gone" in f for f in found), found
    assert any(f.startswith(f"{table}, X-9") and "was put in" in f for f in found), found
    assert kept.check().findings == []


def test_a_path_kept_by_somebody_nobody_named_is_found(kept: Ward) -> None:
    """The worklist reads who looks after a patient from the path, so that column counts too."""
    was = put(kept, "path", "path_id = 'P-1'", "looked_after_by", "Mallory")
    found = [str(finding) for finding in kept.check().findings]
    put(kept, "path", "path_id = 'P-1'", "looked_after_by", was)

    assert found == ["path, P-1, has another looked_after_by than the last assignment"]
