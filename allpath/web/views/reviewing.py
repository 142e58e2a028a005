"""Look at a past decision again: both answers side by side, and what a clinician says of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.recorded import recorded
from allpath.reviews import short, side_by_side, standing, subject
from allpath.web.acting import signer
from allpath.web.forms import Fields, Problems, Typed, on_page, version_in
from allpath.web.pages import Visit, page
from allpath.web.stepping import Filled, after_conflict, first_fields
from allpath.web.views.overriding import reasons_at
from allpath.web.views.patient import banner
from allpath.web.visiting import AVisit, look, signed_in
from workflow.commands import CloseReview
from workflow.errors import ConflictError, NotFoundError, RefusedError
from workflow.found import Found
from workflow.off_pathway import CARE
from workflow.review import VERDICTS, ReviewItem

VERDICT_TITLES: Final = {
    "upheld": "Upheld: the decision stands, though the answer would differ",
    "compensated": "Compensated: care was adapted",
    "no_effect": "No effect: it made no difference to the patient",
}


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/reviews/{number}"
    router.add_api_route(at, review_page, methods=["GET"])
    router.add_api_route(at, close_review, methods=["POST"])


def review_page(visit: AVisit, path_id: str, number: str) -> Response:
    """One review: what was answered then, what now, and why they differ."""
    found = look(visit, path_id, "review_shown")
    return _form(visit, found, _review(visit, path_id, number), Filled(first_fields(found)))


def close_review(visit: AVisit, path_id: str, number: str, fields: Typed) -> Response:
    """The review is closed with a verdict and a reason; the past stays as it was."""
    found = look(visit, path_id, "review_shown")
    item = _review(visit, path_id, number)
    problems = Problems()
    command = _command(visit, found, item, fields, problems)
    if not problems:
        command = replace(command, actor=signer(visit, fields, problems))
    if problems:
        return _form(visit, found, item, Filled(fields, problems))
    try:
        visit.allpath.orchestrator.close_review(command, visit.now)
    except ConflictError as error:
        found, item = look(visit, path_id, "review_shown"), _review(visit, path_id, number)
        return _form(visit, found, item, after_conflict(visit, found, fields, error))
    except RefusedError as error:
        return _form(visit, found, item, Filled(fields, Problems({"": on_page(error)})))
    return RedirectResponse(f"/patients/{path_id}?done=reviewed", 303)


def _review(visit: Visit, path_id: str, number: str) -> ReviewItem:
    items = visit.allpath.store.reviews(path_id)
    item = next((each for each in items if each.review_id == f"{path_id}/{number}"), None)
    if item is None:
        raise NotFoundError("There is no such review of this patient; see the patient's page.")
    return item


def _command(
    visit: Visit, found: Found, item: ReviewItem, fields: Fields, problems: Problems
) -> CloseReview:
    said = problems.one_of(fields, "verdict", VERDICT_TITLES, "Choose what came of it.")
    code = ""
    if item.kind == CARE:
        code = problems.one_of(fields, "code", reasons_at(found), "Choose why it was done.")
    return CloseReview(
        actor=signed_in(visit).actor(),
        key=fields.get("key", ""),
        expected_version=version_in(fields),
        path_id=item.path_id,
        review_id=item.review_id,
        verdict=next((verdict for verdict in VERDICTS if verdict == said), VERDICTS[0]),
        reason=problems.need(fields, "reason", "Enter what was found, and what was done about it."),
        code=code,
    )


def _form(visit: Visit, found: Found, item: ReviewItem, form: Filled) -> Response:
    pathway, path_id = found.pathway, item.path_id
    opened_by = f"{path_id}/{item.opened_by_seq}"
    record = next((each for each in found.case.facts if each.record_id == opened_by), None)
    because = ""
    if record is not None:
        value, day = recorded(pathway, record), words.day(record.effective_at)
        because = f"{words.fact_title(pathway, record.fact)} = {value}, {day}, {record.status}"
    title = "Look at a past decision again"
    return page(
        visit,
        "review.html",
        form.titled(title),
        status=form.status,
        banner=banner(visit, found),
        heading=title,
        number=item.review_id.rpartition("/")[2],
        item=item,
        subject=subject(item, pathway),
        then=short(item.before, pathway),
        now=short(item.after, pathway),
        clauses=list(side_by_side(item, pathway)),
        because=because,
        standing=standing(item),
        is_care=item.kind == CARE,
        verdicts=VERDICT_TITLES,
        reasons=reasons_at(found),
        may_close=visit.may("close_review"),
        fields=form.fields,
        problems=form.problems,
        changed=form.changed,
    )
