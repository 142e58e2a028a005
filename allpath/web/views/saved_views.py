"""Filters of the worklist that people keep by name: save, open, rename, share, delete."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath.web.filtering import filter_read
from allpath.web.forms import Fields, Problems, Typed
from allpath.web.kept_views import SHARED, shown_to
from allpath.web.pages import Visit, page
from allpath.web.views.worklist import list_page
from allpath.web.visiting import AVisit, signed_in
from workflow.errors import NotFoundError
from workflow.saved_view import LONGEST_TITLE, SavedView

_KEY: Final = re.compile(r"[\w-]{1,40}", re.ASCII)
AT_MOST: Final = 50
"""So many filters somebody keeps; more than that nobody finds again."""


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/worklist/views", views_page, methods=["GET"])
    router.add_api_route("/worklist/views", save_view, methods=["POST"])
    router.add_api_route("/worklist/views/{view_id}", change_view, methods=["POST"])
    router.add_api_route("/worklist/views/{view_id}/delete", delete_view, methods=["POST"])


def views_page(visit: AVisit) -> Response:
    """Every kept filter that whoever asks may open; the own ones can be changed."""
    return _page(visit)


def save_view(visit: AVisit, fields: Typed) -> Response:
    """The present filter is kept under a name; sent twice, it is kept once."""
    wanted = filter_read(fields.get("query", "")[:500])
    problems = Problems()
    title = _title(visit, fields, problems)
    shared_with = _shared(fields, problems)
    if not wanted.query:
        problems["title"] = "Choose a filter first; the whole list needs no name."
    key = fields.get("key", "")
    if not _KEY.fullmatch(key):
        problems["title"] = "Open the worklist again and save the filter from there."
    if key in {each.view.view_id for each in shown_to(visit)}:
        return RedirectResponse(wanted.address, 303)
    if problems:
        return list_page(visit, wanted, 1, fields=fields, problems=problems)
    who, now = signed_in(visit), visit.now
    view = SavedView(key, who.account.name, title, wanted.query, shared_with, now, now)
    visit.allpath.store.saved_views.keep(view, who.actor())
    return RedirectResponse(wanted.address, 303)


def change_view(visit: AVisit, view_id: str, fields: Typed) -> Response:
    """A kept filter of one's own has another name, or is shared with others, from now on."""
    view = _own(visit, view_id)
    problems = Problems()
    title = _title(visit, fields, problems, view_id)
    shared_with = _shared(fields, problems)
    if problems:
        return _page(visit, view_id, fields, problems)
    changed = replace(view, title=title, shared_with=shared_with, changed_at=visit.now)
    actor = signed_in(visit).actor()
    visit.allpath.store.saved_views.change(changed, "view_changed", actor, visit.now)
    return RedirectResponse("/worklist/views", 303)


def delete_view(visit: AVisit, view_id: str) -> Response:
    """A kept filter of one's own is gone, for those it was shared with too."""
    removed = replace(_own(visit, view_id), removed_at=visit.now)
    actor = signed_in(visit).actor()
    visit.allpath.store.saved_views.change(removed, "view_removed", actor, visit.now)
    return RedirectResponse("/worklist/views", 303)


def _own(visit: Visit, view_id: str) -> SavedView:
    own = signed_in(visit).account.name
    for view in visit.allpath.store.saved_views.every():
        if (view.view_id, view.account) == (view_id, own):
            return view
    raise NotFoundError("There is no such saved view of yours; those there are stand in the list.")


def _title(visit: Visit, fields: Fields, problems: Problems, view_id: str = "") -> str:
    title = " ".join(problems.need(fields, "title", "Enter a name for the view.").split())
    own = [each.view for each in shown_to(visit) if each.is_own]
    if len(title) > LONGEST_TITLE:
        problems["title"] = f"This is too long: at most {LONGEST_TITLE} letters."
    elif any(v.title.casefold() == title.casefold() and v.view_id != view_id for v in own):
        problems["title"] = "You have a view of this name already; take another name."
    elif not view_id and len(own) >= AT_MOST:
        problems["title"] = f"You keep {AT_MOST} views already; delete one first."
    return title


def _shared(fields: Fields, problems: Problems) -> str:
    return problems.one_of(fields, "shared_with", SHARED, "Choose who else sees it.")


def _page(
    visit: Visit, view_id: str = "", fields: Fields | None = None, problems: Problems | None = None
) -> Response:
    shown = shown_to(visit)
    return page(
        visit,
        "saved_views.html",
        "Error: Saved views" if problems else "Saved views",
        status=422 if problems else 200,
        own=[each for each in shown if each.is_own],
        others=[each for each in shown if not each.is_own],
        shared=SHARED,
        changing=view_id,
        fields=fields or {},
        problems=problems or Problems(),
    )
