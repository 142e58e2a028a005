"""For admins: accounts, and how the installation stands; nothing of any patient."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter
from starlette.responses import Response

from allpath.accounts import keeping
from allpath.accounts.passwords import by_chance
from allpath.web.forms import Problems, Typed
from allpath.web.pages import Visit, page
from allpath.web.stepping import Filled
from allpath.web.views.own_account import open_sessions
from allpath.web.visiting import AVisit, signed_in
from storage.accounts import SqlAccounts
from workflow.accounts import ACCOUNT_ROLES, Account
from workflow.errors import AllpathError, NotFoundError, RefusedError
from workflow.records import Actor

_ROLES = {role: role for role in ACCOUNT_ROLES}
Change = Callable[[SqlAccounts, str, Actor, datetime], Account]


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/admin", admin_page, methods=["GET"])
    router.add_api_route("/admin/accounts", account_add, methods=["POST"])
    router.add_api_route("/admin/accounts/{name}", account_page, methods=["GET"])
    router.add_api_route("/admin/accounts/{name}", account_place, methods=["POST"])
    router.add_api_route("/admin/accounts/{name}/password", account_password, methods=["POST"])
    router.add_api_route("/admin/accounts/{name}/disable", account_disable, methods=["POST"])
    router.add_api_route("/admin/accounts/{name}/let-in", account_let_in, methods=["POST"])
    router.add_api_route("/admin/accounts/{name}/factor", account_factor, methods=["POST"])
    router.add_api_route("/admin/accounts/{name}/sessions", account_session_end, methods=["POST"])


def admin_page(visit: AVisit) -> Response:
    """Everybody who may sign in."""
    return _admin(visit, Filled({}))


def account_add(visit: AVisit, fields: Typed) -> Response:
    """Somebody may sign in from now on, first with a password that is shown once."""
    problems = Problems()
    problems.need(fields, "name", "Give the name to sign in with.")
    problems.need(fields, "display", "Give the name that stands under signatures.")
    problems.text(fields, "sites")
    problems.need(fields, "role", "Choose a role.")
    if problems:
        return _admin(visit, Filled(fields, problems))
    password, keeper = by_chance(), signed_in(visit).actor()
    accounts = visit.allpath.store.accounts
    try:
        made = keeping.add(
            accounts,
            keeper,
            visit.now,
            name=fields["name"],
            display=fields["display"],
            role=fields["role"],
            sites=fields.get("sites", "").split(","),
            password=password,
        )
    except AllpathError as error:
        problems.tell(error, "name")
        return _admin(visit, Filled(fields, problems))
    title = f"{made.display} may sign in"
    return page(visit, "account_made.html", title, account=made, password=password)


def account_page(visit: AVisit, name: str) -> Response:
    """One account, and what can be changed of it."""
    return _account(visit, name)


def account_place(visit: AVisit, name: str, fields: Typed) -> Response:
    """Another role, or other sites."""
    keeper, accounts = signed_in(visit).actor(), visit.allpath.store.accounts
    problems = Problems()
    sites = problems.text(fields, "sites").split(",")
    role = problems.text(fields, "role")
    try:
        if not problems:
            keeping.place(accounts, name, keeper, visit.now, role=role, sites=sites)
    except NotFoundError:
        raise
    except AllpathError as error:
        problems.tell(error, "role")
    if problems:
        return _account(visit, name, Filled(fields, problems))
    return _account(visit, name, done="Role and sites are changed; they have to sign in anew.")


def account_password(visit: AVisit, name: str) -> Response:
    """A new password, shown once; a disabled account is let in again."""
    password, keeper = by_chance(), signed_in(visit).actor()
    accounts = visit.allpath.store.accounts
    try:
        changed = keeping.set_password(accounts, name, password, keeper, visit.now)
    except RefusedError as error:
        return _account(visit, name, _refused(error))
    title = f"A new password for {changed.display}"
    return page(visit, "account_made.html", title, account=changed, password=password)


def account_disable(visit: AVisit, name: str) -> Response:
    """They are let in no more."""
    told = "They are not let in any more; their sessions ended."
    return _changed(visit, name, told, keeping.disable)


def account_let_in(visit: AVisit, name: str) -> Response:
    """Somebody of the organisation's sign-in is let in again."""
    return _changed(visit, name, "They are let in again.", keeping.let_in_again)


def account_factor(visit: AVisit, name: str) -> Response:
    """Their second factor was lost: it is asked for no more."""
    told = "The second factor is taken away; their sessions ended."
    return _changed(visit, name, told, keeping.take_factor)


def account_session_end(visit: AVisit, name: str, fields: Typed) -> Response:
    """One of their sessions is over."""
    keeper, accounts = signed_in(visit).actor(), visit.allpath.store.accounts
    try:
        keeping.end_session(accounts, name, fields.get("session", ""), keeper, visit.now)
    except NotFoundError as error:
        return _account(visit, name, done=str(error))
    return _account(visit, name, done="That session has ended.")


def _refused(error: AllpathError) -> Filled:
    """The account as it is, and above it why what was asked for was not done."""
    problems = Problems()
    problems.tell(error, "")
    return Filled({}, problems)


def _admin(visit: Visit, filled: Filled) -> Response:
    return page(
        visit,
        "admin.html",
        "Accounts",
        status=filled.status,
        accounts=visit.allpath.store.accounts.every(),
        roles=_ROLES,
        fields=filled.fields,
        problems=filled.problems,
    )


def _changed(visit: Visit, name: str, told: str, change: Change) -> Response:
    """What was asked for is done, or it is said at the account why not."""
    keeper, accounts = signed_in(visit).actor(), visit.allpath.store.accounts
    try:
        change(accounts, name, keeper, visit.now)
    except NotFoundError:
        raise
    except AllpathError as error:
        return _account(visit, name, _refused(error))
    return _account(visit, name, done=told)


def _account(visit: Visit, name: str, filled: Filled | None = None, done: str = "") -> Response:
    account = visit.allpath.store.accounts.one(keeping.sign_in_name(name))
    kept = {"role": account.role, "sites": ", ".join(account.sites)}
    return page(
        visit,
        "account.html",
        account.display,
        status=filled.status if filled else 200,
        account=account,
        roles=_ROLES,
        fields={**kept, **filled.fields} if filled else kept,
        problems=filled.problems if filled else Problems(),
        done=done,
        sessions=open_sessions(visit, account.name),
        is_own=account.name == signed_in(visit).account.name,
    )
