"""Signing in at the organisation: there, back, and once more before a signature."""

from __future__ import annotations

import logging
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath.accounts.organisation import Organisation
from allpath.accounts.refusals import ProviderError
from allpath.accounts.signing_in import SignedIn
from allpath.web.acting import shown_until
from allpath.web.guard import ORGANISATION, SHOW_AGAIN, WAY_BACK, cookie_of
from allpath.web.pages import Visit, page
from allpath.web.views.signing_in import inside, let_in, sign_in_form
from allpath.web.visiting import AVisit, signed_in
from workflow.accounts import ERRAND
from workflow.errors import NotFoundError

WAY: Final = "__Host-allpath-way"
"""The cookie by which a browser that comes back is known as the one that left."""
_SHOWN: Final = "/show-who-you-are/done"
_LOG: Final = logging.getLogger("allpath.web")


def add_to(router: APIRouter) -> None:
    """The routes of this module. They are links, not forms: a form may lead to no other site."""
    router.add_api_route(ORGANISATION, organisation, methods=["GET"])
    router.add_api_route(WAY_BACK, organisation_back, methods=["GET"])
    router.add_api_route(SHOW_AGAIN, organisation_again, methods=["GET"])
    router.add_api_route(_SHOWN, organisation_shown, methods=["GET"])


def organisation(visit: AVisit, next: str = "") -> Response:  # noqa: A002 - the word in the address
    """On the way to the organisation's sign-in."""
    return _left(visit, inside(next), None)


def organisation_again(visit: AVisit) -> Response:
    """On the way there once more, before a signature, in another tab than the form's."""
    who = signed_in(visit)
    if who.account.is_local:  # signs by password
        return RedirectResponse("/account", 303)
    return _left(visit, _SHOWN, who)


def organisation_back(visit: AVisit) -> Response:
    """Back from there: signed in, or shown who they are, or told why not."""
    there, given = _organisation(visit), dict(visit.request.query_params)
    browser = cookie_of(visit.request.headers, WAY)
    try:
        back = there.return_from(given, browser, visit.who, visit.now)
    except ProviderError as error:
        return _refused(visit, error)
    answer = let_in(back.token, back.back) if back.token else RedirectResponse(back.back, 303)
    answer.delete_cookie(WAY, path="/", secure=True, httponly=True, samesite="lax")
    return answer


def organisation_shown(visit: AVisit) -> Response:
    """It is known again who they are; the form waits in the other tab."""
    who = signed_in(visit)
    if who.account.is_local:
        return RedirectResponse("/account", 303)
    until = shown_until(who, visit.now)
    title = "You have shown who you are" if until else "Show who you are"
    return page(visit, "shown.html", title, until=until)


def _left(visit: Visit, back: str, who: SignedIn | None) -> Response:
    there = _organisation(visit)
    try:
        address, browser = there.leave(back, who, visit.now)
    except ProviderError as error:
        return _refused(visit, error)
    answer = RedirectResponse(address, 303)
    seconds = int(ERRAND.total_seconds())
    # Lax, for the way back begins at another site: a strict cookie would stay behind there.
    answer.set_cookie(
        WAY, browser, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax"
    )
    return answer


def _refused(visit: Visit, error: ProviderError) -> Response:
    """Told on the sign-in page, or on a page of its own to somebody who is signed in."""
    _LOG.warning("the organisation's sign-in: %s", error.why)
    if visit.who is not None:
        raise error
    return sign_in_form(visit, "", "", str(error), field="organisation")


def _organisation(visit: Visit) -> Organisation:
    found: Organisation | None = visit.request.app.state.organisation
    if found is None:
        raise NotFoundError("Nobody signs in at an organisation here.")
    return found
