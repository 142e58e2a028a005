"""See to a checkpoint: snooze, acknowledge or waive it; record what a patient agreed to."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.cli.banner import checkpoint_title
from allpath.web.forms import Fields, Problems, Typed, on_page, version_in
from allpath.web.pages import Visit, page
from allpath.web.stepping import Filled, after_conflict, first_fields
from allpath.web.views.patient import banner
from allpath.web.visiting import AVisit, look, signed_in
from workflow.commands import (
    AcknowledgeCheckpoint,
    CheckpointCommand,
    RecordContact,
    SnoozeCheckpoint,
    WaiveCheckpoint,
)
from workflow.errors import ConflictError, NotFoundError, NotPermittedError, RefusedError
from workflow.found import Found
from workflow.records import CheckpointRecord
from workflow.signing import SIGNERS

SNOOZE: Final = "snooze"
ACKNOWLEDGE: Final = "acknowledge"
WAIVE: Final = "waive"
_TITLES: Final = {
    SNOOZE: "Snooze: remind nobody before a day; it stays due when it is due",
    ACKNOWLEDGE: "Acknowledge: it is late, and somebody sees to it; it stays overdue",
    WAIVE: "Waive: expect it no more, or not before a day",
}


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/checkpoints/{checkpoint}/{occurrence}"
    router.add_api_route(at, checkpoint_page, methods=["GET"])
    router.add_api_route(at, see_to, methods=["POST"])
    router.add_api_route("/patients/{path_id}/contact", contact_page, methods=["GET"])
    router.add_api_route("/patients/{path_id}/contact", record_contact, methods=["POST"])


def checkpoint_page(visit: AVisit, path_id: str, checkpoint: str, occurrence: int) -> Response:
    """One checkpoint, and what may be done about it short of meeting it."""
    found = look(visit, path_id, "checkpoint_form_shown")
    row = _row(found, checkpoint, occurrence)
    if row is None:
        raise NotFoundError(
            "This checkpoint is not open; those that are stand on the patient's page."
        )
    fields = first_fields(found)
    return _form(visit, found, row, Filled(fields))


def see_to(
    visit: AVisit, path_id: str, checkpoint: str, occurrence: int, fields: Typed
) -> Response:
    """What was chosen is done about the checkpoint, and stands in the history with its reason."""
    found = look(visit, path_id, "checkpoint_form_shown")
    row = _row(found, checkpoint, occurrence)
    problems = Problems()
    command = _command(visit, found, (checkpoint, occurrence), fields, problems)
    if command is None or problems:
        return _form(visit, found, row, Filled(fields, problems))
    return _done(visit, found, row, fields, command)


def contact_page(visit: AVisit, path_id: str) -> Response:
    """The form for what was agreed with a patient, and when to remind of which checkpoint."""
    found = look(visit, path_id, "contact_form_shown")
    return _contact(visit, found, Filled(first_fields(found)))


def record_contact(visit: AVisit, path_id: str, fields: Typed) -> Response:
    """The contact is on record; reminders wait where a day was agreed."""
    found = look(visit, path_id, "contact_form_shown")
    problems = Problems()
    agreed = problems.need(fields, "agreed", "Enter what was agreed, or that nobody was reached.")
    remind_on = _later(found, fields, "remind_on", problems, needed=False)
    name, _, number = fields.get("checkpoint", "").partition("/")
    if fields.get("checkpoint") not in {"", None, *_choices(found)}:
        problems["checkpoint"] = "This checkpoint is not open any more; choose another."
    if problems:
        return _contact(visit, found, Filled(fields, problems))
    command = RecordContact(
        actor=signed_in(visit).actor(),
        key=fields.get("key", ""),
        expected_version=version_in(fields),
        path_id=path_id,
        checkpoint=name,
        occurrence=int(number) if number else None,
        agreed=agreed,
        remind_on=remind_on,
    )
    return _done(visit, found, None, fields, command)


def _done(
    visit: Visit,
    found: Found,
    row: CheckpointRecord | None,
    fields: Fields,
    command: CheckpointCommand,
) -> Response:
    is_contact = isinstance(command, RecordContact)
    path_id = command.path_id
    try:
        visit.allpath.orchestrator.see_to(command, visit.now)
    except ConflictError as error:
        found = look(visit, path_id, "checkpoint_form_shown")
        form = after_conflict(visit, found, fields, error)
        row = _row(found, command.checkpoint, command.occurrence)
        return _contact(visit, found, form) if is_contact else _form(visit, found, row, form)
    except (NotFoundError, NotPermittedError, RefusedError) as error:
        form = Filled(fields, Problems({"": on_page(error)}))
        return _contact(visit, found, form) if is_contact else _form(visit, found, row, form)
    done = "contact" if is_contact else "seen"
    return RedirectResponse(f"/patients/{path_id}?done={done}", 303)


def _command(
    visit: Visit, found: Found, which: tuple[str, int], fields: Fields, problems: Problems
) -> CheckpointCommand | None:
    act = problems.one_of(fields, "act", _TITLES, "Choose what to do about it.")
    reason = problems.need(fields, "reason", "Enter why; it is kept in the history.")
    until = _later(found, fields, "until", problems, needed=act != WAIVE)
    given: dict[str, Any] = {
        "actor": signed_in(visit).actor(),
        "key": fields.get("key", ""),
        "expected_version": version_in(fields),
        "path_id": found.case.path.path_id,
        "checkpoint": which[0],
        "occurrence": which[1],
    }
    if act == WAIVE:
        return WaiveCheckpoint(**given, reason=reason, until=until)
    if until is None:
        return None
    kind = SnoozeCheckpoint if act == SNOOZE else AcknowledgeCheckpoint
    return kind(**given, reason=reason, until=until)


def _later(
    found: Found, fields: Fields, name: str, problems: Problems, *, needed: bool
) -> date | None:
    day = problems.day(fields, name, needed=needed)
    if day is not None and day <= found.today:
        problems[name] = f"{words.day(day)} is not after today; enter a later day."
    return day


def _row(found: Found, checkpoint: str, occurrence: int | None) -> CheckpointRecord | None:
    rows = [row for row in found.case.checkpoints if row.is_live and row.checkpoint == checkpoint]
    return next((row for row in rows if occurrence in {None, row.occurrence}), None)


def _choices(found: Found) -> dict[str, str]:
    rows = sorted(found.case.checkpoints, key=lambda row: row.due_at)
    return {
        f"{row.checkpoint}/{row.occurrence}": (
            f"{checkpoint_title(found.pathway, row)}, {words.due(row, found.now, found.zone)}"
        )
        for row in rows
        if row.is_live
    }


def _form(visit: Visit, found: Found, row: CheckpointRecord | None, form: Filled) -> Response:
    title = checkpoint_title(found.pathway, row) if row else "The checkpoint is not open any more"
    is_signer = signed_in(visit).account.role in SIGNERS
    is_late = row is not None and row.overdue_at <= found.now
    offered = {SNOOZE: True, ACKNOWLEDGE: is_late, WAIVE: is_signer}
    return page(
        visit,
        "checkpoint.html",
        form.titled("See to a checkpoint"),
        status=form.status,
        banner=banner(visit, found),
        row=row,
        heading=words.capital(title),
        due=words.due(row, found.now, found.zone) if row else "",
        acts={act: text for act, text in _TITLES.items() if offered[act]},
        may_waive=offered[WAIVE],
        fields=form.fields,
        problems=form.problems,
        changed=form.changed,
    )


def _contact(visit: Visit, found: Found, form: Filled) -> Response:
    return page(
        visit,
        "contact.html",
        form.titled("Record a contact"),
        status=form.status,
        banner=banner(visit, found),
        checkpoints=_choices(found),
        fields=form.fields,
        problems=form.problems,
        changed=form.changed,
    )
