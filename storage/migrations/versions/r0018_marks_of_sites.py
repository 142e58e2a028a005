"""A change of a path is told to its own site alone, so that the counts of the others stay."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

LIVING: Final = "is_ended = 0"
BEFORE: Final = ("site",)
NOW: Final = ("site", "overdue_at", "due_at", "quiet_until")
MARK: Final = "hex(randomblob(16))"
CHANGES: Final = ("insert", "update")


def upgrade() -> None:
    """Each site has a mark of its own; by its name an index also tells how pressing its paths are.

    A mark is drawn anew each time, so that a file brought back from a backup never has a mark that
    another content had.
    """
    _index_by_site(NOW)
    if op.get_context().dialect.name != "sqlite":
        return
    _drop_triggers()
    op.execute("DELETE FROM meta WHERE key = 'path_changes'")
    op.execute(
        f"INSERT INTO meta (key, value) SELECT 'path_changes/' || site, {MARK} FROM "  # noqa: S608 - our own words
        "(SELECT DISTINCT site FROM path)"
    )
    draw = (
        f"INSERT INTO meta (key, value) VALUES ('path_changes/' || NEW.site, {MARK}) "  # noqa: S608 - our own words
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value;"
    )
    leave = (
        f"UPDATE meta SET value = {MARK} WHERE OLD.site <> NEW.site "  # noqa: S608 - our own words
        "AND key = 'path_changes/' || OLD.site;"
    )
    for change, told in zip(CHANGES, (draw, f"{draw} {leave}"), strict=True):
        op.execute(f"CREATE TRIGGER path_tells_{change} AFTER {change} ON path BEGIN {told} END")


def downgrade() -> None:
    """Each change is told to all."""
    _index_by_site(BEFORE)
    if op.get_context().dialect.name != "sqlite":
        return
    _drop_triggers()
    op.execute("DELETE FROM meta WHERE key >= 'path_changes/' AND key < 'path_changes0'")
    op.execute(f"INSERT INTO meta (key, value) VALUES ('path_changes', {MARK})")  # noqa: S608 - our own words
    for change in CHANGES:
        op.execute(
            f"CREATE TRIGGER path_tells_{change} AFTER {change} ON path BEGIN UPDATE meta SET "  # noqa: S608 - our own words
            f"value = {MARK} WHERE key = 'path_changes'; END"
        )


def _index_by_site(columns: tuple[str, ...]) -> None:
    where = sa.text(LIVING)
    op.drop_index("path_by_site", "path")
    op.create_index(
        "path_by_site", "path", list(columns), sqlite_where=where, postgresql_where=where
    )


def _drop_triggers() -> None:
    for change in CHANGES:
        op.execute(f"DROP TRIGGER path_tells_{change}")
