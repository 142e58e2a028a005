"""Emergency access to a patient of another site, and drafts of forms that were not sent."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
SITES: Final = "(SELECT current_setting('allpath.sites', true))"


def upgrade() -> None:
    """Nobody has had such an access yet; a server shows each session those to its own patients."""
    op.create_table(
        "emergency_entry",
        *(_words(n) for n in ("access_id", "kind", "path_id", "account", "actor", "role")),
        *(_words(name) for name in ("code", "note")),
        *(_whole(name) for name in ("until", "at")),
        sa.PrimaryKeyConstraint("access_id", "kind"),
        _check("emergency_entry_kind", "kind IN ('begun', 'ended', 'reviewed')"),
        _check("emergency_entry_named", "length(account) >= 1 AND length(actor) >= 1"),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        **CLUSTERED,
    )
    op.create_index("emergency_entry_of_account", "emergency_entry", ["account", "until"])
    op.create_index("emergency_entry_of_path", "emergency_entry", ["path_id"])
    op.create_table(
        "form_draft",
        *(_words(name) for name in ("account", "form", "path_id", "sealed")),
        *(_whole(name) for name in ("begun_at", "saved_at")),
        sa.PrimaryKeyConstraint("account", "form"),
        _check("form_draft_of_form", "length(form) >= 1"),
        sa.ForeignKeyConstraint(["account"], ["account.name"]),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        **CLUSTERED,
    )
    op.create_index("form_draft_of_path", "form_draft", ["path_id"])
    _refuse_changes("emergency_entry")
    if op.get_context().dialect.name != "sqlite":
        for table in ("emergency_entry", "form_draft"):
            of_path = f"path.path_id = {table}.path_id"
            rule = f"EXISTS (SELECT 1 FROM path WHERE {of_path})"  # noqa: S608 - our own names
            op.execute(
                f"CREATE POLICY {table}_of_its_sites ON {table} USING ({SITES} = '*' OR {rule}) "
                f"WITH CHECK ({SITES} = '*' OR {rule})"
            )
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """The records are gone; the record of who did what still tells that they were."""
    op.drop_table("form_draft")
    op.drop_table("emergency_entry")
    if op.get_context().dialect.name != "sqlite":
        op.execute("DROP FUNCTION emergency_entry_refuses()")


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


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=nullable)


def _check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=name)
