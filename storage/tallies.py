"""How many there are at each site, counted once for as long as nothing at that site can differ.

A number stays what it is while no path of its site was changed and no moment has passed at which
anything became due or overdue. So a change at one hospital makes one hospital be counted anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from storage.pressing import ENDED, Ended, Pressing
from storage.rows import micros
from storage.whereabouts import Whereabouts
from workflow.place import Headcount, Wanted

REMEMBERED: Final = 64
"""So many questions, each with its answer for every site."""
Counting = Callable[[Sequence[str]], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Look:
    """One moment as a reader sees it: the mark of each site, and when last anything turned.

    What was seen under the mark that a site has now is still so, unless something turned since.
    `marks` is None where sites have none, and everything is counted each time.
    """

    now: datetime
    at: int
    marks: Mapping[str, str] | None
    turned_at: int

    def is_still(self, seen_at: int) -> bool:
        """Whether the time that passed since then has changed nothing."""
        return self.turned_at <= seen_at <= self.at


def look_at(whereabouts: Whereabouts, cursor: Any, now: datetime) -> Look:  # noqa: ANN401 - untyped driver
    """The present moment."""
    marks = whereabouts.marks(cursor)
    turned_at = 0 if marks is None else whereabouts.turned_at(cursor, now)
    return Look(now, micros(now), marks, turned_at)


class Tallies:
    """Counts the worklist site by site, on a cursor the store brings."""

    def __init__(self, pressing: Pressing) -> None:
        self._pressing = pressing
        self._kept: dict[Wanted | Ended, dict[str, tuple[str, int, int]]] = {}

    def count(self, cursor: Any, wanted: Wanted, look: Look) -> int:  # noqa: ANN401 - untyped driver
        """How many of the wanted there are."""
        is_narrow = wanted.ids is not None or wanted.state or wanted.pathway_id
        if look.marks is None or is_narrow:  # what is narrow has its own index, or is a few ids
            return self._pressing.count(cursor, wanted, look.now)
        return sum(self._counts(cursor, wanted, look).values())

    def headcount(self, cursor: Any, look: Look) -> Headcount:  # noqa: ANN401 - see count
        """Everybody, counted once."""
        if look.marks is None:
            return self._pressing.headcount(cursor)
        living = self.count(cursor, Wanted(), look)
        return Headcount(living, *(self._ended(cursor, how, look) for how in ENDED))

    def _counts(self, cursor: Any, wanted: Wanted, look: Look) -> Mapping[str, int]:  # noqa: ANN401 - see count
        def counting(stale: Sequence[str]) -> Mapping[str, int]:
            there = replace(wanted, sites=tuple(stale))
            return self._pressing.count_by_site(cursor, there, look.now)

        return self._by_site(replace(wanted, sites=None), wanted.sites, look, counting)

    def _ended(self, cursor: Any, how: Ended, look: Look) -> int:  # noqa: ANN401 - see count
        def counting(stale: Sequence[str]) -> Mapping[str, int]:
            return self._pressing.ended_by_site(cursor, how, stale)

        return sum(self._by_site(how, None, look, counting).values())

    def _by_site(
        self, asked: Wanted | Ended, sites: Sequence[str] | None, look: Look, counting: Counting
    ) -> Mapping[str, int]:
        """The answer for each of these sites, or for all; only the stale ones are counted."""
        kept = self._kept.get(asked)
        if kept is None:
            if len(self._kept) >= REMEMBERED:
                self._kept.clear()
            kept = self._kept[asked] = {}
        marks = look.marks or {}
        found: dict[str, int] = {}
        stale = []
        for site in marks if sites is None else marks.keys() & set(sites):
            mark, at, count = kept.get(site, ("", 0, 0))
            if mark == marks[site] and look.is_still(at):
                found[site] = count
            else:
                stale.append(site)
        if stale:
            counted = counting(stale)
            for site in stale:
                found[site] = counted.get(site, 0)
                kept[site] = (marks[site], look.at, found[site])
        return found
