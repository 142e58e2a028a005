"""Your account: a password of one's own, a second factor, and the sessions that are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import segno
from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from allpath.accounts import keeping, own
from allpath.accounts.second_factor import link_of, new_secret
from allpath.accounts.signing_in import Reception
from allpath.web.access import CHOOSE_PASSWORD, ENROL_FACTOR
from allpath.web.acting import PASSWORD
from allpath.web.forms import Fields, Problems, Typed
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, address_of, signed_in
from workflow.errors import AllpathError, NotPermittedError

CODE: Final = "code"
_DONE: Final = {
    "password": "Your password is changed. Your other sessions have ended.",
    "factor": "Your second factor is enrolled. Your other sessions have ended.",
    "session": "That session has ended.",
    "gone": "That session had ended already.",
}


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is open; `mark` names it, `is_this` for the one that asks."""

    mark: str
    begun_at: datetime
    seen_at: datetime
    is_this: bool


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/account", own_account, methods=["GET"])
    router.add_api_route("/account/sessions", own_session_end, methods=["POST"])
    router.add_api_route(CHOOSE_PASSWORD, own_password_page, methods=["GET"])
    router.add_api_route(CHOOSE_PASSWORD, own_password, methods=["POST"])
    router.add_api_route(ENROL_FACTOR, own_factor_page, methods=["GET"])
    router.add_api_route(ENROL_FACTOR, own_factor, methods=["POST"])


def own_account(visit: AVisit, done: str = "") -> Response:
    """Who one is here, how one signs in, and where one is signed in."""
    who = signed_in(visit)
    sessions = open_sessions(visit, who.account.name)
    done = _DONE.get(done, "")
    return page(visit, "own_account.html", "Your account", sessions=sessions, done=done)


def own_session_end(visit: AVisit, fields: Typed) -> Response:
    """Another session of one's own is over, wherever it is open."""
    who, accounts = signed_in(visit), visit.allpath.store.accounts
    mark, name = fields.get("session", ""), who.account.name
    try:
        keeping.end_session(accounts, name, mark, who.actor(), visit.now)
    except AllpathError:
        return RedirectResponse("/account?done=gone", 303)
    return RedirectResponse("/account?done=session", 303)


def own_password_page(visit: AVisit) -> Response:
    """The form of another password."""
    return _password(visit, Problems())


def own_password(visit: AVisit, fields: Typed) -> Response:
    """Another password, twice, after the present one."""
    who, problems = signed_in(visit), Problems()
    new = fields.get("new", "")
    if not new:
        problems["new"] = "Enter the new password."
    elif new != fields.get("again", ""):
        problems["again"] = "The two are not the same; type the new password twice."
    if not problems:
        _show(visit, fields, problems)
    if problems:
        return _password(visit, problems)
    try:
        own.change_password(visit.allpath.store.accounts, who, new, visit.now)
    except AllpathError as error:
        problems["new"] = str(error)
        return _password(visit, problems)
    was_one_time = who.account.is_one_time
    return RedirectResponse("/" if was_one_time else "/account?done=password", 303)


def own_factor_page(visit: AVisit) -> Response:
    """A secret for an authenticator, which counts when its first code is given."""
    return _factor(visit, new_secret(), Problems())


def own_factor(visit: AVisit, fields: Typed) -> Response:
    """The first code of the authenticator, and the password again."""
    who, problems = signed_in(visit), Problems()
    secret, code = fields.get("secret", ""), fields.get(CODE, "")
    if not code:
        problems[CODE] = "Enter the six digits that the authenticator shows."
    else:
        _show(visit, fields, problems)
    if problems:
        return _factor(visit, secret, problems)
    try:
        own.enrol_factor(visit.allpath.store.accounts, who, secret, code, visit.now)
    except AllpathError as error:
        problems[CODE] = str(error)
        return _factor(visit, secret, problems)
    return RedirectResponse("/account?done=factor", 303)


def open_sessions(visit: Visit, name: str) -> tuple[OpenSession, ...]:
    """The sessions of an account that are open, the latest first."""
    mine = signed_in(visit).session.token_hash
    return tuple(
        OpenSession(row.mark, row.created_at, row.seen_at, row.token_hash == mine)
        for row in visit.allpath.store.accounts.sessions(name)
        if row.is_open(visit.now)
    )


def _show(visit: Visit, fields: Fields, problems: Problems) -> None:
    """They show once more who they are; where it is not right that is said at the field."""
    reception: Reception = visit.request.app.state.reception
    who = signed_in(visit)
    if not fields.get(PASSWORD):
        problems[PASSWORD] = "Enter the password you have now."
        return
    code = fields.get(CODE, "").replace(" ", "")
    try:
        reception.show_again(who, fields[PASSWORD], code, address_of(visit), visit.now)
    except NotPermittedError as error:
        told = str(error).replace("The name, the password or the code is", "That is")
        problems[PASSWORD] = told.replace("Nobody was signed in.", "Nothing was changed.")


def _password(visit: Visit, problems: Problems) -> Response:
    account = signed_in(visit).account
    title = "Choose your own password" if account.has_to_choose else "Change your password"
    return page(
        visit,
        "own_password.html",
        f"Error: {title}" if problems else title,
        status=422 if problems else 200,
        heading=title,
        problems=problems,
    )


def _factor(visit: Visit, secret: str, problems: Problems) -> Response:
    account, title = signed_in(visit).account, "Enrol a second factor"
    link = link_of(secret, account.name)
    drawn = segno.make(link, error="m").svg_inline(scale=4, border=4, light="#fff")
    return page(
        visit,
        "own_factor.html",
        f"Error: {title}" if problems else title,
        status=422 if problems else 200,
        secret=secret,
        groups=[secret[at : at + 4] for at in range(0, len(secret), 4)],
        link=link,
        picture=Markup(drawn),  # noqa: S704 - drawn by us, squares alone
        problems=problems,
    )
