"""Record a fact: choose it, type it, look at what it would change, then save."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.recorded import recorded
from allpath.web.acting import effect, meanwhile
from allpath.web.forms import Problems, Typed, fresh_key, on_page, version_in
from allpath.web.pages import Visit, page
from allpath.web.views.patient import banner
from allpath.web.views.recording_fields import (
    METHOD_CHOICES,
    NAMES,
    RESULTS,
    SPECIMEN_CHOICES,
    STATUSES,
    UNITS,
    asked,
    first_fields,
    read_fact,
)
from allpath.web.visiting import AVisit, look, signed_in
from workflow.commands import NewFact, RecordFacts
from workflow.errors import ConflictError, FactError, RefusedError
from workflow.facts import FactRecord
from workflow.found import Found
from workflow.orchestrator import Foreseen

_TITLE = "Record a fact"


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/record"
    router.add_api_route(at, record_page, methods=["GET"])
    router.add_api_route(f"{at}/check", check_record, methods=["POST"])
    router.add_api_route(at, save_record, methods=["POST"])


def record_page(
    visit: AVisit, path_id: str, fact: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """The form of one fact, or the choice of a fact where none is named."""
    found = look(visit, path_id, "record_form_shown")
    if fact not in found.pathway.facts:
        return _choice(visit, found)
    fields = first_fields(found, fact)
    fields |= {"key": fresh_key(), "version": str(found.case.path.version)}
    return _form(visit, found, fields, Problems())


def check_record(visit: AVisit, path_id: str, fields: Typed) -> Response:
    """What saving would change; nothing is saved yet."""
    found = look(visit, path_id, "record_checked")
    return _check(visit, found, fields)


def save_record(visit: AVisit, path_id: str, fields: Typed) -> Response:
    """The fact is saved, once; or the form is shown again to change it."""
    found = look(visit, path_id, "record_form_shown")
    problems = Problems()
    new = read_fact(found, fields, problems)
    if new is None or fields.get("act") == "change":
        return _form(visit, found, fields, problems)
    try:
        visit.allpath.orchestrator.record(_command(visit, found, fields, new), visit.now)
    except ConflictError:
        return _check(visit, look(visit, path_id, "record_checked"), fields)
    except (FactError, RefusedError) as error:
        return _form(visit, found, fields, _refused(found, new, error))
    return RedirectResponse(f"/patients/{path_id}?done=recorded", 303)


def _command(visit: Visit, found: Found, fields: Typed, new: NewFact) -> RecordFacts:
    return RecordFacts(
        actor=signed_in(visit).actor(),
        key=fields.get("key", ""),
        expected_version=version_in(fields),
        path_id=found.case.path.path_id,
        facts=(new,),
    )


def _check(visit: Visit, found: Found, fields: Typed) -> Response:
    """The check page, on the version there is now; a change meanwhile is told on top."""
    problems = Problems()
    new = read_fact(found, fields, problems)
    if new is None:
        return _form(visit, found, fields, problems)
    path = found.case.path
    changed = meanwhile(visit, found, version_in(fields))
    kept = {**fields, "version": str(path.version), "key": fields.get("key") or fresh_key()}
    if changed:
        kept["key"] = fresh_key()
    command = _command(visit, found, kept, new)
    try:
        foreseen = visit.allpath.orchestrator.foresee(command, visit.now)
    except (FactError, RefusedError) as error:
        return _form(visit, found, fields, _refused(found, new, error))
    record = next(r for r in reversed(foreseen.outcome.case.facts) if r.fact == new.fact)
    return page(
        visit,
        "record_check.html",
        "Check before saving",
        status=409 if changed else 200,
        banner=banner(visit, found),
        asked=asked(found, new.fact),
        record=record,
        value=recorded(found.pathway, record),
        status_title=STATUSES[new.status],
        doubts=list(_doubts(found, foreseen, record)),
        effect=effect(found, foreseen),
        changed=changed,
        fields=kept,
        names=NAMES,
    )


def _doubts(found: Found, foreseen: Foreseen, record: FactRecord) -> list[str]:
    """Why the record would not count, or is there already."""
    doubts = []
    replaced = {item.supersedes for item in found.case.facts}
    same = (record.fact, record.effective_at, record.value)
    standing = [item for item in found.case.facts if item.record_id not in replaced]
    if any((item.fact, item.effective_at, item.value) == same for item in standing):
        doubts.append("The same value is on record for this day already.")
    after = Found(found.pathway, foreseen.outcome.case, found.now, found.site_plan)
    sheet = after.sheet()
    used = sheet.records.get(record.fact)
    if record.fact in sheet.notes:
        doubts.append(f"It would not count: {sheet.notes[record.fact]}.")
    elif used is None:
        doubts.append("It would not count: it belongs to a stay or line before this one.")
    elif used.record_id != record.record_id:
        day = words.day(used.effective_at)
        doubts.append(f"It would not count: a later record, of {day}, counts.")
    return doubts


def _refused(found: Found, new: NewFact, error: Exception) -> Problems:
    """A refusal at the field it is about."""
    kind = found.pathway.facts[new.fact].type
    field = ""
    if isinstance(error, FactError):
        field = "result" if kind == "measurement" else "value"
    text = on_page(error).removeprefix(f"{new.fact}: ".capitalize()).removeprefix(f"{new.fact}: ")
    return Problems({field: words.capital(text)})


def _form(visit: Visit, found: Found, fields: Typed, problems: Problems) -> Response:
    name = fields.get("fact", "")
    if name not in found.pathway.facts:
        return _choice(visit, found, problems)
    return page(
        visit,
        "record.html",
        f"Error: {_TITLE}" if problems else _TITLE,
        status=422 if problems else 200,
        banner=banner(visit, found),
        asked=asked(found, name),
        state=words.state(found.pathway, found.case.path.state),
        statuses=STATUSES,
        results=RESULTS,
        units=UNITS,
        methods=METHOD_CHOICES,
        specimens=SPECIMEN_CHOICES,
        fields=fields,
        problems=problems,
    )


def _choice(visit: Visit, found: Found, problems: Problems | None = None) -> Response:
    """Every fact there is: what is missing first, then what is asked in this state."""
    pathway = found.pathway
    missing = [name for name in found.decision().missing if name in pathway.facts]
    asked_here = [
        name
        for name, fact in pathway.facts.items()
        if found.case.path.state in fact.asked_in and name not in missing
    ]
    others = [name for name in pathway.facts if name not in {*missing, *asked_here}]
    return page(
        visit,
        "record_choice.html",
        _TITLE,
        status=422 if problems else 200,
        banner=banner(visit, found),
        state=words.state(pathway, found.case.path.state),
        missing=_titled(found, missing),
        asked=_titled(found, asked_here),
        others=_titled(found, others),
        problems=problems or Problems(),
    )


def _titled(found: Found, names: list[str]) -> list[tuple[str, str]]:
    return sorted(
        ((n, words.fact_title(found.pathway, n)) for n in names), key=lambda n: n[1].casefold()
    )
