"""Drafts of forms on a database: sealed under the patient's key, read by their author alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage import draft_tables
from storage.recipients import Writing
from storage.rows import Row, instant, micros
from storage.sealing import sealed_text, unsealed_text
from storage.statements import PERSON_KEY, insert_or_replace, statement_text, table_of
from workflow.drafts import KEPT, FormDraft

DRAFT: Final = table_of(draft_tables.DraftRow)


class SqlDrafts:
    """Reads and writes of drafts, on the connections and transactions of the store."""

    def __init__(
        self,
        dialect: Dialect,
        begin: Callable[[], AbstractContextManager[Writing]],
        read: Callable[[Callable[[Any], Any]], Any],  # Any: a cursor of an untyped driver
    ) -> None:
        whose: sa.BindParameter[str] = sa.bindparam("whose")
        form_of: sa.BindParameter[str] = sa.bindparam("form_of")
        key: sa.BindParameter[str] = sa.bindparam("key")
        at: sa.BindParameter[int] = sa.bindparam("at")
        its_own = sa.and_(DRAFT.c.account == whose, DRAFT.c.form == form_of)
        with_key = sa.select(*DRAFT.columns, PERSON_KEY.c.key).join(
            PERSON_KEY, PERSON_KEY.c.path_id == DRAFT.c.path_id
        )
        self._begin = begin
        self._read = read
        self._key = statement_text(
            dialect, sa.select(PERSON_KEY.c.key).where(PERSON_KEY.c.path_id == key), "key"
        )
        self._put = insert_or_replace(dialect, DRAFT)
        self._one = statement_text(dialect, with_key.where(its_own), "whose", "form_of")
        self._drop = statement_text(dialect, sa.delete(DRAFT).where(its_own), "whose", "form_of")
        self._forget = statement_text(dialect, sa.delete(DRAFT).where(DRAFT.c.saved_at < at), "at")

    def find(self, account: str, form: str, now: datetime) -> FormDraft | None:
        """The draft of an account in a form; None where there is none, or it is too old."""

        def look(cursor: Any) -> Row | None:  # noqa: ANN401 - untyped driver
            row: Row | None = cursor.execute(self._one, (account, form)).fetchone()
            return row

        found = self._read(look)
        if found is None:
            return None
        _, _, path_id, sealed, begun_at, saved_at, key = found
        draft = FormDraft(account, form, path_id, "", instant(begun_at), instant(saved_at))
        if now >= draft.saved_at + KEPT:
            return None
        content = unsealed_text(sealed, key, _place(draft))
        return replace(draft, content=content) if content else None

    def keep(self, draft: FormDraft) -> bool:
        """The draft is kept in the place of the one before; False where the patient has no key.

        Whatever grew too old is forgotten, of everybody.
        """
        with self._begin() as transaction:
            cursor = transaction.cursor
            cursor.execute(self._forget, (micros(draft.saved_at - KEPT),))
            found = cursor.execute(self._key, (draft.path_id,)).fetchone()
            if found is None:
                return False
            sealed = sealed_text(draft.content, found[0], _place(draft))
            times = (micros(draft.begun_at), micros(draft.saved_at))
            cursor.execute(self._put, (draft.account, draft.form, draft.path_id, sealed, *times))
            return True

    def drop(self, account: str, form: str) -> None:
        """The draft is gone: it was sent, or its author threw it away."""
        with self._begin() as transaction:
            transaction.cursor.execute(self._drop, (account, form))


def _place(draft: FormDraft) -> str:
    """What the ciphertext is bound to: moved to another author, form or patient it never opens."""
    return f"{draft.path_id}\0{draft.account}\0{draft.form}"
