"""The second signature: another clinician confirms the step that waits, or declines it."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath.web.acting import signer
from allpath.web.consequences import Brought, brought
from allpath.web.evidence import evidence
from allpath.web.forms import Problems, Typed, on_page, version_in
from allpath.web.pages import Visit, page
from allpath.web.stepping import Filled, after_conflict, first_fields, foreseen_effect
from allpath.web.views.patient import banner
from allpath.web.visiting import AVisit, look, signed_in
from workflow.commands import Countersign
from workflow.errors import ConflictError, NotPermittedError, RefusedError
from workflow.found import Found
from workflow.overriding import REASONS
from workflow.signing import is_same_person
from workflow.titles import step_title
from workflow.undoing import PENDING_UNDO


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/countersign"
    router.add_api_route(at, countersign_page, methods=["GET"])
    router.add_api_route(at, countersign, methods=["POST"])


def countersign_page(visit: AVisit, path_id: str) -> Response:
    """What waits, who signed first and why, and the form for the second signature."""
    found = look(visit, path_id, "countersign_form_shown")
    return _form(visit, found, Filled(first_fields(found)))


def countersign(visit: AVisit, path_id: str, fields: Typed) -> Response:
    """The step is signed by the second person, or declined with a reason."""
    found = look(visit, path_id, "countersign_form_shown")
    problems = Problems()
    is_declined = fields.get("act") == "decline"
    decline = ""
    if is_declined:
        decline = problems.need(fields, "decline", "Enter why you decline it.")
    command = Countersign(
        actor=signed_in(visit).actor(),
        key=fields.get("key", ""),
        expected_version=version_in(fields),
        path_id=path_id,
        decline=decline,
    )
    if not problems:
        command = replace(command, actor=signer(visit, fields, problems))
    if problems:
        return _form(visit, found, Filled(fields, problems))
    try:
        visit.allpath.orchestrator.countersign(command, visit.now)
    except ConflictError as error:
        found = look(visit, path_id, "countersign_form_shown")
        return _form(visit, found, after_conflict(visit, found, fields, error))
    except (RefusedError, NotPermittedError) as error:
        return _form(visit, found, Filled(fields, Problems({"": on_page(error)})))
    done = "declined" if is_declined else "confirmed"
    return RedirectResponse(f"/patients/{path_id}?done={done}", 303)


def _form(visit: Visit, found: Found, form: Filled) -> Response:
    pending, path = found.case.path.pending, found.case.path
    who = signed_in(visit).actor()
    effect, why_not, undoing = None, "", None
    step = None
    title = "Nothing waits for a second signature"
    if pending is not None and pending.step.startswith(PENDING_UNDO):
        undoing = _undoing(visit, found, pending.step)
        title = "Second signature: undo a step"
    elif pending is not None:
        step = found.decision(pending.effective_on).step(pending.step)
        command = Countersign(actor=who, path_id=path.path_id)
        effect, why_not = foreseen_effect(visit, found, command)
        title = f"Second signature: {step_title(found.pathway, pending.step)}"
    plan = found.site_plan
    reasons = {**REASONS, **(plan.override_reasons if plan else {})}
    return page(
        visit,
        "countersign.html",
        form.titled(title),
        status=form.status,
        banner=banner(visit, found),
        heading=title,
        state=found.pathway.states[path.state].title,
        pending=pending,
        variance=reasons.get(pending.variance, pending.variance) if pending else "",
        is_first=pending is not None and is_same_person(who.name, pending.by),
        evidence=evidence(found, step) if step else (),
        effect=effect,
        why_not=why_not,
        undoing=undoing,
        fields=form.fields,
        problems=form.problems,
        changed=form.changed,
    )


def _undoing(visit: Visit, found: Found, step: str) -> Brought:
    seq = int(step.removeprefix(PENDING_UNDO))
    foreseen = visit.allpath.orchestrator.foresee_undo(found.case.path.path_id, seq, visit.now)
    return brought(found, foreseen)
