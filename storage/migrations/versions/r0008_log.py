"""The log of everything with its signed heads; a look at many patients can be put on record."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
TABLES: Final = ("log_head", "log_leaf")
SITES: Final = "(SELECT current_setting('allpath.sites', true))"
ITS_PATH: Final = "EXISTS (SELECT 1 FROM path WHERE path.path_id = audit_event.path_id)"


def upgrade() -> None:
    """The tables are there and append-only; what was written before waits to be sealed."""
    op.create_table(
        "log_leaf",
        *_whole("position"),
        *_words("source", "key"),
        *_whole("seq"),
        *_words("leaf_hash"),
        sa.PrimaryKeyConstraint("position"),
        sa.CheckConstraint("position >= 0 AND seq >= 1", name="log_leaf_counts"),
        sa.CheckConstraint("source IN ('journal', 'audit')", name="log_leaf_source"),
        sa.CheckConstraint("length(leaf_hash) = 64", name="log_leaf_hash_length"),
        sa.UniqueConstraint("source", "key", "seq"),
        **CLUSTERED,
    )
    op.create_table(
        "log_head",
        *_whole("size"),
        *_words("root"),
        *_whole("signed_at"),
        *_words("key_id", "signature"),
        sa.PrimaryKeyConstraint("size"),
        sa.CheckConstraint("size >= 1", name="log_head_size"),
        sa.CheckConstraint("length(root) = 64", name="log_head_root_length"),
        sa.CheckConstraint(
            "length(key_id) >= 1 AND length(signature) >= 1", name="log_head_signed"
        ),
        **CLUSTERED,
    )
    for table in TABLES:
        _refuse_changes(table)
    if op.get_context().dialect.name != "sqlite":
        _let_audit_be_written(f"{ITS_PATH} OR audit_event.path_id = ''")


def downgrade() -> None:
    """The tables of the revision before; what was signed is known outside alone."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_context().dialect.name != "sqlite":
        for table in TABLES:
            op.execute(f"DROP FUNCTION {table}_refuses()")
        _let_audit_be_written(ITS_PATH)


def _let_audit_be_written(rule: str) -> None:
    """A session of one site reads the events of its paths, and writes those of no path as well."""
    op.execute("DROP POLICY audit_event_of_its_sites ON audit_event")
    op.execute(
        f"CREATE POLICY audit_event_of_its_sites ON audit_event USING ({SITES} = '*' OR {ITS_PATH})"
        f" WITH CHECK ({SITES} = '*' OR {rule})"
    )


def _refuse_changes(table: str) -> None:
    """Rows of the table can be added and read, and nothing else."""
    sentence = f"{table} is append-only: to correct is to add"
    if op.get_context().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN RAISE EXCEPTION '{sentence}'; END$$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuses()"
    )
    op.execute(
        "DO $$BEGIN EXECUTE format('ALTER FUNCTION %I() SET search_path = %I, pg_temp', "
        f"'{table}_refuses', current_schema()); END$$"
    )


def _words(*names: str) -> list[sa.Column[str]]:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return [sa.Column(name, kind, nullable=False) for name in names]


def _whole(*names: str) -> list[sa.Column[int]]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return [sa.Column(name, kind, nullable=False) for name in names]
