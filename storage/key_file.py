"""The keys of a backup, in a file of their own: only who has both files can read a name.

A backup that held the keys would bring back every identity erased since. So the keys are kept apart
and for a shorter time; when the last key file with a person's key is gone, so is the identity.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from storage.database import Database
from storage.sealing import new_key, unsealed
from storage.sqlite import SqliteFile
from storage.statements import (
    IDENTIFIER,
    NAME_TOKEN,
    PERSON,
    PERSON_KEY,
    SEALED,
    SEARCH_KEY,
    statement_text,
)
from workflow.errors import IntegrityError, StoreError
from workflow.records import iso

FORM: Final = "allpath keys 1"
_KEY: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Keys:
    """The key that tokens are made with, and each person's own by path."""

    search: str
    of_person: Mapping[str, str]


def key_file_of(backup: Path) -> Path:
    """Where the keys of a backup go when nobody says otherwise: beside it."""
    return backup.with_name(f"{backup.name}.keys")


def keys_in(database: Database) -> Keys | None:
    """The keys the database holds; None where it has none."""
    with _alone(database) as connection:
        return _read(connection, database)


def take_keys(copy: SqliteFile) -> Keys | None:
    """The keys the copy held; not a byte of them is left in it."""
    with closing(copy.connect()) as connection, copy.complaints():
        # Else they would lie in a journal file, which is unlinked and not overwritten.
        connection.execute("PRAGMA journal_mode = memory").fetchone()
        copy.begin(connection)
        keys = _read(connection, copy)
        for table in (PERSON_KEY, SEARCH_KEY):
            connection.execute(statement_text(copy.dialect, sa.delete(table)))
        copy.commit(connection)
        connection.execute("PRAGMA journal_mode = delete").fetchone()
    return keys


def write_keys(file: Path, keys: Keys | None, now: datetime) -> None:
    """The keys are in the file, which is there already and its owner's alone to read."""
    held = keys or Keys("", {})
    content = {
        "form": FORM,
        "made_at": iso(now.astimezone(UTC)),
        "search_key": held.search,
        "person_keys": dict(held.of_person),
    }
    file.write_text(json.dumps(content, indent=0, sort_keys=True) + "\n", encoding="ascii")


def read_keys(file: Path) -> Keys:
    """The keys in the file; raises StoreError, showing none, when it is no key file."""
    try:
        content = json.loads(file.read_text(encoding="ascii"))
        keys = Keys(content["search_key"], content["person_keys"])
        is_sound = content["form"] == FORM and all(
            _KEY.fullmatch(key) for key in (keys.search, *keys.of_person.values())
        )
    except OSError as error:
        msg = f"The key file {file} cannot be read ({error.strerror}); check its name and rights."
        raise StoreError(msg) from error
    except (ValueError, KeyError, TypeError, AttributeError):
        is_sound = False
    if not is_sound:
        msg = f"{file} is not a key file of a backup; name the one that was written beside it."
        raise StoreError(msg)
    return keys


def give_back(database: Database, keys: Keys | None) -> None:
    """The database just restored can be searched again, and whoever has a key is known again.

    Without keys it gets a new search key; the old tokens, which nothing could match, are gone.
    Raises IntegrityError when the keys are not those of this database; then none is in it.
    """
    dialect = database.dialect
    with _alone(database) as connection:
        if _read(connection, database) is not None:
            return  # from before identities were sealed: they have been sealed just now
        insert = statement_text(dialect, sa.insert(SEARCH_KEY).inline(), "number", "key")
        connection.execute(insert, (1, keys.search if keys else new_key()))
        if keys is None:
            for table in (IDENTIFIER, NAME_TOKEN):
                connection.execute(statement_text(dialect, sa.delete(table)))
            return
        known = sa.select(PERSON.c.path_id, sa.bindparam("key", type_=sa.Text)).where(
            PERSON.c.path_id == sa.bindparam("path"), PERSON.c.erased_at.is_(None)
        )
        put = sa.insert(PERSON_KEY).from_select(["path_id", "key"], known)
        rows = [(key, path_id) for path_id, key in keys.of_person.items()]
        if rows:
            connection.cursor().executemany(statement_text(dialect, put, "key", "path"), rows)
        _require_open(connection, database)


def _require_open(connection: Any, database: Database) -> None:  # noqa: ANN401 - untyped driver
    everybody = sa.select(*SEALED, PERSON_KEY.c.key).join(
        PERSON_KEY, PERSON_KEY.c.path_id == PERSON.c.path_id
    )
    cursor = connection.cursor()
    cursor.execute(statement_text(database.dialect, everybody))
    try:
        for row in cursor:
            unsealed(*row)
    except IntegrityError as error:
        msg = (
            f"The key file is not the one of this backup: the identity of path {row[0]} does not "
            "open. Name the key file that was written with the backup."
        )
        raise IntegrityError(msg) from error


def _read(connection: Any, database: Database) -> Keys | None:  # noqa: ANN401 - untyped driver
    def ask(statement: sa.ClauseElement) -> list[tuple[Any, ...]]:
        return list(connection.execute(statement_text(database.dialect, statement)).fetchall())

    search = ask(sa.select(SEARCH_KEY.c.key))
    if not search:
        return None
    return Keys(search[0][0], dict(ask(sa.select(PERSON_KEY.c.path_id, PERSON_KEY.c.key))))


@contextmanager
def _alone(database: Database) -> Iterator[Any]:  # Any: untyped driver
    """A connection whose transaction sees every site; what it wrote stays when all went well."""
    with closing(database.connect()) as connection, database.complaints():
        database.begin_alone(connection)
        try:
            yield connection
            database.commit(connection)
        except BaseException:
            database.undo(connection)
            raise
