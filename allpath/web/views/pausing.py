"""Pause the reminders of a patient until a day, and resume them; no due day moves."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.web.forms import Fields, Problems, Typed, on_page, version_in
from allpath.web.pages import Visit, page
from allpath.web.pauses import pause_of
from allpath.web.stepping import Filled, after_conflict, first_fields
from allpath.web.views.patient import banner
from allpath.web.visiting import AVisit, look, signed_in
from workflow.commands import PauseReminders, ResumeReminders
from workflow.errors import ConflictError, RefusedError
from workflow.found import Found
from workflow.signing import SIGNERS


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/patients/{path_id}/pause", pause_page, methods=["GET"])
    router.add_api_route("/patients/{path_id}/pause", pause_or_resume, methods=["POST"])


def pause_page(visit: AVisit, path_id: str) -> Response:
    """How the reminders stand, and the form to pause or resume them."""
    found = look(visit, path_id, "pause_form_shown")
    fields = {**first_fields(found), "act": "pause"}
    return _form(visit, found, Filled(fields))


def pause_or_resume(visit: AVisit, path_id: str, fields: Typed) -> Response:
    """The reminders pause until the day, or come again; the history says who and why."""
    found = look(visit, path_id, "pause_form_shown")
    problems = Problems()
    command = _command(visit, found, fields, problems)
    if command is None:
        return _form(visit, found, Filled(fields, problems))
    try:
        if isinstance(command, PauseReminders):
            visit.allpath.orchestrator.pause(command, visit.now)
        else:
            visit.allpath.orchestrator.resume(command, visit.now)
    except ConflictError as error:
        found = look(visit, path_id, "pause_form_shown")
        return _form(visit, found, after_conflict(visit, found, fields, error))
    except RefusedError as error:
        return _form(visit, found, Filled(fields, Problems({"": on_page(error)})))
    done = "paused" if isinstance(command, PauseReminders) else "resumed"
    return RedirectResponse(f"/patients/{path_id}?done={done}", 303)


def _command(
    visit: Visit, found: Found, fields: Fields, problems: Problems
) -> PauseReminders | ResumeReminders | None:
    actor, key, path_id = signed_in(visit).actor(), fields.get("key", ""), found.case.path.path_id
    version = version_in(fields)
    if fields.get("act") == "resume":
        return ResumeReminders(
            actor=actor,
            key=key,
            expected_version=version,
            path_id=path_id,
            reason=problems.text(fields, "resume_reason"),
        )
    until = problems.day(fields, "until", needed=True)
    if until is not None and until <= found.today:
        problems["until"] = f"{words.day(until)} is not after today; enter a later day."
    reason = problems.need(fields, "reason", "Enter why; it is kept in the history.")
    if problems or until is None:
        return None
    return PauseReminders(
        actor=actor,
        key=key,
        expected_version=version,
        path_id=path_id,
        reason=reason,
        until=until,
    )


def _form(visit: Visit, found: Found, form: Filled) -> Response:
    live = [row for row in found.case.checkpoints if row.is_live]
    return page(
        visit,
        "pause.html",
        form.titled("Pause reminders"),
        status=form.status,
        banner=banner(visit, found),
        pause=pause_of(found, visit.allpath.store.journal(found.case.path.path_id)),
        snoozed=sum(1 for row in live if row.is_quiet(found.now)),
        is_signer=signed_in(visit).account.role in SIGNERS,
        fields=form.fields,
        problems=form.problems,
        changed=form.changed,
    )
