"""The tables of what is told to whom: recipients, deliveries and calendar feeds.

They change as deliveries go their way, so none of them is append-only; who changed a recipient is
audited. They know the opaque `path_id`, never a name or number of a patient.
"""

from __future__ import annotations

from typing import Any, ClassVar, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables import APPENDED, BIG, CLUSTERED, TEXT
from workflow.outbox import ChannelName, DeliveryStatus, EventStatus
from workflow.records import Role


def _words(**options: Any) -> Any:  # noqa: ANN401 - a column stands where its value's type is named
    return Field(sa_type=TEXT, **options)


def _whole(**options: Any) -> Any:  # noqa: ANN401 - see above
    return Field(sa_type=BIG, **options)


def _refers(column: str, kind: Any, **options: Any) -> Any:  # noqa: ANN401 - see above
    return Field(sa_type=kind, sa_column_args=(ForeignKey(column),), **options)


def _check(name: str, rule: str) -> CheckConstraint:
    return CheckConstraint(rule, name=name)


def _one_of(name: str, column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return _check(name, f"{column} IN ({listed})")


class RecipientRow(SQLModel, table=True):
    """Somebody who is told. Nobody is removed: who was told stays known, `active` ends it."""

    __tablename__: ClassVar[Any] = "recipient"  # Any: the base class declares it as an attribute
    __table_args__ = (
        _one_of("recipient_role", "role", (*get_args(Role), "laboratory")),
        _one_of("recipient_channel", "channel", get_args(ChannelName)),
        _check("recipient_named", "length(name) >= 1 AND length(address) >= 1"),
        _check("recipient_quiet", "length(quiet_from) = length(quiet_until)"),
        _check(
            "recipient_choices",
            "digest IN (0, 1) AND urgent_any_time IN (0, 1) AND active IN (0, 1)",
        ),
        CLUSTERED,
    )

    recipient_id: str = _words(primary_key=True)
    name: str = _words()
    role: str = _words()
    channel: str = _words()
    address: str = _words()
    site: str = _words()
    quiet_from: str = _words()
    quiet_until: str = _words()
    digest: int = _whole()
    urgent_any_time: int = _whole()
    time_zone: str = _words()
    active: int = _whole()
    created_at: int = _whole()
    created_by: str = _words()
    changed_at: int = _whole()
    changed_by: str = _words()


class UnaddressedRow(SQLModel, table=True):
    """A notice for which nobody has been chosen yet; written with the notice itself."""

    __tablename__: ClassVar[Any] = "unaddressed"
    __table_args__ = (CLUSTERED,)

    notice_number: int = _refers("notice.number", BIG, primary_key=True)
    since: int = _whole()


class DeliveryRow(SQLModel, table=True):
    """One notice on its way to one recipient; `next_at` is set as long as it is not finished.

    While it is being sent `next_at` is when the lease of its sender ends.
    """

    __tablename__: ClassVar[Any] = "delivery"
    __table_args__ = (
        _one_of("delivery_status", "status", get_args(DeliveryStatus)),
        _check("delivery_rests", "(next_at IS NOT NULL) = (status IN ('waiting', 'sending'))"),
        _check("delivery_leased", "(lease IS NOT NULL) = (status = 'sending')"),
        _check("delivery_sent", "(sent_at IS NOT NULL) = (status = 'sent')"),
        _check("delivery_counts", "attempts >= 0 AND together IN (0, 1)"),
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
    notice_number: int = _refers("notice.number", BIG)
    recipient_id: str | None = _refers("recipient.recipient_id", TEXT)
    path_id: str = _refers("path.path_id", TEXT)
    channel: str | None = _words()
    address: str = _words()
    status: str = _words()
    attempts: int = _whole()
    together: int = _whole()
    digest_id: str = _words()
    next_at: int | None = _whole()
    lease: str | None = _words()
    last_error: str = _words()
    sent_at: int | None = _whole()
    changed_at: int = _whole()


class FeedRow(SQLModel, table=True):
    """A calendar feed: whoever knows its secret may read it. Only the secret's hash is kept."""

    __tablename__: ClassVar[Any] = "calendar_feed"
    __table_args__ = (
        _check("calendar_feed_hash_length", "length(secret_hash) = 64"),
        _check("calendar_feed_named", "length(name) >= 1"),
        CLUSTERED,
    )

    name: str = _words(primary_key=True)
    secret_hash: str = _words(unique=True)
    site: str = _words()
    created_at: int = _whole()
    created_by: str = _words()
    revoked_at: int | None = _whole()
    revoked_by: str = _words()


class FeedEventRow(SQLModel, table=True):
    """What calendars were last told of one checkpoint, so that a change raises its number."""

    __tablename__: ClassVar[Any] = "calendar_event"
    __table_args__ = (
        _one_of("calendar_event_status", "status", get_args(EventStatus)),
        _check("calendar_event_counts", "sequence >= 0"),
        CLUSTERED,
    )

    uid: str = _words(primary_key=True)
    path_id: str = _refers("path.path_id", TEXT)
    checkpoint: str = _words()
    due_at: int = _whole()
    status: str = _words()
    sequence: int = _whole()
    changed_at: int = _whole()
