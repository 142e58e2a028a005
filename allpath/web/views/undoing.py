"""Undo a confirmed step, and all after it; what goes with it is listed before anybody signs."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.web.acting import signer
from allpath.web.consequences import brought
from allpath.web.forms import Fields, Problems, Typed, on_page, version_in
from allpath.web.pages import Visit, page
from allpath.web.stepping import Filled, after_conflict, first_fields
from allpath.web.views.patient import banner
from allpath.web.visiting import AVisit, look, signed_in
from workflow.commands import UndoStep
from workflow.errors import ConflictError, NotFoundError, RefusedError
from workflow.found import Found


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/undo"
    router.add_api_route(at, undo_page, methods=["GET"])
    router.add_api_route(at, undo_step, methods=["POST"])


def undo_page(
    visit: AVisit, path_id: str, entry: Annotated[int | None, Query(ge=1, le=10**9)] = None
) -> Response:
    """What undoing the last step, or that of an entry, would bring with it."""
    found = look(visit, path_id, "undo_foreseen")
    fields = first_fields(found)
    if entry is not None:
        fields["entry"] = str(entry)
    return _form(visit, found, Filled(fields))


def undo_step(visit: AVisit, path_id: str, fields: Typed) -> Response:
    """The undo is signed; or shown once more with what was wrong."""
    found = look(visit, path_id, "undo_foreseen")
    problems = Problems()
    command = UndoStep(
        actor=signed_in(visit).actor(),
        key=fields.get("key", ""),
        expected_version=version_in(fields),
        path_id=path_id,
        seq=_entry(fields),
        reason=problems.need(fields, "reason", "Enter why the step was wrong."),
        note=problems.text(fields, "note"),
    )
    if not problems:
        command = replace(command, actor=signer(visit, fields, problems))
    if problems:
        return _form(visit, found, Filled(fields, problems))
    try:
        outcome = visit.allpath.orchestrator.undo(command, visit.now)
    except ConflictError as error:
        found = look(visit, path_id, "undo_foreseen")
        return _form(visit, found, after_conflict(visit, found, fields, error))
    except (NotFoundError, RefusedError) as error:
        return _form(visit, found, Filled(fields, Problems({"": on_page(error)})))
    done = "waiting" if outcome.is_pending else "undone"
    return RedirectResponse(f"/patients/{path_id}?done={done}", 303)


def _entry(fields: Fields) -> int | None:
    text = fields.get("entry", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 - nobody's history is longer


def _form(visit: Visit, found: Found, form: Filled) -> Response:
    path, why_not, what = found.case.path, "", None
    try:
        foreseen = visit.allpath.orchestrator.foresee_undo(
            path.path_id, _entry(form.fields), visit.now
        )
        what = brought(found, foreseen)
    except (NotFoundError, RefusedError) as error:
        why_not = on_page(error)
    kept = {**form.fields, "entry": str(what.entry)} if what else dict(form.fields)
    title = "Undo a step"
    return page(
        visit,
        "undo.html",
        form.titled(title),
        status=form.status,
        banner=banner(visit, found),
        heading=title,
        state=words.state(found.pathway, path.state),
        what=what,
        why_not=why_not,
        is_waiting=path.pending is not None,
        fields=kept,
        problems=form.problems,
        changed=form.changed,
    )
