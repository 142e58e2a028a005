"""A database file that cannot be used says in one sentence why, and what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from storage.engine import describe, open_store, store_on, upgrade
from storage.migrations import HEAD
from storage.sql_store import SqlStore
from storage.sqlite import Journaling, SqliteFile, journaling
from tests.store.acts import CANARY, enrolment, step
from tests.store.conftest import KEY
from workflow.errors import StoreError
from workflow.records import Commit

NOBODY = 65534


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is, or will be."""
    return tmp_path / "allpath.db"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A file with a key, as an editor leaves it."""
    path = tmp_path / "allpath.key"
    path.write_text(f"{KEY}\n")
    return path


def made(file: Path, key_file: Path | None = None) -> str:
    """The address of a store with one patient."""
    url = f"sqlite:///{file}"
    store = open_store(url, key_file=key_file)
    with store.begin() as transaction:
        transaction.write(enrolment())
    store.close()
    return url


@contextmanager
def ordinary_user() -> Iterator[None]:
    """The rights of files count inside this block even where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user of the machine may write to, with one store in it."""
    path = Path(tempfile.mkdtemp())
    made(path / "allpath.db")
    path.chmod(0o777)
    (path / "allpath.db").chmod(0o666)
    yield path
    path.chmod(0o700)
    shutil.rmtree(path)


def write(store: SqlStore, commit: Commit) -> None:
    """The commit is written in a transaction of its own."""
    with store.begin() as transaction:
        transaction.write(commit)


def test_a_missing_file_is_made_for_its_owner_alone(file: Path) -> None:
    """The names of patients are nobody else's business on a shared machine."""
    open_store(f"sqlite:///{file}").close()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert describe(f"sqlite:///{file}").revision == HEAD


def test_an_empty_file_counts_as_missing(file: Path) -> None:
    """A program that died while it made the file does no harm."""
    file.touch()

    open_store(f"sqlite:///{file}").close()

    assert describe(f"sqlite:///{file}").is_current


def test_a_relative_address_is_below_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three strokes name a file beside you, four an absolute one."""
    monkeypatch.chdir(tmp_path)

    open_store("sqlite:///ward 1.db").close()

    assert (tmp_path / "ward 1.db").exists()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite://", "in memory would keep nothing"),
        ("sqlite:///:memory:", "in memory would keep nothing"),
        ("mysql://allpath:secret@db/allpath", "cannot use mysql"),
        ("allpath.db", "write it like sqlite:///allpath.db"),
        ("sqlite:////nowhere/at/all.db", "no folder /nowhere/at to keep the database in"),
        ("sqlite:////", "is a folder; name a file"),
    ],
)
def test_an_address_without_a_database_is_refused(url: str, sentence: str) -> None:
    """The sentence shows how a good address looks, and no password."""
    with pytest.raises(StoreError, match=sentence) as refused:
        open_store(url)

    assert "secret" not in str(refused.value)


def test_a_read_only_file_is_refused(folder: Path) -> None:
    """A store that could not keep what it is told must not look like one."""
    (folder / "allpath.db").chmod(0o444)

    with ordinary_user(), pytest.raises(StoreError, match="cannot be written; ask for the right"):
        open_store(f"sqlite:///{folder / 'allpath.db'}")


def test_a_read_only_folder_is_refused(folder: Path) -> None:
    """SQLite writes its journal beside the file."""
    folder.chmod(0o555)

    with ordinary_user(), pytest.raises(StoreError, match="to its folder"):
        open_store(f"sqlite:///{folder / 'allpath.db'}")
    with ordinary_user(), pytest.raises(StoreError, match="cannot be written"):
        open_store(f"sqlite:///{folder / 'new.db'}")


def test_a_store_that_becomes_read_only_says_so(file: Path) -> None:
    """Reading goes on; writing is refused with the cure."""
    store = open_store(made(file))
    path = store.case("P-1").path
    store._connection().execute("PRAGMA query_only = ON")

    with pytest.raises(StoreError, match="cannot be written"), store.begin() as transaction:
        transaction.write(step(path))

    assert store.case("P-1").path == path


def test_a_full_disk_changes_nothing_and_is_survived(file: Path) -> None:
    """As soon as there is room again the same store works on."""
    store = open_store(made(file))
    path = store.case("P-1").path
    (pages,) = store._connection().execute("PRAGMA page_count").fetchone()
    store._connection().execute(f"PRAGMA max_page_count = {pages}")
    large = step(path, person=None)
    large = replace(large, audit=(replace(enrolment().audit[0], detail="x" * 100_000),))

    with pytest.raises(StoreError, match="the disk is full; nothing was changed"):
        write(store, large)
    assert store.case("P-1").path == path
    store._connection().execute("PRAGMA max_page_count = 1000000")
    write(store, large)

    assert store.case("P-1").path.version == 2


@pytest.mark.parametrize("content", [b"Dear colleague,\n" * 300, b"\0" * 8192, os.urandom(8192)])
def test_a_file_that_is_no_database_is_refused_and_left_alone(file: Path, content: bytes) -> None:
    """Somebody's letter must not be written over."""
    file.write_bytes(content)

    with pytest.raises(StoreError, match="is encrypted or not a database; name its key file"):
        open_store(f"sqlite:///{file}")

    assert file.read_bytes() == content


def test_a_truncated_file_is_refused(file: Path) -> None:
    """A copy that was cut off is noticed before anybody relies on it."""
    url = made(file)
    file.write_bytes(file.read_bytes()[: 3 * 4096])

    with pytest.raises(StoreError, match=r"is damaged; .*restore the last backup"):
        open_store(url)


def test_a_damaged_page_is_reported_when_it_is_read(file: Path) -> None:
    """The sentence asks for the backup and does not show SQLite's own."""
    url = made(file)
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(bytes(content))

    with pytest.raises(StoreError, match=r"is damaged; .*restore the last backup"):
        open_store(url).case("P-1")


def test_another_programs_database_is_refused_and_left_alone(file: Path) -> None:
    """Our tables and settings do not belong among theirs."""
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()

    before = file.read_bytes()

    for use in (open_store, upgrade, describe):
        with pytest.raises(StoreError, match="the database of another program"):
            use(f"sqlite:///{file}")

    assert file.read_bytes() == before


def test_a_newer_database_is_refused(file: Path) -> None:
    """An older program would not know what the newer one promised."""
    url = made(file)
    connection = SqliteFile(file).connect()
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    for use in (open_store, upgrade):
        with pytest.raises(StoreError, match=r"revision 9999.*Install the newer program"):
            use(url)
    assert (describe(url).revision, describe(url).is_current) == ("9999", False)
    assert "install that one" in describe(url).cure


def test_an_upgrade_of_a_current_database_changes_nothing(file: Path) -> None:
    """Whoever is unsure may run it again."""
    url = made(file)

    assert upgrade(url) == (HEAD, HEAD)


def test_an_upgrade_makes_a_database_that_does_not_exist_yet(file: Path) -> None:
    """Whoever sets the program up asks for the tables before the first patient comes."""
    url = f"sqlite:///{file}"
    with pytest.raises(StoreError, match=r"There is no database .*`allpath db upgrade`"):
        describe(url)

    assert upgrade(url) == (None, HEAD)
    assert describe(url).is_current


def test_a_lock_that_is_never_released_is_reported(file: Path) -> None:
    """A backup program that hangs on the file must not hang the ward as well."""
    made(file)
    store = store_on(SqliteFile(file, patience_seconds=0.05))
    other = SqliteFile(file).connect()
    other.execute("BEGIN IMMEDIATE")

    with (
        pytest.raises(StoreError, match=r"another program that did not let go for 0.05 seconds"),
        store.begin(),
    ):
        pass
    other.close()

    with store.begin() as transaction:
        assert transaction.load("P-1").path.version == 1


def test_an_encrypted_file_shows_nothing_to_other_programs(file: Path, key_file: Path) -> None:
    """A stolen disk holds neither names nor the fact that there is a database."""
    url = made(file, key_file)

    with (
        closing(sqlite3.connect(file)) as connection,
        pytest.raises(sqlite3.DatabaseError, match="not a database"),
    ):
        connection.execute("SELECT * FROM person")

    content = file.read_bytes()
    assert CANARY.encode() not in content
    assert b"SQLite" not in content
    with closing(open_store(url, key_file=key_file)) as store:
        assert store.person("P-1") == enrolment().person


def test_a_wrong_key_opens_nothing(file: Path, key_file: Path) -> None:
    """No key, another key, and a key where none belongs are three different sentences."""
    url = made(file, key_file)
    key_file.write_text(KEY[::-1])
    plain = made(file.with_name("plain.db"))

    with pytest.raises(StoreError, match="cannot be read with this key") as wrong:
        open_store(url, key_file=key_file)
    with pytest.raises(StoreError, match="is encrypted or not a database; name its key file"):
        open_store(url)
    with pytest.raises(StoreError, match="is not encrypted, but a key file was named"):
        open_store(plain, key_file=key_file)

    assert KEY[::-1] not in str(wrong.value)


@pytest.mark.parametrize("content", ["", "secret", "g" * 64, KEY + KEY])
def test_a_key_file_without_a_key_is_refused(file: Path, key_file: Path, content: str) -> None:
    """The sentence says how to make a key and never shows one."""
    key_file.write_text(content)

    with pytest.raises(StoreError, match="openssl rand -hex 32") as refused:
        open_store(f"sqlite:///{file}", key_file=key_file)

    assert "secret" not in str(refused.value)
    assert not file.exists()


def test_a_missing_key_file_is_refused(file: Path, tmp_path: Path) -> None:
    """Nothing is ever made unencrypted because a key was not found."""
    with pytest.raises(StoreError, match="cannot be read; check its name"):
        open_store(f"sqlite:///{file}", key_file=tmp_path / "no.key")

    assert not file.exists()


def test_a_key_is_never_shown() -> None:
    """Not even by whoever prints what is being opened."""
    assert KEY not in repr(SqliteFile(Path("allpath.db"), KEY))


def test_the_status_tells_what_doctor_needs(file: Path, key_file: Path) -> None:
    """Address, driver, journal, encryption, revision and the number of rows."""
    url = made(file, key_file)

    status = describe(url, key_file=key_file)

    assert (status.url, status.condition.driver, status.condition.encrypted) == (
        *(url, "sqlcipher3", True),
    )
    assert (status.condition.journal_mode, status.condition.synchronous) == ("wal", "FULL")
    assert (status.revision, status.head, status.is_current) == (HEAD, HEAD, True)
    assert status.counts["journal"] == 1
    assert status.counts["identifier"] == 2


def test_the_status_of_a_missing_file_makes_none(file: Path) -> None:
    """Looking is not writing."""
    with pytest.raises(StoreError, match=r"There is no database .*check the address"):
        describe(f"sqlite:///{file}")

    assert not file.exists()


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        *(("3.40.1", "delete"), ("3.44.5", "delete"), ("3.44.6", "wal"), ("3.45.0", "delete")),
        *(("3.50.6", "delete"), ("3.50.7", "wal"), ("3.51.0", "delete"), ("3.51.2", "delete")),
        *(("3.51.3", "wal"), ("3.52.0", "delete"), ("3.53.0", "wal"), ("4.0", "wal")),
    ],
)
def test_a_write_ahead_log_is_used_only_where_it_is_mended(version: str, mode: str) -> None:
    """Older versions can corrupt a file that several connections write."""
    synchronous = {"wal": "FULL", "delete": "EXTRA"}[mode]

    assert journaling(version) == Journaling(mode, synchronous)


def test_the_connection_keeps_the_rules_on(file: Path) -> None:
    """References are checked, replacing fires triggers, and foreign schemas run no functions."""
    made(file)
    connection = SqliteFile(file).connect()

    settings = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("foreign_keys", "recursive_triggers", "trusted_schema", "synchronous")
    }

    assert settings == {
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "trusted_schema": 0,
        "synchronous": 2,
    }
    connection.close()
