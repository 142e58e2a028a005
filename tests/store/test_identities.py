"""Who a path belongs to is sealed under a key, found without being read, erased with the key."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.backup import Restored, back_up, restore
from storage.chain import verify_chain
from storage.identities import Identities
from storage.key_file import key_file_of
from storage.postgresql import PostgresDatabase
from storage.schema import migrate, step_back
from storage.sealing import (
    is_part,
    name_tokens,
    new_key,
    sealed,
    searched_name,
    sought_tokens,
    unsealed,
)
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from tests import postgresql
from tests.store.acts import CANARY, NOW, answered, enrolment, entry, person, step
from tests.store.conftest import Place, file_place
from workflow.errors import ConflictError, IntegrityError, StoreError
from workflow.records import Commit, PathRecord, Person


def write(store: SqlStore, *commits: Commit) -> None:
    """The commits are written, each in a transaction of its own."""
    for commit in commits:
        with store.begin() as transaction:
            transaction.write(commit)


def erasure(path: PathRecord) -> Commit:
    """The identity of the path is erased, as the orchestrator commits it."""
    erased = entry(path, "identity_erased", detail={})
    after = replace(path, version=erased.seq, head=erased.hash)
    return Commit(after, path.version, (erased,), was_next_at=path.next_at, erases_identity=True)


def raw(file: Path) -> bytes:
    """Every byte of the database file and of whatever lies beside it."""
    return b"".join(found.read_bytes() for found in sorted(file.parent.glob(f"{file.name}*")))


@pytest.fixture(params=["file", "server"])
def owned(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Place, Place]]:
    """Two databases without tables, used by the one who owns them."""
    with ExitStack() as databases:
        if request.param == "file":
            names = ("ward.db", "other.db")
            one, two = (file_place(SqliteFile(tmp_path / name)) for name in names)
        else:
            one, two = (_on_server(databases) for _ in range(2))
        migrate_at(one)
        yield one, two


def migrate_at(place: Place) -> None:
    """The database has the newest tables."""
    place.database.create()
    migrate(place.database)


def _on_server(databases: ExitStack) -> Place:
    name = postgresql.server().create()
    databases.callback(postgresql.server().drop, name)
    address = postgresql.server().url(name, postgresql.OWNER)
    return Place(PostgresDatabase(address), lambda: postgresql.connect_to(name))


def save(place: Place, file: Path) -> None:
    """A backup is made now, with its keys beside it."""
    back_up(place.database, file, NOW, programs=_programs(place))


def bring_back(place: Place, file: Path, keys: Path | None) -> Restored:
    """The backup is restored into an empty database."""
    programs = _programs(place)
    return restore(place.database, file, over_what_is_there=False, keys=keys, programs=programs)


def _programs(place: Place) -> Path | None:
    return None if place.is_file else postgresql.server().programs


def test_a_title_is_sealed_with_the_name_and_what_was_sealed_without_one_opens() -> None:
    """Nobody is sealed anew for it, and no digest of an enrolment changes."""
    key = new_key()
    plain = Person("P-1", "Sample", "Anna", {"mrn": "1"}, "a telephone number")
    titled = replace(plain, title="Dr")

    assert unsealed("P-1", sealed(plain, key), None, key) == plain
    assert unsealed("P-1", sealed(titled, key), None, key) == titled
    assert repr(plain) == (
        "Person(path_id='P-1', family_name='Sample', given_name='Anna', "
        "identifiers={'mrn': '1'}, contact='a telephone number')"
    )
    assert repr(titled) == f"{repr(plain)[:-1]}, title='Dr')"
    assert name_tokens(b"k", titled) == name_tokens(b"k", plain)


def test_what_is_sealed_opens_under_its_key_and_path_alone() -> None:
    """A row copied to another patient must not show the wrong name."""
    key = new_key()
    text = sealed(person(1), key)

    assert unsealed("P-1", text, None, key) == person(1)
    for path_id, other in (("P-2", key), ("P-1", new_key())):
        with pytest.raises(IntegrityError, match=f"identity of path {path_id} does not open"):
            unsealed(path_id, text, None, other)


@settings(max_examples=40)
@given(family=st.text(min_size=1), first=st.text(min_size=1), text=st.data())
def test_every_part_of_a_name_is_among_its_tokens(
    family: str, first: str, text: st.DataObject
) -> None:
    """Whatever the letters, a search that may find somebody never leaves them out beforehand."""
    key = bytes(32)
    somebody = Person("P-1", family, first, {})
    name = searched_name(somebody)
    begins = text.draw(st.integers(0, len(name)))
    part = name[begins : begins + text.draw(st.integers(1, 12))].strip()

    if part and is_part(part, somebody):
        assert sought_tokens(key, part) <= name_tokens(key, somebody)


def test_no_byte_of_a_file_holds_a_name_or_number(tmp_path: Path) -> None:
    """A stolen copy of the disk shows diseases of nobody, even before the log is emptied."""
    file = tmp_path / "ward.db"
    migrate_at(file_place(SqliteFile(file)))
    store = SqlStore(SqliteFile(file))
    write(store, enrolment(1), enrolment(2))

    content = raw(file)

    assert b"enrolled" in content
    assert CANARY.encode() not in content
    assert CANARY.casefold().encode() not in content
    assert store.find(f"{CANARY}-2") == ("P-2",)
    store.close()


def test_an_erased_identity_is_gone_and_its_path_stays(store: SqlStore, place: Place) -> None:
    """The right to be forgotten takes the name; what was decided and why is still there."""
    write(store, enrolment(1), enrolment(2))
    before = store.journal("P-1")

    write(store, erasure(store.case("P-1").path))

    found = store.person("P-1")
    assert (found.erased_at, found.family_name, found.identifiers) == (NOW, "", {})
    assert not found.is_known
    assert store.find(CANARY) == ("P-2",)
    assert store.find(f"{CANARY}-1") == ()
    assert store.find("P-1") == ("P-1",)
    assert store.enrolled("mrn", f"{CANARY}-1") is None
    assert store.without_key() == ()
    assert store.journal("P-1")[:-1] == before
    assert {row.path.path_id for row in store.worklist.every()} == {"P-1", "P-2"}
    assert verify_chain(store) == []
    for table in ("person_key", "identifier", "name_token"):
        assert place.ask(f"SELECT * FROM {table} WHERE path_id = 'P-1'") == []  # noqa: S608 - our own names


def test_an_answer_that_could_give_the_name_away_goes_with_it(store: SqlStore) -> None:
    """The digest of an enrolment could be guessed at until the name fits."""
    given = replace(answered("of-1"), answer={"path_id": "P-1", "version": 1})
    kept = replace(answered("of-11"), answer={"path_id": "P-11", "version": 1})
    write(store, enrolment(1, answered=given), enrolment(11, answered=kept))

    write(store, erasure(store.case("P-1").path))

    with store.begin() as transaction:
        assert transaction.answered(given.actor, "of-1") is None
        assert transaction.answered(kept.actor, "of-11") == kept


def test_a_destroyed_key_is_nowhere_in_the_file(tmp_path: Path) -> None:
    """A key that could be carved out of unused pages would have erased nothing."""
    file = tmp_path / "ward.db"
    place = file_place(SqliteFile(file))
    migrate_at(place)
    store = SqlStore(SqliteFile(file))
    write(store, *(enrolment(number) for number in range(1, 41)))
    keys = dict(place.ask("SELECT path_id, key FROM person_key"))
    (sealed_text,) = place.ask("SELECT sealed FROM person WHERE path_id = 'P-7'")[0]
    assert keys["P-7"].encode() in raw(file)

    write(store, erasure(store.case("P-7").path))
    assert store.forget_removed()

    content = raw(file)
    store.close()
    assert keys["P-7"].encode() not in content
    assert sealed_text.encode() not in content
    assert all(keys[other].encode() in content for other in keys if other != "P-7")


def test_the_number_of_an_erased_patient_can_be_enrolled_again(store: SqlStore) -> None:
    """Whoever comes back as a patient is a new patient, and not refused for the old number."""
    write(store, enrolment(1))
    with pytest.raises(ConflictError, match="already enrolled, on path P-1"):
        write(store, enrolment(2, person=replace(person(1), path_id="P-2")))

    write(store, erasure(store.case("P-1").path))
    write(store, enrolment(2, person=replace(person(1), path_id="P-2")))

    assert store.enrolled("mrn", f"{CANARY}-1") == "P-2"


def test_a_backup_has_no_keys_and_its_key_file_no_names(
    owned: tuple[Place, Place], tmp_path: Path
) -> None:
    """Each of the two files alone tells nobody who is ill."""
    source, _ = owned
    file = tmp_path / "ward.backup"
    with closing(SqlStore(source.database)) as store:
        write(store, enrolment(1), enrolment(2))

    save(source, file)

    held = json.loads(key_file_of(file).read_text(encoding="ascii"))
    assert set(held["person_keys"]) == {"P-1", "P-2"}
    if source.is_file:
        backup = file.read_bytes()
        for key in (held["search_key"], *held["person_keys"].values()):
            assert key.encode() not in backup
    assert CANARY not in key_file_of(file).read_text(encoding="ascii")
    assert stat.S_IMODE(key_file_of(file).stat().st_mode) == 0o600
    assert source.ask("SELECT count(*) FROM person_key") == [(2,)]


def test_without_its_key_file_a_backup_comes_back_without_identities(
    owned: tuple[Place, Place], tmp_path: Path
) -> None:
    """Care goes on by path number; and it is said that nobody has a name, and how many."""
    source, target = owned
    file = tmp_path / "ward.backup"
    with closing(SqlStore(source.database)) as store:
        write(store, enrolment(1), enrolment(2))
        write(store, erasure(store.case("P-2").path))
    save(source, file)

    restored = bring_back(target, file, None)

    assert (restored.paths, restored.without_identity) == (2, 1)
    with closing(SqlStore(target.database)) as store:
        assert store.person("P-1").is_locked
        assert store.person("P-2").erased_at == NOW
        assert store.without_key() == ("P-1",)
        assert store.find(CANARY) == ()
        write(store, step(store.case("P-1").path), enrolment(3))
        assert store.find(f"{CANARY}-3") == ("P-3",)


def test_the_keys_of_another_backup_are_refused(owned: tuple[Place, Place], tmp_path: Path) -> None:
    """Two key files are easily mistaken; nobody is shown under a wrong or broken name."""
    source, target = owned
    file, wrong = tmp_path / "ward.backup", tmp_path / "wrong.keys"
    with closing(SqlStore(source.database)) as store:
        write(store, enrolment(1))
    save(source, file)
    held = json.loads(key_file_of(file).read_text(encoding="ascii"))
    wrong.write_text(json.dumps({**held, "person_keys": {"P-1": new_key()}}), encoding="ascii")

    with pytest.raises(IntegrityError, match="not the one of this backup"):
        bring_back(target, file, wrong)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"form": "allpath keys 1"}', "Dear all,"])
def test_what_is_no_key_file_is_refused(tmp_path: Path, content: str) -> None:
    """A letter is not taken for keys, and the database is not touched."""
    place = file_place(SqliteFile(tmp_path / "ward.db"))
    migrate_at(place)
    file, wrong = tmp_path / "ward.backup", tmp_path / "wrong.keys"
    save(place, file)
    wrong.write_text(content, encoding="ascii")

    with pytest.raises(StoreError, match=r"wrong.keys is not a key file"):
        bring_back(file_place(SqliteFile(tmp_path / "other.db")), file, wrong)

    assert not (tmp_path / "other.db").exists()


def test_names_kept_in_clear_are_sealed_by_the_upgrade_and_open_on_the_way_back(
    owned: tuple[Place, Place],
) -> None:
    """Nobody is lost between the two forms, and after the upgrade no page remembers a name."""
    place, _ = owned
    with closing(SqlStore(place.database)) as store:
        write(store, *(enrolment(number) for number in range(1, 6)))
        write(store, erasure(store.case("P-5").path))
    clear = "SELECT family_name, given_name, contact FROM person WHERE path_id = 'P-3'"
    numbers = "SELECT system, value FROM identifier WHERE path_id = 'P-3' ORDER BY system"

    step_back(place.database, "0008")

    assert place.ask(clear) == [(CANARY, "Anna", f"{CANARY}@example.org")]
    assert place.ask(numbers) == sorted(person(3).identifiers.items())
    assert place.ask("SELECT family_name FROM person WHERE path_id = 'P-5'") == [("(no identity)",)]
    migrate(place.database)
    with closing(SqlStore(place.database)) as store:
        assert [store.person(f"P-{n}") for n in range(1, 5)] == [person(n) for n in range(1, 5)]
        assert store.find(f"{CANARY}-nhs-3") == ("P-3",)
        assert store.find(CANARY.casefold()) == tuple(f"P-{n}" for n in range(1, 5))
    if isinstance(place.database, SqliteFile):
        assert CANARY.encode() not in raw(place.database.path)


@pytest.mark.parametrize(
    "name", ["_person", "_owner", "_by_number", "_how_many", "_by_tokens", "_by_ids"]
)
def test_a_search_finds_its_rows_by_an_index(tmp_path: Path, name: str) -> None:
    """The cost of a search does not grow with the number of patients."""
    database = SqliteFile(tmp_path / "ward.db")
    migrate_at(file_place(database))
    sql = getattr(Identities(database.dialect), name)

    with closing(database.connect()) as connection:
        given: tuple[Any, ...] = (None,) * sql.count("?")
        rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", given).fetchall()

    scanned = [row[3] for row in rows if row[3].startswith("SCAN")]
    assert not [row for row in scanned if "name_token" in row or "person" in row], rows
