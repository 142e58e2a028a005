"""All that is peculiar to SQLite: the file, its key, its settings, its lock and its complaints."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import sqlcipher3.dbapi2
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect

from storage.database import Condition
from workflow.errors import AllpathError, RefusedError, StoreError

T = TypeVar("T")

SHORTEST_PAUSE: Final = 0.0005
LONGEST_PAUSE: Final = 0.020
HEADER: Final = b"SQLite format 3\0"
SYNCHRONOUS: Final = ("OFF", "NORMAL", "FULL", "EXTRA")

BUSY, LOCKED, READ_ONLY, IO_ERROR, CORRUPT, FULL, CANNOT_OPEN, CONSTRAINT, NOT_A_DATABASE = (
    *(5, 6, 8, 10, 11, 13, 14, 19, 26),
)


@dataclass(frozen=True, slots=True)
class Journaling:
    """How SQLite survives a crash: its journal mode and how hard it syncs."""

    mode: str
    synchronous: str


def journaling(version: str) -> Journaling:
    """A write-ahead log where this SQLite has the mended one, else the older rollback journal.

    From 3.7.0 to 3.51.2 two connections that write and checkpoint at once can corrupt the file;
    3.51.3 mends it, 3.50.7 and 3.44.6 brought the cure back, 3.52.0 was withdrawn.
    """
    number = tuple(int(part) for part in version.split("."))[:3]
    mended = (
        (number >= (3, 51, 3) and number != (3, 52, 0))
        or (3, 50, 7) <= number < (3, 51, 0)
        or (3, 44, 6) <= number < (3, 45, 0)
    )
    return Journaling("wal", "FULL") if mended else Journaling("delete", "EXTRA")


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A database in one file, encrypted when there is a key (64 hexadecimal characters).

    `patience_seconds` is how long it waits for another program that holds the lock.
    """

    path: Path
    key: str = field(default="", repr=False)
    driver: Any = sqlcipher3.dbapi2  # Any: a driver is a module, here always one like sqlite3
    patience_seconds: float = 10.0

    @property
    def name(self) -> str:
        """What the database is called in a sentence."""
        return str(self.path)

    @property
    def url(self) -> str:
        """The address."""
        return f"sqlite:///{self.path}"

    @property
    def dialect(self) -> Dialect:
        """How SQL is written for this database."""
        return sqlite.dialect(paramstyle="qmark")

    def create(self) -> None:
        """There is a file that this program may write; a new one is its owner's alone to read."""
        folder = self.path.parent
        if not folder.is_dir():
            msg = f"There is no folder {folder} to keep the database in; create it first."
            raise StoreError(msg)
        with self.complaints():
            try:
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            except IsADirectoryError:
                msg = f"{self.path} is a folder; name a file for the database."
                raise StoreError(msg) from None
            except OSError as error:
                raise StoreError(self._no_rights()) from error
        if not os.access(folder, os.W_OK):
            raise StoreError(self._no_rights())

    def makes_tables(self) -> bool:
        """Whoever makes the file owns it, so the first program also makes the tables."""
        return True

    def connect(self) -> Any:  # noqa: ANN401 - a connection of a driver without types
        """A connection that waits for nobody, ends no transaction by itself and checks all rules.

        Raises StoreError when the file is missing, damaged, locked away or not a database.
        """
        with self.complaints():
            # Without `rw` a file that somebody removed would silently come back empty.
            connection = self.driver.connect(
                f"file:{quote(str(self.path.absolute()))}?mode=rw",
                uri=True,
                timeout=0,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            return connection

    def _prepare(self, connection: Any) -> None:  # noqa: ANN401 - see connect
        if self.key:
            connection.execute(f"PRAGMA key = \"x'{self.key}'\"")
        synchronous = journaling(self.driver.sqlite_version).synchronous
        for setting in (
            "foreign_keys = ON",
            "recursive_triggers = ON",
            "trusted_schema = OFF",
            # What is removed is overwritten: a key that was destroyed is nowhere in the file.
            "secure_delete = ON",
            # Reads the file, so another program may be in the way.
            f"synchronous = {synchronous}",
        ):
            self.patiently(partial(connection.execute, f"PRAGMA {setting}"))

    def is_usable(self, connection: Any) -> bool:  # noqa: ANN401, ARG002 - see connect
        """A file does not hang up."""
        return True

    def settle(self, connection: Any) -> None:  # noqa: ANN401 - see connect
        """The file has the journal that suits this SQLite; it keeps it until told otherwise."""
        wanted = journaling(self.driver.sqlite_version).mode
        mode = self.patiently(lambda: connection.execute("PRAGMA journal_mode").fetchone()[0])
        if mode != wanted:
            self.patiently(lambda: connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone())

    def patiently(self, action: Callable[[], T]) -> T:
        """The outcome of the action, tried again while another program holds the lock.

        The pauses are drawn by lot and grow: SQLite's own waiting lets one writer starve others.
        """
        give_up_at = time.monotonic() + self.patience_seconds
        longest = SHORTEST_PAUSE
        while True:
            try:
                return action()
            except self.driver.Error as error:
                if _code(error) not in {BUSY, LOCKED} or time.monotonic() >= give_up_at:
                    raise
            longest = min(longest * 2, LONGEST_PAUSE)
            time.sleep(random.uniform(SHORTEST_PAUSE, longest))  # noqa: S311 - to spread, not hide

    def begin(self, connection: Any) -> None:  # noqa: ANN401 - see connect
        """The connection holds the write lock."""
        self.patiently(lambda: connection.execute("BEGIN IMMEDIATE"))

    def begin_alone(self, connection: Any) -> None:  # noqa: ANN401 - see connect
        """The connection holds the write lock; there is only one in the file."""
        self.begin(connection)

    def begin_read(self, connection: Any) -> None:  # noqa: ANN401 - see connect
        """What is read from here on is of one moment."""
        connection.execute("BEGIN")

    def commit(self, connection: Any) -> None:  # noqa: ANN401 - see connect
        """What was written is on the disk."""
        self.patiently(lambda: connection.execute("COMMIT"))

    def undo(self, connection: Any) -> None:  # noqa: ANN401 - see connect
        """Nothing of the transaction is left."""
        connection.rollback()

    def forget_removed(self, *, everywhere: bool = False) -> bool:
        """The write-ahead log is emptied into the file, where removed rows are overwritten."""
        with closing(self.connect()) as connection, self.complaints():
            if everywhere:
                self.patiently(lambda: connection.execute("VACUUM"))
            busy = self.patiently(
                lambda: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            )
        return not busy

    def is_in_transaction(self, connection: Any) -> bool:  # noqa: ANN401 - see connect
        """Whether a transaction has begun and not ended on this connection."""
        return bool(connection.in_transaction)

    def revision(self, connection: Any) -> str | None:  # noqa: ANN401 - see connect
        """The revision of the tables, None in an empty file; StoreError when they are not ours."""
        names = {
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
            ).fetchall()
        }
        if names <= {"alembic_version"}:  # after the way back to nothing its table stays
            return None
        if not {"meta", "alembic_version"} <= names:
            msg = f"{self.path} is the database of another program; name another file."
            raise StoreError(msg)
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(revision)

    def condition(self, connection: Any) -> Condition:  # noqa: ANN401 - see connect
        """How the file is kept."""

        def one(question: str) -> Any:  # noqa: ANN401 - a number or a word of SQLite
            return self.patiently(lambda: connection.execute(question).fetchone()[0])

        return Condition(
            product="SQLite",
            version=self.driver.sqlite_version,
            driver=self.driver.__name__.partition(".")[0],
            journal_mode=one("PRAGMA journal_mode"),
            synchronous=SYNCHRONOUS[one("PRAGMA synchronous")],
            encrypted=bool(self.key),
        )

    @contextmanager
    def complaints(self) -> Iterator[None]:
        """What the driver complains of inside this block is said in one sentence with a cure."""
        try:
            yield
        except self.driver.Error as error:
            raise self.explain(error) from error

    def explain(self, error: BaseException) -> AllpathError:
        """What the driver's error means for this file, and what to do."""
        code = _code(error)
        if code == CANNOT_OPEN and not self.path.exists():
            msg = (
                f"There is no database {self.path}; check the address, or make a new and empty one "
                "with `allpath db upgrade`."
            )
            return StoreError(msg)
        if code == CONSTRAINT:
            msg = f"The database refused a row that breaks one of its rules: {error}."
            return RefusedError(msg)
        sentences = {
            BUSY: "is in use by another program that did not let go for "
            f"{self.patience_seconds:g} seconds; close that program or try again.",
            CORRUPT: "is damaged; keep the file as it is and restore the last backup.",
            FULL: "cannot grow because the disk is full; nothing was changed. Make room first.",
            IO_ERROR: f"could not be read or written ({error}); look after the disk and try again.",
            CANNOT_OPEN: "cannot be opened; check that you may write to it and to its folder.",
        }
        if code == NOT_A_DATABASE:
            return StoreError(self._unreadable())
        if code == READ_ONLY:
            return StoreError(self._no_rights())
        known = sentences.get(BUSY if code == LOCKED else code)
        return StoreError(f"The database {self.path} {known or f'cannot be used: {error}.'}")

    def _no_rights(self) -> str:
        return (
            f"The database {self.path} cannot be written; ask for the right to write to the file "
            "and to its folder."
        )

    def _unreadable(self) -> str:
        plain = False
        with suppress(OSError), self.path.open("rb") as file:
            plain = file.read(len(HEADER)) == HEADER
        if plain and self.key:
            return f"{self.path} is not encrypted, but a key file was named; leave the key out."
        if plain:
            return f"The database {self.path} is damaged; restore the last backup."
        if self.key:
            return f"{self.path} cannot be read with this key, or is not a database; check both."
        return f"{self.path} is encrypted or not a database; name its key file, or another file."


def read_key(file: Path) -> str:
    """The key in the file: 64 hexadecimal characters. Raises StoreError without showing any."""
    try:
        key = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"The key file {file} cannot be read; check its name and your rights."
        raise StoreError(msg) from error
    if not re.fullmatch(r"[0-9a-fA-F]{64}", key):
        msg = (
            f"The key file {file} does not hold 64 hexadecimal characters; "
            "make one with `openssl rand -hex 32`."
        )
        raise StoreError(msg)
    return key


def _code(error: BaseException) -> int:
    """The primary result code of SQLite; 0 when the error is not one of SQLite's."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
