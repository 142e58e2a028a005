"""The ways to the organisation's sign-in on a database: begun once, and come back from once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage import account_tables
from storage.recipients import Writing
from storage.rows import instant, micros
from storage.statements import insert_if_absent, statement_text, table_of
from workflow.accounts import ERRAND, Errand

ROW: Final = table_of(account_tables.ErrandRow)


class SqlErrands:
    """Reads and writes of errands, on the transactions of the store."""

    def __init__(
        self, dialect: Dialect, begin: Callable[[], AbstractContextManager[Writing]]
    ) -> None:
        key: sa.BindParameter[str] = sa.bindparam("key")
        at: sa.BindParameter[int] = sa.bindparam("at")
        self._begin = begin
        self._add = insert_if_absent(dialect, ROW)
        self._one = statement_text(dialect, sa.select(ROW).where(ROW.c.key == key), "key")
        self._drop = statement_text(dialect, sa.delete(ROW).where(ROW.c.key == key), "key")
        self._forget = statement_text(dialect, sa.delete(ROW).where(ROW.c.begun_at < at), "at")

    def begin(self, errand: Errand) -> None:
        """Somebody is on their way; those who did not come back in time are forgotten."""
        row = (
            *(errand.key, errand.browser, errand.account),
            *(errand.nonce, errand.verifier, errand.back, micros(errand.begun_at)),
        )
        with self._begin() as transaction:
            transaction.cursor.execute(self._forget, (micros(errand.begun_at - ERRAND),))
            transaction.cursor.execute(self._add, row)

    def take(self, key: str, now: datetime) -> Errand | None:
        """The errand somebody comes back from; None for one never begun, long ago, or taken."""
        with self._begin() as transaction:
            found = transaction.cursor.execute(self._one, (key,)).fetchall()
            if transaction.cursor.execute(self._drop, (key,)).rowcount != 1:
                return None
            _, browser, account, nonce, verifier, back, begun_at = found[0]
            errand = Errand(key, browser, account, nonce, verifier, back, instant(begun_at))
            return errand if now < errand.begun_at + ERRAND else None
