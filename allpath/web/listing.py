"""What a worklist page lists and counts: the filter, the page of rows, and the census over all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from allpath import words
from allpath.blocked import count_blocked
from allpath.figures.waiting import waits_of
from allpath.reviews import Waiting, open_reviews
from allpath.web.filtering import Filter, keeper_in
from allpath.web.lines import Row, lines_of
from allpath.web.pages import Visit
from allpath.web.visiting import signed_in
from workflow.assigning import NOBODY
from workflow.errors import AllpathError
from workflow.pathway import Pathway
from workflow.place import Bucket, Headcount, Wanted

PER_PAGE: Final = 50
AT_ONCE: Final = 1000
"""Of so many patients at most it is decided anew, for one look, whether they are blocked."""
_TO_COME: Final[tuple[Bucket, ...]] = ("no next step", "due", "open")
"""Who is due by a day: nobody who is overdue already, and nobody whom somebody put off."""
COUNTED: Final = 300
"""Up to so many patients the blocked ones are counted on every look."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list, and how many there are: of those who fit, and beside them."""

    rows: list[Row]
    fitting: int
    visible: int
    elsewhere: int
    headcount: Headcount
    counts: Mapping[str, int]
    states: Sequence[tuple[str, str]]
    sites: Sequence[str]
    keepers: Sequence[str]
    note: str = ""
    waited_for: str = ""


def of_own_sites(visit: Visit) -> Wanted:
    """Every living patient that whoever asks may see."""
    return Wanted(sites=signed_in(visit).account.sites or None)


def listed(visit: Visit, wanted: Filter, number: int) -> Listed:
    """The page of that number, and everybody counted at the same moment."""
    store, now = visit.allpath.store, visit.now
    mine = of_own_sites(visit)
    waiting = open_reviews(store)
    asked = _asked(visit, wanted, mine, waiting)
    today, week = _days(visit)
    keepers = store.worklist.keepers(mine.sites)
    beside = (
        mine,
        replace(mine, buckets=("overdue", "no next step")),
        replace(mine, due_by=today, buckets=_TO_COME),
        replace(mine, due_by=week, buckets=_TO_COME),
        replace(mine, ids=frozenset(waiting)),
        replace(mine, keeper=NOBODY) if keepers else mine,  # where nobody is assigned, everybody
    )
    is_whole = wanted.is_decided or bool(wanted.text)
    per_page = AT_ONCE if is_whole else PER_PAGE
    start = 0 if is_whole else (number - 1) * PER_PAGE
    found = store.worklist.page(asked, beside, now, start, per_page)
    rows = list(lines_of(visit, found.rows, waiting))
    count, note = found.count, ""
    if wanted.is_decided:
        looked_at, rows = len(rows), [row for row in rows if _fits(row, wanted)]
        if looked_at < count:
            note = (
                f"Only the {looked_at} most pressing of {count} patients were looked at; choose a "
                "state to see the others."
            )
        count = len(rows)
        rows = rows[(number - 1) * PER_PAGE : number * PER_PAGE]
    visible, *others = found.beside
    counts = dict(zip(("overdue", "today", "week", "reviews", "unassigned"), others, strict=True))
    if visible <= COUNTED:
        counts["blocked"] = count_blocked(visit.allpath, mine, now)
    elsewhere = found.headcount.living - visible
    known = (found.states, _sites(visit, found.sites, wanted.site), keepers)
    told = note, _waited_for(rows, wanted.waits)
    return Listed(rows, count, visible, elsewhere, found.headcount, counts, *known, *told)


def _fits(row: Row, wanted: Filter) -> bool:
    """Whether a patient who was decided is blocked, or waits for what is asked for."""
    if wanted.only == "blocked" and not row.blocked:
        return False
    return not wanted.waits or any(each.key == wanted.waits for each in waits_of(row.task))


def _waited_for(rows: Sequence[Row], key: str) -> str:
    """In words what the listed patients wait for; the key where nobody does."""
    every = (each for row in rows[:1] for each in waits_of(row.task))
    return next((f"{each.kind}: {each.text}" for each in every if each.key == key), key)


def _sites(visit: Visit, found: Sequence[str], chosen: str) -> Sequence[str]:
    """The sites to choose from, as far as whoever asks sees them, and the one that was chosen."""
    own = signed_in(visit).account.sites
    return sorted({*(own or found), *([chosen] if chosen else [])})


def every_row(visit: Visit, wanted: Filter) -> Iterator[Row]:
    """Everybody who fits, most pressing first, however many they are."""
    store, now = visit.allpath.store, visit.now
    mine = of_own_sites(visit)
    waiting = open_reviews(store)
    asked = _asked(visit, wanted, mine, waiting)
    for row in lines_of(visit, store.worklist.rows(asked, now), waiting):
        if _fits(row, wanted):
            yield row


def chosen_rows(visit: Visit, ids: Iterable[str]) -> list[Row]:
    """Those of these patients who are on the list of whoever asks, most pressing first."""
    store = visit.allpath.store
    asked = replace(of_own_sites(visit), ids=frozenset(ids))
    return list(lines_of(visit, store.worklist.rows(asked, visit.now), open_reviews(store)))


def _asked(visit: Visit, wanted: Filter, mine: Wanted, waiting: Waiting) -> Wanted:
    """What the filter asks of the database; whether somebody is blocked is decided for each."""
    store, ids = visit.allpath.store, None
    if wanted.text:
        ids = frozenset(store.find(wanted.text))
    if wanted.only == "reviews":
        ids = frozenset(waiting) if ids is None else ids & frozenset(waiting)
    if wanted.only == "similar":
        ids = store.worklist.similar() if ids is None else ids & store.worklist.similar()
    pathway_id, _, state = wanted.state.rpartition("/")
    asked = replace(mine, ids=ids, pathway_id=pathway_id, state=state)
    if wanted.site:
        is_seen = mine.sites is None or wanted.site in mine.sites
        asked = replace(asked, sites=(wanted.site,) if is_seen else ())
    if wanted.by:
        keeper = keeper_in(visit, wanted.by, mine.sites)
        asked = replace(asked, keeper=keeper, ids=ids if keeper is not None else frozenset())
    today, week = _days(visit)
    if wanted.due == "overdue":
        return replace(asked, buckets=("overdue", "no next step"))
    if wanted.due == "today":
        return replace(asked, due_by=today, buckets=_TO_COME)
    if wanted.due == "week":
        return replace(asked, due_by=week, buckets=_TO_COME)
    return asked


def _days(visit: Visit) -> tuple[date, date]:
    """Today at the installation, and the day a week later."""
    today = visit.now.astimezone(visit.zone).date()
    return today, today + timedelta(days=7)


def states_by_pathway(
    visit: Visit, states: Sequence[tuple[str, str]]
) -> dict[str, list[tuple[str, str]]]:
    """The states somebody is in, by the title of their pathway, with the name a filter uses."""
    found: dict[str, list[tuple[str, str]]] = {}
    pathways = {name: _pathway(visit, name) for name in {pathway_id for pathway_id, _ in states}}
    for pathway_id, state in states:
        pathway = pathways[pathway_id]
        title = pathway.title if pathway else pathway_id
        found.setdefault(title, []).append((f"{pathway_id}/{state}", words.state(pathway, state)))
    return {
        title: sorted(states, key=lambda state: state[1]) for title, states in sorted(found.items())
    }


def _pathway(visit: Visit, pathway_id: str) -> Pathway | None:
    """The version that new patients come on; None where there is none any more."""
    try:
        return visit.allpath.orchestrator.library.for_new_paths(pathway_id)
    except AllpathError:
        return None
