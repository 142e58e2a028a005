"""The worklist: a coordinator's morning. Everybody is on it or counted beside it."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import StringIO
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.audit.export import safe
from allpath.everybody import everybody
from allpath.tasks import FINAL, MERGED, Census, Task
from allpath.waiting import waits_of
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, is_visible, record_look

PER_PAGE: Final = 50
_DUE: Final = {"": "Any time", "overdue": "Overdue", "today": "Due today", "week": "Next 7 days"}
_ONLY: Final = {
    "": "Everybody",
    "blocked": "Blocked or waiting",
    "reviews": "With decisions to look at again",
    "similar": "With similar names",
}
_COLUMNS: Final = (
    "Path id",
    "Name",
    "Born",
    "Numbers",
    "State",
    "Day",
    "What is needed",
    "Due",
    "Due on",
    "Blocked by",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One patient on the list."""

    task: Task
    due: str
    due_on: date | None
    tag: str
    blocked: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; each part empty for everybody. `state` may name its pathway before it."""

    text: str
    state: str
    due: str
    only: str
    waits: str = ""

    @property
    def query(self) -> str:
        """The same in an address, to be kept and opened again; a name is never in it."""
        parts = [("state", self.state), ("due", self.due), ("only", self.only)]
        parts.append(("waits", self.waits))
        return urlencode([(name, value) for name, value in parts if value])


@dataclass(frozen=True, slots=True)
class Listed:
    """The whole list: every row whoever asks may see, those that fit, and the census over all."""

    rows: list[Row]
    fitting: list[Row]
    elsewhere: int
    census: Census


Choice = Annotated[str, Query(max_length=100)]
Typed = Annotated[str, Form(max_length=100)]


def filter_of(
    state: Choice = "", due: Choice = "", only: Choice = "", waits: Choice = ""
) -> Filter:
    """What an address asks for; what it does not know counts as everybody."""
    return Filter("", state, due if due in _DUE else "", only if only in _ONLY else "", waits)


Wanted = Annotated[Filter, Depends(filter_of)]


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/worklist", worklist, methods=["GET"])
    router.add_api_route("/worklist", worklist_search, methods=["POST"])
    router.add_api_route("/worklist.csv", worklist_table, methods=["GET"])


def worklist(
    visit: AVisit, wanted: Wanted, number: Annotated[int, Query(alias="page", ge=1)] = 1
) -> Response:
    """Who needs what, most pressing first; what a filter leaves out is counted."""
    return _page(visit, wanted, number)


def worklist_search(
    visit: AVisit,
    *,
    text: Typed = "",
    state: Typed = "",
    due: Typed = "",
    only: Typed = "",
    waits: Typed = "",
) -> Response:
    """The list by name or number, which never stands in an address; the other choices do."""
    wanted = replace(filter_of(state, due, only, waits), text=text.strip())
    if wanted.text:
        return _page(visit, wanted, 1)
    return RedirectResponse(f"/worklist?{wanted.query}" if wanted.query else "/worklist", 303)


def _page(visit: Visit, wanted: Filter, number: int) -> Response:
    found = _listed(visit, wanted)
    record_look(visit, "worklist_shown")
    shown = len(found.fitting)
    pages = 1 if wanted.text else max(1, -(-shown // PER_PAGE))
    number = min(number, pages)
    counts = found.census.counts
    return page(
        visit,
        "worklist.html",
        "Worklist",
        rows=found.fitting[(number - 1) * PER_PAGE : number * PER_PAGE],
        counts=_counts(visit, found.rows),
        wanted=wanted,
        may_act=visit.may("see_to"),
        states=_states(visit, found.rows),
        dues=_DUE,
        waited_for=_waited_for(found.fitting, wanted.waits),
        onlys=_ONLY,
        shown=shown,
        left_out=len(found.rows) - shown,
        final=counts[FINAL],
        merged=counts[MERGED],
        elsewhere=found.elsewhere,
        in_all=counts.total(),
        number=number,
        pages=pages,
    )


def worklist_table(visit: AVisit, wanted: Wanted) -> Response:
    """The same list as a file for a spreadsheet, which takes no cell of it for a formula."""
    found = _listed(visit, wanted)
    record_look(visit, "worklist_exported")
    file = StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in found.fitting:
        item = row.task
        cells = (
            item.path.path_id,
            words.name(item.person),
            words.day(item.born),
            words.identifiers(item.person),
            item.state_title,
            str(item.days),
            item.to_do,
            row.due,
            words.day(row.due_on),
            row.blocked or "Nothing",
        )
        writer.writerow([safe(cell) for cell in cells])
    headers = {"content-disposition": 'attachment; filename="worklist.csv"'}
    return Response("\ufeff" + file.getvalue(), media_type="text/csv", headers=headers)


def _listed(visit: Visit, wanted: Filter) -> Listed:
    tasks, census = everybody(visit.allpath, visit.now)
    mine = [item for item in tasks if is_visible(visit, item.path)]
    rows = [_row(visit, item) for item in mine]
    found = set(visit.allpath.store.find(wanted.text)) if wanted.text else None
    fitting = [row for row in rows if _fits(visit, row, wanted, found)]
    return Listed(rows, fitting, len(tasks) - len(mine), census)


def _states(visit: Visit, rows: list[Row]) -> dict[str, list[tuple[str, str]]]:
    """The states somebody is in, by the title of their pathway, with the name a filter uses."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        path = row.task.path
        pathway = visit.allpath.shown_by(path)
        title = pathway.title if pathway else path.pathway_id
        name = f"{path.pathway_id}/{path.state}"
        found.setdefault(title, set()).add((name, row.task.state_title))
    return {
        title: sorted(states, key=lambda state: state[1]) for title, states in sorted(found.items())
    }


def _row(visit: Visit, item: Task) -> Row:
    row, zone = item.checkpoint, visit.zone
    if row is None:
        return Row(item, "No next step", None, "red", _blocked(item))
    due_on = row.due_at.astimezone(zone).date()
    text = words.due(row, visit.now, zone).partition(" - ")[0]
    tags = {"overdue": "red", "due": "yellow", "quiet": "grey"}
    return Row(item, text, due_on, tags.get(item.bucket, "blue"), _blocked(item))


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


def _fits(visit: Visit, row: Row, wanted: Filter, found: set[str] | None) -> bool:
    path = row.task.path
    if found is not None and path.path_id not in found:
        return False
    if wanted.state not in {"", path.state, f"{path.pathway_id}/{path.state}"}:
        return False
    if wanted.only and not _is_kind(row, wanted.only):
        return False
    if wanted.waits and all(each.key != wanted.waits for each in waits_of(row.task)):
        return False
    return wanted.due == "" or _is_due(visit, row, wanted.due)


def _waited_for(rows: list[Row], key: str) -> str:
    """What the filter is about, in the words of those who wait for it."""
    every = (each for row in rows[:1] for each in waits_of(row.task))
    return next((f"{each.kind}: {each.text}" for each in every if each.key == key), key)


def _is_kind(row: Row, only: str) -> bool:
    kinds = {
        "blocked": bool(row.blocked),
        "reviews": bool(row.task.reviews),
        "similar": row.task.is_similar,
    }
    return kinds[only]


def _is_due(visit: Visit, row: Row, due: str) -> bool:
    today = visit.now.astimezone(visit.zone).date()
    if due == "overdue":
        return row.task.bucket in {"overdue", "no next step"}
    if row.due_on is None:
        return True
    if due == "today":
        return row.due_on == today and row.task.bucket != "overdue"
    return today <= row.due_on <= today + timedelta(days=7)


def _counts(visit: Visit, rows: list[Row]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows:
        for due in ("overdue", "today", "week"):
            counts[due] += _is_due(visit, row, due)
        counts["blocked"] += bool(row.blocked)
        counts["reviews"] += bool(row.task.reviews)
    return counts
