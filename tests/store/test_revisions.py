"""Every revision can be gone forward and back, and what was kept before is kept after."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.engine import status_of, upgrade_tables
from storage.migrations import HEAD, REVISIONS
from storage.postgresql import PostgresDatabase
from storage.schema import step_back
from storage.sqlite import SqliteFile
from tests import postgresql
from tests.store.conftest import Place, file_place, server_place

ENTRIES, PATHS = 100_000, 100

FILL_PATHS = (
    "INSERT INTO path (path_id, pathway_id, pathway_version, pathway_hash, state, entered, "
    "settings, episode, line, version, head, asked, since) "
    "SELECT 'P-' || n, 'made_up', '1', {hash}, 'assessment', '{{}}', "
    '\'{{"site":"North","time_zone":"UTC"}}\', 1, 0, {each}, {hash}, \'[]\', \'{{}}\' FROM {paths}'
)
FILL_JOURNAL = (
    "INSERT INTO journal (path_id, seq, kind, at, actor, role, os_user, pathway_hash, state_from, "
    "state_to, track, rule, reason, note, facts_digest, decision_digest, detail, previous, hash) "
    "SELECT 'P-' || n, s, 'looked', s, 'Ada', 'clinician', '', {hash}, 'a', 'a', '', '', '', '', "
    "'', '', '{{}}', {hash}, {hash} FROM {paths}, {entries}"
)
HASH = "'" + "c" * 64 + "'"


def numbers(last: int, name: str, *, is_file: bool) -> str:
    """A table of the numbers from 1, as SQL."""
    if not is_file:
        return f"generate_series(1, {last}) AS {name}({name})"
    return (
        f"(WITH RECURSIVE r({name}) AS (SELECT 1 UNION ALL SELECT {name} + 1 FROM r "  # noqa: S608 - our own words
        f"WHERE {name} < {last}) SELECT {name} FROM r)"
    )


def fill(place: Place) -> None:
    """A hundred paths with a thousand entries each, written by the database itself."""
    each = ENTRIES // PATHS
    words = {
        "hash": HASH,
        "each": each,
        "paths": numbers(PATHS, "n", is_file=place.is_file),
        "entries": numbers(each, "s", is_file=place.is_file),
    }
    for statement in (FILL_PATHS, FILL_JOURNAL):
        place.ask(statement.format(**words))


def kept(place: Place) -> tuple[int, str]:
    """How many journal entries there are, and what they all say in one digest."""
    rows: list[tuple[Any, ...]] = place.ask("SELECT * FROM journal ORDER BY path_id, seq")
    return len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()


@pytest.fixture(params=["file", "server"])
def owned(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """The place of a store with the newest tables, seen by the one who owns them."""
    if request.param == "file":
        database = SqliteFile(tmp_path / "allpath.db")
        upgrade_tables(database)
        yield file_place(database)
        return
    with postgresql.fresh() as name:
        address = postgresql.server().url(name, postgresql.OWNER)
        yield Place(PostgresDatabase(address), server_place(name).connect)


def test_a_large_history_survives_the_way_back_and_forth(owned: Place) -> None:
    """A hundred thousand entries are the same after every revision was left and taken again."""
    fill(owned)
    before = kept(owned)
    assert before[0] == ENTRIES

    for revision in REVISIONS[-2::-1]:
        step_back(owned.database, revision)
        assert kept(owned) == before
    assert upgrade_tables(owned.database) == (REVISIONS[0], HEAD)

    assert kept(owned) == before
    assert owned.ask("SELECT DISTINCT site FROM path") == [("North",)]
    with pytest.raises(owned.database.driver.Error, match="journal is append-only"):
        owned.ask("DELETE FROM journal")


def test_the_way_back_to_nothing_leaves_nothing(owned: Place) -> None:
    """Not a table, not a trigger, not a function; and the way forward is open again."""
    database = owned.database

    assert step_back(database, None) == HEAD

    assert owned.tables() == ["alembic_version"]
    assert status_of(database).revision is None
    if not owned.is_file:
        left = owned.ask("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        assert left == []
    assert upgrade_tables(database) == (None, HEAD)
    assert owned.ask("SELECT value FROM meta WHERE key = 'application'") == [("allpath",)]
