"""MDT meetings: the agenda, decisions with attendance, and the actions that follow."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
TABLES: Final = ("mdt_entry", "mdt_attendance", "mdt_meeting")
SITES: Final = "(SELECT current_setting('allpath.sites', true))"
RULE: Final = "EXISTS (SELECT 1 FROM path WHERE path.path_id = mdt_entry.path_id)"


def upgrade() -> None:
    """No meeting was called yet; a server shows each session the patients of its own sites."""
    op.create_table(
        "mdt_meeting",
        *(_words(name) for name in ("meeting_id", "site", "held_on", "title", "actor", "role")),
        _whole("at"),
        sa.PrimaryKeyConstraint("meeting_id"),
        _check("mdt_meeting_named", "length(meeting_id) >= 1 AND length(title) >= 1"),
        _check("mdt_meeting_date", "length(held_on) = 10"),
        **CLUSTERED,
    )
    op.create_table(
        "mdt_attendance",
        _words("meeting_id"),
        _whole("seq"),
        *(_words(name) for name in ("people", "actor", "role")),
        _whole("at"),
        sa.PrimaryKeyConstraint("meeting_id", "seq"),
        _check("mdt_attendance_seq", "seq >= 1"),
        **CLUSTERED,
    )
    op.create_table(
        "mdt_entry",
        _words("path_id"),
        _whole("seq"),
        *(_words(name) for name in ("meeting_id", "kind")),
        _whole("about", nullable=True),
        *(_words(name) for name in ("content", "actor", "role", "os_user")),
        _whole("at"),
        sa.PrimaryKeyConstraint("path_id", "seq"),
        _check("mdt_entry_seq", "seq >= 1"),
        _check("mdt_entry_kind", "kind IN ('put', 'taken_off', 'decided', 'action', 'outcome')"),
        _check("mdt_entry_about", "(about IS NULL) = (kind = 'put')"),
        _check("mdt_entry_named", "length(actor) >= 1"),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        **CLUSTERED,
    )
    op.create_index("mdt_entry_of_meeting", "mdt_entry", ["meeting_id"])
    for table in TABLES:
        _refuse_changes(table)
    if op.get_context().dialect.name != "sqlite":
        op.execute(
            f"CREATE POLICY mdt_entry_of_its_sites ON mdt_entry USING ({SITES} = '*' OR {RULE}) "
            f"WITH CHECK ({SITES} = '*' OR {RULE})"
        )
        op.execute("ALTER TABLE mdt_entry ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE mdt_entry FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """The meetings are gone; the record of who did what still tells that they were."""
    for table in TABLES:
        op.drop_table(table)
        if op.get_context().dialect.name != "sqlite":
            op.execute(f"DROP FUNCTION {table}_refuses()")


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
