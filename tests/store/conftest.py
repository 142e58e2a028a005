"""Every way to make a store; what the store promises is tested on each of them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database
from storage.engine import store_on
from storage.postgresql import PostgresDatabase
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from storage.tables import APPEND_ONLY
from tests import postgresql
from tests.store.acts import enrolment

KEY = "0123456789abcdef" * 4


@dataclass(frozen=True)
class Place:
    """Where a store is kept, and how to get at its rows behind its back."""

    database: Database
    connect: Callable[[], Any]
    """A connection of the one who runs the database, whom no rule about roles or sites stops."""

    @property
    def is_file(self) -> bool:
        """Whether it is a file, with the statements of SQLite."""
        return isinstance(self.database, SqliteFile)

    def open(self) -> SqlStore:
        """The store at this place, as a new process would open it."""
        return store_on(self.database)

    def ask(self, *statements: str) -> list[tuple[Any, ...]]:
        """The answer to the last statement; what the statements changed stays changed."""
        with closing(self.connect()) as connection:
            for sql in statements:
                cursor = connection.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []

    def tables(self) -> list[str]:
        """The names of all tables."""
        asked = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            if self.is_file
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        return [name for (name,) in self.ask(asked)]

    def disarm(self) -> None:
        """The database no longer defends its history."""
        for table in APPEND_ONLY:
            if self.is_file:
                self.ask(f"DROP TRIGGER {table}_refuses_update")
                self.ask(f"DROP TRIGGER {table}_refuses_delete")
            else:
                self.ask(f"ALTER TABLE {table} DISABLE TRIGGER USER")

    def ask_without_references(self, sql: str) -> None:
        """The statement is run although rows point at what it removes."""
        off = (
            "PRAGMA foreign_keys = OFF"
            if self.is_file
            else "SET session_replication_role = replica"
        )
        self.ask(off, sql)


def file_place(database: SqliteFile) -> Place:
    """The place of a store in a file."""
    return Place(database, database.connect)


def server_place(name: str) -> Place:
    """The place of a store on the server of the tests, used by the application's role."""
    running = postgresql.server()
    database = PostgresDatabase(running.url(name, postgresql.APPLICATION))
    return Place(database, partial(postgresql.connect_to, name))


NOWHERE = Path()
WAYS = {
    "plain": SqliteFile(NOWHERE),
    "encrypted": SqliteFile(NOWHERE, KEY),
    # The standard library's SQLite may be one whose write-ahead log is not to be trusted.
    "standard_library": SqliteFile(NOWHERE, driver=sqlite3),
    "postgresql": None,
}


@pytest.fixture(scope="session", params=WAYS)
def template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> SqliteFile | str:
    """An empty store in each of the ways there are, made once and copied for every test."""
    way = WAYS[request.param]
    if way is None:
        return postgresql.template()
    made = replace(way, path=tmp_path_factory.mktemp(request.param) / "template.db")
    store_on(made).close()
    return made


@pytest.fixture
def place(template: SqliteFile | str, tmp_path: Path) -> Iterator[Place]:
    """The place of an empty store; one after another all the ways there are."""
    if isinstance(template, SqliteFile):
        path = tmp_path / "allpath.db"
        shutil.copy(template.path, path)
        yield file_place(replace(template, path=path))
        return
    with postgresql.fresh() as name:
        yield server_place(name)


@pytest.fixture
def on_server() -> Iterator[Place]:
    """The place of an empty store on a server, for what is true of servers alone."""
    with postgresql.fresh() as name:
        yield server_place(name)


@pytest.fixture
def store(place: Place) -> Iterator[SqlStore]:
    """An empty store."""
    store = place.open()
    yield store
    store.close()


@pytest.fixture
def enrolled(store: SqlStore) -> SqlStore:
    """A store with one patient, P-1."""
    with store.begin() as transaction:
        transaction.write(enrolment())
    return store
