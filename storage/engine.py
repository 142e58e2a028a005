"""Opening a database by its address: `sqlite:///file.db`, with a key file when it is encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import SQLModel

import storage.tables  # noqa: F401 - the tables enter the metadata when their module is read
from storage.migrations import HEAD, REVISIONS
from storage.schema import migrate, require_head
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile, read_key
from workflow.errors import StoreError

SYNCHRONOUS: Final = ("OFF", "NORMAL", "FULL", "EXTRA")


@dataclass(frozen=True, slots=True)
class Status:
    """What there is to know of a database, for `allpath doctor` and `allpath db status`.

    `counts` holds the number of rows of each table; it is empty while the tables are not at `head`.
    """

    url: str
    driver: str
    sqlite_version: str
    journal_mode: str
    synchronous: str
    encrypted: bool
    revision: str | None
    head: str
    counts: Mapping[str, int]

    @property
    def is_current(self) -> bool:
        """Whether the tables are those this program works with."""
        return self.revision == self.head

    @property
    def cure(self) -> str:
        """What to do when the tables are not current."""
        if self.revision is None or self.revision in REVISIONS:
            return "make a backup, then run `allpath db upgrade`"
        return "it was written by a newer program; install that one"


def open_store(url: str, *, key_file: Path | None = None) -> SqlStore:
    """The store at this address, ready for work; a file that does not exist yet is made.

    Raises StoreError, with what to do, when the database cannot be used as it is.
    """
    return store_on(_database(url, key_file))


def store_on(database: SqliteFile) -> SqlStore:
    """The store on this database, ready for work."""
    database.create()
    with closing(database.connect()) as connection, database.complaints():
        # Only what is ours, or nobody's, is touched.
        revision = database.patiently(lambda: database.revision(connection))
        if revision is None:
            _, revision = migrate(database)
        require_head(database, revision)
        database.choose_journal(connection)
    return SqlStore(database)


def upgrade(url: str, *, key_file: Path | None = None) -> tuple[str | None, str]:
    """The database has the newest tables; answers the revision it had and the one it has.

    A file that does not exist yet is made. Raises StoreError when the database is newer than this
    program or cannot be written.
    """
    database = _database(url, key_file)
    database.create()
    return migrate(database)


def describe(url: str, *, key_file: Path | None = None) -> Status:
    """What there is to know of the database, which is neither made nor changed.

    Raises StoreError when it cannot be opened or is not ours.
    """
    database = _database(url, key_file)
    with closing(database.connect()) as connection, database.complaints():
        revision = database.patiently(lambda: database.revision(connection))
        ours = SQLModel.metadata.sorted_tables if revision == HEAD else []

        def one(question: str) -> Any:  # noqa: ANN401 - a number or a word of SQLite
            return database.patiently(lambda: connection.execute(question).fetchone()[0])

        return Status(
            url=make_url(url).render_as_string(hide_password=True),
            driver=database.driver.__name__.partition(".")[0],
            sqlite_version=database.driver.sqlite_version,
            journal_mode=one("PRAGMA journal_mode"),
            synchronous=SYNCHRONOUS[one("PRAGMA synchronous")],
            encrypted=bool(database.key),
            revision=revision,
            head=HEAD,
            counts={table.name: one(f"SELECT count(*) FROM {table.name}") for table in ours},  # noqa: S608 - a name from our tables
        )


def _database(url: str, key_file: Path | None) -> SqliteFile:
    try:
        parts = make_url(url)
    except ArgumentError:
        msg = "The database address cannot be read; write it like sqlite:///allpath.db."
        raise StoreError(msg) from None
    if parts.drivername != "sqlite":
        msg = f"Allpath cannot use {parts.drivername} databases yet; write sqlite:///allpath.db."
        raise StoreError(msg)
    return SqliteFile(_path(parts), read_key(key_file) if key_file else "")


def _path(url: URL) -> Path:
    if url.database in {None, "", ":memory:"}:
        msg = "A database in memory would keep nothing; name a file like sqlite:///allpath.db."
        raise StoreError(msg)
    return Path(str(url.database))
