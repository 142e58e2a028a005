"""Calendar feeds on a database: who may read one, and what calendars were last told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage import outbox_tables
from storage.recipients import Writing
from storage.rows import Row, audit_row, instant, json_text, micros
from storage.statements import (
    AUDIT,
    insert_if_absent,
    insert_or_replace,
    statement_text,
    table_of,
)
from workflow.errors import ConflictError, NotFoundError
from workflow.outbox import Feed, FeedEvent
from workflow.records import Actor, AuditEvent

FEED: Final = table_of(outbox_tables.FeedRow)
EVENT: Final = table_of(outbox_tables.FeedEventRow)


class SqlFeeds:
    """Reads and writes of calendar feeds, on the connections and transactions of the store."""

    def __init__(
        self,
        dialect: Dialect,
        begin: Callable[[], AbstractContextManager[Writing]],
        read: Callable[[Callable[[Any], Any]], Any],  # Any: a cursor of an untyped driver
    ) -> None:
        key: sa.BindParameter[str] = sa.bindparam("key")
        at: sa.BindParameter[int] = sa.bindparam("at")
        by: sa.BindParameter[str] = sa.bindparam("by")
        revoke = sa.update(FEED).where(FEED.c.name == key, FEED.c.revoked_at.is_(None))
        named = revoke.values(revoked_at=at, revoked_by=by)
        columns = [column.name for column in list(AUDIT.columns)[1:]]
        self._begin = begin
        self._read = read
        self._insert = insert_if_absent(dialect, FEED)
        self._revoke = statement_text(dialect, named, "at", "by", "key")
        self._audit = statement_text(dialect, sa.insert(AUDIT).inline(), *columns)
        self._every = statement_text(dialect, sa.select(FEED).order_by(FEED.c.name))
        self._events = statement_text(dialect, sa.select(EVENT).order_by(EVENT.c.uid))
        self._put = insert_or_replace(dialect, EVENT)

    def new_feed(self, name: str, secret_hash: str, site: str, actor: Actor, now: datetime) -> None:
        """The feed may be read by whoever knows the secret; raises ConflictError on a used name."""
        row = (name, secret_hash, site, micros(now), str(actor), None, "")
        with self._begin() as transaction:
            if transaction.cursor.execute(self._insert, row).rowcount != 1:
                msg = f"There is a calendar {name} already, in use or revoked; take another name."
                raise ConflictError(msg)
            self._note(transaction.cursor, "calendar_made", name, actor, now)

    def revoke_feed(self, name: str, actor: Actor, now: datetime) -> None:
        """Nobody reads the feed any more; raises NotFoundError when none of that name is in use."""
        with self._begin() as transaction:
            cursor = transaction.cursor
            if cursor.execute(self._revoke, (micros(now), str(actor), name)).rowcount != 1:
                msg = f"There is no calendar {name} in use; see `allpath notice calendar list`."
                raise NotFoundError(msg)
            self._note(cursor, "calendar_revoked", name, actor, now)

    def feeds(self) -> Sequence[Feed]:
        """Every feed there is or was, by name."""
        return tuple(_read_feed(row) for row in self._rows(self._every))

    def feed_by_hash(self, secret_hash: str) -> Feed | None:
        """The feed in use whose secret has this hash, if any."""
        for row in self._rows(self._every):
            if row[1] == secret_hash and row[5] is None:
                return _read_feed(row)
        return None

    def events(self) -> Sequence[FeedEvent]:
        """What calendars were last told, by uid."""
        return tuple(map(_read_event, self._rows(self._events)))

    def update_events(
        self, change: Callable[[Sequence[FeedEvent]], Sequence[FeedEvent]]
    ) -> Sequence[FeedEvent]:
        """What calendars are told after the change, which is answered with those it puts.

        All of it is one write transaction, so that two readers do not count one change twice.
        """
        with self._begin() as transaction:
            cursor = transaction.cursor
            known = {event.uid: event for event in map(_read_event, cursor.execute(self._events))}
            changed = change(tuple(known.values()))
            cursor.executemany(self._put, [_event_row(event) for event in changed])
        known.update((event.uid, event) for event in changed)
        return tuple(known[uid] for uid in sorted(known))

    def _note(
        self,
        cursor: Any,  # noqa: ANN401 - untyped driver
        action: str,
        name: str,
        actor: Actor,
        now: datetime,
    ) -> None:
        detail = json_text({"calendar": name})
        event = AuditEvent(now, actor.name, actor.role, actor.os_user, action, "", detail)
        cursor.execute(self._audit, audit_row(event))

    def _rows(self, statement: str) -> Sequence[Row]:
        def look(cursor: Any) -> Sequence[Row]:  # noqa: ANN401 - untyped driver
            return tuple(cursor.execute(statement).fetchall())

        rows: Sequence[Row] = self._read(look)
        return rows


def _read_feed(row: Row) -> Feed:
    name, _, site, created_at, created_by, revoked_at, _ = row
    revoked = None if revoked_at is None else instant(revoked_at)
    return Feed(name, site, instant(created_at), created_by, revoked)


def _event_row(event: FeedEvent) -> Row:
    start = (event.uid, event.path_id, event.checkpoint, micros(event.due_at))
    return (*start, event.status, event.sequence, micros(event.changed_at))


def _read_event(row: Row) -> FeedEvent:
    uid, path_id, checkpoint, due_at, status, sequence, changed_at = row
    return FeedEvent(
        uid, path_id, checkpoint, instant(due_at), status, sequence, instant(changed_at)
    )
