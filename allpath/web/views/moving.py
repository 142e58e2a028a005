"""Move a record that was made for the wrong patient to the right one; both histories keep both."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.web.acting import Effect, effect
from allpath.web.forms import Fields, Problems, Typed, on_page, version_in
from allpath.web.pages import Visit, page
from allpath.web.stepping import Filled, after_conflict, first_fields
from allpath.web.views.correcting import record_of, told
from allpath.web.views.patient import banner
from allpath.web.visiting import AVisit, is_visible, look, signed_in
from workflow.commands import CorrectFact, MoveFact, NewFact, RecordFacts
from workflow.errors import ConflictError, FactError, NotFoundError, RefusedError
from workflow.facts import FactRecord
from workflow.foreseeing import ForeseenCommand
from workflow.found import Found

_MOST = 20
"""Of so many who are called alike it is known that the number of one is needed."""
_NOBODY = "There is no patient with this number or path id; look again at the letter or label."


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/facts/{number}/move"
    router.add_api_route(at, move_page, methods=["GET"])
    router.add_api_route(at, move_record, methods=["POST"])


def move_page(visit: AVisit, path_id: str, number: str) -> Response:
    """The form: to whom the record belongs, and how it came here."""
    found = look(visit, path_id, "move_form_shown")
    return _form(visit, found, record_of(found, number), Filled(first_fields(found)))


def move_record(visit: AVisit, path_id: str, number: str, fields: Typed) -> Response:
    """What moving would change for both is shown; or, once it was, the record is moved."""
    found = look(visit, path_id, "move_form_shown")
    record = record_of(found, number)
    problems = Problems()
    other = _other(visit, found, fields, problems)
    reason = problems.need(fields, "reason", "Enter how it came to the wrong patient.")
    if problems or other is None or fields.get("act") == "change":
        return _form(visit, found, record, Filled(fields, problems))
    to = other.case.path.path_id
    command = MoveFact(
        actor=signed_in(visit).actor(),
        key=fields.get("key", ""),
        expected_version=version_in(fields),
        path_id=path_id,
        record_id=record.record_id,
        to_path_id=to,
        reason=reason,
    )
    try:
        if fields.get("act") != "save" or fields.get("looked_at") != to:
            return _check(visit, (found, other), record, command, fields)
        visit.allpath.orchestrator.move_fact(command, visit.now)
    except ConflictError as error:
        found = look(visit, path_id, "move_form_shown")
        return _form(visit, found, record, after_conflict(visit, found, fields, error))
    except (FactError, RefusedError) as error:
        return _form(visit, found, record, Filled(fields, Problems({"": on_page(error)})))
    return RedirectResponse(f"/patients/{path_id}/facts/{record.seq}?done=moved", 303)


def _other(visit: Visit, found: Found, fields: Fields, problems: Problems) -> Found | None:
    """The one patient a number or path id means; of other sites nobody is found."""
    text = problems.need(fields, "to", "Enter the number or path id of the right patient.")
    if not text:
        return None
    meant = visit.allpath.store.find(text)[:_MOST]
    every = [visit.allpath.store.case(path_id).path for path_id in meant]
    seen = [path for path in every if is_visible(visit, path)]
    if not seen:
        problems["to"] = _NOBODY
    elif len(seen) > 1:
        problems["to"] = "Several patients are called so; enter the number of one."
    elif seen[0].path_id == found.case.path.path_id:
        problems["to"] = "The record is this patient's already; enter the other one's number."
    if problems.get("to"):
        return None
    return look(visit, seen[0].path_id, "move_form_shown")


def _check(
    visit: Visit,
    both: tuple[Found, Found],
    record: FactRecord,
    command: MoveFact,
    fields: Fields,
) -> Response:
    """Both patients side by side, with what would change for each."""
    found, other = both
    if record.fact not in other.pathway.facts:
        title = words.fact_title(found.pathway, record.fact)
        problem = f"The pathway of that patient does not know {title}; void the record instead."
        return _form(visit, found, record, Filled(fields, Problems({"to": problem})))
    void = CorrectFact(
        actor=command.actor,
        expected_version=command.expected_version,
        path_id=command.path_id,
        record_id=record.record_id,
        status="entered_in_error",
        reason=command.reason,
    )
    moved = NewFact(
        fact=record.fact,
        value=record.value,
        effective_at=record.effective_at,
        status=record.status,
        source=record.source,
        is_kept=True,
    )
    arriving = RecordFacts(actor=command.actor, path_id=command.to_path_id, facts=(moved,))
    kept = {**fields, "looked_at": command.to_path_id}
    return _shown(
        visit,
        found,
        record,
        "move_check.html",
        Filled(kept),
        other=banner(visit, other),
        reason=command.reason,
        leaving=_effect(visit, found, void),
        arriving=_effect(visit, other, arriving),
    )


def _effect(visit: Visit, found: Found, command: ForeseenCommand) -> Effect:
    return effect(found, visit.allpath.orchestrator.foresee(command, visit.now))


def _form(visit: Visit, found: Found, record: FactRecord, form: Filled) -> Response:
    return _shown(visit, found, record, "move.html", form)


def _shown(
    visit: Visit,
    found: Found,
    record: FactRecord,
    template: str,
    form: Filled,
    **more: Any,  # noqa: ANN401 - whatever the template shows besides
) -> Response:
    if record.fact not in found.pathway.facts:
        raise NotFoundError("There is no such record of this patient; see the facts on their page.")
    return page(
        visit,
        template,
        form.titled("Move a fact to another patient"),
        status=form.status,
        banner=banner(visit, found),
        title_of=words.fact_title(found.pathway, record.fact),
        now=told(visit, found, record),
        fields=form.fields,
        problems=form.problems,
        changed=form.changed,
        **more,
    )
