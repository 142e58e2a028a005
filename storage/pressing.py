"""The worklist as the database sorts and counts it: a page of many, and how many there are.

Each bucket is a range of one index, so a page costs the same whether a hospital or a whole country
lies behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage.rows import Row, json_text, micros, read_checkpoint, read_path
from storage.sealing import unsealed
from storage.statements import (
    CHECKPOINT,
    PATH,
    PERSON,
    PERSON_KEY,
    SEALED,
    statement_text,
)
from workflow.place import BUCKETS, Bucket, Headcount, Wanted
from workflow.store import WorklistRow

Given = tuple[object, ...]
Read = tuple[WorklistRow, int | None]
"""A row, of which nobody has said yet whether its name is like another, and what of it would be."""
Ended = Literal["final", "merged"]
_AWAKE: Final = "(quiet_until IS NULL OR quiet_until <= ?)"
_RULES: Final[dict[Bucket, tuple[str, int]]] = {
    "overdue": (f"overdue_at <= ? AND {_AWAKE}", 2),
    "no next step": ("due_at IS NULL", 0),
    "due": (f"due_at <= ? AND overdue_at > ? AND {_AWAKE}", 3),
    "open": (f"due_at > ? AND overdue_at > ? AND {_AWAKE}", 3),
    "quiet": ("due_at IS NOT NULL AND quiet_until > ?", 1),
}
"""What is true of the paths of a bucket, as `Place.bucket` says, and how often it names the now."""
_ORDER: Final[dict[Bucket, str]] = {
    "overdue": "overdue_at, path_id",
    "no next step": "path_id",
    "due": "due_at, path_id",
    "open": "due_at, path_id",
    "quiet": "due_at, path_id",
}
ENDED: Final[dict[Ended, str]] = {
    "final": "is_ended = 1 AND merged_into = ''",
    "merged": "is_ended = 1 AND merged_into <> ''",
}
"""What is true of the paths that have ended, in the order of a headcount."""
_EVERYBODY: Final = ", ".join(
    f"(SELECT count(*) FROM path WHERE {rule})"  # noqa: S608 - our own words
    for rule in ("is_ended = 0", *ENDED.values())
).join(("SELECT ", ""))
_MARKED: Final = "path_changes/"
_MARKS: Final = (
    f"SELECT substr(key, {len(_MARKED) + 1}), value FROM meta "  # noqa: S608 - our own words
    f"WHERE key >= '{_MARKED}' AND key < 'path_changes0'"
)
_TURNED: Final = ", ".join(
    f"coalesce((SELECT max({at}) FROM path WHERE is_ended = 0 AND {at} <= ?), 0)"  # noqa: S608 - our own words
    for at in ("due_at", "overdue_at", "quiet_until")
).join(("SELECT max(", ")"))


def _every(column: str) -> str:
    """The texts that stand in a column for somebody living, in order.

    Each is found in the index after the one before: no row is read and nobody is counted.
    """
    least = f"SELECT min({column}) FROM path WHERE is_ended = 0"  # noqa: S608 - our own words
    return (
        f"WITH RECURSIVE each_one(found) AS ({least} UNION ALL "  # noqa: S608 - our own words
        f"SELECT ({least} AND {column} > found) FROM each_one WHERE found IS NOT NULL) "
        "SELECT found FROM each_one WHERE found IS NOT NULL ORDER BY found"
    )


_SITES: Final = _every("site")
_KEEPERS: Final = _every("looked_after_by")
_LEAST_STATE: Final = "SELECT min(state) FROM path WHERE is_ended = 0 AND pathway_id = which"
_STATES: Final = (
    "WITH RECURSIVE here(which, state) AS "  # noqa: S608 - our own words
    f"(SELECT found, ({_LEAST_STATE.replace('which', 'found')}) FROM ({_every('pathway_id')}) AS p "
    f"UNION ALL SELECT which, ({_LEAST_STATE} AND path.state > here.state) FROM here "
    "WHERE here.state IS NOT NULL) "
    "SELECT which, state FROM here WHERE state IS NOT NULL ORDER BY which, state"
)


class Pressing:
    """Reads of the worklist, on a cursor the store brings."""

    def __init__(self, dialect: Dialect) -> None:
        self._is_file = dialect.name == "sqlite"
        pressing = (CHECKPOINT.c.overdue_at, CHECKPOINT.c.due_at, *CHECKPOINT.primary_key.columns)
        persons = (
            sa.select(PATH, *SEALED, PERSON_KEY.c.key, PERSON.c.likeness)
            .join(PERSON, PERSON.c.path_id == PATH.c.path_id)
            .outerjoin(PERSON_KEY, PERSON_KEY.c.path_id == PATH.c.path_id)
        )
        live = sa.select(CHECKPOINT).where(CHECKPOINT.c.closed_seq.is_(None))
        self._rows = f"{statement_text(dialect, persons)} WHERE path.{self._among('path_id')}"
        self._live = (
            f"{statement_text(dialect, live)} AND {self._among('path_id')} "
            f"ORDER BY {', '.join(column.name for column in pressing)}"
        )

        value, given = (
            ("value", "json_each(?)")
            if self._is_file
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

    def marks(self, cursor: Any) -> Mapping[str, str] | None:  # noqa: ANN401 - untyped driver
        """Of each site a mark that is another one once any of its paths was changed.

        None where nobody keeps any.
        """
        return dict(cursor.execute(_MARKS).fetchall()) if self._is_file else None

    def turned_at(self, cursor: Any, now: datetime) -> int:  # noqa: ANN401 - see marks
        """When last anything became due, overdue or was to be seen to again; in microseconds."""
        return int(cursor.execute(self._marked(_TURNED), (micros(now),) * 3).fetchone()[0])

    def headcount(self, cursor: Any) -> Headcount:  # noqa: ANN401 - untyped driver
        """Everybody, counted once."""
        return Headcount(*cursor.execute(_EVERYBODY).fetchone())

    def states(self, cursor: Any) -> Sequence[tuple[str, str]]:  # noqa: ANN401 - see headcount
        """The pathways and states in which somebody living is, in order."""
        return tuple(cursor.execute(_STATES).fetchall())

    def sites(self, cursor: Any) -> Sequence[str]:  # noqa: ANN401 - see headcount
        """The sites at which somebody living is."""
        return [site for (site,) in cursor.execute(_SITES).fetchall() if site]

    def keepers(self, cursor: Any, sites: Sequence[str] | None) -> Sequence[str]:  # noqa: ANN401 - see headcount
        """Whoever looks after somebody living at these sites."""
        found = [keeper for (keeper,) in cursor.execute(_KEEPERS).fetchall() if keeper]
        if sites is None:
            return found
        here = self._marked(
            "SELECT 1 FROM path WHERE is_ended = 0 AND looked_after_by = ? "  # noqa: S608 - our own words
            f"AND {self._among('site')} LIMIT 1"
        )
        named = json_text(list(sites))
        return tuple(k for k in found if cursor.execute(here, (k, named)).fetchone() is not None)

    def count(self, cursor: Any, wanted: Wanted, now: datetime) -> int:  # noqa: ANN401 - see headcount
        """How many of the wanted there are."""
        if wanted.ids == frozenset():
            return 0
        texts: list[str] = []
        given: list[object] = []
        for bucket in _parts(wanted):
            rule, values = self._where(wanted, bucket, now)
            texts.append(f"(SELECT count(*) FROM path WHERE {rule})")  # noqa: S608 - our own words
            given += values
        row = cursor.execute(self._marked(f"SELECT {' + '.join(texts)}"), given).fetchone()
        return int(row[0])

    def count_by_site(
        self,
        cursor: Any,  # noqa: ANN401 - see headcount
        wanted: Wanted,
        now: datetime,
    ) -> Mapping[str, int]:
        """How many of the wanted there are at each site; of a site without any it says nothing."""
        found: Counter[str] = Counter()
        for bucket in _parts(wanted):
            found.update(self._by_site(cursor, *self._where(wanted, bucket, now)))
        return found

    def ended_by_site(
        self,
        cursor: Any,  # noqa: ANN401 - see headcount
        how: Ended,
        sites: Sequence[str],
    ) -> Mapping[str, int]:
        """How many paths have ended in this way at each of these sites."""
        rule = f"{ENDED[how]} AND {self._among('site')}"
        return self._by_site(cursor, rule, (json_text(list(sites)),))

    def _by_site(self, cursor: Any, rule: str, given: Given) -> dict[str, int]:  # noqa: ANN401 - see headcount
        asked = f"SELECT site, count(*) FROM path WHERE {rule} GROUP BY site"  # noqa: S608 - our own words
        return dict(cursor.execute(self._marked(asked), given).fetchall())

    def ids(
        self,
        cursor: Any,  # noqa: ANN401 - see headcount
        wanted: Wanted,
        now: datetime,
        start: int,
        count: int,
    ) -> Sequence[tuple[str, str]]:
        """So many of the wanted from a place on, most pressing first: id and site of each."""
        ids: list[tuple[str, str]] = []
        for bucket in wanted.buckets if wanted.ids != frozenset() else ():
            missing = count - len(ids)
            if missing <= 0:
                break
            rule, given = self._where(wanted, bucket, now)
            found = cursor.execute(
                self._marked(
                    f"SELECT path_id, site FROM path WHERE {rule} ORDER BY {_ORDER[bucket]} "  # noqa: S608 - our own words
                    "LIMIT ? OFFSET ?"
                ),
                (*given, missing, start),
            ).fetchall()
            ids += found
            if not found and start:
                start -= self._count(cursor, rule, given)
            elif found:
                start = 0
        return ids

    def rows(self, cursor: Any, ids: Sequence[str]) -> Sequence[WorklistRow]:  # noqa: ANN401 - see headcount
        """The rows of these paths, in this order; how many names are like each is told."""
        found = self.read(cursor, ids)
        return self.compared(cursor, [found[path_id] for path_id in ids if path_id in found])

    def read(self, cursor: Any, ids: Sequence[str]) -> Mapping[str, Read]:  # noqa: ANN401 - see headcount
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

    def compared(self, cursor: Any, found: Sequence[Read]) -> Sequence[WorklistRow]:  # noqa: ANN401 - see headcount
        """The same rows; those whose name is easily mistaken for that of another say so."""
        alike = self._alike(cursor, {token for _, token in found if token is not None})
        return tuple(
            replace(row, is_similar=True) if token in alike else row for row, token in found
        )

    def similar(self, cursor: Any) -> frozenset[str]:  # noqa: ANN401 - see headcount
        """The living whose name is easily mistaken for that of another who is living."""
        of_living = "FROM person JOIN path USING (path_id) WHERE is_ended = 0 AND likeness"
        asked = (
            f"SELECT path_id {of_living} IN (SELECT likeness {of_living} IS NOT NULL "
            "GROUP BY likeness HAVING count(*) > 1)"
        )
        return frozenset(path_id for (path_id,) in cursor.execute(asked).fetchall())

    def _alike(self, cursor: Any, tokens: Collection[int]) -> frozenset[int]:  # noqa: ANN401 - see headcount
        """Which of these more than one of the living have; no more than two are looked for."""
        if not tokens:
            return frozenset()
        found = cursor.execute(self._likeness, (json_text(sorted(tokens)),)).fetchall()
        return frozenset(token for (token,) in found)

    def _count(self, cursor: Any, rule: str, given: Given) -> int:  # noqa: ANN401 - see headcount
        asked = self._marked(f"SELECT count(*) FROM path WHERE {rule}")  # noqa: S608 - our own words
        return int(cursor.execute(asked, given).fetchone()[0])

    def _where(self, wanted: Wanted, bucket: Bucket | None, now: datetime) -> tuple[str, Given]:
        """What is true of the wanted of this bucket, or of any, and what is given to it."""
        rules = ["is_ended = 0"]
        given: list[object] = []
        if bucket is not None:
            rule, times = _RULES[bucket]
            rules.append(rule)
            given += [micros(now)] * times
        for more, value in self._also(wanted, bucket):
            rules.append(more)
            given.append(value)
        return " AND ".join(rules), tuple(given)

    def _also(self, wanted: Wanted, bucket: Bucket | None) -> Iterator[tuple[str, object]]:
        if bucket != "no next step":
            if wanted.due_from is not None:
                yield "due_at >= ?", micros(wanted.due_from)
            if wanted.due_before is not None:
                yield "due_at < ?", micros(wanted.due_before)
        if wanted.pathway_id:
            yield "pathway_id = ?", wanted.pathway_id
        if wanted.state:
            yield "state = ?", wanted.state
        if wanted.keeper is not None:
            yield "looked_after_by = ?", wanted.keeper
        if wanted.sites is not None:
            yield self._among("site"), json_text(list(wanted.sites))
        if wanted.ids is not None:
            yield self._among("path_id"), json_text(sorted(wanted.ids))

    def _among(self, column: str, kind: str = "text") -> str:
        """Whether a column is among those of a list, which is given as one text."""
        if self._is_file:
            return f"{column} IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own words
        listed = f"SELECT value::{kind} FROM jsonb_array_elements_text(%s::jsonb)"  # noqa: S608 - our own words
        return f"{column} = ANY (ARRAY({listed}))"

    def _marked(self, text: str) -> str:
        return text if self._is_file else text.replace("?", "%s")


def _parts(wanted: Wanted) -> Sequence[Bucket | None]:
    """The buckets of the wanted; None for all: they are counted sooner than those of each."""
    if wanted.buckets != BUCKETS:
        return wanted.buckets
    is_bounded = wanted.due_from is not None or wanted.due_before is not None
    return (None, "no next step") if is_bounded else (None,)


@lru_cache(maxsize=1000)  # most of a list is the same the next time somebody looks
def _row(path: Row, live: tuple[Row, ...]) -> WorklistRow:
    """The row of a path as it lies in the database, with its person and checkpoints."""
    width = len(PATH.columns)
    person = unsealed(*path[width : width + len(SEALED) + 1])
    checkpoints, keeper = tuple(map(read_checkpoint, live)), str(path[width - 1])
    return WorklistRow(read_path(path[:width]), person, checkpoints, keeper=keeper)
