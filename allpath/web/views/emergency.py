"""Emergency access: asked for by number with a reason, ended early, and looked at afterwards."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath import emergencies
from allpath.web.acting import signer
from allpath.web.emergencies import emergencies_of
from allpath.web.forms import LONGEST, Fields, Problems, Typed, on_page
from allpath.web.pages import Visit, page
from allpath.web.stepping import Filled
from allpath.web.visiting import AVisit, record_look, signed_in
from workflow.emergency import FINDINGS, REASONS, SHORTEST_NOTE
from workflow.errors import ConflictError, NotFoundError, RefusedError


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/emergency", emergency_page, methods=["GET"])
    router.add_api_route("/emergency", ask_emergency, methods=["POST"])
    router.add_api_route("/emergency/{access}/end", end_emergency, methods=["POST"])
    at = "/audit/emergency/{access}"
    router.add_api_route(at, emergency_review_page, methods=["GET"])
    router.add_api_route(at, review_emergency, methods=["POST"])


def emergency_page(visit: AVisit, done: str = "") -> Response:
    """What emergency access is, what one has now, and the form to ask for it."""
    return _form(visit, Filled({}), done)


def ask_emergency(visit: AVisit, fields: Typed) -> Response:
    """One patient is opened for a while; whatever is missing is said before any number is sought.

    So the form tells nobody whether a number is known at another site, unless they open it.
    """
    problems = Problems()
    number = problems.need(fields, "number", "Enter the patient's whole number.")
    code = problems.one_of(fields, "code", REASONS, "Choose the reason.")
    note = problems.need(fields, "note", "Enter what has happened.")
    if note and len(note) < SHORTEST_NOTE:
        problems["note"] = (
            f"Write at least {SHORTEST_NOTE} letters: whoever looks at it reads this."
        )
    if problems:
        return _form(visit, Filled(fields, problems))
    actor = signer(visit, fields, problems)
    if problems:
        return _form(visit, Filled(fields, problems))
    account, asked = signed_in(visit).account, (number, code, note)
    try:
        access = emergencies.begin(visit.allpath, account, actor, asked, visit.now)
    except (NotFoundError, RefusedError) as error:
        return _form(visit, Filled(fields, Problems({"number": on_page(error)})))
    return RedirectResponse(f"/patients/{access.begun.path_id}", 303)


def end_emergency(visit: AVisit, access: str) -> Response:
    """The access is over; whoever had it no longer finds the patient."""
    who = signed_in(visit)
    emergencies.end(visit.allpath, who.account, who.actor(), access, visit.now)
    return RedirectResponse("/emergency?done=ended", 303)


def emergency_review_page(visit: AVisit, access: str) -> Response:
    """One access, and the form for what the auditor found."""
    return _review(visit, access, Filled({}))


def review_emergency(visit: AVisit, access: str, fields: Typed) -> Response:
    """What was found is on record; it is said once."""
    problems = Problems()
    code = problems.one_of(fields, "code", FINDINGS, "Choose what you found.")
    note = problems.need(fields, "note", "Enter how you know.")
    shown = _review(visit, access, Filled(fields, problems))  # of other sites there is none
    if problems:
        return shown
    actor = signed_in(visit).actor()
    try:
        emergencies.review(visit.allpath, access, actor, (code, note), visit.now)
    except ConflictError as error:
        changed = Filled(fields, Problems({"": on_page(error)}), is_stale=True)
        return _review(visit, access, changed)
    return RedirectResponse("/audit#emergency", 303)


def _form(visit: Visit, form: Filled, done: str = "") -> Response:
    account = signed_in(visit).account
    return page(
        visit,
        "emergency.html",
        form.titled("Emergency access"),
        status=form.status,
        fields=_without_secrets(form.fields),
        problems=form.problems,
        reasons=REASONS,
        minutes=visit.allpath.settings.emergency_minutes,
        longest=LONGEST,
        sites=account.sites,
        mine=visit.allpath.store.emergencies.open_for(account.name, visit.now),
        done=done == "ended",
    )


def _without_secrets(fields: Fields) -> Fields:
    return {name: text for name, text in fields.items() if name in {"number", "code", "note"}}


def _review(visit: Visit, access: str, form: Filled) -> Response:
    line = next((each for each in emergencies_of(visit) if each.access_id == access), None)
    if line is None:
        raise NotFoundError("There is no such emergency access; see the audit page.")
    record_look(visit, "emergency_access_shown", line.path_id)
    return page(
        visit,
        "emergency_review.html",
        form.titled("Look at emergency access"),
        status=form.status,
        line=line,
        fields=form.fields,
        problems=form.problems,
        findings=FINDINGS,
    )
