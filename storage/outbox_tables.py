"""The tables of what is told to whom: recipients, deliveries and calendar feeds.

They change as deliveries go their way, so none of them is append-only; who changed a recipient is
audited. They know the opaque `path_id`, never a name or number of a patient.
"""

from __future__ import annotations

from typing import Any, ClassVar, get_args

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.columns import APPENDED, BIG, CLUSTERED, TEXT, check, one_of, refers, whole, words
from workflow.outbox import ChannelName, DeliveryStatus, EventStatus
from workflow.records import ACTING


class RecipientRow(SQLModel, table=True):
    """Somebody who is told. Nobody is removed: who was told stays known, `active` ends it."""

    __tablename__: ClassVar[Any] = "recipient"  # Any: the base class declares it as an attribute
    __table_args__ = (
        one_of("recipient_role", "role", (*ACTING, "laboratory")),
        one_of("recipient_channel", "channel", get_args(ChannelName)),
        check("recipient_named", "length(name) >= 1 AND length(address) >= 1"),
        check("recipient_quiet", "length(quiet_from) = length(quiet_until)"),
        check(
            "recipient_choices",
            "digest IN (0, 1) AND urgent_any_time IN (0, 1) AND active IN (0, 1)",
        ),
        CLUSTERED,
    )

    recipient_id: str = words(primary_key=True)
    name: str = words()
    role: str = words()
    channel: str = words()
    address: str = words()
    site: str = words()
    quiet_from: str = words()
    quiet_until: str = words()
    digest: int = whole()
    urgent_any_time: int = whole()
    time_zone: str = words()
    active: int = whole()
    created_at: int = whole()
    created_by: str = words()
    changed_at: int = whole()
    changed_by: str = words()


class UnaddressedRow(SQLModel, table=True):
    """A notice for which nobody has been chosen yet; written with the notice itself."""

    __tablename__: ClassVar[Any] = "unaddressed"
    __table_args__ = (CLUSTERED,)

    notice_number: int = refers("notice.number", BIG, primary_key=True)
    since: int = whole()


class DeliveryRow(SQLModel, table=True):
    """One notice on its way to one recipient; `next_at` is set as long as it is not finished.

    While it is being sent `next_at` is when the lease of its sender ends.
    """

    __tablename__: ClassVar[Any] = "delivery"
    __table_args__ = (
        one_of("delivery_status", "status", get_args(DeliveryStatus)),
        check("delivery_rests", "(next_at IS NOT NULL) = (status IN ('waiting', 'sending'))"),
        check("delivery_leased", "(lease IS NOT NULL) = (status = 'sending')"),
        check("delivery_sent", "(sent_at IS NOT NULL) = (status = 'sent')"),
        check("delivery_counts", "attempts >= 0 AND together IN (0, 1)"),
        UniqueConstraint("notice_number", "recipient_id"),
        Index(
            "delivery_next",
            *("recipient_id", "next_at", "notice_number"),
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        Index("delivery_of_path", "path_id", "notice_number"),
        Index(
            "delivery_dead",
            "notice_number",
            sqlite_where=text("status = 'dead'"),
            postgresql_where=text("status = 'dead'"),
        ),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    notice_number: int = refers("notice.number", BIG)
    recipient_id: str | None = refers("recipient.recipient_id", TEXT)
    path_id: str = refers("path.path_id", TEXT)
    channel: str | None = words()
    address: str = words()
    status: str = words()
    attempts: int = whole()
    together: int = whole()
    digest_id: str = words()
    next_at: int | None = whole()
    lease: str | None = words()
    last_error: str = words()
    sent_at: int | None = whole()
    changed_at: int = whole()


class FeedRow(SQLModel, table=True):
    """A calendar feed: whoever knows its secret may read it. Only the secret's hash is kept."""

    __tablename__: ClassVar[Any] = "calendar_feed"
    __table_args__ = (
        check("calendar_feed_hash_length", "length(secret_hash) = 64"),
        check("calendar_feed_named", "length(name) >= 1"),
        CLUSTERED,
    )

    name: str = words(primary_key=True)
    secret_hash: str = words(unique=True)
    site: str = words()
    created_at: int = whole()
    created_by: str = words()
    revoked_at: int | None = whole()
    revoked_by: str = words()


class FeedEventRow(SQLModel, table=True):
    """What calendars were last told of one checkpoint, so that a change raises its number."""

    __tablename__: ClassVar[Any] = "calendar_event"
    __table_args__ = (
        one_of("calendar_event_status", "status", get_args(EventStatus)),
        check("calendar_event_counts", "sequence >= 0"),
        CLUSTERED,
    )

    uid: str = words(primary_key=True)
    path_id: str = refers("path.path_id", TEXT)
    checkpoint: str = words()
    due_at: int = whole()
    status: str = words()
    sequence: int = whole()
    changed_at: int = whole()
