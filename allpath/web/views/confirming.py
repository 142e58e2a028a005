"""Confirm a step: what will change, on which evidence, and the signature under it."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath.web.acting import signer
from allpath.web.agenda import DecisionLine, board_of, current
from allpath.web.evidence import evidence
from allpath.web.forms import Fields, Problems, Typed, version_in
from allpath.web.pages import Visit, page
from allpath.web.stepping import (
    Filled,
    Stepping,
    after_conflict,
    chosen_option,
    first_fields,
    foreseen_effect,
    refusal,
    stepping,
)
from allpath.web.views.patient import banner
from allpath.web.visiting import AVisit, look, signed_in
from workflow.commands import ConfirmStep
from workflow.errors import ConflictError, RefusedError
from workflow.found import Found
from workflow.signing import find_step
from workflow.titles import step_title


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/steps/{step}"
    router.add_api_route(at, step_page, methods=["GET"])
    router.add_api_route(at, confirm_step, methods=["POST"])


def step_page(visit: AVisit, path_id: str, step: str) -> Response:
    """The step with its evidence, and the form to sign it where it is open."""
    found = look(visit, path_id, "step_form_shown")
    find_step(found.decision(), step, found.case.path)
    fields, board = first_fields(found), _board(visit, found)
    if board is not None and board.decision.choice == step:
        fields["reason"] = f"{board.told}: {board.decision.rationale}"
    return _form(visit, found, step, Filled(fields))


def confirm_step(visit: AVisit, path_id: str, step: str, fields: Typed) -> Response:
    """The step is signed; or shown once more with what was wrong."""
    found = look(visit, path_id, "step_form_shown")
    problems = Problems()
    shown = _stepping(found, step)
    command = _command(visit, found, shown, (step, fields, problems))
    if fields.get("act") == "look":
        return _form(visit, found, step, Filled(fields))
    if shown is not None and shown.needs_reason:
        problems.need(fields, "reason", "Enter the reason the MDT gave; the history shows it.")
    if not problems:
        command = replace(command, actor=signer(visit, fields, problems))
    if problems:
        return _form(visit, found, step, Filled(fields, problems))
    try:
        outcome = visit.allpath.orchestrator.confirm(command, visit.now)
    except ConflictError as error:
        found = look(visit, path_id, "step_form_shown")
        return _form(visit, found, step, after_conflict(visit, found, fields, error))
    except RefusedError as error:
        return _form(visit, found, step, Filled(fields, refusal(error)))
    done = "waiting" if outcome.is_pending else "confirmed"
    return RedirectResponse(f"/patients/{path_id}?done={done}", 303)


def _board(visit: Visit, found: Found) -> DecisionLine | None:
    """What an MDT decided in this state, to be seen beside the step and never confirmed by it."""
    return current(board_of(visit, found)[0], found)


def _stepping(found: Found, key: str) -> Stepping | None:
    decision = found.decision()
    step = decision.step(key)
    return stepping(found, decision, step) if step else None


def _command(
    visit: Visit, found: Found, shown: Stepping | None, typed: tuple[str, Fields, Problems]
) -> ConfirmStep:
    key, fields, problems = typed
    return ConfirmStep(
        actor=signed_in(visit).actor(),
        key=fields.get("key", ""),
        expected_version=version_in(fields),
        path_id=found.case.path.path_id,
        step=key,
        effective_on=problems.day(fields, "on", needed=True),
        option=chosen_option(shown, fields, problems),
        reason=problems.text(fields, "reason"),
        note=problems.text(fields, "note"),
    )


def _form(visit: Visit, found: Found, key: str, form: Filled) -> Response:
    shown = _stepping(found, key)
    step = found.decision().step(key)
    command = _command(visit, found, shown, (key, form.fields, Problems()))
    foreseen = replace(
        command,
        expected_version=None,
        reason=command.reason or "as foreseen",
        option=command.option or (next(iter(shown.options)) if shown and shown.options else None),
    )
    effect, why_not = foreseen_effect(visit, found, foreseen)
    title = f"Confirm {shown.title if shown else step_title(found.pathway, key)}"
    return page(
        visit,
        "step.html",
        form.titled(title),
        status=form.status,
        banner=banner(visit, found),
        heading=title,
        state=found.pathway.states[found.case.path.state].title,
        step=shown,
        evidence=evidence(found, step) if step else (),
        effect=effect,
        why_not=why_not,
        is_supposed=bool(shown and shown.options and not command.option),
        board=_board(visit, found),
        may=visit.may,
        fields=form.fields,
        problems=form.problems,
        changed=form.changed,
    )
