"""What is done for several patients of the worklist at once, each by itself and each told of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from allpath import words
from allpath.assigning import assign, keeper_title, may_keep
from allpath.web.choosing import Chosen, ChosenIds, Outcome, chosen, each_of
from allpath.web.filtering import filter_in, filter_read
from allpath.web.forms import Fields, Problems, Typed, fresh_key
from allpath.web.lines import Row
from allpath.web.pages import Visit, page
from allpath.web.views.patient import banner
from allpath.web.views.worklist import list_page, table_of
from allpath.web.visiting import AVisit, look, signed_in
from workflow.accounts import Account
from workflow.assigning import NOBODY, Assignment, by_account, by_name
from workflow.commands import SnoozeCheckpoint
from workflow.errors import NotPermittedError, RefusedError
from workflow.found import Found

NOBODYS: Final = "-"
"""In the form in the place of a person: nobody looks after them any more."""
_RECORD: Final = {"assign": "assign_form_shown", "snooze": "checkpoint_form_shown"}


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/worklist/chosen", worklist_chosen, methods=["POST"])
    router.add_api_route("/worklist/assign", assign_chosen, methods=["POST"])
    router.add_api_route("/worklist/snooze", snooze_chosen, methods=["POST"])
    router.add_api_route("/patients/{path_id}/assign", assign_page, methods=["GET"])


def worklist_chosen(visit: AVisit, fields: Typed, ids: ChosenIds) -> Response:
    """Whoever was chosen on the list: as a table, on paper, or on the form of an act."""
    act = fields.get("act", "")
    if not ids or act not in {"assign", "snooze", "csv", "print"}:
        told = "Choose at least one patient." if not ids else "Choose what to do for them."
        wanted = filter_in(fields)
        number = fields.get("page", "1")
        is_page = number.isdecimal() and len(number) < 6  # noqa: PLR2004 - no list is so long
        problems = Problems({"chosen": told})
        return list_page(visit, wanted, int(number) if is_page else 1, problems=problems)
    if act in _RECORD and not visit.may(f"{act}_chosen"):
        raise NotPermittedError(f"This is not for the role {signed_in(visit).account.role}.")
    many = chosen(visit, ids, _RECORD.get(act, "worklist_exported"))
    if act == "csv":
        return table_of(many.rows)
    if act == "print":
        return page(visit, "chosen_print.html", "Chosen patients", rows=many.rows)
    kept = {"key": fresh_key(), "back": filter_in(fields).query}
    return _assign_form(visit, many, kept) if act == "assign" else _snooze_form(visit, many, kept)


def assign_page(visit: AVisit, path_id: str) -> Response:
    """The form to say who looks after one patient, and who was said to so far."""
    found = look(visit, path_id, "assign_form_shown")
    many = chosen(visit, (path_id,), "assign_form_shown")
    if not many.rows:
        raise RefusedError("The path of this patient has ended; nobody has to look after it.")
    return _assign_form(visit, many, {"key": fresh_key(), "back": ""}, found=found)


def assign_chosen(visit: AVisit, fields: Typed, ids: ChosenIds) -> Response:
    """Each of the chosen is looked after by whoever was named; what was refused is told."""
    many = chosen(visit, ids, "assign_form_shown")
    problems = Problems()
    keeper = _keeper(visit, fields, problems)
    reason = problems.need(fields, "reason", "Enter why; it is kept with your name.")
    if not many.rows:
        problems[""] = "None of the chosen patients is on your worklist."
    if problems:
        return _assign_form(visit, many, fields, problems)
    actor, accounts = signed_in(visit).actor(), _accounts(visit)
    title = keeper_title(keeper, accounts)

    def act(row: Row) -> str:
        path_id = row.task.path.path_id
        assign(
            visit.allpath,
            Assignment(path_id, keeper, reason, actor, visit.now, fields.get("key", "")),
        )
        return f"{title} looks after this patient from now on."

    return _told(visit, "Assign", fields, tuple(each_of(many, act)))


def snooze_chosen(visit: AVisit, fields: Typed, ids: ChosenIds) -> Response:
    """Of each of the chosen nobody is reminded before the day; what was refused is told."""
    many = chosen(visit, ids, "checkpoint_form_shown")
    problems = Problems()
    until = problems.day(fields, "until", needed=True)
    today = visit.now.astimezone(visit.zone).date()
    if until is not None and until <= today:
        problems["until"] = f"{words.day(until)} is not after today; enter a later day."
    reason = problems.need(fields, "reason", "Enter why; it is kept in the history.")
    if not many.rows:
        problems[""] = "None of the chosen patients is on your worklist."
    if problems or until is None:
        return _snooze_form(visit, many, fields, problems)
    actor, key = signed_in(visit).actor(), fields.get("key", "")

    def act(row: Row) -> str:
        path_id = row.task.path.path_id
        version, checkpoint, occurrence = _seen(fields.get(f"seen-{path_id}", ""))
        if not checkpoint:
            raise RefusedError("Nothing is expected by a day, so there is nothing to put off.")
        command = SnoozeCheckpoint(
            actor=actor,
            key=f"{key}/{path_id}" if key else "",
            expected_version=version,
            path_id=path_id,
            checkpoint=checkpoint,
            occurrence=occurrence,
            until=until,
            reason=reason,
        )
        visit.allpath.orchestrator.see_to(command, visit.now)
        return f"Nobody is reminded before {words.day(until)}."

    return _told(visit, "Snooze", fields, tuple(each_of(many, act)))


def _seen(text: str) -> tuple[int, str, int]:
    """The version and the checkpoint that the form showed of a patient."""
    version, _, rest = text.partition("|")
    occurrence, _, checkpoint = rest.partition("|")
    if not version.isdecimal() or not occurrence.isdecimal() or len(text) > 100:  # noqa: PLR2004 - no form of ours
        return 0, "", 0
    return int(version), checkpoint, int(occurrence)


def _keeper(visit: Visit, fields: Fields, problems: Problems) -> str:
    """Whoever was named, from the list or, without an account, in letters."""
    choice, typed = fields.get("by", ""), problems.text(fields, "other")
    if choice and typed:
        problems["other"] = "Choose a person above or enter a name here, not both."
    elif choice == NOBODYS:
        return NOBODY
    elif choice:
        if choice in _accounts(visit):
            return by_account(choice)
        problems["by"] = "Choose one of the persons."
    elif not typed:
        problems["by"] = "Choose who looks after them, or enter a name."
    else:
        try:
            return by_name(typed)
        except RefusedError as error:
            problems["other"] = str(error)
    return NOBODY


def _accounts(visit: Visit) -> dict[str, Account]:
    return {account.name: account for account in visit.allpath.store.accounts.every()}


def _assign_form(
    visit: Visit,
    many: Chosen,
    fields: Fields,
    problems: Problems | None = None,
    found: Found | None = None,
) -> Response:
    sites = {str(row.task.path.settings.get("site", "")) for row in many.rows}
    accounts = _accounts(visit)
    people = {
        account.name: f"{account.display}, {account.role}"
        for account in sorted(accounts.values(), key=lambda each: each.display.casefold())
        if all(may_keep(account, site) for site in sites)
    }
    so_far = (
        [
            (keeper_title(each.looked_after_by, accounts), each)
            for each in reversed(visit.allpath.store.assignments.of(found.case.path.path_id))
        ]
        if found is not None
        else []
    )
    return page(
        visit,
        "chosen_assign.html",
        "Error: Assign" if problems else "Assign",
        status=422 if problems else 200,
        many=many,
        people={**people, NOBODYS: "Nobody"},
        so_far=so_far,
        banner=banner(visit, found) if found is not None else None,
        fields=fields,
        problems=problems or Problems(),
    )


def _snooze_form(
    visit: Visit, many: Chosen, fields: Fields, problems: Problems | None = None
) -> Response:
    seen = {}
    for row in many.rows:
        path, checkpoint = row.task.path, row.task.checkpoint
        now = (
            f"{path.version}|{checkpoint.occurrence}|{checkpoint.checkpoint}" if checkpoint else ""
        )
        seen[path.path_id] = fields.get(f"seen-{path.path_id}", now)
    return page(
        visit,
        "chosen_snooze.html",
        "Error: Snooze" if problems else "Snooze",
        status=422 if problems else 200,
        many=many,
        seen=seen,
        fields=fields,
        problems=problems or Problems(),
    )


def _told(visit: Visit, what: str, fields: Fields, outcomes: Sequence[Outcome]) -> Response:
    """For each of the chosen what was done or why not; nothing of it is left open."""
    done = sum(each.is_done for each in outcomes)
    return page(
        visit,
        "chosen_done.html",
        f"{what}: {done} done, {len(outcomes) - done} refused",
        status=200 if done else 422,
        what=what,
        done=done,
        outcomes=sorted(outcomes, key=lambda each: each.is_done),
        back=filter_read(fields.get("back", "")[:500]).address,
    )
