"""The worklist on a database: everybody, most pressing first, whole or a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy.engine import Dialect

from storage.pages import Pages
from storage.pressing import Pressing
from storage.rows import Row, read_checkpoint, read_path
from storage.sealing import unsealed
from storage.statements import PATH, Statements
from storage.whereabouts import Whereabouts
from storage.worklist_rows import Rows
from workflow.place import Wanted
from workflow.store import Head, WorklistPage, WorklistRow

PAGE: Final = 500
EVERYBODY: Final = 10**9


class SqlWorklist:
    """Reads of the worklist, each of one moment, on the connections of the store."""

    def __init__(
        self,
        dialect: Dialect,
        statements: Statements,
        read: Callable[[Callable[[Any], Any]], Any],  # Any: a cursor of an untyped driver
    ) -> None:
        self._sql = statements
        self._read = read
        self._pressing = Pressing(dialect)
        self._whereabouts = Whereabouts(dialect)
        self._of = Rows(dialect)
        self._pages = Pages(self._pressing, self._whereabouts, self._of)

    def every(self) -> Sequence[WorklistRow]:
        """Every path, one row each: first overdue first, those without a live checkpoint last."""

        def look(cursor: Any) -> Sequence[WorklistRow]:  # noqa: ANN401 - untyped driver
            return _rows(
                cursor.execute(self._sql.every_path).fetchall(),
                cursor.execute(self._sql.every_live_checkpoint).fetchall(),
            )

        found: Sequence[WorklistRow] = self._read(look)
        return found

    def page(
        self, wanted: Wanted, beside: Sequence[Wanted], now: datetime, start: int, count: int
    ) -> WorklistPage:
        """So many of the wanted living paths from a place on, and how many there are.

        What is counted `beside` is counted at the same moment.
        """
        found: WorklistPage = self._read(
            lambda cursor: self._pages.page(
                cursor, wanted, tuple(beside), now, start=start, count=count
            )
        )
        return found

    def rows(self, wanted: Wanted, now: datetime) -> Iterator[WorklistRow]:
        """Every wanted living path, most pressing first, whatever changes meanwhile."""
        ids = self._read(lambda cursor: self._pressing.ids(cursor, wanted, now, 0, EVERYBODY))
        for at in range(0, len(ids), PAGE):
            page = [path_id for path_id, _ in ids[at : at + PAGE]]
            yield from self._read(partial(self._of.of, ids=page))

    def heads(self, wanted: Wanted, now: datetime) -> Sequence[Head]:
        """How far each of the wanted living paths has come, in any order."""
        found: Sequence[Head] = self._read(lambda cursor: self._pressing.heads(cursor, wanted, now))
        return found

    def of(self, ids: Sequence[str]) -> Sequence[WorklistRow]:
        """The rows of these paths in this order, also of those that have ended; unknown ids not."""
        found: Sequence[WorklistRow] = self._read(lambda cursor: self._of.of(cursor, ids))
        return found

    def keepers(self, sites: tuple[str, ...] | None) -> Sequence[str]:
        """Whoever looks after somebody living at these sites."""
        found: Sequence[str] = self._read(lambda cursor: self._whereabouts.keepers(cursor, sites))
        return found

    def sites(self) -> Sequence[str]:
        """The sites at which somebody living is."""
        found: Sequence[str] = self._read(self._whereabouts.sites)
        return found

    def similar(self) -> frozenset[str]:
        """The living paths whose name is easily mistaken for that of another."""
        found: frozenset[str] = self._read(self._of.similar)
        return found


def _rows(paths: Sequence[Row], checkpoints: Sequence[Row]) -> Sequence[WorklistRow]:
    # The checkpoints come most pressing first, so each path enters with its own most pressing one.
    live: dict[str, list[Row]] = {}
    for row in checkpoints:
        live.setdefault(row[0], []).append(row)
    width = len(PATH.columns)
    of = {row[0]: row for row in paths}
    order = [*live, *(path_id for path_id in of if path_id not in live)]
    return tuple(
        WorklistRow(
            path=read_path(of[path_id][:width]),
            person=unsealed(*of[path_id][width:]),
            live=tuple(map(read_checkpoint, live.get(path_id, ()))),
            keeper=of[path_id][width - 1],
        )
        for path_id in order
    )
