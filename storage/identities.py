"""Who a path belongs to, on a database: enrolled under a new key, found by tokens, erased.

An identity is erased by removing its key; the ciphertext and the tokens go with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage import draft_tables
from storage.cases import NO_PATH
from storage.rows import Row, folded, json_text, micros
from storage.sealing import (
    identifier_token,
    is_part,
    likeness,
    name_tokens,
    new_key,
    sealed,
    sought_tokens,
    unsealed,
)
from storage.statements import (
    ANSWERED,
    IDENTIFIER,
    LITERALLY,
    NAME_TOKEN,
    PATH,
    PERSON,
    PERSON_KEY,
    SEALED,
    SEARCH_KEY,
    statement_text,
    table_of,
)
from workflow.errors import ConflictError, IntegrityError, NotFoundError
from workflow.records import Person

DRAFT: Final = table_of(draft_tables.DraftRow)
RAREST: Final = 3
ENOUGH: Final = 200
"""A token that so few names have narrows a search enough; no rarer one is looked for."""


class Identities:
    """Reads and writes of identities, on a cursor the store or a transaction brings."""

    def __init__(self, dialect: Dialect) -> None:
        def text(statement: sa.ClauseElement, *names: str) -> str:
            return statement_text(dialect, statement, *names)

        key: sa.BindParameter[str] = sa.bindparam("key")
        of_person = (*SEALED, PERSON_KEY.c.key)
        with_key = sa.select(*of_person).outerjoin(
            PERSON_KEY, PERSON_KEY.c.path_id == PERSON.c.path_id
        )
        self._key_of_search = text(sa.select(SEARCH_KEY.c.key))
        self._person = text(with_key.where(PERSON.c.path_id == key), "key")
        self._owner = text(
            sa.select(IDENTIFIER.c.path_id).where(
                IDENTIFIER.c.token == key, IDENTIFIER.c.system == sa.bindparam("system")
            ),
            "key",
            "system",
        )
        self._by_number = text(
            sa.select(IDENTIFIER.c.path_id).where(IDENTIFIER.c.token == key), "key"
        )
        self._by_id = text(sa.select(PATH.c.path_id).where(PATH.c.path_id == key), "key")
        self._by_likeness = text(
            sa.select(PERSON.c.path_id).where(PERSON.c.likeness == key).order_by(PERSON.c.path_id),
            "key",
        )
        self._how_many = _how_many(dialect)
        self._by_tokens = text(_by_tokens(), "first", "second", "third")
        self._by_ids = _by_ids(dialect, text(with_key))
        self._keyless = text(
            with_key.with_only_columns(PERSON.c.path_id)
            .where(PERSON.c.erased_at.is_(None), PERSON_KEY.c.key.is_(None))
            .order_by(PERSON.c.path_id)
        )
        self._inserts = {
            table.name: text(sa.insert(table).inline(), *table.columns.keys())
            for table in (PERSON, PERSON_KEY, IDENTIFIER, NAME_TOKEN)
        }
        self._erase = text(
            sa.update(PERSON)
            .where(PERSON.c.path_id == key, PERSON.c.erased_at.is_(None))
            .values(sealed=sa.bindparam("none"), erased_at=sa.bindparam("at"), likeness=sa.null()),
            *("none", "at", "key"),
        )
        self._forget = tuple(
            text(sa.delete(table).where(table.c.path_id == key), "key")
            for table in (PERSON_KEY, IDENTIFIER, NAME_TOKEN, DRAFT)
        )
        self._forget_answers = text(
            sa.delete(ANSWERED).where(ANSWERED.c.answer.like(key, escape=LITERALLY)), "key"
        )

    def read(self, cursor: Any, path_id: str) -> Person:  # noqa: ANN401 - untyped driver
        """Who the path belongs to; raises NotFoundError."""
        row = cursor.execute(self._person, (path_id,)).fetchone()
        if row is None:
            raise NotFoundError(NO_PATH.format(path_id))
        return unsealed(*row)

    def enrolled(self, cursor: Any, system: str, value: str) -> str | None:  # noqa: ANN401 - see read
        """The id of the path enrolled under this identifier, if any."""
        search_key = self._search_key(cursor)
        if search_key is None:
            return None
        given = (identifier_token(search_key, value), system)
        row = cursor.execute(self._owner, given).fetchone()
        return None if row is None else str(row[0])

    def numbered(self, cursor: Any, number: str) -> Sequence[str]:  # noqa: ANN401 - see read
        """The ids of the paths enrolled under this very number, in whatever system."""
        search_key = self._search_key(cursor)
        if search_key is None:
            return ()
        token = identifier_token(search_key, number)
        rows = cursor.execute(self._by_number, (token,)).fetchall()
        return tuple(sorted({path_id for (path_id,) in rows}))

    def find(self, cursor: Any, sought: str) -> Sequence[str]:  # noqa: ANN401 - see read
        """Path ids whose id or identifier equals the text, or whose name contains it."""
        found = {key for (key,) in cursor.execute(self._by_id, (sought,)).fetchall()}
        search_key = self._search_key(cursor)
        if search_key is None:
            return tuple(sorted(found))
        token = identifier_token(search_key, sought)
        found.update(key for (key,) in cursor.execute(self._by_number, (token,)).fetchall())
        name = folded(sought)
        for row in self._candidates(cursor, sought_tokens(search_key, name)):
            if row[0] not in found and is_part(name, unsealed(*row)):
                found.add(row[0])
        return tuple(sorted(found))

    def resembling(self, cursor: Any, person: Person) -> Sequence[str]:  # noqa: ANN401 - see read
        """The paths of people whose names are easily mistaken for this one's, by id."""
        search_key = self._search_key(cursor)
        if search_key is None:
            return ()
        given = (likeness(search_key, person),)
        return tuple(key for (key,) in cursor.execute(self._by_likeness, given).fetchall())

    def _candidates(
        self,
        cursor: Any,  # noqa: ANN401 - see read
        tokens: Iterable[int],
    ) -> Sequence[tuple[Any, ...]]:
        """The rows of the persons that have the three rarest of these tokens."""
        given = (ENOUGH, json_text(sorted(tokens)))
        rarest = cursor.execute(self._how_many, given).fetchall()[:RAREST]
        if not all(count for count, _ in rarest):
            return ()
        asked = [token for _, token in rarest]
        asked += asked[-1:] * (RAREST - len(asked))
        found = [key for (key,) in cursor.execute(self._by_tokens, asked).fetchall()]
        rows = cursor.execute(self._by_ids, (json_text(found),)).fetchall() if found else ()
        return tuple(rows)

    def refuse_enrolled(self, cursor: Any, person: Person) -> None:  # noqa: ANN401 - see read
        """Nobody is enrolled under a number of this person; raises ConflictError otherwise."""
        for system, value in person.identifiers.items():
            owner = self.enrolled(cursor, system, value)
            if owner is not None:
                msg = (
                    f"A patient with this {system} is already enrolled, on path {owner}; open "
                    "that path, or correct the identifier."
                )
                raise ConflictError(msg)

    def enrol(self, cursor: Any, person: Person) -> None:  # noqa: ANN401 - see read
        """The person is kept, sealed under a new key, and is found by number and name.

        Raises IntegrityError where the database has lost its search key.
        """
        search_key = self._search_key(cursor)
        if search_key is None:
            msg = (
                "The database has no search key, so nobody could find this patient again; nothing "
                "was enrolled. Restore the last backup with its key file."
            )
            raise IntegrityError(msg)
        for table, rows in rows_of(person, search_key).items():
            if rows:
                cursor.executemany(self._inserts[table], rows)

    def erase(self, cursor: Any, path_id: str, at: datetime) -> None:  # noqa: ANN401 - see read
        """The key of the person is gone for good, and with it ciphertext, tokens and answers.

        An answer given to a request holds a digest of it, from which a name could be guessed.
        """
        cursor.execute(self._erase, ("", micros(at), path_id))
        for statement in self._forget:
            cursor.execute(statement, (path_id,))
        cursor.execute(self._forget_answers, (f'%"path_id":"{path_id}"%',))

    def keyless(self, cursor: Any) -> Sequence[str]:  # noqa: ANN401 - see read
        """The paths whose person was not erased and yet has no key, by id."""
        return tuple(key for (key,) in cursor.execute(self._keyless).fetchall())

    def _search_key(self, cursor: Any) -> bytes | None:  # noqa: ANN401 - see read
        """The key that tokens are made with; None where it was lost."""
        row = cursor.execute(self._key_of_search).fetchone()
        return None if row is None else bytes.fromhex(row[0])


def rows_of(person: Person, search_key: bytes) -> dict[str, list[Row]]:
    """What is kept of a person, table by table: sealed, with a new key and the tokens."""
    key, path_id = new_key(), person.path_id
    return {
        "person": [(path_id, sealed(person, key), None, likeness(search_key, person))],
        "person_key": [(path_id, key)],
        "identifier": [
            (identifier_token(search_key, value), system, path_id)
            for system, value in person.identifiers.items()
        ],
        "name_token": [(token, path_id) for token in sorted(name_tokens(search_key, person))],
    }


def _how_many(dialect: Dialect) -> str:
    """Each of the tokens with how many names have it; those beyond enough are not counted.

    All in one question: on a server each takes its way there and back.
    """
    mark, given, value = (
        ("?", "json_each(?)", "value")
        if dialect.name == "sqlite"
        else ("%s", "jsonb_array_elements_text(%s::jsonb)", "value::bigint")
    )
    return (
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM name_token WHERE token = "  # noqa: S608 - our own words
        f"{value} LIMIT {mark}) AS few) AS counted, {value} AS token FROM {given} AS sought "
        "ORDER BY counted, token"
    )


def _by_tokens() -> sa.Select[Any]:  # Any: the columns of a selection have no simpler type
    asked = sa.select(NAME_TOKEN.c.path_id).where(NAME_TOKEN.c.token == sa.bindparam("first"))
    for name in ("second", "third"):
        other = sa.alias(NAME_TOKEN)
        has_other = other.c.token == sa.bindparam(name), other.c.path_id == NAME_TOKEN.c.path_id
        asked = asked.where(sa.exists().where(*has_other))
    return asked


def _by_ids(dialect: Dialect, persons: str) -> str:
    """The persons with these ids; a server is not left to think that these might be all."""
    given = (
        "person.path_id IN (SELECT value FROM json_each(?))"
        if dialect.name == "sqlite"
        else "person.path_id = ANY (ARRAY(SELECT jsonb_array_elements_text(%s::jsonb)))"
    )
    return f"{persons} WHERE {given}"
