"""A database opened for reading alone, through its driver and with nothing of Allpath between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

Answer = Iterator[tuple[Any, ...]]  # Any: what a driver answers
PAGE: Final = 5000
_SQLITE: Final = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Rows:
    """Answers the rows of a query, read as they are needed.

    `array_of` says how this database spells texts as JSON without white space: it escapes them
    faster than Python does, which then has one text to take over instead of sixteen.
    """

    read: Callable[[str], Answer]
    array_of: Callable[[Sequence[str]], str]

    def __call__(self, query: str) -> Answer:
        """The rows of this query."""
        return self.read(query)


class UnreadableError(Exception):
    """The database cannot be read; the message says which and why."""


@contextmanager
def opened(url: str, *, key: str = "", connect: dict[str, Any] | None = None) -> Iterator[Rows]:
    """Queries of one moment; `key` opens an encrypted file, `connect` is what a server is told.

    Raises UnreadableError.
    """
    reading = _file(url, key) if url.startswith(_SQLITE) else _server(connect or {})
    with reading as rows:
        yield rows


@contextmanager
def _file(url: str, key: str) -> Iterator[Rows]:
    from sqlcipher3 import dbapi2  # noqa: PLC0415 - only where the database is a file

    path = Path(url.removeprefix(_SQLITE))
    if not path.is_file():
        raise UnreadableError(f"There is no database {path}; check the address.")
    if key and not re.fullmatch(r"[0-9a-fA-F]{64}", key):
        raise UnreadableError("The key of the database is not 64 hexadecimal characters.")
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(dbapi2.connect(address, uri=True, isolation_level=None)) as connection:
            if key:
                connection.execute(f"PRAGMA key = \"x'{key}'\"")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("BEGIN")
            yield Rows(connection.execute, _file_array)
    except dbapi2.Error as error:
        raise UnreadableError(f"The database {path} cannot be read: {error}.") from error


@contextmanager
def _server(told: dict[str, Any]) -> Iterator[Rows]:
    import psycopg  # noqa: PLC0415 - only where the database is on a server

    try:
        with closing(psycopg.connect(**told, autocommit=True)) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            connection.execute("SET LOCAL allpath.sites = '*'")
            count = iter(range(1 << 30))

            def rows(query: str) -> Answer:
                with connection.cursor(name=f"verify_{next(count)}") as cursor:
                    cursor.itersize = PAGE
                    cursor.execute(query.encode())
                    yield from cursor

            yield Rows(rows, _server_array)
    except psycopg.Error as error:
        raise UnreadableError(f"The database on the server cannot be read: {error}.") from error


def _file_array(columns: Sequence[str]) -> str:
    return f"json_array({', '.join(columns)})"


def _server_array(columns: Sequence[str]) -> str:
    return f"array_to_json(ARRAY[{', '.join(columns)}])::text"
