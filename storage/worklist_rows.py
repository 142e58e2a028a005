"""The rows of some paths as the worklist shows them: with the person and what is expected."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage.rows import Row, json_text, read_checkpoint, read_path
from storage.sealing import unsealed
from storage.statements import CHECKPOINT, PATH, PERSON, PERSON_KEY, SEALED, among, statement_text
from workflow.store import WorklistRow

Read = tuple[WorklistRow, int | None]
"""A row, of which nobody has said yet whether its name is like another, and what of it would be."""


class Rows:
    """Reads rows, on a cursor the store brings."""

    def __init__(self, dialect: Dialect) -> None:
        pressing = (CHECKPOINT.c.overdue_at, CHECKPOINT.c.due_at, *CHECKPOINT.primary_key.columns)
        persons = (
            sa.select(PATH, *SEALED, PERSON_KEY.c.key, PERSON.c.likeness)
            .join(PERSON, PERSON.c.path_id == PATH.c.path_id)
            .outerjoin(PERSON_KEY, PERSON_KEY.c.path_id == PATH.c.path_id)
        )
        live = sa.select(CHECKPOINT).where(CHECKPOINT.c.closed_seq.is_(None))
        self._rows = f"{statement_text(dialect, persons)} WHERE path.{among(dialect, 'path_id')}"
        self._live = (
            f"{statement_text(dialect, live)} AND {among(dialect, 'path_id')} "
            f"ORDER BY {', '.join(column.name for column in pressing)}"
        )

        value, given = (
            ("value", "json_each(?)")
            if dialect.name == "sqlite"
            else ("value::bigint", "jsonb_array_elements_text(%s::jsonb)")
        )
        two = (
            "SELECT 1 FROM person JOIN path USING (path_id) "  # noqa: S608 - our own words
            f"WHERE likeness = {value} AND is_ended = 0 LIMIT 2"
        )
        self._likeness = (
            f"SELECT {value} FROM {given} AS sought "  # noqa: S608 - our own words
            f"WHERE (SELECT count(*) FROM ({two}) AS both_of) = 2"
        )

    def of(self, cursor: Any, ids: Sequence[str]) -> Sequence[WorklistRow]:  # noqa: ANN401 - untyped driver
        """The rows of these paths, in this order; how many names are like each is told."""
        found = self.read(cursor, ids)
        return self.compared(cursor, [found[path_id] for path_id in ids if path_id in found])

    def read(self, cursor: Any, ids: Sequence[str]) -> Mapping[str, Read]:  # noqa: ANN401 - untyped driver
        """The rows of these paths as far as they alone say; unknown ids not."""
        if not ids:
            return {}
        sought = json_text(list(ids))
        live: dict[str, list[Row]] = {}
        for row in cursor.execute(self._live, (sought,)).fetchall():
            live.setdefault(row[0], []).append(row)
        return {
            row[0]: (_row(row, tuple(live.get(row[0], ()))), row[-1])
            for row in cursor.execute(self._rows, (sought,)).fetchall()
        }

    def compared(self, cursor: Any, found: Sequence[Read]) -> Sequence[WorklistRow]:  # noqa: ANN401 - untyped driver
        """The same rows; those whose name is easily mistaken for that of another say so."""
        alike = self._alike(cursor, {token for _, token in found if token is not None})
        return tuple(
            replace(row, is_similar=True) if token in alike else row for row, token in found
        )

    def similar(self, cursor: Any) -> frozenset[str]:  # noqa: ANN401 - untyped driver
        """The living whose name is easily mistaken for that of another who is living."""
        of_living = "FROM person JOIN path USING (path_id) WHERE is_ended = 0 AND likeness"
        asked = (
            f"SELECT path_id {of_living} IN (SELECT likeness {of_living} IS NOT NULL "
            "GROUP BY likeness HAVING count(*) > 1)"
        )
        return frozenset(path_id for (path_id,) in cursor.execute(asked).fetchall())

    def _alike(self, cursor: Any, tokens: Collection[int]) -> frozenset[int]:  # noqa: ANN401 - untyped driver
        """Which of these more than one of the living have; no more than two are looked for."""
        if not tokens:
            return frozenset()
        found = cursor.execute(self._likeness, (json_text(sorted(tokens)),)).fetchall()
        return frozenset(token for (token,) in found)


@lru_cache(maxsize=1000)  # most of a list is the same the next time somebody looks
def _row(path: Row, live: tuple[Row, ...]) -> WorklistRow:
    """The row of a path as it lies in the database, with its person and checkpoints."""
    width = len(PATH.columns)
    person = unsealed(*path[width : width + len(SEALED) + 1])
    checkpoints, keeper = tuple(map(read_checkpoint, live)), str(path[width - 1])
    return WorklistRow(read_path(path[:width]), person, checkpoints, keeper=keeper)
