"""A backup holds everything as of one moment, and what comes back from it is the same."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from storage.backup import Restored, back_up, restore
from storage.chain import verify_chain
from storage.engine import status_of, store_on
from storage.key_file import key_file_of
from storage.postgresql import PostgresDatabase
from storage.schema import step_back
from storage.server_programs import ServerPrograms
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from storage.tables import APPEND_ONLY
from tests import postgresql
from tests.store.acts import CANARY, NOW, enrolment, step
from tests.store.conftest import KEY, Place, file_place
from workflow.errors import IntegrityError, RefusedError, StoreError
from workflow.records import Person

IDENTITY = ("person", "identifier", "name_token", "person_key", "search_key")
TABLES = sorted(SQLModel.metadata.tables)


def everything(place: Place) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, but for when the last backup was made and the mark of a change."""
    rows = {
        table: sorted(place.ask(f"SELECT * FROM {table}"), key=repr)  # noqa: S608 - a name from our tables
        for table in TABLES
    }
    of_now = ("backup_at", "path_changes/")
    rows["meta"] = [row for row in rows["meta"] if not row[0].startswith(of_now)]
    return rows


def identities(place: Place) -> list[Person]:
    """Who everybody is; sealed again, a person is another ciphertext."""
    with closing(SqlStore(place.database)) as store:
        return [row.person for row in store.worklist.every()]


def owned(name: str) -> Place:
    """A database on the server, used by the one who owns its tables, as backups are made."""
    database = PostgresDatabase(postgresql.server().url(name, postgresql.OWNER))
    return Place(database, lambda: postgresql.connect_to(name))


@pytest.fixture(params=["plain", "encrypted", "server"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Place, Place]]:
    """A store with three patients of two sites, and the place of a database that is not there."""
    with ExitStack() as databases:
        if request.param == "server":
            source = owned(databases.enter_context(postgresql.fresh()))
            empty = postgresql.server().create()
            databases.callback(postgresql.server().drop, empty)
            target = owned(empty)
        else:
            key = KEY if request.param == "encrypted" else ""
            source = file_place(SqliteFile(tmp_path / "ward.db", key))
            target = file_place(SqliteFile(tmp_path / "other.db", key))
        with closing(source.open()) as store:
            for number, site in ((1, "North"), (2, "South"), (3, "")):
                plain = enrolment(number)
                settings = {**plain.path.settings, "site": site}
                write(store, replace(plain, path=replace(plain.path, settings=settings)))
                for state in ("reinduction", "response_assessment"):
                    write(store, step(store.case(f"P-{number}").path, state))
        yield source, target


def write(store: SqlStore, commit: Any) -> None:  # noqa: ANN401 - a commit
    """The commit is written, in a transaction of its own."""
    with store.begin() as transaction:
        transaction.write(commit)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the backup goes."""
    return tmp_path / "ward.backup"


def programs() -> Path:
    """Where the programs of the tests' server are."""
    return postgresql.server().programs


def save(place: Place, file: Path) -> int:
    """A backup is made now."""
    return back_up(place.database, file, NOW, programs=programs())


def bring_back(place: Place, file: Path, *, over: bool = False) -> Restored:
    """The backup is restored with its keys."""
    return restore(
        place.database,
        file,
        over_what_is_there=over,
        keys=key_file_of(file),
        programs=programs(),
    )


def test_every_row_comes_back(places: tuple[Place, Place], file: Path) -> None:
    """Of every table and of every site, and every history verifies."""
    source, target = places

    size = save(source, file)
    restored = bring_back(target, file)

    assert size == file.stat().st_size
    assert everything(target) == everything(source)
    assert (restored.paths, restored.entries, restored.findings) == (3, 9, ())
    assert restored.without_identity == 0
    with closing(target.open()) as store:
        write(store, step(store.case("P-1").path))
        assert verify_chain(store) == []
    with pytest.raises(target.database.driver.Error, match="journal is append-only"):
        target.ask("DELETE FROM journal")


def test_a_backup_is_its_owners_alone_and_its_keys_alone_lie_beside_it(
    places: tuple[Place, Place], file: Path
) -> None:
    """The keys open the names in it; and a half-written file would be taken for a whole one."""
    source, _ = places
    before = {path.name for path in file.parent.iterdir()}

    save(source, file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file_of(file).stat().st_mode) == 0o600
    after = {path.name for path in file.parent.iterdir() if not path.name.startswith("ward.db")}
    assert after == {name for name in before if not name.startswith("ward.db")} | {
        file.name,
        key_file_of(file).name,
    }


def test_the_age_of_the_last_backup_is_known(places: tuple[Place, Place], file: Path) -> None:
    """The doctor asks for it; a backup that failed counts for nothing."""
    source, _ = places
    assert status_of(source.database).backup_at == ""

    save(source, file)

    assert status_of(source.database).backup_at == "2026-11-23T07:00:00.123456Z"


def test_a_backup_is_not_written_over_another(places: tuple[Place, Place], file: Path) -> None:
    """Yesterday's is the one that is needed when today's is wrong."""
    source, _ = places
    file.write_text("yesterday")

    with pytest.raises(StoreError, match="is there already; name another file"):
        save(source, file)

    assert file.read_text() == "yesterday"
    assert status_of(source.database).backup_at == ""


def test_where_nothing_is_there_is_nothing_to_back_up(
    places: tuple[Place, Place], file: Path
) -> None:
    """A backup of a mistyped address would be believed in until it is needed."""
    _, target = places

    with pytest.raises(StoreError, match="has no tables yet"):
        save(target, file)

    assert not file.exists()


def test_another_programs_database_is_neither_saved_nor_written_over(
    places: tuple[Place, Place], file: Path
) -> None:
    """Even --yes means our own database alone."""
    source, target = places
    save(source, file)
    if isinstance(target.database, SqliteFile):
        target.database.create()
    target.ask("CREATE TABLE recipes (name TEXT)")

    with pytest.raises(StoreError, match="the database of another program"):
        restore(target.database, file, over_what_is_there=True, programs=programs())
    with pytest.raises(StoreError, match="the database of another program"):
        save(target, file.with_name("other.backup"))

    assert target.tables() == ["recipes"]


def test_another_programs_backup_is_not_restored(on_server: Place, file: Path) -> None:
    """Its tables would stand among ours."""
    name = postgresql.server().create()
    postgresql.server().run("CREATE TABLE recipes (name text)", database=name)
    theirs = PostgresDatabase(postgresql.server().url(name))
    ServerPrograms(theirs, programs()).dump(file)
    postgresql.server().drop(name)
    assert isinstance(on_server.database, PostgresDatabase)
    address = on_server.database.address.set(username=postgresql.OWNER)

    with pytest.raises(StoreError, match="is no backup of Allpath"):
        restore(*(PostgresDatabase(address), file), over_what_is_there=True, programs=programs())

    assert "recipes" not in on_server.tables()


def test_a_backup_into_no_folder_is_refused(places: tuple[Place, Place], file: Path) -> None:
    """The sentence names the file and what to look after."""
    source, _ = places

    with pytest.raises(StoreError, match="cannot be written"):
        save(source, file.parent / "nowhere" / "ward.backup")


def test_what_is_there_is_not_written_over_without_a_word(
    places: tuple[Place, Place], file: Path
) -> None:
    """Whoever restores into the wrong database is asked first; told so, it is wholly replaced."""
    source, _ = places
    save(source, file)
    before = everything(source)
    with closing(source.open()) as store:
        write(store, enrolment(9))
        changed = everything(source)

        with pytest.raises(RefusedError, match=r"already holds patients .* say --yes"):
            restore(source.database, file, over_what_is_there=False, programs=programs())
        assert everything(source) == changed
        bring_back(source, file, over=True)

        assert everything(source) == before
        assert store.find("P-9") == ()
        write(store, step(store.case("P-1").path))


def test_what_is_no_backup_is_refused_and_changes_nothing(
    places: tuple[Place, Place], file: Path
) -> None:
    """A letter, a missing file, and the backup of another kind of database."""
    source, _ = places
    before = everything(source)

    for content in (None, b"Dear colleague,\n" * 300, b"", b"PGDMP and no more"):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(StoreError):
            restore(source.database, file, over_what_is_there=True, programs=programs())

    assert everything(source) == before


def test_a_backup_holds_every_site_whoever_makes_it(
    places: tuple[Place, Place], file: Path
) -> None:
    """Settings of one site neither make half a backup nor take a full database for an empty one."""
    source, target = places
    if source.is_file:
        return
    assert isinstance(source.database, PostgresDatabase)
    assert isinstance(target.database, PostgresDatabase)
    north, other = replace(source.database, sites="North"), replace(target.database, sites="East")

    back_up(north, file, NOW, programs=programs())
    with pytest.raises(RefusedError, match="already holds patients"):
        restore(
            *(replace(north, sites="East"), file), over_what_is_there=False, programs=programs()
        )
    restored = restore(
        other, file, over_what_is_there=False, keys=key_file_of(file), programs=programs()
    )

    assert restored.paths == 3
    assert everything(target) == everything(source)


def test_an_older_backup_is_brought_to_the_newest_tables(
    places: tuple[Place, Place], file: Path
) -> None:
    """A backup outlives the programme that made it."""
    source, target = places
    before, people = everything(source), identities(source)
    step_back(source.database, "0001")
    save(source, file)

    restore(target.database, file, over_what_is_there=False, programs=programs())

    after = everything(target)
    assert {name: after[name] for name in after if name not in IDENTITY} == {
        name: before[name] for name in before if name not in IDENTITY
    }
    assert identities(target) == people
    assert not key_file_of(file).exists()


def test_a_backup_that_was_tampered_with_is_found(places: tuple[Place, Place], file: Path) -> None:
    """A copy lies about for years; whoever brings it back is told what no longer agrees."""
    source, target = places
    source.disarm()
    source.ask("UPDATE journal SET actor = 'Mallory' WHERE path_id = 'P-2' AND seq = 2")
    save(source, file)

    if target.is_file:
        with pytest.raises(IntegrityError, match=r"P-2, entry 2.*nothing was changed"):
            restore(target.database, file, over_what_is_there=False)
        assert isinstance(target.database, SqliteFile)
        assert not target.database.path.exists()
        return
    restored = restore(target.database, file, over_what_is_there=False, programs=programs())
    assert str(restored.findings[0]).startswith("P-2, entry 2: was changed")
    assert set(APPEND_ONLY) <= set(target.tables())


def test_a_backup_under_a_writing_thread_is_of_one_moment(
    places: tuple[Place, Place], file: Path
) -> None:
    """Nobody has to stop working for it, and no path in it is half written."""
    source, target = places
    writing, enough = threading.Event(), threading.Event()
    store = source.open()

    def work() -> None:
        with closing(source.open()) as mine:
            while not enough.is_set():
                write(mine, step(mine.case("P-1").path))
                writing.set()

    writer = threading.Thread(target=work)
    writer.start()
    writing.wait(10)
    save(source, file)
    enough.set()
    writer.join()
    restored = restore(target.database, file, over_what_is_there=False, programs=programs())

    assert restored.findings == ()
    assert 5 + 6 - 2 < restored.entries <= store.case("P-1").path.version + 6
    store.close()


def test_an_encrypted_backup_shows_nothing(tmp_path: Path, file: Path) -> None:
    """The copy that is carried away is as closed as the file it was made of."""
    database = SqliteFile(tmp_path / "ward.db", KEY)
    with closing(store_on(database)) as store:
        write(store, enrolment())

    back_up(database, file, NOW)

    content = file.read_bytes()
    assert CANARY.encode() not in content
    assert b"SQLite" not in content
    with pytest.raises(StoreError, match="encrypted or not a database"):
        restore(SqliteFile(tmp_path / "other.db"), file, over_what_is_there=False)


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        (None, r"no pg_dump in .*ALLPATH_PG_BIN"),
        ("pg_dump (PostgreSQL) 9.6.1", r"is of PostgreSQL 9, but the server .* is 18"),
    ],
)
def test_without_the_servers_programs_the_cure_is_named(
    on_server: Place, tmp_path: Path, file: Path, says: str | None, sentence: str
) -> None:
    """An old pg_dump would leave out what it does not know."""
    folder = tmp_path / "bin"
    folder.mkdir()
    if says is not None:
        (folder / "pg_dump").write_text(f"#!/bin/sh\necho '{says}'\n")
        (folder / "pg_dump").chmod(0o755)

    with pytest.raises(StoreError, match=sentence):
        back_up(on_server.database, file, NOW, programs=folder)

    assert not file.exists()


def test_a_role_that_may_not_read_all_makes_no_backup(on_server: Place, file: Path) -> None:
    """A backup without the rows of another site would look like a whole one."""
    with pytest.raises(StoreError, match="Connect as the owner of the tables"):
        back_up(on_server.database, file, NOW, programs=programs())

    assert not file.exists()
