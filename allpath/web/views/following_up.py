"""What follows from a meeting: who does what by when, and whether it was done."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from allpath.mdt import wording
from allpath.web.agenda import item_view
from allpath.web.agenda_forms import SHOWN, Show, done, form_page, given, item_on, seen_of
from allpath.web.forms import Problems, Typed
from allpath.web.pages import Visit
from allpath.web.stepping import Filled
from allpath.web.visiting import AVisit, look
from workflow.found import Found
from workflow.mdt import MdtAction
from workflow.mdt_acts import AddAction, SeeToAction, action_of


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/mdt/{item}/actions"
    router.add_api_route(at, action_page, methods=["GET"])
    router.add_api_route(at, record_action, methods=["POST"])
    router.add_api_route(f"{at}/{{action}}", outcome_page, methods=["GET"])
    router.add_api_route(f"{at}/{{action}}", record_outcome, methods=["POST"])


def action_page(visit: AVisit, path_id: str, item: int) -> Response:
    """The form for something somebody is to do."""
    found = look(visit, path_id, SHOWN)
    item_on(visit, path_id, item)
    return _act(visit, item)(found, Filled({"seen": seen_of(visit, path_id)}))


def record_action(visit: AVisit, path_id: str, item: int, fields: Typed) -> Response:
    """The action is on record, with its owner and its day."""
    found, problems = look(visit, path_id, SHOWN), Problems()
    on = item_on(visit, path_id, item)
    command = AddAction(
        **given(visit, path_id, fields),
        item=on.seq,
        what=problems.need(fields, "what", "Enter what is to be done."),
        owner=problems.need(fields, "owner", "Enter who is to do it."),
        due_on=problems.day(fields, "due_on", needed=True) or found.today,
    )
    return done(visit, (found, fields, problems), command, _act(visit, item), on)


def outcome_page(visit: AVisit, path_id: str, item: int, action: int) -> Response:
    """The form for whether an action was done."""
    found = look(visit, path_id, SHOWN)
    asked = _action(visit, path_id, item, action)
    return _outcome(visit, item, asked)(found, Filled({"seen": seen_of(visit, path_id)}))


def record_outcome(visit: AVisit, path_id: str, item: int, action: int, fields: Typed) -> Response:
    """Whether it was done is on record; what was said before stays."""
    found, problems = look(visit, path_id, SHOWN), Problems()
    asked, on = _action(visit, path_id, item, action), item_on(visit, path_id, item)
    outcomes = {"done": "", "not_done": ""}
    said = problems.one_of(fields, "outcome", outcomes, "Choose whether it was done.")
    command = SeeToAction(
        **given(visit, path_id, fields),
        action=action,
        outcome="done" if said == "done" else "not_done",
        note=problems.text(fields, "note"),
    )
    return done(visit, (found, fields, problems), command, _outcome(visit, item, asked), on)


def _act(visit: Visit, item: int) -> Show:
    def show(found: Found, form: Filled) -> Response:
        view = item_view(visit, found, item_on(visit, found.case.path.path_id, item))
        return form_page(visit, found, form, ("mdt_action.html", "Add an action"), view=view)

    return show


def _outcome(visit: Visit, item: int, action: MdtAction) -> Show:
    def show(found: Found, form: Filled) -> Response:
        view = item_view(visit, found, item_on(visit, found.case.path.path_id, item))
        named = ("mdt_outcome.html", "Was it done?")
        word, tag = wording.standing(action, found.today)
        return form_page(visit, found, form, named, view=view, action=action, word=word, tag=tag)

    return show


def _action(visit: Visit, path_id: str, item: int, action: int) -> MdtAction:
    return action_of([item_on(visit, path_id, item)], action)
