"""Looking after accounts: who may sign in, in which role, at which sites; the same at each door."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import cast

from allpath.accounts.passwords import hashed
from allpath.problems import UsageError
from storage.accounts import SqlAccounts
from workflow.accounts import ACCOUNT_ROLES, Account
from workflow.errors import NotPermittedError, RefusedError
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
) -> Account:
    """Somebody may sign in; raises UsageError for what cannot stand, ConflictError for a used name.

    `sites` without any means all of them.
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
    """A new password, which lets a disabled account in again; its sessions end at once."""
    require_keeper(keeper)
    account = accounts.one(sign_in_name(name))
    changed = replace(account, password_hash=hashed(password, account.name), disabled_at=None)
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
    if account.name == keeper.os_user and role != account.role:
        raise RefusedError("You cannot change your own role; another admin can.")
    changed = replace(account, role=_role(role), sites=_sites(sites))
    accounts.change(changed, "account_placed", keeper, now)
    return changed


def sign_in_name(text: str) -> str:
    """The name as it is kept, however it was typed."""
    return " ".join(text.split()).casefold()


def require_keeper(keeper: Actor) -> None:
    """Whoever looks after accounts is an admin or a director; raises NotPermittedError."""
    if keeper.role not in {"admin", "director"}:
        raise NotPermittedError(f"A {keeper.role} may not change accounts; that needs an admin.")


def _role(text: str) -> Role:
    if text not in ACCOUNT_ROLES:
        raise UsageError(f"{text!r} is no role; write one of: {', '.join(ACCOUNT_ROLES)}.")
    return cast("Role", text)


def _sites(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({" ".join(site.split()) for site in given if site.strip()}))
