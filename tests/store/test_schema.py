"""The migrated tables are the declared ones, and the statements of daily work use their indexes."""

from __future__ import annotations

import importlib
import io
import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from storage.engine import store_on
from storage.migrations import REVISIONS
from storage.outbox_statements import compile_outbox
from storage.schema import require_head
from storage.sqlite import SqliteFile
from storage.statements import compile_statements
from storage.tables import APPEND_ONLY
from workflow.errors import StoreError

FIRST_APPENDED = {"audit_event", "fact_record", "journal"}


@pytest.fixture
def migrated(tmp_path: Path) -> Engine:
    """An engine on a database that was made by the revisions."""
    database = SqliteFile(tmp_path / "allpath.db")
    store_on(database).close()
    return create_engine(
        "sqlite://", creator=database.connect, module=database.driver, poolclass=NullPool
    )


def declarations(engine: Engine) -> dict[str, list[str]]:
    """Each table and index with the lines that declare it, in a fixed order."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index')")
        ).all()
    return {
        name: sorted(line.strip(" \t,") for line in (sql or "").splitlines())
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


def test_the_first_revision_is_written_for_postgresql_too() -> None:
    """The same columns in wider types, and triggers in its own language."""
    buffer = io.StringIO()
    revision = importlib.import_module("storage.migrations.versions.r0001_first_tables")
    options = {"as_sql": True, "output_buffer": buffer}

    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context):
        revision.upgrade()

    written = buffer.getvalue()
    assert "due_at BIGINT NOT NULL" in written
    assert "STRICT" not in written
    for table in FIRST_APPENDED:
        assert f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}" in written


def test_the_second_revision_is_written_for_postgresql_too() -> None:
    """Versions and signatures are append-only there as well, and a path stays pinned."""
    buffer = io.StringIO()
    revision = importlib.import_module("storage.migrations.versions.r0002_pathway_versions")
    options = {"as_sql": True, "output_buffer": buffer}

    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context):
        revision.upgrade()
        revision.downgrade()

    written = buffer.getvalue()
    for table in set(APPEND_ONLY) - FIRST_APPENDED:
        assert f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}" in written
        assert f"DROP TABLE {table}" in written
    assert "BEFORE UPDATE OF pathway_id, pathway_version, pathway_hash ON path" in written
    assert "DROP FUNCTION path_stays_pinned()" in written


def test_the_fourth_revision_is_written_for_postgresql_too() -> None:
    """Notices are delivered there as well, and older ones wait to be addressed."""
    buffer = io.StringIO()
    revision = importlib.import_module("storage.migrations.versions.r0004_outbox")
    options = {"as_sql": True, "output_buffer": buffer}

    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context):
        revision.upgrade()
        revision.downgrade()

    written = buffer.getvalue()
    assert "number BIGSERIAL NOT NULL" in written
    assert "INSERT INTO unaddressed" in written
    for table in revision.TABLES:
        assert f"DROP TABLE {table}" in written


def test_the_outbox_is_written_for_postgresql_too() -> None:
    """There two senders do not wait for each other: what one holds the other leaves out."""
    dialect = postgresql.dialect(paramstyle="format")  # type: ignore[no-untyped-call]  # as shipped

    statements = compile_outbox(dialect)

    assert statements.due.endswith("FOR UPDATE OF delivery SKIP LOCKED")
    assert "FOR UPDATE" not in compile_outbox(SqliteFile(Path()).dialect).due


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
    dialect = postgresql.dialect(paramstyle="format")  # type: ignore[no-untyped-call]  # as shipped
    statements = compile_statements(dialect)

    assert "FROM path" in statements.path
    assert "%s" in statements.update_path


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("path", "SEARCH path USING PRIMARY KEY"),
        ("facts_since", "SEARCH fact_record USING PRIMARY KEY"),
        ("live_checkpoints", "SEARCH checkpoint USING PRIMARY KEY"),
        ("entry_hash", "SEARCH journal USING PRIMARY KEY"),
        ("answered", "SEARCH answered USING PRIMARY KEY"),
        ("due", "SEARCH checkpoint USING COVERING INDEX checkpoint_next"),
        ("update_path", "SEARCH path USING PRIMARY KEY"),
        ("repin_path", "SEARCH path USING PRIMARY KEY"),
        ("version", "SEARCH pathway_version USING .*INDEX"),
        ("signatures", "SEARCH signature USING INDEX signature_of_subject"),
        ("forget_answers", "SEARCH answered USING .*INDEX answered_at"),
        ("entries_since", "SEARCH journal USING PRIMARY KEY"),
        ("identifiers", "SEARCH identifier USING .*INDEX identifier_of_path"),
        ("every_live_checkpoint", "SCAN checkpoint USING INDEX checkpoint_live"),
    ],
)
def test_a_statement_finds_its_rows_by_an_index(migrated: Engine, name: str, plan: str) -> None:
    """The cost of a step does not grow with the number of patients."""
    statements = compile_statements(SqliteFile(Path()).dialect)
    sql = getattr(statements, name)

    with migrated.connect() as connection:
        given = (None,) * sql.count("?")
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all()

    assert re.fullmatch(f"{plan}.*", rows[0][3])
    if name in {"due", "every_live_checkpoint", "entries_since"}:
        assert len(rows) == 1, "the rows are sorted apart"
