"""Looking after accounts: who may sign in, in which role, at which sites; the same at each door."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import cast

from allpath.accounts.passwords import hashed
from allpath.problems import UsageError
from storage.accounts import SqlAccounts
from workflow.accounts import ACCOUNT_ROLES, Account, WebSession
from workflow.errors import NotFoundError, NotPermittedError, RefusedError
from workflow.records import Actor, Role


def add(
    accounts: SqlAccounts,
    keeper: Actor,
    now: datetime,
    *,
    name: str,
    display: str,
    role: str,
    sites: Iterable[str],
    password: str,
    is_one_time: bool = True,
) -> Account:
    """Somebody may sign in; raises UsageError for what cannot stand, ConflictError for a used name.

    `sites` without any means all of them. With a one-time password they choose their own first.
    """
    require_keeper(keeper)
    key = sign_in_name(name)
    if not key or not display.strip():
        raise UsageError(
            "Give the name to sign in with, and the name that stands under signatures."
        )
    kept = hashed(password, key)
    shown = " ".join(display.split())
    account = Account(key, shown, _role(role), _sites(sites), kept, "", now, now)
    account = replace(account, is_one_time=is_one_time)
    accounts.add(account, keeper)
    return account


def disable(accounts: SqlAccounts, name: str, keeper: Actor, now: datetime) -> Account:
    """They are let in no more and their sessions end at once; what they signed stays."""
    require_keeper(keeper)
    account = accounts.one(sign_in_name(name))
    if account.name == keeper.os_user:
        raise RefusedError("You cannot disable your own account; another admin can.")
    accounts.change(replace(account, disabled_at=now), "account_disabled", keeper, now)
    return account


def set_password(
    accounts: SqlAccounts, name: str, password: str, keeper: Actor, now: datetime
) -> Account:
    """A one-time password, which lets a disabled account in again; its sessions end at once."""
    require_keeper(keeper)
    account = accounts.one(sign_in_name(name))
    _require_local(account, "has no password here")
    kept = hashed(password, account.name)
    changed = replace(account, password_hash=kept, disabled_at=None, is_one_time=True)
    accounts.change(changed, "account_password_set", keeper, now)
    return changed


def place(
    accounts: SqlAccounts,
    name: str,
    keeper: Actor,
    now: datetime,
    *,
    role: str,
    sites: Iterable[str],
) -> Account:
    """Another role or other sites; they sign in anew, for what was open was opened as before."""
    require_keeper(keeper)
    account = accounts.one(sign_in_name(name))
    _require_local(account, "has the role and sites that the organisation's groups give")
    if account.name == keeper.os_user and role != account.role:
        raise RefusedError("You cannot change your own role; another admin can.")
    changed = replace(account, role=_role(role), sites=_sites(sites))
    accounts.change(changed, "account_placed", keeper, now)
    return changed


def let_in_again(accounts: SqlAccounts, name: str, keeper: Actor, now: datetime) -> Account:
    """A disabled account of the organisation's sign-in is let in again."""
    require_keeper(keeper)
    account = replace(accounts.one(sign_in_name(name)), disabled_at=None)
    if account.is_local:
        raise RefusedError(f"{account.name} comes back with a new password; set one.")
    accounts.change(account, "account_let_in_again", keeper, now)
    return account


def take_factor(accounts: SqlAccounts, name: str, keeper: Actor, now: datetime) -> Account:
    """The second factor is taken away, for it was lost; sessions end at once.

    Whoever must have one enrols anew at the next sign-in. Raises RefusedError where there is none.
    """
    require_keeper(keeper)
    account = accounts.one(sign_in_name(name))
    if not account.totp_secret:
        raise RefusedError(f"{account.name} has no second factor; there is nothing to take away.")
    changed = replace(account, totp_secret="")
    accounts.change(changed, "account_factor_taken", keeper, now)
    return changed


def end_session(
    accounts: SqlAccounts, name: str, mark: str, keeper: Actor, now: datetime
) -> WebSession:
    """An open session of somebody's is ended, by them or by an admin; raises NotFoundError."""
    key = sign_in_name(name)
    if key != keeper.os_user:
        require_keeper(keeper)
    for session in accounts.sessions(key):
        if session.mark == mark and session.is_open(now):
            accounts.end_session(session, keeper, now)
            return session
    raise NotFoundError("This session has ended already.")


def sign_in_name(text: str) -> str:
    """The name as it is kept, however it was typed."""
    return " ".join(text.split()).casefold()


def require_keeper(keeper: Actor) -> None:
    """Whoever looks after accounts is an admin or a director; raises NotPermittedError."""
    if keeper.role not in {"admin", "director"}:
        raise NotPermittedError(f"A {keeper.role} may not change accounts; that needs an admin.")


def _require_local(account: Account, why: str) -> None:
    if not account.is_local:
        raise RefusedError(f"{account.name} signs in at the organisation, and {why}.")


def _role(text: str) -> Role:
    if text not in ACCOUNT_ROLES:
        raise UsageError(f"{text!r} is no role; write one of: {', '.join(ACCOUNT_ROLES)}.", "role")
    return cast("Role", text)


def _sites(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({" ".join(site.split()) for site in given if site.strip()}))
