"""The worklist: a coordinator's morning. Everybody is on it or counted beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from allpath import words
from allpath.everybody import everybody
from allpath.tasks import Task
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, is_visible, record_look

PER_PAGE: Final = 50
_DUE: Final = {"": "Any time", "overdue": "Overdue", "today": "Due today", "week": "Next 7 days"}


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
    """What is asked for; each part empty for everybody."""

    text: str
    state: str
    due: str


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/worklist", worklist, methods=["GET"])


def worklist(
    visit: AVisit,
    text: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str, Query(max_length=100)] = "",
    due: Annotated[str, Query(max_length=10)] = "",
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> Response:
    """Who needs what, most pressing first; what a filter leaves out is counted."""
    wanted = Filter(text.strip(), state, due if due in _DUE else "")
    tasks, census = everybody(visit.allpath, visit.now)
    record_look(visit, "worklist_shown")
    mine = [item for item in tasks if is_visible(visit, item.path)]
    rows = [_row(visit, item) for item in mine]
    found = set(visit.allpath.store.find(wanted.text)) if wanted.text else None
    shown = [row for row in rows if _fits(visit, row, wanted, found)]
    pages = max(1, -(-len(shown) // PER_PAGE))
    number = min(number, pages)
    return page(
        visit,
        "worklist.html",
        "Worklist",
        rows=shown[(number - 1) * PER_PAGE : number * PER_PAGE],
        counts=_counts(visit, rows),
        wanted=wanted,
        states=sorted({(item.path.state, item.state_title) for item in mine}, key=lambda s: s[1]),
        dues=_DUE,
        may_act=visit.may("see_to"),
        shown=len(shown),
        left_out=len(rows) - len(shown),
        final=census.counts["final"],
        elsewhere=len(tasks) - len(mine),
        in_all=census.counts.total(),
        number=number,
        pages=pages,
    )


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
    return words.short_route(decision).replace("_", " ")


def _fits(visit: Visit, row: Row, wanted: Filter, found: set[str] | None) -> bool:
    path = row.task.path
    if found is not None and path.path_id not in found:
        return False
    if wanted.state not in {"", path.state}:
        return False
    return wanted.due == "" or _is_due(visit, row, wanted.due)


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
