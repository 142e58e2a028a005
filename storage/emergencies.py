"""Emergency access on a database: read at one moment, and added to within a transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage import emergency_tables
from storage.recipients import Writing
from storage.rows import Row, audit_row, instant, json_text, micros
from storage.statements import AUDIT, insert_if_absent, statement_text, table_of
from workflow.canonical import digest
from workflow.emergency import EmergencyAccess, EmergencyEntry, accesses
from workflow.errors import ConflictError
from workflow.records import Actor, AuditEvent

ENTRY: Final = table_of(emergency_tables.EmergencyRow)


class SqlEmergencies:
    """Reads of emergency access on the connections of the store, and writes in a transaction."""

    def __init__(
        self,
        dialect: Dialect,
        read: Callable[[Callable[[Any], Any]], Any],  # Any: a cursor of an untyped driver
    ) -> None:
        key: sa.BindParameter[str] = sa.bindparam("key")
        at: sa.BindParameter[int] = sa.bindparam("at")
        columns = [column.name for column in list(AUDIT.columns)[1:]]
        every = sa.select(ENTRY).order_by(ENTRY.c.at, ENTRY.c.access_id)
        mine = every.where(ENTRY.c.account == key, ENTRY.c.until > at)
        self._read = read
        self._audit = statement_text(dialect, sa.insert(AUDIT).inline(), *columns)
        self._add = insert_if_absent(dialect, ENTRY)
        self._every = statement_text(dialect, every)
        of_path = every.where(ENTRY.c.path_id == key)
        self._of_path = statement_text(dialect, of_path, "key")
        self._of_account = statement_text(dialect, mine, "key", "at")

    def every(self) -> Sequence[EmergencyAccess]:
        """Every access there ever was, the latest first."""
        return self._found(self._every)

    def of_path(self, path_id: str) -> Sequence[EmergencyEntry]:
        """Every record of access to one patient, in the order they were made."""
        return tuple(map(_read, self._rows(self._of_path, path_id)))

    def open_for(self, account: str, now: datetime) -> Sequence[EmergencyAccess]:
        """The accesses an account has at this moment."""
        found = self._found(self._of_account, account, micros(now))
        return tuple(access for access in found if access.is_open(now))

    def add(self, transaction: Writing, entry: EmergencyEntry, actor: Actor) -> None:
        """The record is kept, and put on record; raises ConflictError where it was made before."""
        row = (
            *(entry.access_id, entry.kind, entry.path_id, entry.account, entry.by, entry.role),
            *(entry.code, entry.note, micros(entry.until), micros(entry.at)),
        )
        if transaction.cursor.execute(self._add, row).rowcount != 1:
            msg = "This was done already, perhaps by somebody else; look at it again."
            raise ConflictError(msg)
        # The typed text stays in its own table: the log goes to places that see no patients.
        told: dict[str, object] = {"access": entry.access_id, "account": entry.account}
        told |= {"code": entry.code, "until": micros(entry.until)}
        told["digest"] = digest([entry.access_id, entry.kind, entry.path_id, entry.note])
        event = AuditEvent(
            *(entry.at, actor.name, actor.role, actor.os_user),
            *(f"emergency_access_{entry.kind}", entry.path_id, json_text(told)),
        )
        transaction.cursor.execute(self._audit, audit_row(event))

    def _found(self, statement: str, *values: object) -> Sequence[EmergencyAccess]:
        return accesses([_read(row) for row in self._rows(statement, *values)])

    def _rows(self, statement: str, *values: object) -> Sequence[Row]:
        def look(cursor: Any) -> Sequence[Row]:  # noqa: ANN401 - untyped driver
            return tuple(cursor.execute(statement, values).fetchall())

        rows: Sequence[Row] = self._read(look)
        return rows


def _read(row: Row) -> EmergencyEntry:
    access_id, kind, path_id, account, by, role, code, note, until, at = row
    return EmergencyEntry(
        *(access_id, kind, path_id, account, by, role, code, note), instant(until), instant(at)
    )
