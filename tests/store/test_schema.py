"""The migrated tables are the declared ones, and the statements of daily work use their indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, nullcontext
from itertools import count
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from storage.engine import store_on
from storage.migrations import REVISIONS
from storage.outbox_statements import compile_outbox
from storage.postgresql import PostgresDatabase
from storage.schema import require_head
from storage.sqlite import SqliteFile
from storage.statements import compile_statements
from tests.store.conftest import Place
from workflow.errors import StoreError


@pytest.fixture
def migrated(tmp_path: Path) -> Engine:
    """An engine on a database that was made by the revisions."""
    database = SqliteFile(tmp_path / "allpath.db")
    store_on(database).close()
    return create_engine(
        "sqlite://", creator=database.connect, module=database.driver, poolclass=NullPool
    )


@pytest.fixture
def on_a_server(on_server: Place) -> Iterator[Engine]:
    """An engine on a database that was made by the revisions on a server."""
    engine = create_engine("postgresql+psycopg://", creator=on_server.connect, poolclass=NullPool)
    yield engine
    engine.dispose()


def declarations(engine: Engine) -> dict[str, list[str]]:
    """Each table and index with the lines that declare it, in a fixed order."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index')")
        ).all()
    return {
        # SQLite writes an added column behind the last line, without a line of its own.
        name: sorted(
            part.strip(" \t,")
            for line in (sql or "").splitlines()
            for part in re.split(
                r"(?=, \w+ INTEGER)"
                r"|(?=, (?:site|paused|merged_into|looked_after_by|provider|subject) TEXT)"
                r"|(?=\)\s*WITHOUT)|(?=\) STRICT)",
                line,
            )
            if part.strip(" \t,")
        )
        for name, sql in rows
        if name != "alembic_version" and "autoindex_alembic_version" not in name
    }


def test_the_migrated_tables_are_the_declared_ones(migrated: Engine) -> None:
    """Alembic itself finds nothing left to migrate."""
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection)

        assert compare_metadata(context, SQLModel.metadata) == []


def test_checks_and_options_are_migrated_too(migrated: Engine, tmp_path: Path) -> None:
    """Alembic does not compare CHECK constraints, STRICT and partial indexes; this does."""
    declared = create_engine(f"sqlite:///{tmp_path / 'declared.db'}", poolclass=NullPool)
    SQLModel.metadata.create_all(declared)

    assert declarations(migrated) == declarations(declared)


def test_the_list_of_revisions_is_the_folder_of_revisions() -> None:
    """The program knows what is older than itself without reading the revisions."""
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    script = ScriptDirectory.from_config(config)

    in_folder = [revision.revision for revision in script.walk_revisions()]

    assert tuple(reversed(in_folder)) == REVISIONS


def test_an_older_database_is_refused_and_told_the_cure() -> None:
    """Nobody's tables are changed without a backup and a decision."""
    database = SqliteFile(Path("ward.db"))

    with pytest.raises(StoreError, match=r"ward.db is at revision 0001.*`allpath db upgrade`"):
        require_head(database, "0001", ("0001", "0002"))


def test_the_tables_on_a_server_are_the_declared_ones(on_a_server: Engine) -> None:
    """Alembic finds nothing left to migrate there either."""
    with on_a_server.connect() as connection:
        context = MigrationContext.configure(connection)

        assert compare_metadata(context, SQLModel.metadata) == []


def test_rules_and_indexes_on_a_server_are_the_declared_ones(on_a_server: Engine) -> None:
    """Alembic does not compare CHECK constraints, collations and partial indexes; this does."""
    migrated = rules_on_a_server(on_a_server)
    with on_a_server.begin() as connection:
        connection.execute(text("CREATE SCHEMA declared"))
        connection.execute(text("SET search_path = declared"))
        SQLModel.metadata.create_all(connection)
        declared = rules_on_a_server(connection)
        connection.execute(text("SET search_path = public"))

    assert migrated == declared
    assert len(migrated) > 100


def rules_on_a_server(engine: Engine | Connection) -> set[tuple[str, ...]]:
    """Each column with its type, each constraint and each index, as the server tells of them."""
    columns = (
        "SELECT c.relname, a.attname, a.atttypid::regtype, a.attnotnull, l.collname "
        "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "LEFT JOIN pg_collation l ON l.oid = a.attcollation "
        "WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped "
        "AND c.relnamespace = current_schema()::regnamespace"
    )
    rules = (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = current_schema()::regnamespace"
    )
    indexes = (
        "SELECT tablename, indexname, replace(indexdef, schemaname || '.', '') FROM pg_indexes "
        "WHERE schemaname = current_schema()"
    )
    with engine.connect() if isinstance(engine, Engine) else nullcontext(engine) as connection:
        rows = [
            row
            for question in (columns, rules, indexes)
            for row in connection.execute(text(question)).all()
        ]
    return {tuple(map(str, row)) for row in rows if row[0] != "alembic_version"}


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("due", "SEARCH delivery USING INDEX delivery_next"),
        ("due_recipients", "SCAN delivery USING COVERING INDEX delivery_next"),
        ("mark", "SEARCH delivery USING INTEGER PRIMARY KEY"),
        ("lease", "SEARCH delivery USING INTEGER PRIMARY KEY"),
        ("addressed", "SEARCH unaddressed USING PRIMARY KEY"),
        ("dead", "SCAN delivery USING .*INDEX delivery_dead"),
        ("undelivered", "S[A-Z]+ delivery USING .*INDEX delivery_dead"),
    ],
)
def test_a_statement_of_the_outbox_finds_its_rows_by_an_index(
    migrated: Engine, name: str, plan: str
) -> None:
    """What was sent years ago does not slow down what is due today."""
    sql = getattr(compile_outbox(SqliteFile(Path()).dialect), name)

    with migrated.connect() as connection:
        given = (None,) * sql.count("?")
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all()

    assert any(re.fullmatch(f"{plan}.*", row[3]) for row in rows), rows


def test_every_statement_is_written_for_postgresql_too() -> None:
    """Nothing of daily work is peculiar to SQLite but its lock."""
    statements = compile_statements(PostgresDatabase(make_url("postgresql+psycopg://db")).dialect)

    assert "FROM path" in statements.path
    assert "%s" in statements.update_path
    assert statements.path_held.endswith("FOR UPDATE")


ON_INDEXES = {
    "path": "SEARCH path USING PRIMARY KEY",
    "facts_since": "SEARCH fact_record USING PRIMARY KEY",
    "live_checkpoints": "SEARCH checkpoint USING PRIMARY KEY",
    "entry_hash": "SEARCH journal USING PRIMARY KEY",
    "answered": "SEARCH answered USING PRIMARY KEY",
    "claim": "SEARCH timer USING PRIMARY KEY",
    "end_timer": "SEARCH timer USING PRIMARY KEY",
    "first_timer": "SEARCH timer USING PRIMARY KEY",
    "consents": "SCAN fact_record USING INDEX fact_record_consents",
    "data_uses": "SCAN journal USING INDEX journal_data_uses",
    "variances": "SCAN journal USING INDEX journal_variances",
    "site_plan": "SEARCH site_plan USING INDEX site_plan_of_site",
    "update_path": "SEARCH path USING PRIMARY KEY",
    "repin_path": "SEARCH path USING PRIMARY KEY",
    "version": "SEARCH pathway_version USING .*INDEX",
    "signatures": "SEARCH signature USING INDEX signature_of_subject",
    "forget_answers": "SEARCH answered USING .*INDEX answered_at",
    "entries_since": "SEARCH journal USING PRIMARY KEY",
    "reviews": "SEARCH review_item USING PRIMARY KEY",
    "open_reviews": "SCAN review_item USING INDEX review_item_open",
    "every_live_checkpoint": "SCAN checkpoint USING INDEX checkpoint_live",
}


@pytest.mark.parametrize(("name", "plan"), ON_INDEXES.items())
def test_a_statement_finds_its_rows_by_an_index(migrated: Engine, name: str, plan: str) -> None:
    """The cost of a step does not grow with the number of patients."""
    statements = compile_statements(SqliteFile(Path()).dialect)
    sql = getattr(statements, name)

    with migrated.connect() as connection:
        given = (None,) * sql.count("?")
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all()

    assert re.fullmatch(f"{plan}.*", rows[0][3])
    # SQLite says "TEMP B-TREE" where it sorts rows apart, as it does with the few of one path.
    if name not in {"facts_since", "live_checkpoints"}:
        assert not [row for row in rows if "TEMP B-TREE" in row[3]]


@pytest.mark.parametrize("name", ON_INDEXES)
def test_a_statement_finds_its_rows_by_an_index_on_a_server_too(
    on_server: Place, name: str
) -> None:
    """Neither the wider types nor leaving out the rows of other sites changes that."""
    numbers = count(1)
    statements = compile_statements(on_server.database.dialect)
    statement = re.sub("%s", lambda _: f"${next(numbers)}", getattr(statements, name))

    with closing(on_server.database.connect()) as connection:
        # The tables are empty, so a scan would be cheaper; what is asked is whether one is needed.
        connection.execute("SET enable_seqscan = off")
        rows = connection.execute(f"EXPLAIN (GENERIC_PLAN) {statement}").fetchall()

    scanned = [row for (row,) in rows if "Seq Scan" in row]
    # Which paths are seen may be looked up for all of them at once, where there are few.
    assert [row for row in scanned if "Seq Scan on path " not in row or "path" in name] == []
