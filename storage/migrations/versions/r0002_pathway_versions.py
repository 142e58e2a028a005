"""Pathway versions, migration plans and signatures; a pinned path moves with its journal."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
APPENDED: Final = {"sqlite_strict": True}
ROLES: Final = "'coordinator', 'clinician', 'lead', 'director', 'auditor', 'service'"
APPEND_ONLY: Final = ("migration_plan", "pathway_version", "signature")
PINNED: Final = ("pathway_id", "pathway_version", "pathway_hash")
TOLD: Final = (
    "SELECT 1 FROM journal WHERE journal.path_id = NEW.path_id AND journal.seq = NEW.version "
    "AND journal.pathway_hash = NEW.pathway_hash "
    "AND journal.kind IN ('migrated', 'migration_reverted')"
)
MOVED_ALONE: Final = "a path moves to another pathway version with a journal entry that says so"


def upgrade() -> None:
    """Versions, plans and signatures are kept, and no path changes its version by itself."""
    _create_tables()
    for table in APPEND_ONLY:
        _refuse_changes(table)
    _guard_pinned_paths()


def downgrade() -> None:
    """The tables of revision 0001, as they were; versions, plans and signatures are gone."""
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER path_stays_pinned")
    else:
        op.execute("DROP TRIGGER path_stays_pinned ON path")
        op.execute("DROP FUNCTION path_stays_pinned()")
    for table in APPEND_ONLY:
        op.drop_table(table)
        if op.get_context().dialect.name != "sqlite":
            op.execute(f"DROP FUNCTION {table}_refuses()")


def _create_tables() -> None:
    op.create_table(
        "pathway_version",
        *_whole("number"),
        *_words("hash", "pathway_id", "version", "content"),
        *_whole("kept_at"),
        sa.PrimaryKeyConstraint("number"),
        _check("pathway_version_hash_length", "length(hash) = 64"),
        _check("pathway_version_named", "length(pathway_id) >= 1 AND length(version) >= 1"),
        sa.UniqueConstraint("hash"),
        **APPENDED,
    )
    op.create_table(
        "migration_plan",
        *_words("digest", "content"),
        *_whole("kept_at"),
        sa.PrimaryKeyConstraint("digest"),
        _check("migration_plan_digest_length", "length(digest) = 64"),
        **CLUSTERED,
    )
    op.create_table(
        "signature",
        *_whole("number"),
        *_words("subject", "kind", "actor", "role", "os_user"),
        *_whole("at"),
        *_words("reason"),
        sa.PrimaryKeyConstraint("number"),
        _check("signature_subject_length", "length(subject) = 64"),
        _check("signature_kind", "kind IN ('published', 'approved', 'retired', 'plan_approved')"),
        _check("signature_role", f"role IN ({ROLES})"),
        _check("signature_named", "length(actor) >= 1"),
        **APPENDED,
    )
    op.create_index("signature_of_subject", "signature", ["subject"])


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


def _guard_pinned_paths() -> None:
    """A path's version changes only with an entry at the path's own version that tells of it."""
    columns = ", ".join(PINNED)
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER path_stays_pinned BEFORE UPDATE OF {columns} ON path "
            f"WHEN NOT EXISTS ({TOLD}) BEGIN SELECT RAISE(ABORT, '{MOVED_ALONE}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION path_stays_pinned() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN IF NOT EXISTS ({TOLD}) THEN RAISE EXCEPTION '{MOVED_ALONE}'; END IF; "
        "RETURN NEW; END$$"
    )
    op.execute(
        f"CREATE TRIGGER path_stays_pinned BEFORE UPDATE OF {columns} ON path "
        "FOR EACH ROW EXECUTE FUNCTION path_stays_pinned()"
    )


def _words(*names: str) -> list[sa.Column[str]]:
    """Text columns, none of which may stay empty."""
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return [sa.Column(name, kind, nullable=False) for name in names]


def _whole(*names: str) -> list[sa.Column[int]]:
    """Whole-number columns of 64 bits, none of which may stay empty."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return [sa.Column(name, kind, nullable=False) for name in names]


def _check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=name)
