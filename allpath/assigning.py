"""Saying who looks after a patient, the same for a command and a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from workflow.accounts import Account
from workflow.assigning import NOBODY, Assignment, account_in, by_account, by_name
from workflow.errors import RefusedError
from workflow.signing import SIGNERS, require_role

if TYPE_CHECKING:
    from allpath.bootstrap import Allpath

ASSIGNERS: Final = SIGNERS | {"coordinator"}
"""Who says who looks after a patient, and who may be said to."""
NOBODY_TITLE: Final = "Nobody"


def assign(allpath: Allpath, wanted: Assignment) -> Assignment:
    """From now on they look after the patient; it is on record who said so, when and why.

    Raises NotPermittedError for a role that may not, NotFoundError where there is no such patient,
    and RefusedError for an account that cannot see the patient, or who looks after them already.
    """
    require_role(wanted.actor, ASSIGNERS, "say who looks after a patient")
    reason = " ".join(wanted.reason.split())
    if not reason:
        raise RefusedError("Say why somebody else looks after the patient; it is kept.")
    path = allpath.store.case(wanted.path_id).path
    if path.merged_into:
        msg = f"{path.path_id} was merged into {path.merged_into}; nobody looks after it any more."
        raise RefusedError(msg)
    name = account_in(wanted.looked_after_by)
    if name:
        account = allpath.store.accounts.find(name)
        _refuse_unless_they_see(account, path.settings.get("site", ""))
    elif wanted.looked_after_by != NOBODY:
        by_name(wanted.looked_after_by)
    return allpath.store.assignments.assign(replace(wanted, reason=reason))


def read_keeper(allpath: Allpath, text: str) -> str:
    """Whoever is meant by an account's name, `nobody`, or the name of somebody without one."""
    name = " ".join(text.split())
    if not name or name.casefold() == NOBODY_TITLE.casefold():
        return NOBODY
    account = allpath.store.accounts.find(name.casefold())
    return by_account(account.name) if account else by_name(name)


def keeper_title(keeper: str, accounts: Mapping[str, Account]) -> str:
    """Whoever looks after a patient, as people read it; of an account the name of the person."""
    name = account_in(keeper)
    if not name:
        return keeper or NOBODY_TITLE
    return accounts[name].display if name in accounts else name


def may_keep(account: Account, site: str) -> bool:
    """Whether an account may look after patients of a site."""
    is_of_site = not account.sites or site in account.sites
    return account.is_enabled and account.role in ASSIGNERS and is_of_site


def _refuse_unless_they_see(account: Account | None, site: object) -> None:
    if account is None or not account.is_enabled:
        raise RefusedError("There is no such account in use; choose another person.")
    if account.role not in ASSIGNERS:
        msg = f"{account.display} has the role {account.role}, which looks after no patient."
        raise RefusedError(msg)
    if not may_keep(account, str(site)):
        msg = f"{account.display} does not see the patients of this site; choose another person."
        raise RefusedError(msg)
