"""The day a path is due, by the calendar of the patient's site, stands beside the instant."""

import json
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

LIVING: Final = "is_ended = 0"
BEFORE: Final = {
    "path_by_site": ("site", "overdue_at", "due_at", "quiet_until"),
    "path_by_due_at": ("due_at", "path_id", "overdue_at", "quiet_until", "site"),
}
AFTER: Final = {name: (*columns, "due_on") for name, columns in BEFORE.items()}
WHOLE: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
BATCH: Final = 1000


def upgrade() -> None:
    """A worklist of several sites counts each by its own calendar; nobody moves."""
    op.add_column("path", sa.Column("due_on", WHOLE, nullable=True))
    connection = op.get_bind()
    put = sa.text("UPDATE path SET due_on = :due_on WHERE path_id = :path_id")
    every = sa.text("SELECT path_id, settings, due_at FROM path WHERE due_at IS NOT NULL")
    rows = connection.execute(every).all()
    for start in range(0, len(rows), BATCH):
        page = rows[start : start + BATCH]
        days = [{"path_id": name, "due_on": _day(settings, at)} for name, settings, at in page]
        connection.execute(put, days)
    _index(AFTER)


def downgrade() -> None:
    """The older program counts by the clock of the installation."""
    _index(BEFORE)
    op.drop_column("path", "due_on")


def _day(settings: str, due_at: int) -> int | None:
    """None where this machine does not know the zone: the path itself says so when it is opened."""
    try:
        zone = ZoneInfo(json.loads(settings).get("time_zone", "UTC"))
    except (KeyError, ValueError, OSError):
        return None
    return (EPOCH + timedelta(microseconds=due_at)).astimezone(zone).date().toordinal()


def _index(wanted: dict[str, tuple[str, ...]]) -> None:
    where = sa.text(LIVING)
    for name, columns in wanted.items():
        op.drop_index(name, "path")
        op.create_index(name, "path", list(columns), sqlite_where=where, postgresql_where=where)
