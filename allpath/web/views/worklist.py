"""The worklist: a coordinator's morning. Everybody is on it or counted beside it."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import StringIO
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.audit.export import safe
from allpath.web.listing import DUE, ONLY, PER_PAGE, Filter, every_row, listed, states_by_pathway
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, record_look

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


Choice = Annotated[str, Query(max_length=100)]
Typed = Annotated[str, Form(max_length=100)]


def filter_of(
    state: Choice = "", due: Choice = "", only: Choice = "", waits: Choice = ""
) -> Filter:
    """What an address asks for; what it does not know counts as everybody."""
    return Filter("", state, due if due in DUE else "", only if only in ONLY else "", waits)


Asked = Annotated[Filter, Depends(filter_of)]


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/worklist", worklist, methods=["GET"])
    router.add_api_route("/worklist", worklist_search, methods=["POST"])
    router.add_api_route("/worklist.csv", worklist_table, methods=["GET"])


def worklist(
    visit: AVisit, wanted: Asked, number: Annotated[int, Query(alias="page", ge=1)] = 1
) -> Response:
    """Who needs what, most pressing first; what a filter leaves out is counted."""
    return _page(visit, wanted, number)


def worklist_search(
    visit: AVisit,
    *,
    text: Annotated[str, Form()] = "",
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
    found = listed(visit, wanted, number)
    record_look(visit, "worklist_shown")
    pages = 1 if wanted.text else max(1, -(-found.fitting // PER_PAGE))
    return page(
        visit,
        "worklist.html",
        "Worklist",
        rows=found.rows,
        counts=found.counts,
        wanted=wanted,
        states=states_by_pathway(visit, found.states),
        dues=DUE,
        waited_for=found.waited_for,
        onlys=ONLY,
        shown=found.fitting,
        left_out=found.visible - found.fitting,
        final=found.headcount.final,
        merged=found.headcount.merged,
        elsewhere=found.elsewhere,
        in_all=found.headcount.total,
        number=min(number, pages),
        pages=pages,
        note=found.note,
    )


def worklist_table(visit: AVisit, wanted: Asked) -> Response:
    """The same list as a file for a spreadsheet, which takes no cell of it for a formula."""
    rows = every_row(visit, wanted)
    record_look(visit, "worklist_exported")
    file = StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in rows:
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
