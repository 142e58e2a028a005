"""Every figure about the cohort by its name: one list for the pages and the command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from allpath.bootstrap import Allpath
from allpath.everybody import everybody
from allpath.figures.counts import Basis, overdue_by_week, what_blocks
from allpath.figures.cycles import cycle_times
from allpath.figures.flow import flow, pages_of, per_state, swimmers
from allpath.figures.lives import Lives
from allpath.figures.waiting import ranked
from allpath.pictures.picture import Picture
from workflow.errors import NotFoundError

FIGURES: Final = {
    "states": "States as bars",
    "overdue": "Overdue by week",
    "cycle-times": "Cycle times",
    "blocked": "What blocks whom",
    "flow": "Flow",
    "swimmer": "Swimmer plot",
}
"""The figures by their names in addresses and commands, with their titles."""
_OF_ONE: Final = frozenset({"states", "cycle-times", "flow", "swimmer"})
"""Figures about states, which are those of one pathway."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its picture, what each row waits for, and of how many pages it is one."""

    picture: Picture
    waits: tuple[str, ...] = ()
    pages: int = 1


def title_of(name: str) -> str:
    """The title of a figure; raises NotFoundError for one that is not there."""
    if name not in FIGURES:
        raise NotFoundError(f"There is no such figure; there are {', '.join(FIGURES)}.")
    return FIGURES[name]


def choices(lives: Lives, name: str) -> list[tuple[str, str]]:
    """The pathways a figure can be about, that of most patients first, each with its title."""
    counts = Counter(life.path.pathway_id for life in lives.every)
    titles = {key: found.title for key, found in lives.pathways.items()}
    found = [(key, titles.get(key, key)) for key, _ in counts.most_common()]
    return found if name in _OF_ONE else [("", "All pathways"), *found]


def chosen(lives: Lives, name: str, pathway: str | None) -> str:
    """The pathway that is asked for; the first choice where there is none of that name."""
    known = [key for key, _ in choices(lives, name)]
    return pathway if pathway in known else next(iter(known), "")


def figure_of(
    allpath: Allpath,
    basis: Basis,
    name: str,
    number: int = 1,
    interval: tuple[str, str] | None = None,
) -> Figure:
    """One figure; `number` is the page where there are several, `interval` which cycle time."""
    made: dict[str, Callable[[], Figure]] = {
        "states": lambda: Figure(per_state(basis)),
        "overdue": lambda: Figure(overdue_by_week(basis)),
        "cycle-times": lambda: Figure(cycle_times(allpath, basis, interval)),
        "blocked": lambda: _blocked(allpath, basis),
        "flow": lambda: Figure(flow(basis)),
        "swimmer": lambda: Figure(swimmers(basis, number), pages=pages_of(basis)),
    }
    return made[name]()


def _blocked(allpath: Allpath, basis: Basis) -> Figure:
    counted = {life.path.path_id for life in basis.lives.every}
    tasks, _ = everybody(allpath, basis.now)
    waited = ranked(item for item in tasks if item.path.path_id in counted)
    return Figure(what_blocks(basis, waited), tuple(each.what.key for each in waited))
