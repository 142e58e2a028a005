"""The outbox on a database: who is told, what is on its way, and what reached nobody.

Any number of processes deliver at once. Each holds the lock only to claim and to mark, never while
it sends; what it claimed is leased to it under a token, and a result that comes after the lease
was taken by another is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final

from storage.outbox_rows import (
    NOTICE_WIDTH,
    read_notice,
    read_recipient,
    read_told,
    untold,
)
from storage.recipients import SqlRecipients, Writing
from storage.rows import Row, audit_row, instant, json_text, micros, read_path
from workflow.errors import NotFoundError, RefusedError
from workflow.outbox import (
    Claim,
    Claimed,
    Mark,
    NewDelivery,
    Recipient,
    Told,
    Unaddressed,
    Undelivered,
)
from workflow.records import Actor, AuditEvent

DIGEST_SIZE: Final = 200
"""How many notices one digest collects at most; the rest come in a second one."""


class _TooLateError(Exception):
    """The lease was taken by another; the transaction is undone."""


class SqlOutbox:
    """Reads and writes of the outbox, on the connections and transactions of the store."""

    def __init__(
        self,
        begin: Callable[[], AbstractContextManager[Writing]],
        read: Callable[[Callable[[Any], Any]], Any],  # Any: a cursor of an untyped driver
        recipients: SqlRecipients,
    ) -> None:
        self._recipients = recipients
        self._sql = recipients.sql
        self._begin = begin
        self._read = read

    def recipients(self) -> Sequence[Recipient]:
        """Everybody who was ever to be told, active or not, by id."""
        return self._recipients.every()

    # -- addressing ----------------------------------------------------------------------------

    def unaddressed(self) -> Sequence[Unaddressed]:
        """The notices nobody has been chosen for yet, oldest first."""
        return tuple(
            Unaddressed(row[0], read_notice(row), read_path(row[NOTICE_WIDTH:]))
            for row in self._rows(self._sql.unaddressed)
        )

    def address(self, found: Unaddressed, new: Iterable[NewDelivery], now: datetime) -> None:
        """The notice is to be told to these recipients; those who have it already keep theirs."""
        rows = [_delivery_row(found, item, now) for item in new]
        self._address(found, rows)

    def drop_unaddressed(self, found: Unaddressed, reason: str, now: datetime) -> None:
        """The notice needs nobody any more, and says why."""
        self._address(found, [_dropped_row(found, reason, now)])

    def _address(self, found: Unaddressed, rows: Sequence[Row]) -> None:
        with self._begin() as transaction:
            # Whoever removes the row addresses the notice; two processes do it once.
            if transaction.cursor.execute(self._sql.addressed, (found.number,)).rowcount == 1:
                transaction.cursor.executemany(self._sql.insert_delivery, rows)

    # -- delivering ----------------------------------------------------------------------------

    def due_recipients(self, now: datetime) -> Sequence[str]:
        """The ids of the recipients for whom something is due."""
        return tuple(key for (key,) in self._rows(self._sql.due_recipients, micros(now)))

    def due_since(self) -> datetime | None:
        """The earliest moment at which something unfinished is or was due; None: nothing waits."""
        ((at,),) = self._rows(self._sql.due_since)
        return None if at is None else instant(at)

    def claim(self, recipient_id: str, token: str, until: datetime, now: datetime) -> Claim | None:
        """The next message to this recipient is the caller's until the lease ends; None: none is.

        Never one whose earlier notice of the same path still waits or is being sent.
        """
        with self._begin() as transaction:
            cursor, at = transaction.cursor, micros(now)
            # Held, so that two senders do not collect two halves of one digest.
            held = cursor.execute(self._sql.recipient_held, (recipient_id,)).fetchone()
            if held is None:
                return None
            given = (recipient_id, at, at, DIGEST_SIZE)
            rows = _one_message(cursor.execute(self._sql.due, given).fetchall())
            if not rows:
                return None
            first, is_digest = rows[0], bool(rows[0][2])
            digest_id = ""
            if is_digest:
                digest_id = first[3] or f"digest.{recipient_id}.{first[0]}.{at // 1_000_000}"
            for row in rows:
                cursor.execute(self._sql.lease, (digest_id, micros(until), token, at, row[0]))
        claimed = tuple(Claimed(row[0], read_notice(row[4:]), row[1] + 1) for row in rows)
        message_id = digest_id or f"{claimed[0].notice.notice_id}.{recipient_id}"
        return Claim(token, message_id, read_recipient(held), claimed, is_digest)

    def mark(self, claim: Claim, marks: Sequence[Mark], now: datetime) -> bool:
        """What became of the claim is kept, or nothing is and False is answered: it was too late.

        A sender whose lease ended and was taken by another has no say any more.
        """
        try:
            with self._begin() as transaction:
                for mark in marks:
                    given = _marked(claim, mark, now)
                    _refuse_late(transaction.cursor.execute(self._sql.mark, given).rowcount)
        except _TooLateError:
            return False
        return True

    def replay(self, number: int, actor: Actor, now: datetime) -> None:
        """The dead delivery is tried again, or another recipient is sought for it.

        Raises NotFoundError when there is none, RefusedError when it is not dead.
        """
        rows = self._rows(self._sql.told_once, number)
        if not rows:
            raise NotFoundError(f"There is no delivery {number}; see `allpath notice list`.")
        told = read_told(rows[0])
        if told.status != "dead" or told.recipient_id is None:
            msg = f"The delivery {number} is {told.status}; only a dead one is sent again."
            raise RefusedError(msg)
        recipient = self._recipients.one(told.recipient_id)
        with self._begin() as transaction:
            cursor, at = transaction.cursor, micros(now)
            if recipient.active:
                cursor.execute(self._sql.revive, (at, at, number))
            else:
                cursor.execute(self._sql.unaddress, (at, recipient.recipient_id))
            event = AuditEvent(
                *(now, actor.name, actor.role, actor.os_user, "notice_replayed"),
                *(told.notice.path_id, json_text({"delivery": number})),
            )
            cursor.execute(self._sql.insert_audit, audit_row(event))

    def dead(self) -> Sequence[int]:
        """The numbers of the deliveries that were given up."""
        return tuple(number for (number,) in self._rows(self._sql.dead))

    # -- what is shown -------------------------------------------------------------------------

    def told(self, path_id: str | None = None) -> Sequence[Told]:
        """Who was told or is to be told, of every path or of one; oldest notice first."""
        sql, given = self._sql, () if path_id is None else (path_id,)
        sent = self._rows(sql.told_of_path if given else sql.told, *given)
        waiting = self._rows(sql.untold_of_path if given else sql.untold, *given)
        return (*map(read_told, sent), *map(untold, waiting))

    def undelivered(self) -> Sequence[Undelivered]:
        """The notices that reached nobody and wait for nobody to be tried, oldest first."""
        found: dict[int, Undelivered] = {}
        for row in self._rows(self._sql.undelivered):
            found[row[0]] = Undelivered(read_notice(row), f"given up: {row[NOTICE_WIDTH]}")
        for row in self._rows(self._sql.untold):
            found[row[0]] = Undelivered(read_notice(row), "")
        return tuple(found[number] for number in sorted(found))

    def _rows(self, statement: str, *given: object) -> Sequence[Row]:
        def look(cursor: Any) -> Sequence[Row]:  # noqa: ANN401 - untyped driver
            return tuple(cursor.execute(statement, given).fetchall())

        rows: Sequence[Row] = self._read(look)
        return rows


def _one_message(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows that go into the next message: the oldest, and with a digest those it collects.

    A row stays out when an earlier one of its path goes another way.
    """
    if not rows or not rows[0][2]:
        return rows[:1]
    chosen, left_out = [], set()
    for row in rows:
        path_id = row[4 + 2]
        if row[2] and row[3] == rows[0][3] and path_id not in left_out:
            chosen.append(row)
        else:
            left_out.add(path_id)
    return chosen


def _refuse_late(rows: int) -> None:
    if rows != 1:
        raise _TooLateError


def _marked(claim: Claim, mark: Mark, now: datetime) -> Row:
    address = claim.recipient.address if mark.status == "sent" else ""
    next_at = micros(mark.next_at) if mark.next_at else None
    sent_at = micros(mark.sent_at) if mark.sent_at else None
    became = (address, mark.status, mark.attempts, next_at, mark.error, sent_at)
    return (*became, micros(now), mark.number, claim.token)


def _delivery_row(found: Unaddressed, new: NewDelivery, now: datetime) -> Row:
    who = (new.recipient_id, found.notice.path_id, new.channel)
    start = (found.number, *who, "", "waiting", 0, int(new.together))
    return (*start, "", micros(new.next_at), None, "", None, micros(now))


def _dropped_row(found: Unaddressed, reason: str, now: datetime) -> Row:
    start = (found.number, None, found.notice.path_id, None, "", "dropped", 0)
    return (*start, 0, "", None, None, reason, None, micros(now))
