"""A change of a path is told to its own site alone, so that the counts of the others stay."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

LIVING: Final = "is_ended = 0"
BEFORE: Final = {
    "path_by_site": ("site",),
    "path_by_overdue_at": ("overdue_at", "due_at", "quiet_until", "site"),
    "path_by_due_at": ("due_at", "overdue_at", "quiet_until", "site"),
}
AFTER: Final = {
    "path_by_site": ("site", "overdue_at", "due_at", "quiet_until"),
    "path_by_overdue_at": ("overdue_at", "path_id", "due_at", "quiet_until", "site"),
    "path_by_due_at": ("due_at", "path_id", "overdue_at", "quiet_until", "site"),
}
MARK: Final = "hex(randomblob(16))"
CHANGES: Final = ("insert", "update")


def upgrade() -> None:
    """Each site has a mark of its own, and one index tells how pressing its paths are.

    Two others tell, in the order of a page, whose the paths are, so that none has to be read. A
    mark is drawn anew each time, so that a file brought back from a backup never has a mark that
    another content had.
    """
    _index(AFTER)
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
    _index(BEFORE)
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


def _index(wanted: dict[str, tuple[str, ...]]) -> None:
    where = sa.text(LIVING)
    for name, columns in wanted.items():
        op.drop_index(name, "path")
        op.create_index(name, "path", list(columns), sqlite_where=where, postgresql_where=where)


def _drop_triggers() -> None:
    for change in CHANGES:
        op.execute(f"DROP TRIGGER path_tells_{change}")
