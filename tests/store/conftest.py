"""Every way to make a store; what the store promises is tested on each of them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from storage.engine import store_on
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from tests.store.acts import enrolment

KEY = "0123456789abcdef" * 4


@dataclass(frozen=True)
class Place:
    """Where a store is kept, and how to get at its rows behind its back."""

    database: SqliteFile

    def open(self) -> SqlStore:
        """The store at this place, as a new process would open it."""
        return store_on(self.database)

    def ask(self, sql: str, *given: object) -> list[tuple[Any, ...]]:
        """The answer of the database itself; what the statement changed stays changed."""
        connection = self.database.connect()
        try:
            return list(connection.execute(sql, given).fetchall())
        finally:
            connection.close()


NOWHERE = Path()
WAYS = {
    "plain": SqliteFile(NOWHERE),
    "encrypted": SqliteFile(NOWHERE, KEY),
    # The standard library's SQLite may be one whose write-ahead log is not to be trusted.
    "standard_library": SqliteFile(NOWHERE, driver=sqlite3),
}


@pytest.fixture(scope="session", params=WAYS)
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An empty store in each of the ways there are, made once and copied for every test."""
    path = tmp_path_factory.mktemp(request.param) / "template.db"
    place = Place(replace(WAYS[request.param], path=path))
    place.open().close()
    return place


@pytest.fixture
def place(template: Place, tmp_path: Path) -> Place:
    """The place of an empty store; one after another all the ways there are."""
    path = tmp_path / "allpath.db"
    shutil.copy(template.database.path, path)
    return Place(replace(template.database, path=path))


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
