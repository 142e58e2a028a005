"""The request as a route is given it, and the patients whoever asks may see."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from allpath.accounts.signing_in import SignedIn
from allpath.bootstrap import Allpath
from allpath.emergencies import is_of_site, open_access
from allpath.web.access import ENDED
from allpath.web.pages import Visit
from workflow.errors import NotFoundError, NotPermittedError
from workflow.found import Found
from workflow.records import AuditEvent, PathRecord

NOBODY: Final = "There is no patient {}; see the worklist."


def visit_of(request: Request) -> Visit:
    """The request as the pages see it."""
    allpath: Allpath = request.app.state.allpath
    return Visit(request, allpath, allpath.now())


AVisit = Annotated[Visit, Depends(visit_of)]


def signed_in(visit: Visit) -> SignedIn:
    """Whoever asks; raises NotPermittedError for nobody."""
    if visit.who is None:
        raise NotPermittedError(ENDED)
    return visit.who


def address_of(visit: Visit) -> str:
    """The machine a request comes from, as far as it is known."""
    client = visit.request.client
    return client.host if client else ""


def is_visible(visit: Visit, path: PathRecord) -> bool:
    """Whether a patient belongs to the sites of whoever asks."""
    return is_of_site(signed_in(visit).account, path)


def look(visit: Visit, path_id: str, action: str) -> Found:
    """The patient, and the look is put on record; raises NotFoundError for other sites' too."""
    # One answer for both, so that nobody learns which patients other sites have.
    nobody = NOBODY.format(path_id)
    try:
        found = visit.allpath.orchestrator.look(path_id, visit.now)
    except NotFoundError:
        raise NotFoundError(nobody) from None
    who, path = signed_in(visit), found.case.path
    access = None
    if not is_visible(visit, path):
        access = open_access(visit.allpath, who.account, path_id, visit.now)
        if access is None:
            raise NotFoundError(nobody)
    visit.request.state.emergency = access  # every page of this patient says so
    record_look(visit, action, path_id)
    return found


def require_visible(visit: Visit, path_id: str) -> None:
    """The patient is one whoever asks may see; raises NotFoundError. Nothing is shown of them."""
    who = signed_in(visit).account
    try:
        path = visit.allpath.store.case(path_id).path
    except NotFoundError:
        raise NotFoundError(NOBODY.format(path_id)) from None
    if not is_of_site(who, path) and not open_access(visit.allpath, who, path_id, visit.now):
        raise NotFoundError(NOBODY.format(path_id))


def record_look(visit: Visit, action: str, path_id: str = "") -> None:
    """Somebody looked at a patient or at a list."""
    actor = signed_in(visit).actor()
    event = AuditEvent(visit.now, actor.name, actor.role, actor.os_user, action, path_id)
    with visit.allpath.store.begin() as transaction:
        transaction.audit(event)
