"""Correct what is on record: the right value or day, or withdraw it; look at what follows first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.cli.fact import counting
from allpath.recorded import recorded
from allpath.reviews import about
from allpath.web.acting import Meanwhile, effect, meanwhile
from allpath.web.correction_fields import ACTS, NAMES, fields_of, read_correction
from allpath.web.forms import Fields, Problems, Typed, fresh_key, on_page, version_in
from allpath.web.known import is_own
from allpath.web.pages import Visit, page
from allpath.web.views.patient import banner
from allpath.web.views.recording_fields import (
    METHOD_CHOICES,
    RESULTS,
    SPECIMEN_CHOICES,
    UNITS,
    asked,
)
from allpath.web.visiting import AVisit, look, signed_in
from workflow.accounts import ACCOUNT_ROLES
from workflow.errors import ConflictError, FactError, NotFoundError, RefusedError
from workflow.facts import VOID_STATUSES, FactRecord
from workflow.found import Found
from workflow.records import JournalEntry

_DONE = {
    "corrected": "The correction is on record, and the path is decided with it.",
    "moved": "The record is moved: it is void here, and on record for the other patient.",
}


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/facts/{number}"
    router.add_api_route(at, fact_page, methods=["GET"])
    router.add_api_route(f"{at}/correct", correct_page, methods=["GET"])
    router.add_api_route(f"{at}/correct/check", check_correction, methods=["POST"])
    router.add_api_route(f"{at}/correct", save_correction, methods=["POST"])


@dataclass(frozen=True, slots=True)
class Told:
    """One record as it is told: its value and day, who recorded it, why, and whether it counts."""

    number: int
    value: str
    on: date
    status: str
    source: str
    by: str
    at: str
    reason: str
    counts: str


def fact_page(
    visit: AVisit, path_id: str, number: str, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One record with all that it corrects, and the past decisions it put in doubt."""
    found = look(visit, path_id, "fact_shown")
    record = record_of(found, number)
    chain = _chain(found, record)
    numbers = {each.seq for each in chain}
    reviews = [
        (item.review_id.rpartition("/")[2], about(item, found.pathway), item.is_open)
        for item in visit.allpath.store.reviews(path_id)
        if item.opened_by_seq in numbers
    ]
    decision = found.decision()
    return page(
        visit,
        "fact.html",
        words.fact_title(found.pathway, record.fact),
        banner=banner(visit, found),
        done=_DONE.get(done, ""),
        heading=words.fact_title(found.pathway, record.fact),
        told=[told(visit, found, each) for each in reversed(chain)],
        reviews=reviews,
        answer=words.route(found.pathway, decision),
        number=chain[-1].seq,
        is_void=chain[-1].status in VOID_STATUSES,
        may_correct=visit.may("correct_page") and is_own(found, chain[-1]),
    )


def correct_page(visit: AVisit, path_id: str, number: str) -> Response:
    """The form, with what stands now in its fields."""
    found = look(visit, path_id, "correct_form_shown")
    record = record_of(found, number)
    later = _chain(found, record)[-1]
    if later is not record:
        return RedirectResponse(f"/patients/{path_id}/facts/{later.seq}/correct", 303)
    fields = fields_of(found, record)
    fields |= {"key": fresh_key(), "version": str(found.case.path.version)}
    return _form(visit, found, record, fields, Problems())


def check_correction(visit: AVisit, path_id: str, number: str, fields: Typed) -> Response:
    """What the correction would change, and which past decisions it puts in doubt."""
    found = look(visit, path_id, "correction_checked")
    return _check(visit, found, record_of(found, number), fields)


def save_correction(visit: AVisit, path_id: str, number: str, fields: Typed) -> Response:
    """The correction is saved, once; the old record stays in the history."""
    found = look(visit, path_id, "correct_form_shown")
    record = record_of(found, number)
    problems = Problems()
    command = read_correction(found, record, fields, signed_in(visit).actor(), problems)
    if command is None or fields.get("act") == "change":
        return _form(visit, found, record, fields, problems)
    try:
        outcome = visit.allpath.orchestrator.correct(command, visit.now)
    except ConflictError:
        found = look(visit, path_id, "correction_checked")
        return _check(visit, found, record, fields)
    except (FactError, RefusedError) as error:
        return _form(visit, found, record, fields, refused_value(found, record.fact, error))
    last = _chain(Found(found.pathway, outcome.case, visit.now), record)[-1]
    return RedirectResponse(f"/patients/{path_id}/facts/{last.seq}?done=corrected", 303)


def _check(visit: Visit, found: Found, record: FactRecord, fields: Fields) -> Response:
    """The check page, on the version there is now; a change meanwhile is told on top."""
    changed = meanwhile(visit, found, version_in(fields))
    later = _chain(found, record)[-1]
    if later is not record:
        return _corrected_meanwhile(visit, found, later, fields, changed)
    problems = Problems()
    kept = {**fields, "version": str(found.case.path.version)}
    kept["key"] = fresh_key() if changed else fields.get("key") or fresh_key()
    command = read_correction(found, record, kept, signed_in(visit).actor(), problems)
    if command is None:
        return _form(visit, found, record, fields, problems)
    try:
        foreseen = visit.allpath.orchestrator.foresee(command, visit.now)
    except (FactError, RefusedError) as error:
        return _form(visit, found, record, fields, refused_value(found, record.fact, error))
    new = next(each for each in foreseen.outcome.case.facts if each.supersedes == record.record_id)
    same = (new.value, new.effective_at) == (record.value, record.effective_at)
    return page(
        visit,
        "correct_check.html",
        "Check the correction",
        status=409 if changed else 200,
        banner=banner(visit, found),
        heading=words.fact_title(found.pathway, record.fact),
        number=record.seq,
        old=record,
        new=new,
        values=(_value(found, record), _value(found, new)),
        act=ACTS[command.status].partition(":")[0],
        is_void=new.status in VOID_STATUSES,
        is_same=same and new.status not in VOID_STATUSES and record.status not in VOID_STATUSES,
        reason=command.reason,
        effect=effect(found, foreseen),
        changed=changed,
        fields=kept,
        names=NAMES,
    )


def _corrected_meanwhile(
    visit: Visit, found: Found, later: FactRecord, fields: Fields, changed: Meanwhile | None
) -> Response:
    """Somebody corrected the same record: the form on what stands now, with what was typed."""
    kept = {**fields, "version": str(found.case.path.version), "key": fresh_key()}
    return _form(visit, found, later, kept, Problems(), changed=changed, status=409)


def _form(
    visit: Visit,
    found: Found,
    record: FactRecord,
    fields: Fields,
    problems: Problems,
    *,
    changed: Meanwhile | None = None,
    status: int = 0,
) -> Response:
    title = "Correct a fact"
    return page(
        visit,
        "correct.html",
        f"Error: {title}" if problems else title,
        status=status or (422 if problems else 200),
        banner=banner(visit, found),
        asked=asked(found, record.fact),
        now=told(visit, found, record),
        acts=ACTS,
        **CHOICES,
        fields=fields,
        problems=problems,
        changed=changed,
    )


CHOICES: dict[str, Any] = {
    "results": RESULTS,
    "units": UNITS,
    "methods": METHOD_CHOICES,
    "specimens": SPECIMEN_CHOICES,
}
"""The choices of the fields of a value, by the names the template has for them."""


def refused_value(found: Found, fact: str, error: Exception) -> Problems:
    """A refusal at the field it is about."""
    kind = asked(found, fact).kind
    field = ""
    if isinstance(error, FactError):
        field = "result" if kind == "measurement" else "value"
    text = on_page(error).removeprefix(f"{fact}: ".capitalize())
    return Problems({field: words.capital(text)})


def record_of(found: Found, number: str) -> FactRecord:
    """The record of that number; raises NotFoundError."""
    name = f"{found.case.path.path_id}/{number}"
    for record in found.case.facts:
        if record.record_id == name and record.fact in found.pathway.facts:
            return record
    raise NotFoundError("There is no such record of this patient; see the facts on their page.")


def _chain(found: Found, record: FactRecord) -> list[FactRecord]:
    """Every record from the first one to the one that stands, in the order of correcting."""
    by_id = {each.record_id: each for each in found.case.facts}
    after = {each.supersedes: each for each in found.case.facts if each.supersedes}
    chain = [record]
    while (before := by_id.get(chain[0].supersedes or "")) is not None:
        chain.insert(0, before)
    while (later := after.get(chain[-1].record_id)) is not None:
        chain.append(later)
    return chain


def told(visit: Visit, found: Found, record: FactRecord) -> Told:
    """One record in words, with the reason its entry in the history gives."""
    entries: list[JournalEntry] = list(visit.allpath.store.journal(found.case.path.path_id))
    entry = next((each for each in entries if each.seq == record.seq), None)
    counts = counting(found, record, list(found.case.facts))
    return Told(
        number=record.seq,
        value=_value(found, record),
        on=record.effective_at,
        status=record.status.replace("_", " "),
        source=_person(record.source) if record.source else "Not recorded",
        by=_person(record.actor),
        at=words.minute(record.recorded_at, found.zone),
        reason=entry.reason if entry and entry.reason else "",
        counts="It counts" if counts == "yes" else counts.removeprefix("no: ").capitalize(),
    )


def _person(text: str) -> str:
    """Who it was, with the role they had; a source that is no person stays as it is."""
    name, colon, role = text.rpartition(":")
    return f"{name} ({role})" if colon and role in ACCOUNT_ROLES else text


def _value(found: Found, record: FactRecord) -> str:
    form = asked(found, record.fact)
    text = recorded(found.pathway, record)
    if form.kind == "number":
        return f"{text} {form.unit}".strip()
    return text
