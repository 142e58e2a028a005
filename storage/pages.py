"""Pages of the worklist, taken from the database once for as long as nothing on them can differ.

The database itself marks each change of a path at its site, whoever makes it. Under the same marks
a page is shown again as a whole; after a change at one site the counts and the rows of the others
are. A server keeps no marks, and is asked each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from storage.pressing import Pressing
from storage.tallies import Look, Tallies, look_at
from storage.whereabouts import Whereabouts
from storage.worklist_rows import Read, Rows
from workflow.place import Wanted
from workflow.store import WorklistPage, WorklistRow

REMEMBERED: Final = 64
ROWS_REMEMBERED: Final = 2000


class _Seen(NamedTuple):
    look: Look
    page: WorklistPage


class Pages:
    """Reads pages of the worklist, on a cursor the store brings."""

    def __init__(self, pressing: Pressing, whereabouts: Whereabouts, rows: Rows) -> None:
        self._pressing = pressing
        self._whereabouts = whereabouts
        self._rows = rows
        self._tallies = Tallies(pressing)
        self._seen: dict[tuple[object, ...], _Seen] = {}
        self._read: dict[str, tuple[str, Read]] = {}

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
        look = look_at(self._whereabouts, cursor, now)
        key = (wanted, beside, start, count)
        seen = self._seen.get(key)
        if seen is not None and seen.look.marks == look.marks and look.is_still(seen.look.at):
            return seen.page
        made = self._made(cursor, wanted, beside, look, (start, count))
        if look.marks is not None:
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen[key] = _Seen(look, made)
        return made

    def _made(
        self,
        cursor: Any,  # noqa: ANN401 - see page
        wanted: Wanted,
        beside: tuple[Wanted, ...],
        look: Look,
        shown: tuple[int, int],
    ) -> WorklistPage:
        tallies, whereabouts = self._tallies, self._whereabouts
        headcount = tallies.headcount(cursor, look)
        counts = {Wanted(): headcount.living}
        for each in (wanted, *beside):
            if each not in counts:
                counts[each] = tallies.count(cursor, each, look)
        return WorklistPage(
            self._shown(cursor, self._pressing.ids(cursor, wanted, look.now, *shown), look),
            counts[wanted],
            tuple(counts[other] for other in beside),
            headcount,
            whereabouts.states(cursor),
            whereabouts.sites(cursor),
        )

    def _shown(
        self,
        cursor: Any,  # noqa: ANN401 - see page
        ids: Sequence[tuple[str, str]],
        look: Look,
    ) -> Sequence[WorklistRow]:
        """The rows of these paths; of a site where nothing was changed they are known already."""
        marks = look.marks or {}
        known = {
            path_id: kept[1]
            for path_id, site in ids
            if (kept := self._read.get(path_id)) is not None and kept[0] == marks[site]
        }
        site_of = dict(ids)
        found = self._rows.read(cursor, [name for name in site_of if name not in known])
        if len(self._read) + len(found) > ROWS_REMEMBERED:
            self._read.clear()
        if look.marks is not None:
            self._read |= {name: (marks[site_of[name]], row) for name, row in found.items()}
        known |= found
        return self._rows.compared(cursor, [known[name] for name in site_of if name in known])
