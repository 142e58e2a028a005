"""Keeping what is typed: drafts of forms about a patient, and a session that goes on."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, RedirectResponse, Response

from allpath import words
from allpath.web.carrying import LARGEST, read_pairs
from allpath.web.forms import Typed
from allpath.web.pages import Visit
from allpath.web.refilling import NEVER_FILLED, form_of
from allpath.web.visiting import AVisit, require_visible, signed_in
from workflow.canonical import canonical
from workflow.drafts import FormDraft
from workflow.errors import RefusedError


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/account/stay", stay, methods=["POST"])
    at = "/patients/{path_id}/draft"
    router.add_api_route(at, keep_draft, methods=["POST"])
    router.add_api_route(f"{at}/away", throw_away_draft, methods=["POST"])


def stay(visit: AVisit) -> Response:
    """The session goes on, because somebody said so; answers for how many seconds."""
    return JSONResponse({"seconds": _seconds(visit)})


def keep_draft(visit: AVisit, path_id: str, fields: Typed) -> Response:
    """What stands in a form is kept for its author, without what is secret; nothing is sent."""
    require_visible(visit, path_id)
    form, typed = _form(path_id, fields.get("form", "")), fields.get("typed", "")
    pairs = [[name, text] for name, text in read_pairs(typed) if name not in NEVER_FILLED]
    if not form or not pairs or len(typed) > LARGEST:
        raise RefusedError("This is no form about this patient; no draft was kept.")
    drafts, account = visit.allpath.store.drafts, signed_in(visit).account.name
    before = drafts.find(account, form, visit.now)
    begun_at = before.begun_at if before else visit.now
    draft = FormDraft(account, form, path_id, canonical(pairs), begun_at, visit.now)
    told = "The draft could not be kept: the patient's key is not here."
    if drafts.keep(draft):
        told = f"Draft kept at {words.minute(visit.now, visit.zone).rpartition(' ')[2]}."
    return JSONResponse({"seconds": _seconds(visit), "kept": told})


def throw_away_draft(visit: AVisit, path_id: str, fields: Typed) -> Response:
    """The draft is gone; the form is shown empty."""
    require_visible(visit, path_id)
    form = _form(path_id, fields.get("form", ""))
    if not form:
        raise RefusedError("This is no form about this patient; nothing was thrown away.")
    visit.allpath.store.drafts.drop(signed_in(visit).account.name, form)
    return RedirectResponse(form, 303)


def _form(path_id: str, address: str) -> str:
    """The form of an address, if it is one about this patient."""
    is_ours = address.startswith(f"/patients/{path_id}/") and address.isprintable()
    return form_of(address) if is_ours and len(address) <= 300 else ""  # noqa: PLR2004 - none is longer


def _seconds(visit: Visit) -> int:
    return max(0, int((signed_in(visit).session.ends_at - visit.now).total_seconds()))
