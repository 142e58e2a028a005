"""The worklist: a coordinator's morning. Everybody is on it or counted beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from io import StringIO
from types import MappingProxyType
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, RedirectResponse, Response

from allpath import words
from allpath.audit.export import safe
from allpath.notify.calendar import list_text
from allpath.web.filtering import DUE, ONLY, Asked, Choice, Filter, filter_in, keeper_choices
from allpath.web.forms import Fields, Problems, Typed, fresh_key
from allpath.web.kept_views import SHARED, shown_to
from allpath.web.lines import Row
from allpath.web.listing import PER_PAGE, every_row, listed, states_by_pathway
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
    "Looked after by",
)


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/worklist", worklist, methods=["GET"])
    router.add_api_route("/worklist", worklist_search, methods=["POST"])
    router.add_api_route("/worklist/changes", worklist_changes, methods=["GET"])
    router.add_api_route("/worklist.ics", worklist_calendar, methods=["GET"])
    router.add_api_route("/worklist.csv", worklist_table, methods=["GET"])


def worklist(
    visit: AVisit,
    wanted: Asked,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
    choose: Choice = "",
) -> Response:
    """Who needs what, most pressing first; what a filter leaves out is counted."""
    return list_page(visit, wanted, number, is_all=choose == "all")


def worklist_search(
    visit: AVisit,
    fields: Typed,
) -> Response:
    """The list by name or number, which never stands in an address; the other choices do."""
    wanted = replace(filter_in(fields), text=fields.get("text", "")[:100])
    is_all = fields.get("choose") == "all"
    if wanted.text:
        return list_page(visit, wanted, 1, is_all=is_all)
    number = fields.get("page", "")
    more = [("page", number)] if number.isdecimal() and number != "1" else []
    more += [("choose", "all")] if is_all else []
    query = urlencode([*wanted.fields, *more])
    return RedirectResponse(f"/worklist?{query}" if query else "/worklist", 303)


def list_page(
    visit: Visit,
    wanted: Filter,
    number: int,
    *,
    is_all: bool = False,
    fields: Fields = MappingProxyType({}),
    problems: Problems | None = None,
) -> Response:
    """A page of the list; with `is_all` everybody on it is chosen, with problems it says so."""
    found = listed(visit, wanted, number)
    record_look(visit, "worklist_shown")
    accounts = visit.allpath.store.accounts.every() if found.keepers else ()
    pages = 1 if wanted.text else max(1, -(-found.fitting // PER_PAGE))
    return page(
        visit,
        "worklist.html",
        "Error: Worklist" if problems else "Worklist",
        status=422 if problems else 200,
        rows=[replace(row, is_chosen=True) for row in found.rows] if is_all else found.rows,
        counts=found.counts,
        wanted=wanted,
        states=states_by_pathway(visit, found.states),
        sites=found.sites,
        keepers=keeper_choices(visit, found.keepers, accounts, wanted.by),
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
        may_enrol=visit.may("enrol"),
        is_all=is_all,
        views=shown_to(visit),
        fresh=_fresh(found.rows, wanted, number),
        looked_at=max((beat.beat_at for beat in visit.allpath.store.heartbeats()), default=None),
        shared=SHARED,
        key=fields.get("key") or fresh_key(),
        may_calendar=visit.may("calendar_page"),
        may_act=visit.may("assign_chosen"),
        fields=fields,
        problems=problems or Problems(),
    )


def _fresh(rows: Iterable[Row], wanted: Filter, number: int) -> tuple[str, str]:
    """Where a page asks whether it is still as it was, and where it is made anew.

    Nowhere for a search: whom somebody looks for never stands in an address.
    """
    if wanted.text:
        return "", ""
    here = [*wanted.fields, *([("page", str(number))] if number > 1 else [])]
    seen = "".join(row.mark for row in rows)
    return f"/worklist/changes?{urlencode([*here, ('seen', seen)])}", f"/worklist?{urlencode(here)}"


def worklist_table(visit: AVisit, wanted: Asked) -> Response:
    """The same list as a file for a spreadsheet."""
    record_look(visit, "worklist_exported")
    return table_of(every_row(visit, wanted))


def worklist_calendar(visit: AVisit, wanted: Asked) -> Response:
    """What is expected of the same list as a file for a calendar; it holds no name or number."""
    tasks = (row.task for row in every_row(visit, wanted))
    record_look(visit, "worklist_exported")
    dated = ((item.path, item.checkpoint) for item in tasks if item.checkpoint is not None)
    headers = {"content-disposition": 'attachment; filename="worklist.ics"'}
    text = list_text(visit.allpath, dated, visit.now)
    return Response(text, media_type="text/calendar", headers=headers)


def worklist_changes(
    visit: AVisit,
    wanted: Asked,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
    seen: Annotated[str, Query(max_length=8 * PER_PAGE)] = "",
) -> Response:
    """How many lines of a page are new, gone or other than they were shown; nothing of whom."""
    before = {seen[at : at + 8] for at in range(0, len(seen), 8)}
    now = {row.mark for row in listed(visit, wanted, number).rows}
    return JSONResponse({"changed": max(len(now - before), len(before - now))})


def table_of(rows: Iterable[Row]) -> Response:
    """Lines as a file for a spreadsheet, which takes no cell of it for a formula."""
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
            row.keeper,
        )
        writer.writerow([safe(cell) for cell in cells])
    headers = {"content-disposition": 'attachment; filename="worklist.csv"'}
    return Response("\ufeff" + file.getvalue(), media_type="text/csv", headers=headers)
