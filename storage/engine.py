"""Opening a database by its address: `sqlite:///file.db` or `postgresql+psycopg://host/name`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import SQLModel

import storage.tables  # noqa: F401 - the tables enter the metadata when their module is read
from storage.database import Condition, Database
from storage.migrations import HEAD, REVISIONS
from storage.schema import migrate, require_head
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile, read_key
from workflow.errors import StoreError


@dataclass(frozen=True, slots=True)
class Status:
    """What there is to know of a database, for `allpath doctor` and `allpath db status`.

    `counts` holds the number of rows of each table; it is empty while the tables are not at `head`.
    """

    url: str
    condition: Condition
    revision: str | None
    head: str
    counts: Mapping[str, int]
    backup_at: str
    rehearsed_at: str

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


def database_at(
    url: str,
    *,
    key_file: Path | None = None,
    password_file: Path | None = None,
    sites: tuple[str, ...] = (),
) -> Database:
    """The database at this address, not opened yet; no sites means all of them.

    Raises StoreError, with a good address in it, when this one cannot be read.
    """
    try:
        parts = make_url(url)
    except ArgumentError:
        msg = "The database address cannot be read; write it like sqlite:///allpath.db."
        raise StoreError(msg) from None
    if parts.drivername == "sqlite":
        return SqliteFile(_path(parts), read_key(key_file) if key_file else "")
    if parts.drivername != "postgresql+psycopg":
        msg = (
            f"Allpath cannot use {parts.drivername} databases; write sqlite:///allpath.db or "
            "postgresql+psycopg://role@host/name."
        )
        raise StoreError(msg)
    # Read only where it is needed: most commands work on a file.
    from storage.postgresql import EVERY_SITE, PostgresDatabase, read_password  # noqa: PLC0415 - see above

    password = read_password(password_file) if password_file else ""
    return PostgresDatabase(parts, password, ",".join(sites) or EVERY_SITE)


def open_store(url: str, *, key_file: Path | None = None) -> SqlStore:
    """The store at this address, ready for work; a file that does not exist yet is made.

    Raises StoreError, with what to do, when the database cannot be used as it is.
    """
    return store_on(database_at(url, key_file=key_file))


def store_on(database: Database) -> SqlStore:
    """The store on this database, ready for work."""
    database.create()
    with closing(database.connect()) as connection, database.complaints():
        # Only what is ours, or nobody's, is touched.
        revision = database.patiently(lambda: database.revision(connection))
        if revision is None and database.makes_tables():
            _, revision = migrate(database)
        require_head(database, revision)
        database.settle(connection)
    return SqlStore(database)


def upgrade(url: str, *, key_file: Path | None = None) -> tuple[str | None, str]:
    """The database at this address has the newest tables; see `upgrade_tables`."""
    return upgrade_tables(database_at(url, key_file=key_file))


def upgrade_tables(database: Database) -> tuple[str | None, str]:
    """The database has the newest tables; answers the revision it had and the one it has.

    A file that does not exist yet is made. Raises StoreError when the database is newer than this
    program or cannot be written.
    """
    database.create()
    return migrate(database)


def describe(url: str, *, key_file: Path | None = None) -> Status:
    """What there is to know of the database at this address; see `status_of`."""
    return status_of(database_at(url, key_file=key_file))


def status_of(database: Database) -> Status:
    """What there is to know of the database, which is neither made nor changed.

    Raises StoreError when it cannot be opened or is not ours.
    """
    with closing(database.connect()) as connection, database.complaints():
        revision = database.patiently(lambda: database.revision(connection))
        condition = database.condition(connection)
    counts: dict[str, int] = {}
    backup_at = rehearsed_at = ""
    if revision == HEAD:
        with closing(SqlStore(database)) as store:
            counts = store.counts([table.name for table in SQLModel.metadata.sorted_tables])
            backup_at, rehearsed_at = store.meta("backup_at"), store.meta("rehearsed_at")
    return Status(database.url, condition, revision, HEAD, counts, backup_at, rehearsed_at)


def _path(url: URL) -> Path:
    if url.database in {None, "", ":memory:"}:
        msg = "A database in memory would keep nothing; name a file like sqlite:///allpath.db."
        raise StoreError(msg)
    return Path(str(url.database))
