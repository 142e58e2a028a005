"""Each path carries its site, and PostgreSQL shows a session the paths of its own sites alone."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OF_ONE_PATH: Final = (
    *("person", "identifier", "fact_record", "journal", "checkpoint", "notice", "audit_event"),
    *("timer", "incident", "delivery", "calendar_event"),
)
"""The tables whose rows are seen and written by whoever sees their path."""
SITES: Final = "(SELECT current_setting('allpath.sites', true))"
"""What the transaction said it may see: nothing (no rows), `*`, or names between commas."""
GUARDS: Final = (
    *("audit_event", "fact_record", "journal", "migration_plan", "pathway_version", "signature"),
    "site_plan",
)


def upgrade() -> None:
    """The column is filled from the settings; on PostgreSQL the policies hold for the owner too."""
    words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("path", sa.Column("site", words, server_default="", nullable=False))
    if op.get_context().dialect.name == "sqlite":
        op.execute("UPDATE path SET site = coalesce(json_extract(settings, '$.site'), '')")
        return
    op.execute("UPDATE path SET site = coalesce(settings::json ->> 'site', '')")
    _show("path", f"site = ANY (string_to_array({SITES}, ','))")
    for table in OF_ONE_PATH:
        _show(table, f"EXISTS (SELECT 1 FROM path WHERE path.path_id = {table}.path_id)")  # noqa: S608 - a name from our list
    # Else a table of the same name in a session's own scratch space would answer for ours.
    for function in ("path_stays_pinned", *(f"{table}_refuses" for table in GUARDS)):
        op.execute(
            "DO $$BEGIN EXECUTE format('ALTER FUNCTION %I() SET search_path = %I, pg_temp', "
            f"'{function}', current_schema()); END$$"
        )


def downgrade() -> None:
    """The tables of the revision before; every session sees the paths of every site again."""
    if op.get_context().dialect.name != "sqlite":
        for function in ("path_stays_pinned", *(f"{table}_refuses" for table in GUARDS)):
            op.execute(f"ALTER FUNCTION {function}() RESET search_path")
        for table in (*OF_ONE_PATH, "path"):
            op.execute(f"DROP POLICY {table}_of_its_sites ON {table}")
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.drop_column("path", "site")


def _show(table: str, rule: str) -> None:
    """Rows of the table are seen and written where the rule holds, or where every site is seen."""
    op.execute(
        f"CREATE POLICY {table}_of_its_sites ON {table} USING ({SITES} = '*' OR {rule}) "
        f"WITH CHECK ({SITES} = '*' OR {rule})"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
