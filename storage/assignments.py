"""Who looks after whom, on a database: each change is kept for ever, the latest beside the path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage import worklist_tables
from storage.cases import NO_PATH
from storage.recipients import Writing
from storage.rows import Row, audit_row, instant, json_text, micros
from storage.statements import AUDIT, PATH, statement_text, table_of
from workflow.assigning import NOBODY, Assignment
from workflow.canonical import digest
from workflow.errors import NotFoundError, RefusedError
from workflow.records import Actor, AuditEvent

ASSIGNMENT: Final = table_of(worklist_tables.AssignmentRow)
_BROUGHT: Final = tuple(column for column in ASSIGNMENT.columns if column.name != "number")


class SqlAssignments:
    """Reads and writes of who looks after whom, in the transactions of the store."""

    def __init__(
        self,
        dialect: Dialect,
        begin: Callable[[], AbstractContextManager[Writing]],
        read: Callable[[Callable[[Any], Any]], Any],  # Any: a cursor of an untyped driver
    ) -> None:
        key: sa.BindParameter[str] = sa.bindparam("key")
        self._begin = begin
        self._read = read
        self._insert = statement_text(
            dialect, sa.insert(ASSIGNMENT).inline(), *(column.name for column in _BROUGHT)
        )
        self._put = statement_text(
            dialect,
            sa.update(PATH).where(PATH.c.path_id == key).values(looked_after_by=sa.bindparam("by")),
            *("by", "key"),
        )
        held = sa.select(PATH.c.looked_after_by).where(PATH.c.path_id == key)
        self._held = statement_text(dialect, held.with_for_update(), "key")
        self._now = statement_text(dialect, held, "key")
        of_path = sa.select(*_BROUGHT).where(ASSIGNMENT.c.path_id == key)
        self._every = statement_text(dialect, of_path.order_by(ASSIGNMENT.c.number), "key")
        columns = [column.name for column in list(AUDIT.columns)[1:]]
        self._audit = statement_text(dialect, sa.insert(AUDIT).inline(), *columns)

    def assign(self, wanted: Assignment) -> Assignment:
        """From now on they look after the path; the same key gives the first answer again.

        Raises NotFoundError for a path that is not there, RefusedError where they do already.
        """
        with self._begin() as transaction:
            return self.assign_within(transaction, wanted)

    def assign_within(self, transaction: Writing, wanted: Assignment) -> Assignment:
        """As `assign`, inside a transaction the caller holds."""
        path_id, by, cursor = wanted.path_id, wanted.looked_after_by, transaction.cursor
        row = cursor.execute(self._held, (path_id,)).fetchone()
        if row is None:
            raise NotFoundError(NO_PATH.format(path_id))
        for each in map(_read, cursor.execute(self._every, (path_id,)).fetchall()):
            if wanted.key and (each.key, each.actor) == (wanted.key, wanted.actor):
                return each
        if row[0] == by:
            who = "Nobody looks" if by == NOBODY else "They look"
            raise RefusedError(f"{who} after {path_id} already; nothing was changed.")
        cursor.execute(self._put, (by, path_id))
        cursor.execute(self._insert, _row(wanted))
        actor = wanted.actor
        told = {"looked_after_by": by, "before": row[0]}
        told["digest"] = digest([path_id, by, wanted.reason, wanted.key])
        event = AuditEvent(
            *(wanted.at, actor.name, actor.role, actor.os_user, "assigned", path_id),
            json_text(told),
        )
        cursor.execute(self._audit, audit_row(event))
        return wanted

    def keeper(self, path_id: str) -> str:
        """Who looks after a path now; NOBODY where nobody does, or where there is no such path."""
        rows = self._rows(self._now, path_id)
        return str(rows[0][0]) if rows else NOBODY

    def of(self, path_id: str) -> Sequence[Assignment]:
        """Every change of who looks after a path, oldest first."""
        return tuple(map(_read, self._rows(self._every, path_id)))

    def _rows(self, statement: str, *values: str) -> Sequence[Row]:
        def look(cursor: Any) -> Sequence[Row]:  # noqa: ANN401 - untyped driver
            return tuple(cursor.execute(statement, values).fetchall())

        rows: Sequence[Row] = self._read(look)
        return rows


def _row(given: Assignment) -> Row:
    who = (given.actor.name, given.actor.role, given.actor.os_user)
    told = (given.path_id, given.looked_after_by, given.reason)
    return (*told, *who, micros(given.at), given.key)


def _read(row: Row) -> Assignment:
    path_id, by, reason, actor, role, os_user, at, key = row
    return Assignment(path_id, by, reason, Actor(actor, role, os_user), instant(at), key)
