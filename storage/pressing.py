"""The worklist as the database sorts and counts it: a page of many, and how many there are.

Each bucket is a range of one index, so a page costs the same whether a hospital or a whole country
lies behind it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Literal

from sqlalchemy.engine import Dialect

from storage.rows import json_text, micros
from storage.statements import among
from workflow.place import BUCKETS, Bucket, Headcount, Wanted
from workflow.store import Head

Given = tuple[object, ...]
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


class Pressing:
    """Counts and orders the worklist, on a cursor the store brings."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._is_file = dialect.name == "sqlite"

    def headcount(self, cursor: Any) -> Headcount:  # noqa: ANN401 - untyped driver
        """Everybody, counted once."""
        return Headcount(*cursor.execute(_EVERYBODY).fetchone())

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
        rule = f"{ENDED[how]} AND {among(self._dialect, 'site')}"
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

    def heads(self, cursor: Any, wanted: Wanted, now: datetime) -> Sequence[Head]:  # noqa: ANN401 - see headcount
        """How far each of the wanted has come, in any order; the buckets are not asked for."""
        rule, given = self._where(wanted, None, now)
        asked = f"SELECT path_id, head, pathway_hash, settings FROM path WHERE {rule}"  # noqa: S608 - our own words
        found = cursor.execute(self._marked(asked), given).fetchall()
        return [
            Head(path_id, head, version, _settings(text)) for path_id, head, version, text in found
        ]

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
        if bucket != "no next step" and wanted.due_by is not None:
            yield "due_at < ?", micros(_over_everywhere(wanted.due_by))  # so that few are read
            yield "due_on <= ?", wanted.due_by.toordinal()
        if wanted.pathway_id:
            yield "pathway_id = ?", wanted.pathway_id
        if wanted.state:
            yield "state = ?", wanted.state
        if wanted.keeper is not None:
            yield "looked_after_by = ?", wanted.keeper
        if wanted.sites is not None:
            yield among(self._dialect, "site"), json_text(list(wanted.sites))
        if wanted.ids is not None:
            yield among(self._dialect, "path_id"), json_text(sorted(wanted.ids))

    def _marked(self, text: str) -> str:
        return text if self._is_file else text.replace("?", "%s")


def _parts(wanted: Wanted) -> Sequence[Bucket | None]:
    """The buckets of the wanted; None for all: they are counted sooner than those of each."""
    if wanted.buckets != BUCKETS:
        return wanted.buckets
    return (None,) if wanted.due_by is None else (None, "no next step")


def _over_everywhere(day: date) -> datetime:
    """An instant at which a day is over by every clock of the world."""
    return datetime.combine(day + timedelta(days=2), time(), UTC)


@lru_cache(maxsize=1000)  # there are a few for each site
def _settings(text: str) -> Mapping[str, str]:
    return MappingProxyType(json.loads(text))
