"""Many rows written at once, checked by nobody: they are copies of what the product has written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

from storage.database import Database
from storage.statements import PATH

Row = tuple[Any, ...]  # Any: what a driver answers and binds
Write = Callable[[str, Sequence[Row]], None]
PATHS: Final = f"path ({', '.join(PATH.columns.keys())})"
"""The table of paths with its columns in the order in which `path_row` gives them."""
_ON_FILE: Final = ("PRAGMA foreign_keys = OFF", "PRAGMA cache_size = -400000")
_ON_SERVER: Final = ("SET session_replication_role = replica", "SET synchronous_commit = off")


@contextmanager
def unchecked(database: Database) -> Iterator[tuple[Any, Write]]:
    """A connection, and how rows get into a table over it; they are there when the block ends.

    A server then knows how many there are, as it would after some hours of service.
    """
    is_file = database.dialect.name == "sqlite"
    with closing(database.connect()) as connection:

        def write(table: str, rows: Sequence[Row]) -> None:
            if is_file:
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names
                return
            with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

        for quicker in _ON_FILE if is_file else _ON_SERVER:
            connection.execute(quicker)
        database.begin_alone(connection)
        yield connection, write
        database.commit(connection)
        if not is_file:
            connection.execute("VACUUM ANALYZE")
