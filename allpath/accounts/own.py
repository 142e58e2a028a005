"""What somebody does to their own account: another password, a second factor."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from allpath.accounts.passwords import hashed, is_right
from allpath.accounts.second_factor import is_secret, period_of
from allpath.accounts.signing_in import SignedIn, code_key
from allpath.problems import UsageError
from storage.accounts import SqlAccounts
from workflow.accounts import Account
from workflow.errors import RefusedError

NOT_THE_CODE: Final = "This is not the code that is shown now; enter the next one."


def change_password(accounts: SqlAccounts, who: SignedIn, password: str, now: datetime) -> Account:
    """A password of one's own; every other session ends. They have shown who they are before.

    Raises UsageError for one that cannot stand, or that is the one of before.
    """
    account = who.account
    if not account.is_local:
        raise RefusedError("Your password is your organisation's; change it there.")
    kept = hashed(password, account.name)
    if is_right(password, account.password_hash):
        raise UsageError("This is the password you have now; choose another one.")
    changed = replace(account, password_hash=kept, is_one_time=False)
    accounts.change(changed, "account_password_changed", who.actor(), now, who.session.token_hash)
    return changed


def enrol_factor(
    accounts: SqlAccounts, who: SignedIn, secret: str, code: str, now: datetime
) -> Account:
    """From now on the account asks for a code too; the first one proves that the secret arrived.

    Raises UsageError for a wrong code, RefusedError where there is a second factor already.
    """
    account = who.account
    if not account.is_local or account.totp_secret:
        raise RefusedError("There is nothing to enrol: see Your account.")
    period = period_of(secret, code, now) if is_secret(secret) else None
    if period is None or not accounts.use_once(code_key(account, period), now):
        raise UsageError(NOT_THE_CODE)
    changed = replace(account, totp_secret=secret)
    accounts.change(changed, "account_factor_enrolled", who.actor(), now, who.session.token_hash)
    return changed
