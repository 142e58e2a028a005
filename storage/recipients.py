"""Who is told, on a database; each change leaves the name of whoever made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy.engine import Dialect

from storage.outbox_rows import read_recipient, recipient_row
from storage.outbox_statements import compile_outbox
from storage.rows import Row, audit_row, json_text, micros
from workflow.errors import NotFoundError
from workflow.outbox import Recipient
from workflow.records import Actor, AuditEvent

RETIRED: Final = "the recipient is told nothing any more"


class Writing(Protocol):
    """A write transaction, as far as recipients and deliveries need one."""

    @property
    def cursor(self) -> Any:  # noqa: ANN401 - untyped driver
        """The cursor of the transaction."""
        ...


class SqlRecipients:
    """Reads and writes of recipients, on the connections and transactions of the store.

    `sql` holds the statements, which the outbox shares.
    """

    def __init__(
        self,
        dialect: Dialect,
        begin: Callable[[], AbstractContextManager[Writing]],
        read: Callable[[Callable[[Any], Any]], Any],  # Any: a cursor of an untyped driver
    ) -> None:
        self.sql = compile_outbox(dialect)
        self._begin = begin
        self._read = read

    def every(self) -> Sequence[Recipient]:
        """Everybody who was ever to be told, active or not, by id."""
        return tuple(map(read_recipient, self._rows(self.sql.recipients)))

    def one(self, recipient_id: str) -> Recipient:
        """The recipient with this id; raises NotFoundError."""
        for recipient in self.every():
            if recipient.recipient_id == recipient_id:
                return recipient
        msg = f"There is no recipient {recipient_id}; see `allpath notice recipient list`."
        raise NotFoundError(msg)

    def add(self, recipient: Recipient, actor: Actor, now: datetime) -> Recipient:
        """The recipient is told from now on, under an id of its own, which is answered."""
        with self._begin() as transaction:
            known = transaction.cursor.execute(self.sql.recipients).fetchall()
            recipient = _numbered(recipient, len(known) + 1)
            self._keep(transaction.cursor, recipient, (micros(now), str(actor)), actor, now)
            self._audit(transaction.cursor, "recipient_added", recipient, actor, now)
        return recipient

    def change(self, recipient: Recipient, actor: Actor, now: datetime) -> None:
        """The recipient is as given; one that is not active any more is told nothing.

        What waited for it is dead, and what nobody else gets waits for another recipient.
        """
        with self._begin() as transaction:
            cursor, key = transaction.cursor, recipient.recipient_id
            row = cursor.execute(self.sql.recipient_held, (key,)).fetchone()
            if row is None:
                raise NotFoundError(f"There is no recipient {key}; nothing was changed.")
            self._keep(cursor, recipient, (row[12], row[13]), actor, now)
            if not recipient.active:
                cursor.execute(self.sql.retire, (RETIRED, micros(now), key))
                cursor.execute(self.sql.unaddress, (micros(now), key))
            action = "recipient_changed" if recipient.active else "recipient_removed"
            self._audit(cursor, action, recipient, actor, now)

    def _keep(
        self,
        cursor: Any,  # noqa: ANN401 - untyped driver
        recipient: Recipient,
        kept: tuple[int, str],
        actor: Actor,
        now: datetime,
    ) -> None:
        cursor.execute(self.sql.put_recipient, recipient_row(recipient, kept, now, str(actor)))

    def _audit(
        self,
        cursor: Any,  # noqa: ANN401 - untyped driver
        action: str,
        recipient: Recipient,
        actor: Actor,
        now: datetime,
    ) -> None:
        names = Recipient.__dataclass_fields__
        detail = json_text({name: _plain(getattr(recipient, name)) for name in names})
        event = AuditEvent(now, actor.name, actor.role, actor.os_user, action, "", detail)
        cursor.execute(self.sql.insert_audit, audit_row(event))

    def _rows(self, statement: str) -> Sequence[Row]:
        def look(cursor: Any) -> Sequence[Row]:  # noqa: ANN401 - untyped driver
            return tuple(cursor.execute(statement).fetchall())

        rows: Sequence[Row] = self._read(look)
        return rows


def _numbered(recipient: Recipient, number: int) -> Recipient:
    return replace(recipient, recipient_id=f"R-{number}")


def _plain(value: object) -> object:
    return value if isinstance(value, (str, bool)) or value is None else str(value)
