"""Who may open which page: one row for each route, and a route without a row is open to nobody."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from workflow.accounts import ACCOUNT_ROLES
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

ACCESS: Final[dict[str, frozenset[str]]] = {
    "livez": EVERYBODY,
    "sign_in_page": EVERYBODY,
    "sign_in": EVERYBODY,
    "sign_out": SIGNED_IN,
    "home": SIGNED_IN,
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
    "history": CLINICAL,
    "recorded_decision": CLINICAL,
    "cohort": CLINICAL,
    "variances": CLINICAL,
    "audit": AUDITORS,
    "pathways": SIGNED_IN,
    "pathway": SIGNED_IN,
    "pathway_picture": SIGNED_IN,
    "record_page": RECORDERS,
    "check_record": RECORDERS,
    "save_record": RECORDERS,
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
    "admin_page": ADMINS,
    "account_add": ADMINS,
    "account_page": ADMINS,
    "account_place": ADMINS,
    "account_password": ADMINS,
    "account_disable": ADMINS,
    "doctor_page": ADMINS,
}


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
            return await inner(request)

        return handler
