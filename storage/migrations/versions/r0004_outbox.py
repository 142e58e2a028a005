"""Recipients, deliveries and calendar feeds; notices written before wait for a recipient too."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
APPENDED: Final = {"sqlite_strict": True}
ROLES: Final = "'coordinator', 'clinician', 'lead', 'director', 'auditor', 'service', 'laboratory'"
TABLES: Final = ("calendar_event", "calendar_feed", "delivery", "unaddressed", "recipient")


def upgrade() -> None:
    """Who is told what is kept; every notice there is already waits to be addressed."""
    _create_recipients()
    _create_deliveries()
    _create_feeds()
    op.execute(
        "INSERT INTO unaddressed (notice_number, since) SELECT number, created_at FROM notice"
    )


def downgrade() -> None:
    """The tables as they were; who was told what is gone."""
    for table in TABLES:
        op.drop_table(table)


def _create_recipients() -> None:
    op.create_table(
        "recipient",
        *_words("recipient_id", "name", "role", "channel", "address", "site"),
        *_words("quiet_from", "quiet_until"),
        *_whole("digest", "urgent_any_time"),
        *_words("time_zone"),
        *_whole("active", "created_at"),
        *_words("created_by"),
        *_whole("changed_at"),
        *_words("changed_by"),
        sa.PrimaryKeyConstraint("recipient_id"),
        _check("recipient_role", f"role IN ({ROLES})"),
        _check("recipient_channel", "channel IN ('email', 'webhook', 'apprise')"),
        _check("recipient_named", "length(name) >= 1 AND length(address) >= 1"),
        _check("recipient_quiet", "length(quiet_from) = length(quiet_until)"),
        _check(
            "recipient_choices",
            "digest IN (0, 1) AND urgent_any_time IN (0, 1) AND active IN (0, 1)",
        ),
        **CLUSTERED,
    )


def _create_deliveries() -> None:
    op.create_table(
        "unaddressed",
        *_whole("notice_number", "since"),
        sa.PrimaryKeyConstraint("notice_number"),
        _refers("notice_number", "notice.number"),
        **CLUSTERED,
    )
    op.create_table(
        "delivery",
        *_whole("number", "notice_number"),
        *_words("recipient_id?", "path_id", "channel?", "address", "status"),
        *_whole("attempts", "together"),
        *_words("digest_id"),
        *_whole("next_at?"),
        *_words("lease?", "last_error"),
        *_whole("sent_at?", "changed_at"),
        sa.PrimaryKeyConstraint("number"),
        _check("delivery_status", "status IN ('waiting', 'sending', 'sent', 'dead', 'dropped')"),
        _check("delivery_rests", "(next_at IS NOT NULL) = (status IN ('waiting', 'sending'))"),
        _check("delivery_leased", "(lease IS NOT NULL) = (status = 'sending')"),
        _check("delivery_sent", "(sent_at IS NOT NULL) = (status = 'sent')"),
        _check("delivery_counts", "attempts >= 0 AND together IN (0, 1)"),
        sa.UniqueConstraint("notice_number", "recipient_id"),
        _refers("notice_number", "notice.number"),
        _refers("recipient_id", "recipient.recipient_id"),
        _refers("path_id", "path.path_id"),
        **APPENDED,
    )
    _create_partial_index(
        "delivery_next", ["recipient_id", "next_at", "notice_number"], "next_at IS NOT NULL"
    )
    op.create_index("delivery_of_path", "delivery", ["path_id", "notice_number"])
    _create_partial_index("delivery_dead", ["notice_number"], "status = 'dead'")


def _create_feeds() -> None:
    op.create_table(
        "calendar_feed",
        *_words("name", "secret_hash", "site"),
        *_whole("created_at"),
        *_words("created_by"),
        *_whole("revoked_at?"),
        *_words("revoked_by"),
        sa.PrimaryKeyConstraint("name"),
        _check("calendar_feed_hash_length", "length(secret_hash) = 64"),
        _check("calendar_feed_named", "length(name) >= 1"),
        sa.UniqueConstraint("secret_hash"),
        **CLUSTERED,
    )
    op.create_table(
        "calendar_event",
        *_words("uid", "path_id", "checkpoint"),
        *_whole("due_at"),
        *_words("status"),
        *_whole("sequence", "changed_at"),
        sa.PrimaryKeyConstraint("uid"),
        _check("calendar_event_status", "status IN ('CONFIRMED', 'CANCELLED')"),
        _check("calendar_event_counts", "sequence >= 0"),
        _refers("path_id", "path.path_id"),
        **CLUSTERED,
    )


def _create_partial_index(name: str, columns: list[str], where: str) -> None:
    rule = sa.text(where)
    op.create_index(name, "delivery", columns, sqlite_where=rule, postgresql_where=rule)


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


def _refers(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target])
