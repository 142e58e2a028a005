"""Timers, heartbeats, incidents and site plans; checkpoints expire, are waived or are quiet."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
APPENDED: Final = {"sqlite_strict": True}
KEPT: Final = (
    "path_id, checkpoint, opened_seq, occurrence, owner, status, anchor_on, opens_at, due_at, "
    "overdue_at, due_rule, next_at, level, closed_seq, met_on"
)


def upgrade() -> None:
    """Every path with a checkpoint to come has a timer; no checkpoint is lost or changed."""
    op.add_column("path", *_whole("next_at?"))
    op.add_column("path", *_whole("paused_until?"))
    words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("path", sa.Column("paused", words, server_default="", nullable=False))
    _create_checkpoints()
    _create_timers()
    _create_watch()


def downgrade() -> None:
    """The tables of revision 0002; what was waived or has expired counts as cancelled."""
    op.drop_table("site_plan")
    if op.get_context().dialect.name != "sqlite":
        op.execute("DROP FUNCTION site_plan_refuses()")
    for table in ("heartbeat", "incident", "timer"):
        op.drop_table(table)
    _restore_checkpoints()
    op.drop_column("path", "paused")
    op.drop_column("path", "paused_until")
    op.drop_column("path", "next_at")


def _create_checkpoints() -> None:
    _set_aside()
    op.create_table(
        "checkpoint",
        *_words("path_id", "checkpoint"),
        *_whole("opened_seq", "occurrence"),
        *_words("owner", "status", "anchor_on"),
        *_whole("opens_at", "due_at", "overdue_at"),
        *_words("due_rule"),
        *_whole("next_at?", "level", "closed_seq?"),
        *_words("met_on?"),
        *_whole("ideal_at?", "expires_at?", "reminded_at?", "quiet_until?"),
        *_words("quiet?", "quiet_by"),
        sa.PrimaryKeyConstraint("path_id", "checkpoint", "opened_seq", "occurrence"),
        _check(
            "checkpoint_status",
            "status IN ('scheduled', 'open', 'due', 'overdue', 'escalated', 'met', 'waived', "
            "'expired', 'cancelled')",
        ),
        _check("checkpoint_window", "opens_at <= due_at AND due_at <= overdue_at"),
        _check("checkpoint_counts", "opened_seq >= 1 AND occurrence >= 1 AND level >= 0"),
        _check(
            "checkpoint_closed",
            "(closed_seq IS NOT NULL) = (status IN ('met', 'waived', 'expired', 'cancelled'))",
        ),
        _check("checkpoint_rests", "closed_seq IS NULL OR next_at IS NULL"),
        _check("checkpoint_dates", "length(anchor_on) = 10 AND length(met_on) = 10"),
        _check("checkpoint_expires", "expires_at >= overdue_at"),
        _check("checkpoint_quiet", "(quiet_until IS NULL) = (quiet IS NULL)"),
        _check("checkpoint_quiet_kind", "quiet IN ('snoozed', 'acknowledged', 'contacted')"),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        **CLUSTERED,
    )
    op.execute(
        f"INSERT INTO checkpoint ({KEPT}, quiet_by) "  # noqa: S608 - the columns above
        f"SELECT {KEPT}, '' FROM checkpoint_kept"
    )
    op.drop_table("checkpoint_kept")
    _create_partial_index("checkpoint_live", ["overdue_at", "due_at"], "closed_seq IS NULL")


def _create_timers() -> None:
    op.create_table(
        "timer",
        *_whole("due_at"),
        *_words("path_id"),
        sa.PrimaryKeyConstraint("due_at", "path_id"),
        **CLUSTERED,
    )
    # A moment is rounded up to the next second: never looked at too early.
    op.execute(
        "INSERT INTO timer (due_at, path_id) SELECT (min(next_at) + 999999) / 1000000, path_id "
        "FROM checkpoint WHERE next_at IS NOT NULL GROUP BY path_id"
    )
    op.execute(
        "UPDATE path SET next_at = "
        "(SELECT timer.due_at * 1000000 FROM timer WHERE timer.path_id = path.path_id)"
    )


def _create_watch() -> None:
    op.create_table(
        "incident",
        *_words("path_id"),
        *_whole("since", "last_at", "next_at", "attempts"),
        *_words("problem"),
        sa.PrimaryKeyConstraint("path_id"),
        _check("incident_counts", "attempts >= 1"),
        **CLUSTERED,
    )
    op.create_table(
        "heartbeat",
        *_words("worker"),
        *_whole("started_at", "beat_at", "stopped_at?", "swept_paths", "clock_jumped_at?"),
        *_whole("clock_jump_seconds"),
        sa.PrimaryKeyConstraint("worker"),
        _check("heartbeat_named", "length(worker) >= 1"),
        **CLUSTERED,
    )
    op.create_table(
        "site_plan",
        *_whole("number"),
        *_words("site", "content", "hash", "actor"),
        *_whole("at"),
        sa.PrimaryKeyConstraint("number"),
        _check("site_plan_hash_length", "length(hash) = 64"),
        _check("site_plan_named", "length(site) >= 1 AND length(actor) >= 1"),
        **APPENDED,
    )
    op.create_index("site_plan_of_site", "site_plan", ["site", "number"])
    _refuse_changes("site_plan")


def _restore_checkpoints() -> None:
    _set_aside()
    op.create_table(
        "checkpoint",
        *_words("path_id", "checkpoint"),
        *_whole("opened_seq", "occurrence"),
        *_words("owner", "status", "anchor_on"),
        *_whole("opens_at", "due_at", "overdue_at"),
        *_words("due_rule"),
        *_whole("next_at?", "level", "closed_seq?"),
        *_words("met_on?"),
        sa.PrimaryKeyConstraint("path_id", "checkpoint", "opened_seq", "occurrence"),
        _check(
            "checkpoint_status",
            "status IN ('scheduled', 'open', 'due', 'overdue', 'escalated', 'met', 'cancelled')",
        ),
        _check("checkpoint_window", "opens_at <= due_at AND due_at <= overdue_at"),
        _check("checkpoint_counts", "opened_seq >= 1 AND occurrence >= 1 AND level >= 0"),
        _check("checkpoint_closed", "(closed_seq IS NOT NULL) = (status IN ('met', 'cancelled'))"),
        _check("checkpoint_rests", "closed_seq IS NULL OR next_at IS NULL"),
        _check("checkpoint_dates", "length(anchor_on) = 10 AND length(met_on) = 10"),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        **CLUSTERED,
    )
    op.execute(
        f"INSERT INTO checkpoint ({KEPT}) SELECT "  # noqa: S608 - the columns above
        + KEPT.replace(
            "status,",
            "CASE WHEN status IN ('waived', 'expired') THEN 'cancelled' ELSE status END,",
        )
        + " FROM checkpoint_kept"
    )
    op.drop_table("checkpoint_kept")
    _create_partial_index("checkpoint_next", ["next_at"], "next_at IS NOT NULL")
    _create_partial_index("checkpoint_live", ["overdue_at", "due_at"], "closed_seq IS NULL")


def _set_aside() -> None:
    """The rows wait elsewhere, and with the table every name of its rules is free again."""
    op.execute("CREATE TABLE checkpoint_kept AS SELECT * FROM checkpoint")
    op.drop_table("checkpoint")


def _create_partial_index(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name,
        "checkpoint",
        [*columns, "path_id", "checkpoint", "opened_seq", "occurrence"],
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
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


def _words(*names: str) -> list[sa.Column[str]]:
    """Text columns; a name with a question mark may stay empty."""
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return [sa.Column(n.rstrip("?"), kind, nullable=n.endswith("?")) for n in names]


def _whole(*names: str) -> list[sa.Column[int]]:
    """Whole-number columns of 64 bits; a name with a question mark may stay empty."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return [sa.Column(n.rstrip("?"), kind, nullable=n.endswith("?")) for n in names]


def _check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=name)
