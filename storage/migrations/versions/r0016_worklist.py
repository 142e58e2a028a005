"""Who looks after each patient, and filters of the worklist that people keep by name."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
ROLES: Final = ("coordinator", "clinician", "lead", "director", "auditor", "service")
SITES: Final = "(SELECT current_setting('allpath.sites', true))"
ITS_PATH: Final = "EXISTS (SELECT 1 FROM path WHERE path.path_id = assignment.path_id)"
LIVING: Final = "is_ended = 0"
INDEXES: Final = (
    ("path_by_keeper", ("looked_after_by", "overdue_at", "due_at", "quiet_until", "site")),
    ("path_by_site", ("site",)),
    ("path_of_keeper", ("looked_after_by", "site")),
)


def upgrade() -> None:
    """Nobody looks after anybody yet, and nobody has kept a filter."""
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("path", sa.Column("looked_after_by", kind, server_default="", nullable=False))
    where = sa.text(LIVING)
    for name, columns in INDEXES:
        op.create_index(name, "path", list(columns), sqlite_where=where, postgresql_where=where)
    listed = ", ".join(f"'{role}'" for role in ROLES)
    op.create_table(
        "assignment",
        sa.Column("number", _big(), nullable=False),
        *(_words(name) for name in ("path_id", "looked_after_by", "reason")),
        *(_words(name) for name in ("actor", "role", "os_user")),
        _whole("at"),
        _words("key"),
        sa.PrimaryKeyConstraint("number"),
        sa.CheckConstraint(f"role IN ({listed})", name="assignment_role"),
        sa.CheckConstraint("length(actor) >= 1 AND length(reason) >= 1", name="assignment_told"),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        sqlite_strict=True,
    )
    op.create_index("assignment_of_path", "assignment", ["path_id", "number"])
    op.create_table(
        "saved_view",
        *(_words(name) for name in ("view_id", "account", "title", "query", "shared_with")),
        *(_whole(name) for name in ("created_at", "changed_at")),
        _whole("removed_at", nullable=True),
        sa.PrimaryKeyConstraint("view_id"),
        sa.CheckConstraint("length(view_id) >= 1 AND length(title) >= 1", name="saved_view_named"),
        sa.ForeignKeyConstraint(["account"], ["account.name"]),
        **CLUSTERED,
    )
    op.create_index("saved_view_of_account", "saved_view", ["account"])
    _refuse_changes()
    if op.get_context().dialect.name != "sqlite":
        op.execute(
            f"CREATE POLICY assignment_of_its_sites ON assignment USING ({SITES} = '*' OR "
            f"{ITS_PATH}) WITH CHECK ({SITES} = '*' OR {ITS_PATH})"
        )
        op.execute("ALTER TABLE assignment ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE assignment FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Who looked after whom is gone; the record of who did what still tells that it was said."""
    op.drop_table("saved_view")
    op.drop_table("assignment")
    if op.get_context().dialect.name != "sqlite":
        op.execute("DROP FUNCTION assignment_refuses()")
    for name, _ in INDEXES:
        op.drop_index(name, "path")
    op.drop_column("path", "looked_after_by")


def _refuse_changes() -> None:
    """Rows of assignments can be added and read, and nothing else."""
    sentence = "assignment is append-only: to correct is to add"
    if op.get_context().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER assignment_refuses_{change.lower()} BEFORE {change} ON assignment "
                f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION assignment_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN RAISE EXCEPTION '{sentence}'; END$$"
    )
    op.execute(
        "CREATE TRIGGER assignment_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON "
        "assignment FOR EACH STATEMENT EXECUTE FUNCTION assignment_refuses()"
    )
    op.execute(
        "DO $$BEGIN EXECUTE format('ALTER FUNCTION %I() SET search_path = %I, pg_temp', "
        "'assignment_refuses', current_schema()); END$$"
    )


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, _big(), nullable=nullable)
