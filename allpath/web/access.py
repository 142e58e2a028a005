"""Who may open which page: one row for each route, and a route without a row is open to nobody."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from workflow.accounts import ACCOUNT_ROLES, Account
from workflow.errors import NotPermittedError

NOBODY_YET: Final = "nobody"
"""In the place of a role: who has not signed in."""
ENDED: Final = "Your session has ended; sign in again."
EVERYBODY: Final = frozenset({*ACCOUNT_ROLES, NOBODY_YET})
SIGNED_IN: Final = frozenset(ACCOUNT_ROLES)
CLINICAL: Final = frozenset({"coordinator", "clinician", "lead", "director", "viewer", "auditor"})
"""Who sees patients; an admin looks after accounts and sees none."""
ADMINS: Final = frozenset({"admin"})
SIGNERS: Final = frozenset({"clinician", "lead", "director"})
AUDITORS: Final = frozenset({"auditor"})
RECORDERS: Final = SIGNERS | {"coordinator"}
PLANNERS: Final = ADMINS | {"lead", "director"}
"""Who sees the plans of sites; an admin tries one, a lead or director sets it."""

CHOOSE_PASSWORD: Final = "/account/password"  # noqa: S105 - the address of a page
ENROL_FACTOR: Final = "/account/second-factor"
BEFORE_ALL: Final = frozenset(
    {"livez", "sign_in_page", "sign_in", "sign_out", "stay", "organisation", "organisation_back"}
    | {"own_password_page", "own_password", "own_factor_page", "own_factor"}
)
"""Open to somebody who has yet to choose a password or to enrol a second factor."""

ACCESS: Final[dict[str, frozenset[str]]] = {
    "livez": EVERYBODY,
    "sign_in_page": EVERYBODY,
    "sign_in": EVERYBODY,
    "form_again": EVERYBODY,
    "sign_out": SIGNED_IN,
    "organisation": EVERYBODY,
    "organisation_back": EVERYBODY,
    "organisation_again": SIGNED_IN,
    "organisation_shown": SIGNED_IN,
    "home": SIGNED_IN,
    "own_account": SIGNED_IN,
    "stay": SIGNED_IN,
    "keep_draft": RECORDERS,
    "throw_away_draft": RECORDERS,
    "own_session_end": SIGNED_IN,
    "own_password_page": SIGNED_IN,
    "own_password": SIGNED_IN,
    "own_factor_page": SIGNED_IN,
    "own_factor": SIGNED_IN,
    "worklist": CLINICAL,
    "worklist_search": CLINICAL,
    "worklist_table": CLINICAL,
    "worklist_chosen": CLINICAL,
    "assign_chosen": RECORDERS,
    "snooze_chosen": RECORDERS,
    "assign_page": RECORDERS,
    "calendar_page": frozenset({"coordinator", "lead", "director"}),
    "make_calendar": frozenset({"coordinator", "lead", "director"}),
    "revoke_calendar": frozenset({"coordinator", "lead", "director"}),
    "calendar_feed": EVERYBODY,
    "worklist_changes": CLINICAL,
    "worklist_calendar": CLINICAL,
    "views_page": CLINICAL,
    "save_view": CLINICAL,
    "change_view": CLINICAL,
    "delete_view": CLINICAL,
    "patient": CLINICAL,
    "path_picture": CLINICAL,
    "patient_picture": CLINICAL,
    "summary": CLINICAL,
    "enrol_page": RECORDERS,
    "enrol": RECORDERS,
    "search_page": CLINICAL,
    "search": CLINICAL,
    "emergency_page": RECORDERS,
    "ask_emergency": RECORDERS,
    "end_emergency": RECORDERS,
    "emergency_review_page": AUDITORS,
    "review_emergency": AUDITORS,
    "help_page": EVERYBODY,
    "history": CLINICAL,
    "recorded_decision": CLINICAL,
    "what_if_page": CLINICAL,
    "ask_what_if": CLINICAL,
    "cohort": CLINICAL,
    "cohort_figure": CLINICAL,
    "cohort_picture": CLINICAL,
    "rehearsal": CLINICAL,
    "rehearsal_table": CLINICAL,
    "variances": CLINICAL,
    "meetings": CLINICAL,
    "call_meeting": RECORDERS,
    "meeting_page": CLINICAL,
    "meeting_calendar": CLINICAL,
    "attendance_page": RECORDERS,
    "record_attendance": RECORDERS,
    "put_page": RECORDERS,
    "put_on_agenda": RECORDERS,
    "off_page": RECORDERS,
    "take_off_agenda": RECORDERS,
    "decision_page": SIGNERS,
    "record_decision": SIGNERS,
    "action_page": RECORDERS,
    "record_action": RECORDERS,
    "outcome_page": RECORDERS,
    "record_outcome": RECORDERS,
    "audit": AUDITORS,
    "pathways": SIGNED_IN,
    "pathway": SIGNED_IN,
    "pathway_picture": SIGNED_IN,
    "versions_compared": SIGNED_IN,
    "prove_pathway": SIGNERS | AUDITORS,
    "record_page": RECORDERS,
    "check_record": RECORDERS,
    "save_record": RECORDERS,
    "fact_page": CLINICAL,
    "correct_page": RECORDERS,
    "check_correction": RECORDERS,
    "save_correction": RECORDERS,
    "move_page": RECORDERS,
    "move_record": RECORDERS,
    "step_page": SIGNERS,
    "confirm_step": SIGNERS,
    "countersign_page": SIGNERS,
    "countersign": SIGNERS,
    "override_page": SIGNERS,
    "override_step": SIGNERS,
    "undo_page": SIGNERS,
    "undo_step": SIGNERS,
    "review_page": CLINICAL,
    "close_review": SIGNERS,
    "checkpoint_page": RECORDERS,
    "see_to": RECORDERS,
    "contact_page": RECORDERS,
    "record_contact": RECORDERS,
    "pause_page": RECORDERS,
    "pause_or_resume": RECORDERS,
    "admin_page": ADMINS,
    "account_add": ADMINS,
    "account_page": ADMINS,
    "account_place": ADMINS,
    "account_password": ADMINS,
    "account_disable": ADMINS,
    "account_factor": ADMINS,
    "account_session_end": ADMINS,
    "account_let_in": ADMINS,
    "recipients_page": ADMINS,
    "recipient_new": ADMINS,
    "recipient_add": ADMINS,
    "recipient_page": ADMINS,
    "recipient_change": ADMINS,
    "recipient_remove": ADMINS,
    "recipient_test": ADMINS,
    "notices_page": ADMINS,
    "notice_replay": ADMINS,
    "calendars_page": ADMINS,
    "calendar_revoke": ADMINS,
    "sites_page": PLANNERS,
    "site_plan_page": PLANNERS,
    "check_site_plan": PLANNERS,
    "site_plan_file": PLANNERS,
    "set_site_plan": PLANNERS - ADMINS,
    "installation_page": ADMINS,
    "doctor_page": ADMINS,
    "run_doctor": ADMINS,
}


def duty_of(account: Account) -> str:
    """The page that comes before every other one for this account; empty for none."""
    if account.has_to_choose:
        return CHOOSE_PASSWORD
    return ENROL_FACTOR if account.has_to_enrol else ""


class GuardedRoute(APIRoute):
    """A route that asks the table above before anything else."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the question whether the role may."""
        inner = super().get_route_handler()
        allowed = ACCESS.get(self.name, frozenset())

        async def handler(request: Request) -> Response:
            who = request.state.who
            role = who.account.role if who else NOBODY_YET
            if who is None and NOBODY_YET not in allowed:
                raise NotPermittedError(ENDED)
            if role not in allowed:
                msg = f"This page is not for the role {role}."
                raise NotPermittedError(msg)
            duty = duty_of(who.account) if who else ""
            if duty and self.name not in BEFORE_ALL:
                if request.method != "GET":
                    raise NotPermittedError("First finish signing in: see the first page.")
                return RedirectResponse(duty, 303)
            return await inner(request)

        return handler
