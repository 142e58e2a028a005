"""What a worklist page lists and counts: the filter, the page of rows, and the census over all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup

from allpath import words
from allpath.everybody import tasks_of
from allpath.reviews import Waiting, open_reviews
from allpath.tasks import Task
from allpath.waiting import waits_of
from allpath.web.pages import Visit, fragment
from allpath.web.visiting import signed_in
from workflow.civil_time import first_instant
from workflow.errors import AllpathError
from workflow.pathway import Pathway
from workflow.place import BUCKETS, Headcount, Wanted

PER_PAGE: Final = 50
AT_ONCE: Final = 1000
"""Of so many patients at most it is decided anew, for one look, whether they are blocked."""
COUNTED: Final = 300
"""Up to so many patients the blocked ones are counted on every look."""
DUE: Final = {"": "Any time", "overdue": "Overdue", "today": "Due today", "week": "Next 7 days"}
ONLY: Final = {
    "": "Everybody",
    "blocked": "Blocked or waiting",
    "reviews": "With decisions to look at again",
    "similar": "With similar names",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One patient on the list."""

    task: Task
    due: str
    due_on: date | None
    tag: str
    blocked: str
    may_act: bool

    @property
    def html(self) -> Markup:
        """The row on the page; whatever changes of the patient changes the head of the history."""
        item = self.task
        told = (item.to_do, item.days, item.is_similar, self.due, self.due_on, self.tag)
        pinned = (item.path.path_id, item.path.head, *told, self.blocked, self.may_act)
        return fragment("worklist_row.html", *pinned, row=self, may_act=self.may_act)


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; each part empty for everybody. `state` may name its pathway before it."""

    text: str
    state: str
    due: str
    only: str
    waits: str = ""

    @property
    def is_decided(self) -> bool:
        """Whether each patient has to be decided to tell who fits."""
        return self.only == "blocked" or bool(self.waits)

    @property
    def query(self) -> str:
        """The same in an address, to be kept and opened again; a name is never in it."""
        parts = [("state", self.state), ("due", self.due), ("only", self.only)]
        parts.append(("waits", self.waits))
        return urlencode([(name, value) for name, value in parts if value])


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
    note: str = ""
    waited_for: str = ""


def listed(visit: Visit, wanted: Filter, number: int) -> Listed:
    """The page of that number, and everybody counted at the same moment."""
    store, now = visit.allpath.store, visit.now
    mine = Wanted(sites=signed_in(visit).account.sites or None)
    waiting = open_reviews(store)
    asked = _asked(visit, wanted, mine, waiting)
    today, tomorrow = _days(visit, 0, 1)
    beside = (
        mine,
        replace(mine, buckets=("overdue", "no next step")),
        replace(mine, due_from=today, due_before=tomorrow, buckets=BUCKETS[1:]),
        replace(mine, due_from=today, due_before=_days(visit, 8)[0]),
        replace(mine, ids=frozenset(waiting)),
    )
    is_whole = wanted.is_decided or bool(wanted.text)
    per_page = AT_ONCE if is_whole else PER_PAGE
    start = 0 if is_whole else (number - 1) * PER_PAGE
    found = store.worklist_page(asked, beside, now, start, per_page)
    rows = [_row(visit, item) for item in tasks_of(visit.allpath, found.rows, waiting, now)]
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
    counts = dict(zip(("overdue", "today", "week", "reviews"), others, strict=True))
    if visible <= COUNTED:
        counts["blocked"] = _blocked_among(visit, mine, waiting)
    elsewhere = found.headcount.living - visible
    told = note, _waited_for(rows, wanted.waits)
    return Listed(rows, count, visible, elsewhere, found.headcount, counts, found.states, *told)


def _fits(row: Row, wanted: Filter) -> bool:
    """Whether a patient who was decided is blocked, or waits for what is asked for."""
    if wanted.only == "blocked" and not row.blocked:
        return False
    return not wanted.waits or any(each.key == wanted.waits for each in waits_of(row.task))


def _waited_for(rows: Sequence[Row], key: str) -> str:
    """In words what the listed patients wait for; the key where nobody does."""
    every = (each for row in rows[:1] for each in waits_of(row.task))
    return next((f"{each.kind}: {each.text}" for each in every if each.key == key), key)


def _blocked_among(visit: Visit, mine: Wanted, waiting: Waiting) -> int:
    rows = visit.allpath.store.worklist_rows(mine, visit.now)
    return sum(bool(_blocked(item)) for item in tasks_of(visit.allpath, rows, waiting, visit.now))


def every_row(visit: Visit, wanted: Filter) -> Iterator[Row]:
    """Everybody who fits, most pressing first, however many they are."""
    store, now = visit.allpath.store, visit.now
    mine = Wanted(sites=signed_in(visit).account.sites or None)
    waiting = open_reviews(store)
    asked = _asked(visit, wanted, mine, waiting)
    for item in tasks_of(visit.allpath, store.worklist_rows(asked, now), waiting, now):
        row = _row(visit, item)
        if _fits(row, wanted):
            yield row


def _asked(visit: Visit, wanted: Filter, mine: Wanted, waiting: Waiting) -> Wanted:
    """What the filter asks of the database; whether somebody is blocked is decided for each."""
    store, ids = visit.allpath.store, None
    if wanted.text:
        ids = frozenset(store.find(wanted.text))
    if wanted.only == "reviews":
        ids = frozenset(waiting) if ids is None else ids & frozenset(waiting)
    if wanted.only == "similar":
        ids = store.similar() if ids is None else ids & store.similar()
    pathway_id, _, state = wanted.state.rpartition("/")
    asked = replace(mine, ids=ids, pathway_id=pathway_id, state=state)
    today, tomorrow = _days(visit, 0, 1)
    if wanted.due == "overdue":
        return replace(asked, buckets=("overdue", "no next step"))
    if wanted.due == "today":
        return replace(asked, due_from=today, due_before=tomorrow, buckets=BUCKETS[1:])
    if wanted.due == "week":
        return replace(asked, due_from=today, due_before=_days(visit, 8)[0])
    return asked


def _days(visit: Visit, *later: int) -> tuple[datetime, ...]:
    """The beginnings of days, counted from today at the installation."""
    today = visit.now.astimezone(visit.zone).date()
    return tuple(first_instant(today + timedelta(days=days), visit.zone) for days in later)


def states_by_pathway(
    visit: Visit, states: Sequence[tuple[str, str]]
) -> dict[str, list[tuple[str, str]]]:
    """The states somebody is in, by the title of their pathway, with the name a filter uses."""
    found: dict[str, list[tuple[str, str]]] = {}
    for pathway_id, state in states:
        pathway = _pathway(visit, pathway_id)
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


def _row(visit: Visit, item: Task) -> Row:
    row, zone, may_act = item.checkpoint, visit.zone, visit.may("see_to")
    if row is None:
        return Row(item, "No next step", None, "red", _blocked(item), may_act)
    due_on = row.due_at.astimezone(zone).date()
    text = words.due(row, visit.now, zone).partition(" - ")[0]
    tags = {"overdue": "red", "due": "yellow", "quiet": "grey"}
    return Row(item, text, due_on, tags.get(item.bucket, "blue"), _blocked(item), may_act)


def _blocked(item: Task) -> str:
    """Why nothing can be confirmed yet: the first reason."""
    if item.problem:
        return item.problem
    decision = item.decision
    if decision is None or decision.route.status == "recommended":
        return ""
    if not words.is_undecided(decision):
        return words.route(decision.pathway, decision).rstrip(".")
    first, more = words.fact_title(decision.pathway, decision.missing[0]), len(decision.missing) - 1
    return f"Missing: {first}" + (f" and {more} more" if more else "")
