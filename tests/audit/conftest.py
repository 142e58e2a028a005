"""Wards on a file and on a server, and copies of one that may be harmed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from storage.engine import store_on
from storage.sqlite import SqliteFile
from tests import postgresql
from tests.audit.ward import Ward
from tests.store.conftest import file_place, server_place


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest tables and nothing in it."""
    file = tmp_path_factory.mktemp("empty") / "empty.db"
    store_on(SqliteFile(file)).close()
    return file


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory, where there is such a thing: what is tried here is not the disk."""
    with tempfile.TemporaryDirectory(
        prefix="allpath-", dir=postgresql.MEMORY if postgresql.MEMORY.is_dir() else None
    ) as folder:
        yield Path(folder)


def ward_in(folder: Path, file: Path, seed: int) -> Ward:
    """A ward on a copy of a file."""
    copy = folder / "ward.db"
    copy.write_bytes(file.read_bytes())
    return Ward(file_place(SqliteFile(copy)), folder, Random(seed))


@pytest.fixture
def ward(empty: Path, tmp_path: Path) -> Ward:
    """A ward on a fresh file."""
    return ward_in(tmp_path, empty, 1)


@pytest.fixture(params=["file", "server"])
def anywhere(request: pytest.FixtureRequest, empty: Path, tmp_path: Path) -> Iterator[Ward]:
    """A ward on a fresh file, then on a server."""
    if request.param == "file":
        yield ward_in(tmp_path, empty, 1)
        return
    with postgresql.fresh() as name:
        yield Ward(server_place(name), tmp_path, Random(1))
