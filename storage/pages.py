"""Pages of the worklist, taken from the database once for as long as nothing on them can differ.

A page stays what it is while no path was changed and no moment has passed at which anything became
due or overdue. The database itself marks each change, whoever makes it, so a page that is shown
again is the one that would be read again. A server keeps no mark, and is asked each time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

from storage.pressing import Pressing
from workflow.place import Wanted
from workflow.store import WorklistPage

REMEMBERED: Final = 64


class _Seen(NamedTuple):
    changes: str
    at: datetime
    page: WorklistPage


class Pages:
    """Reads pages of the worklist, on a cursor the store brings."""

    def __init__(self, pressing: Pressing) -> None:
        self._pressing = pressing
        self._seen: dict[tuple[object, ...], _Seen] = {}

    def page(
        self,
        cursor: Any,  # noqa: ANN401 - untyped driver
        wanted: Wanted,
        beside: tuple[Wanted, ...],
        now: datetime,
        *,
        start: int,
        count: int,
    ) -> WorklistPage:
        """So many of the wanted from a place on, and what is counted beside them."""
        key = (wanted, beside, start, count)
        changes = self._pressing.changes(cursor)
        seen = self._seen.get(key)
        if (
            seen is not None
            and seen.changes == changes
            and seen.at <= now
            and not self._pressing.has_turned(cursor, seen.at, now)
        ):
            return seen.page
        made = self._made(cursor, wanted, beside, now, start=start, count=count)
        if changes is not None:
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen[key] = _Seen(changes, now, made)
        return made

    def _made(
        self,
        cursor: Any,  # noqa: ANN401 - see page
        wanted: Wanted,
        beside: tuple[Wanted, ...],
        now: datetime,
        *,
        start: int,
        count: int,
    ) -> WorklistPage:
        pressing, headcount = self._pressing, self._pressing.headcount(cursor)
        counts = {Wanted(): headcount.living}
        for each in (wanted, *beside):
            if each not in counts:
                counts[each] = pressing.count(cursor, each, now)
        return WorklistPage(
            pressing.page(cursor, wanted, now, start, count),
            counts[wanted],
            tuple(counts[other] for other in beside),
            headcount,
            pressing.states(cursor),
            pressing.sites(cursor),
        )
