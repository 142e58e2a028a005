"""Every statement of the outbox, compiled once; they run alike on every database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage import outbox_tables
from storage.statements import (
    AUDIT,
    FROM_THE_FIRST,
    NOTICE,
    PATH,
    UNADDRESSED,
    insert_if_absent,
    insert_or_replace,
    statement_text,
    table_of,
)

RECIPIENT: Final = table_of(outbox_tables.RecipientRow)
DELIVERY: Final = table_of(outbox_tables.DeliveryRow)
NOTICE_WIDTH: Final = len(NOTICE.columns)
IS_WAITING: Final = DELIVERY.c.status == sa.literal_column("'waiting'")
IS_DEAD: Final = DELIVERY.c.status == sa.literal_column("'dead'")
IS_SENDING: Final = DELIVERY.c.status == sa.literal_column("'sending'")
NOTHING: Final[sa.ColumnElement[Any]] = sa.null()  # Any: fits a column of every type


@dataclass(frozen=True, slots=True)
class OutboxStatements:
    """The text of each statement, for one database."""

    recipients: str
    recipient_held: str
    put_recipient: str
    insert_audit: str

    unaddressed: str
    addressed: str
    insert_delivery: str
    unaddress: str
    retire: str

    due_recipients: str
    due_since: str
    due: str
    lease: str
    mark: str

    told: str
    told_of_path: str
    told_once: str
    dead: str
    undelivered: str
    untold: str
    untold_of_path: str
    revive: str


def compile_outbox(dialect: Dialect) -> OutboxStatements:
    """All statements of the outbox in the words of this database."""

    def text(statement: sa.ClauseElement, *names: str) -> str:
        return statement_text(dialect, statement, *names)

    key: sa.BindParameter[str] = sa.bindparam("key")
    now: sa.BindParameter[int] = sa.bindparam("now")
    by_path = NOTICE.c.path_id == key
    return OutboxStatements(
        recipients=text(sa.select(RECIPIENT).order_by(RECIPIENT.c.recipient_id)),
        recipient_held=text(
            sa.select(RECIPIENT).where(RECIPIENT.c.recipient_id == key).with_for_update(), "key"
        ),
        put_recipient=insert_or_replace(dialect, RECIPIENT),
        insert_audit=text(sa.insert(AUDIT).inline(), *[c.name for c in list(AUDIT.columns)[1:]]),
        unaddressed=text(
            sa.select(NOTICE, PATH)
            .join(UNADDRESSED, UNADDRESSED.c.notice_number == NOTICE.c.number)
            .join(PATH, PATH.c.path_id == NOTICE.c.path_id)
            .order_by(NOTICE.c.number)
        ),
        addressed=text(sa.delete(UNADDRESSED).where(UNADDRESSED.c.notice_number == key), "key"),
        insert_delivery=insert_if_absent(dialect, DELIVERY),
        unaddress=text(_unaddress(), "now", "key"),
        retire=text(
            sa.update(DELIVERY)
            .where(DELIVERY.c.recipient_id == key, IS_WAITING)
            .values(
                status=sa.literal_column("'dead'"),
                next_at=NOTHING,
                last_error=sa.bindparam("error"),
                changed_at=now,
            ),
            *("error", "now", "key"),
        ),
        due_recipients=text(
            sa.select(DELIVERY.c.recipient_id)
            .where(DELIVERY.c.next_at.is_not(None), DELIVERY.c.next_at <= now)
            .distinct()
            .order_by(DELIVERY.c.recipient_id),
            "now",
        ),
        due_since=text(
            sa.select(sa.func.min(DELIVERY.c.next_at)).where(DELIVERY.c.next_at.is_not(None))
        ),
        due=text(_due(), "key", "now", "later", "count"),
        lease=text(
            sa.update(DELIVERY)
            .where(DELIVERY.c.number == key)
            .values(
                status=sa.literal_column("'sending'"),
                attempts=DELIVERY.c.attempts + sa.literal_column("1"),
                digest_id=sa.bindparam("digest_id"),
                next_at=sa.bindparam("until"),
                lease=sa.bindparam("lease"),
                changed_at=now,
            ),
            *("digest_id", "until", "lease", "now", "key"),
        ),
        mark=text(
            sa.update(DELIVERY)
            .where(DELIVERY.c.number == key, DELIVERY.c.lease == sa.bindparam("held"), IS_SENDING)
            .values(
                address=sa.bindparam("address"),
                status=sa.bindparam("status"),
                attempts=sa.bindparam("attempts"),
                next_at=sa.bindparam("next_at"),
                lease=NOTHING,
                last_error=sa.bindparam("error"),
                sent_at=sa.bindparam("sent_at"),
                changed_at=now,
            ),
            *("address", "status", "attempts", "next_at", "error", "sent_at", "now"),
            *("key", "held"),
        ),
        told=text(_told()),
        told_of_path=text(_told().where(by_path), "key"),
        told_once=text(_told().where(DELIVERY.c.number == key), "key"),
        dead=text(sa.select(DELIVERY.c.number).where(IS_DEAD).order_by(DELIVERY.c.notice_number)),
        undelivered=text(_undelivered()),
        untold=text(_untold()),
        untold_of_path=text(_untold().where(by_path), "key"),
        revive=text(
            sa.update(DELIVERY)
            .where(DELIVERY.c.number == key, IS_DEAD)
            .values(
                status=sa.literal_column("'waiting'"),
                attempts=sa.literal_column("0"),
                digest_id=sa.literal_column("''"),
                next_at=sa.bindparam("at"),
                changed_at=now,
            ),
            *("at", "now", "key"),
        ),
    )


def _due() -> sa.Select[Any]:  # Any: the columns of a selection have no simpler type
    """What is due for a recipient, oldest notice first, each with its notice.

    Left out is what has an earlier notice of the same path that is not due: it waits or is sent.
    """
    earlier = DELIVERY.alias("earlier")
    blocked = sa.exists().where(
        earlier.c.recipient_id == DELIVERY.c.recipient_id,
        earlier.c.path_id == DELIVERY.c.path_id,
        earlier.c.notice_number < DELIVERY.c.notice_number,
        earlier.c.next_at.is_not(None),
        earlier.c.next_at > sa.bindparam("later"),
    )
    own = (DELIVERY.c.number, DELIVERY.c.attempts, DELIVERY.c.together, DELIVERY.c.digest_id)
    found = (
        sa.select(*own, NOTICE)
        .join(NOTICE, NOTICE.c.number == DELIVERY.c.notice_number)
        .where(DELIVERY.c.recipient_id == sa.bindparam("key"))
        .where(DELIVERY.c.next_at.is_not(None), DELIVERY.c.next_at <= sa.bindparam("now"))
        .where(~blocked)
        .order_by(DELIVERY.c.notice_number)
    )
    page = found.limit(sa.bindparam("count")).offset(FROM_THE_FIRST)
    return page.with_for_update(of=DELIVERY, skip_locked=True)


def _unaddress() -> sa.Insert:
    """Notices of a recipient that reached nobody wait again for somebody to be chosen."""
    other = DELIVERY.alias("other")
    waits = UNADDRESSED.alias("waits")
    alive = sa.exists().where(
        other.c.notice_number == DELIVERY.c.notice_number,
        other.c.status != sa.literal_column("'dead'"),
    )
    there = sa.exists().where(waits.c.notice_number == DELIVERY.c.notice_number)
    since: sa.BindParameter[int] = sa.bindparam("now", type_=UNADDRESSED.c.since.type)
    lost = sa.select(DELIVERY.c.notice_number, since).where(
        DELIVERY.c.recipient_id == sa.bindparam("key"), IS_DEAD, ~alive, ~there
    )
    return sa.insert(UNADDRESSED).from_select(["notice_number", "since"], lost)


def _told() -> sa.Select[Any]:
    """Every delivery with its notice and the recipient's name, in the order of the notices."""
    names = ("number", "recipient_id", "channel", "address", "status", "attempts", "next_at")
    own = [DELIVERY.c[name] for name in (*names, "sent_at", "last_error")]
    return (
        sa.select(NOTICE, *own, RECIPIENT.c.name)
        .join(DELIVERY, DELIVERY.c.notice_number == NOTICE.c.number)
        .outerjoin(RECIPIENT, RECIPIENT.c.recipient_id == DELIVERY.c.recipient_id)
        .order_by(NOTICE.c.number, DELIVERY.c.number)
    )


def _untold() -> sa.Select[Any]:
    return (
        sa.select(NOTICE)
        .join(UNADDRESSED, UNADDRESSED.c.notice_number == NOTICE.c.number)
        .order_by(NOTICE.c.number)
    )


def _undelivered() -> sa.Select[Any]:
    """Notices with dead deliveries and no others, each with the error of its last one."""
    other = DELIVERY.alias("other")
    alive = sa.exists().where(
        other.c.notice_number == NOTICE.c.number, other.c.status != sa.literal_column("'dead'")
    )
    return (
        sa.select(NOTICE, DELIVERY.c.last_error)
        .join(DELIVERY, DELIVERY.c.notice_number == NOTICE.c.number)
        .where(IS_DEAD, ~alive)
        .order_by(NOTICE.c.number, DELIVERY.c.number)
    )
