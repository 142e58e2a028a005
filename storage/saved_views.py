"""Filters that people keep by name, on a database; each change leaves who made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage import worklist_tables
from storage.recipients import Writing
from storage.rows import (
    Row,
    audit_row,
    instant,
    instant_or_none,
    json_text,
    micros,
    micros_or_none,
)
from storage.statements import AUDIT, insert_if_absent, insert_or_replace, statement_text, table_of
from workflow.records import Actor, AuditEvent
from workflow.saved_view import SavedView

VIEW: Final = table_of(worklist_tables.SavedViewRow)


class SqlSavedViews:
    """Reads and writes of kept filters, in the transactions of the store."""

    def __init__(
        self,
        dialect: Dialect,
        begin: Callable[[], AbstractContextManager[Writing]],
        read: Callable[[Callable[[Any], Any]], Any],  # Any: a cursor of an untyped driver
    ) -> None:
        self._begin = begin
        self._read = read
        self._add = insert_if_absent(dialect, VIEW)
        self._put = insert_or_replace(dialect, VIEW)
        kept = sa.select(VIEW).where(VIEW.c.removed_at.is_(None))
        self._every = statement_text(dialect, kept.order_by(VIEW.c.title, VIEW.c.view_id))
        columns = [column.name for column in list(AUDIT.columns)[1:]]
        self._audit = statement_text(dialect, sa.insert(AUDIT).inline(), *columns)

    def keep(self, view: SavedView, actor: Actor) -> bool:
        """The filter is kept; answers False where it is already, as after a doubled click."""
        with self._begin() as transaction:
            if transaction.cursor.execute(self._add, _row(view)).rowcount != 1:
                return False
            self._note(transaction.cursor, "view_saved", view, actor, view.created_at)
            return True

    def change(self, view: SavedView, what: str, actor: Actor, now: datetime) -> None:
        """The kept filter is as given from now on."""
        with self._begin() as transaction:
            transaction.cursor.execute(self._put, _row(view))
            self._note(transaction.cursor, what, view, actor, now)

    def every(self) -> Sequence[SavedView]:
        """Every filter that is kept, by its name."""

        def look(cursor: Any) -> Sequence[Row]:  # noqa: ANN401 - untyped driver
            return tuple(cursor.execute(self._every).fetchall())

        rows: Sequence[Row] = self._read(look)
        return tuple(map(_read, rows))

    def _note(
        self,
        cursor: Any,  # noqa: ANN401 - untyped driver
        action: str,
        view: SavedView,
        actor: Actor,
        now: datetime,
    ) -> None:
        detail = json_text({"view": view.view_id, "shared_with": view.shared_with})
        event = AuditEvent(now, actor.name, actor.role, actor.os_user, action, "", detail)
        cursor.execute(self._audit, audit_row(event))


def _row(view: SavedView) -> Row:
    start = (view.view_id, view.account, view.title, view.query, view.shared_with)
    times = (micros(view.created_at), micros(view.changed_at), micros_or_none(view.removed_at))
    return (*start, *times)


def _read(row: Row) -> SavedView:
    view_id, account, title, query, shared_with, created_at, changed_at, removed_at = row
    return SavedView(
        *(view_id, account, title, query, shared_with),
        instant(created_at),
        instant(changed_at),
        instant_or_none(removed_at),
    )
