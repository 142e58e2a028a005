"""For admins: accounts, and how the installation stands; nothing of any patient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from allpath.accounts import keeping
from allpath.accounts.passwords import by_chance
from allpath.background import watch_of
from allpath.cli.doctor import backups_of, findings_of
from allpath.web.pages import Visit, page
from allpath.web.views.own_account import open_sessions
from allpath.web.visiting import AVisit, signed_in
from storage.accounts import SqlAccounts
from workflow.accounts import ACCOUNT_ROLES, Account
from workflow.errors import AllpathError, NotFoundError, RefusedError
from workflow.records import Actor

Change = Callable[[SqlAccounts, str, Actor, datetime], Account]
Field = Annotated[str, Form(max_length=300)]


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into the form of a new account."""

    name: str = ""
    display: str = ""
    role: str = ""
    sites: str = ""


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
    router.add_api_route("/admin/doctor", doctor_page, methods=["GET"])


def admin_page(visit: AVisit) -> Response:
    """Everybody who may sign in, and whether somebody looks for what is due."""
    return _admin(visit, Typed(), "")


def account_add(
    visit: AVisit, name: Field = "", display: Field = "", role: Field = "", sites: Field = ""
) -> Response:
    """Somebody may sign in from now on, first with a password that is shown once."""
    password, keeper = by_chance(), signed_in(visit).actor()
    accounts = visit.allpath.store.accounts
    try:
        made = keeping.add(
            accounts,
            keeper,
            visit.now,
            name=name,
            display=display,
            role=role,
            sites=sites.split(","),
            password=password,
        )
    except AllpathError as error:
        return _admin(visit, Typed(name, display, role, sites), str(error))
    title = f"{made.display} may sign in"
    return page(visit, "account_made.html", title, account=made, password=password)


def account_page(visit: AVisit, name: str) -> Response:
    """One account, and what can be changed of it."""
    return _account(visit, name, "")


def account_place(visit: AVisit, name: str, role: Field = "", sites: Field = "") -> Response:
    """Another role, or other sites."""
    keeper, accounts = signed_in(visit).actor(), visit.allpath.store.accounts
    try:
        keeping.place(accounts, name, keeper, visit.now, role=role, sites=sites.split(","))
    except NotFoundError:
        raise
    except AllpathError as error:
        return _account(visit, name, str(error))
    return _account(visit, name, "", done="Role and sites are changed; they have to sign in anew.")


def account_password(visit: AVisit, name: str) -> Response:
    """A new password, shown once; a disabled account is let in again."""
    password, keeper = by_chance(), signed_in(visit).actor()
    accounts = visit.allpath.store.accounts
    try:
        changed = keeping.set_password(accounts, name, password, keeper, visit.now)
    except RefusedError as error:
        return _account(visit, name, str(error))
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


def account_session_end(visit: AVisit, name: str, session: Field = "") -> Response:
    """One of their sessions is over."""
    keeper, accounts = signed_in(visit).actor(), visit.allpath.store.accounts
    try:
        keeping.end_session(accounts, name, session, keeper, visit.now)
    except NotFoundError as error:
        return _account(visit, name, "", done=str(error))
    return _account(visit, name, "", done="That session has ended.")


def doctor_page(visit: AVisit) -> Response:
    """What `allpath doctor` finds, looked at now."""
    findings = findings_of(visit.allpath)
    return page(visit, "doctor.html", "How the installation stands", findings=findings)


def _admin(visit: Visit, typed: Typed, problem: str) -> Response:
    watch = watch_of(visit.allpath, visit.now)
    return page(
        visit,
        "admin.html",
        "Error: Accounts" if problem else "Accounts",
        status=422 if problem else 200,
        accounts=visit.allpath.store.accounts.every(),
        roles=ACCOUNT_ROLES,
        typed=typed,
        problem=problem,
        watch=watch,
        backups=backups_of(visit.allpath),
    )


def _changed(visit: Visit, name: str, told: str, change: Change) -> Response:
    """What was asked for is done, or it is said at the account why not."""
    keeper, accounts = signed_in(visit).actor(), visit.allpath.store.accounts
    try:
        change(accounts, name, keeper, visit.now)
    except NotFoundError:
        raise
    except AllpathError as error:
        return _account(visit, name, str(error))
    return _account(visit, name, "", done=told)


def _account(visit: Visit, name: str, problem: str, done: str = "") -> Response:
    account = visit.allpath.store.accounts.one(keeping.sign_in_name(name))
    return page(
        visit,
        "account.html",
        f"Error: {account.display}" if problem else account.display,
        status=422 if problem else 200,
        account=account,
        roles=ACCOUNT_ROLES,
        problem=problem,
        done=done,
        sessions=open_sessions(visit, account.name),
        is_own=account.name == signed_in(visit).account.name,
    )
