"""Recipients, notices and deliveries as rows, and back."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from storage.rows import Row, instant, micros
from workflow.outbox import Recipient, Told
from workflow.records import Notice

NOTICE_WIDTH: Final = 8
"""How many columns a notice has; what follows them in a row is something else."""


def recipient_row(recipient: Recipient, kept: tuple[int, str], now: datetime, by: str) -> Row:
    """The row of a recipient; `kept` says when and by whom it was made."""
    begins, ends = recipient.quiet_from, recipient.quiet_until
    return (
        recipient.recipient_id,
        recipient.name,
        recipient.role,
        recipient.channel,
        recipient.address,
        recipient.site,
        begins.isoformat("minutes") if begins else "",
        ends.isoformat("minutes") if ends else "",
        int(recipient.digest),
        int(recipient.urgent_any_time),
        recipient.time_zone,
        int(recipient.active),
        *kept,
        micros(now),
        by,
    )


def read_recipient(row: Row) -> Recipient:
    """The recipient of a row."""
    return Recipient(
        recipient_id=row[0],
        name=row[1],
        role=row[2],
        channel=row[3],
        address=row[4],
        site=row[5],
        quiet_from=time.fromisoformat(row[6]) if row[6] else None,
        quiet_until=time.fromisoformat(row[7]) if row[7] else None,
        digest=bool(row[8]),
        urgent_any_time=bool(row[9]),
        time_zone=row[10],
        active=bool(row[11]),
    )


def read_notice(row: Row) -> Notice:
    """The notice of a row that begins with its columns."""
    _, notice_id, path_id, seq, topic, to_role, body, created_at = row[:NOTICE_WIDTH]
    return Notice(notice_id, path_id, seq, topic, to_role, body, instant(created_at))


def read_told(row: Row) -> Told:
    """The delivery of a row of notice, delivery and the recipient's name."""
    number, recipient, channel, address, status, attempts, next_at, sent_at, error, name = row[
        NOTICE_WIDTH:
    ]
    return Told(
        number=number,
        notice=read_notice(row),
        recipient_id=recipient,
        recipient=name or "",
        channel=channel,
        address=address,
        status=status,
        attempts=attempts,
        next_at=None if next_at is None else instant(next_at),
        sent_at=None if sent_at is None else instant(sent_at),
        error=error,
    )


def untold(row: Row) -> Told:
    """A notice that nobody was chosen for yet, as it is shown."""
    return Told(
        number=None,
        notice=read_notice(row),
        recipient_id=None,
        recipient="",
        channel=None,
        address="",
        status="unaddressed",
        attempts=0,
        next_at=None,
        sent_at=None,
        error="",
    )
