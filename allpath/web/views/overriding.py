"""Override: a step that is not open is taken for a coded reason, and somebody answers for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.web.acting import signer
from allpath.web.evidence import against
from allpath.web.forms import Fields, Problems, Typed, version_in
from allpath.web.pages import Visit, page
from allpath.web.stepping import (
    Filled,
    after_conflict,
    first_fields,
    foreseen_effect,
    refusal,
    stepping,
)
from allpath.web.views.patient import banner
from allpath.web.visiting import AVisit, look, signed_in
from workflow.commands import OverrideStep
from workflow.errors import ConflictError, RefusedError
from workflow.found import Found
from workflow.overriding import REASONS
from workflow.signing import find_step
from workflow.titles import step_title

_ANY: Final = next(iter(REASONS))


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/steps/{step}/override"
    router.add_api_route(at, override_page, methods=["GET"])
    router.add_api_route(at, override_step, methods=["POST"])


def override_page(visit: AVisit, path_id: str, step: str) -> Response:
    """What speaks against the step; the form, or why nobody can override it."""
    found = look(visit, path_id, "override_form_shown")
    find_step(found.decision(), step, found.case.path)
    return _form(visit, found, step, Filled(first_fields(found)))


def override_step(visit: AVisit, path_id: str, step: str, fields: Typed) -> Response:
    """The override is signed; or shown once more with what was wrong."""
    found = look(visit, path_id, "override_form_shown")
    problems = Problems()
    command = _command(visit, found, step, fields, problems)
    if not problems:
        command = replace(command, actor=signer(visit, fields, problems))
    if problems:
        return _form(visit, found, step, Filled(fields, problems))
    try:
        outcome = visit.allpath.orchestrator.override(command, visit.now)
    except ConflictError as error:
        found = look(visit, path_id, "override_form_shown")
        return _form(visit, found, step, after_conflict(visit, found, fields, error))
    except RefusedError as error:
        return _form(visit, found, step, Filled(fields, refusal(error)))
    done = "waiting" if outcome.is_pending else "overridden"
    return RedirectResponse(f"/patients/{path_id}?done={done}", 303)


def reasons_at(found: Found) -> dict[str, str]:
    """The coded reasons of the patient's site, with their titles."""
    plan = found.site_plan
    known = {**REASONS, **(plan.override_reasons if plan else {})}
    return {code: words.capital(title) for code, title in known.items()}


def _command(
    visit: Visit, found: Found, key: str, fields: Fields, problems: Problems
) -> OverrideStep:
    step = found.decision().step(key)
    two_person = step is not None and step.two_person
    options = {"": "", **found.pathway.options}
    given = {"option": "", **fields}
    code = problems.one_of(fields, "code", reasons_at(found), "Choose why you go ahead.")
    return OverrideStep(
        actor=signed_in(visit).actor(),
        key=fields.get("key", ""),
        expected_version=version_in(fields),
        path_id=found.case.path.path_id,
        step=key,
        code=code,
        reason=problems.need(fields, "reason", "Enter the reason in your own words."),
        option=problems.one_of(given, "option", options, "Choose a therapy offered.") or None,
        effective_on=problems.day(fields, "on", needed=True),
        note=problems.text(fields, "note"),
        valid_until=problems.day(fields, "valid_until", needed=two_person),
    )


def _form(visit: Visit, found: Found, key: str, form: Filled) -> Response:
    decision = found.decision()
    step = decision.step(key)
    typed = _command(visit, found, key, form.fields, Problems())
    supposed = replace(
        typed,
        expected_version=None,
        code=typed.code or _ANY,
        reason=typed.reason or "as foreseen",
        valid_until=found.today if step and step.two_person else None,
    )
    effect, why_not = foreseen_effect(visit, found, supposed)
    if effect is None:  # where the day alone stands in the way, that is told at the day
        effect, why_not = foreseen_effect(visit, found, replace(supposed, effective_on=None))
    title = f"Override: {step_title(found.pathway, key)}"
    return page(
        visit,
        "override.html",
        form.titled(title),
        status=form.status,
        banner=banner(visit, found),
        heading=title,
        state=words.state(found.pathway, found.case.path.state),
        step=stepping(found, decision, step) if step else None,
        against=against(found, step) if step else (),
        effect=effect,
        why_not=why_not,
        instead=words.route(found.pathway, decision),
        reasons=reasons_at(found),
        options=found.pathway.options,
        fields=form.fields,
        problems=form.problems,
        changed=form.changed,
    )
