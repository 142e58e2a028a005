"""Accounts, sessions and failed attempts on a database; each change leaves who made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage import account_tables
from storage.account_rows import account_row, read_account, read_session, session_row
from storage.recipients import Writing
from storage.rows import (
    Row,
    audit_row,
    instant,
    json_text,
    micros,
)
from storage.statements import (
    AUDIT,
    insert_if_absent,
    insert_or_replace,
    statement_text,
    table_of,
)
from workflow.accounts import Account, Failures, WebSession
from workflow.errors import ConflictError, NotFoundError
from workflow.records import Actor, AuditEvent

ACCOUNT: Final = table_of(account_tables.AccountRow)
SESSION: Final = table_of(account_tables.SessionRow)
FAILURE: Final = table_of(account_tables.FailureRow)
_KEPT: Final = timedelta(days=30)
"""Sessions that ended and failed attempts are kept so long."""


class SqlAccounts:
    """Reads and writes of accounts, on the connections and transactions of the store."""

    def __init__(
        self,
        dialect: Dialect,
        begin: Callable[[], AbstractContextManager[Writing]],
        read: Callable[[Callable[[Any], Any]], Any],  # Any: a cursor of an untyped driver
    ) -> None:
        key: sa.BindParameter[str] = sa.bindparam("key")
        at: sa.BindParameter[int] = sa.bindparam("at")
        columns = [column.name for column in list(AUDIT.columns)[1:]]
        self._begin = begin
        self._read = read
        self._audit = statement_text(dialect, sa.insert(AUDIT).inline(), *columns)
        self._add = insert_if_absent(dialect, ACCOUNT)
        self._put = insert_or_replace(dialect, ACCOUNT)
        self._every = statement_text(dialect, sa.select(ACCOUNT).order_by(ACCOUNT.c.name))
        self._one = statement_text(dialect, sa.select(ACCOUNT).where(ACCOUNT.c.name == key), "key")
        subject: sa.BindParameter[str] = sa.bindparam("subject")
        of_provider = sa.and_(ACCOUNT.c.provider == key, ACCOUNT.c.subject == subject)
        self._of_provider = statement_text(
            dialect, sa.select(ACCOUNT).where(of_provider), "key", "subject"
        )
        self._put_session = insert_or_replace(dialect, SESSION)
        self._session = statement_text(
            dialect, sa.select(SESSION).where(SESSION.c.token_hash == key), "key"
        )
        still_open = sa.and_(SESSION.c.token_hash == key, SESSION.c.ended_at.is_(None))
        shown: sa.BindParameter[int] = sa.bindparam("shown")
        self._touch = statement_text(
            dialect,
            sa.update(SESSION).where(still_open).values(seen_at=at, shown_at=shown),
            *("at", "shown", "key"),
        )
        self._sessions = statement_text(
            dialect,
            sa.select(SESSION).where(SESSION.c.account == key).order_by(SESSION.c.created_at),
            "key",
        )
        self._forget_sessions = statement_text(
            dialect, sa.delete(SESSION).where(SESSION.c.created_at < at), "at"
        )
        self._failure = statement_text(
            dialect, sa.select(FAILURE).where(FAILURE.c.key == key), "key"
        )
        self._put_failure = insert_or_replace(dialect, FAILURE)
        whose: sa.BindParameter[str] = sa.bindparam("whose")  # `key` would be taken for a value
        held = sa.update(FAILURE).where(FAILURE.c.key == whose).values(count=FAILURE.c.count)
        self._hold_failure = statement_text(dialect, held, "whose")
        self._use_once = insert_if_absent(dialect, FAILURE)
        self._forget_failures = statement_text(
            dialect, sa.delete(FAILURE).where(FAILURE.c.last_at < at), "at"
        )
        forgive = sa.delete(FAILURE).where(FAILURE.c.key == key)
        self._forgive = statement_text(dialect, forgive, "key")

    # -- accounts ------------------------------------------------------------------------------

    def every(self) -> Sequence[Account]:
        """Everybody who was ever allowed in, by name."""
        return tuple(map(read_account, self._rows(self._every)))

    def find(self, name: str) -> Account | None:
        """The account of that sign-in name, if there is one."""
        rows = self._rows(self._one, name)
        return read_account(rows[0]) if rows else None

    def of_provider(self, provider: str, subject: str) -> Account | None:
        """The account of whoever the organisation's sign-in calls by that subject."""
        rows = self._rows(self._of_provider, provider, subject)
        return read_account(rows[0]) if rows else None

    def one(self, name: str) -> Account:
        """The account of that sign-in name; raises NotFoundError."""
        found = self.find(name)
        if found is None:
            raise NotFoundError(f"There is no account {name}; see `allpath user list`.")
        return found

    def add(self, account: Account, actor: Actor) -> None:
        """The person may sign in; raises ConflictError for a name that was ever used."""
        with self._begin() as transaction:
            if transaction.cursor.execute(self._add, account_row(account)).rowcount != 1:
                msg = f"There is an account {account.name} already; names are used once."
                raise ConflictError(msg)
            detail = {"account": account.name, "role": account.role}
            self._note(transaction.cursor, "account_added", detail, actor, account.created_at)

    def change(
        self, account: Account, what: str, actor: Actor, now: datetime, sparing: str = ""
    ) -> None:
        """The account is as given from now on; its sessions are over, but for the one spared."""
        with self._begin() as transaction:
            cursor = transaction.cursor
            cursor.execute(self._put, account_row(replace(account, changed_at=now)))
            if what != "account_signed_in":
                for row in cursor.execute(self._sessions, (account.name,)).fetchall():
                    session = read_session(row)
                    if session.ended_at is None and session.token_hash != sparing:
                        ended = replace(session, ended_at=now)
                        cursor.execute(self._put_session, session_row(ended))
            self._note(cursor, what, {"account": account.name, "role": account.role}, actor, now)

    # -- sessions ------------------------------------------------------------------------------

    def session(self, token_hash: str) -> WebSession | None:
        """The session of a token's hash, ended or not."""
        rows = self._rows(self._session, token_hash)
        return read_session(rows[0]) if rows else None

    def sessions(self, name: str) -> Sequence[WebSession]:
        """The sessions of an account, ended or not, the latest first."""
        return tuple(map(read_session, self._rows(self._sessions, name)))[::-1]

    def end_session(self, session: WebSession, actor: Actor, now: datetime) -> None:
        """Somebody ends a session, their own or another's; it is put on record."""
        ended = replace(session, ended_at=now)
        with self._begin() as transaction:
            transaction.cursor.execute(self._put_session, session_row(ended))
            self._note(
                transaction.cursor, "session_ended", {"account": session.account}, actor, now
            )

    def keep_session(self, session: WebSession) -> None:
        """The session is as given from now on; what ended long ago is forgotten."""
        with self._begin() as transaction:
            cursor = transaction.cursor
            cursor.execute(self._put_session, session_row(session))
            cursor.execute(self._forget_sessions, (micros(session.seen_at - _KEPT),))

    def touch(self, session: WebSession) -> None:
        """When they were last seen and last shown is as given, unless the session has ended since.

        A request that began before the sign-out and ends after it must not open the session again.
        """
        values = (micros(session.seen_at), micros(session.shown_at), session.token_hash)
        with self._begin() as transaction:
            transaction.cursor.execute(self._touch, values)

    # -- failures ------------------------------------------------------------------------------

    def attempt(self, key: str, now: datetime) -> tuple[Failures, bool]:
        """One more attempt, counted before it is looked at; False where it has to wait.

        Read and written in one transaction, or guesses sent all at once would each be the first.
        """
        with self._begin() as transaction:
            cursor = transaction.cursor
            if cursor.execute(self._use_once, (key, 1, micros(now))).rowcount == 1:
                return Failures(1, now), True
            cursor.execute(self._hold_failure, (key,))  # a server lets another wait for us here
            found = cursor.execute(self._failure, (key,)).fetchall()
            before = Failures(found[0][1], instant(found[0][2])) if found else Failures(0, now)
            if now < before.wait_until():
                return before, False
            failures = Failures(before.count + 1, now)
            cursor.execute(self._put_failure, (key, failures.count, micros(now)))
            return failures, True

    def note_failure(self, failures: Failures, actor: Actor) -> None:
        """An attempt was wrong; nothing is told of what was tried."""
        with self._begin() as transaction:
            told = {"in_a_row": failures.count}
            self._note(transaction.cursor, "sign_in_failed", told, actor, failures.last_at)

    def forgive(self, key: str) -> None:
        """The right password was given: failures are forgotten."""
        with self._begin() as transaction:
            transaction.cursor.execute(self._forgive, (key,))

    def use_once(self, key: str, now: datetime) -> bool:
        """Whether what the key stands for is used for the first time; it cannot be used again.

        The row is kept beside the failed attempts: to use it again is one.
        """
        with self._begin() as transaction:
            cursor = transaction.cursor
            cursor.execute(self._forget_failures, (micros(now - _KEPT),))
            count: int = cursor.execute(self._use_once, (key, 1, micros(now))).rowcount
            return count == 1

    def _note(
        self,
        cursor: Any,  # noqa: ANN401 - untyped driver
        action: str,
        detail: dict[str, Any],
        actor: Actor,
        now: datetime,
    ) -> None:
        told = json_text(detail)
        event = AuditEvent(now, actor.name, actor.role, actor.os_user, action, "", told)
        cursor.execute(self._audit, audit_row(event))

    def _rows(self, statement: str, *values: str) -> Sequence[Row]:
        def look(cursor: Any) -> Sequence[Row]:  # noqa: ANN401 - untyped driver
            return tuple(cursor.execute(statement, values).fetchall())

        rows: Sequence[Row] = self._read(look)
        return rows
