"""Signing in and out: who is let in, how long they stay, and how slowly guesses are looked at.

A wrong name and a wrong password get the same answer. After a few failures in a row for a name from
one address each further attempt has to wait, twice as long each time; the wait outlives a restart.
An attempt is counted before it is looked at, so that many sent at once gain nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from allpath.accounts.passwords import is_right
from allpath.accounts.second_factor import period_of
from storage.accounts import SqlAccounts
from workflow.accounts import Account, WebSession
from workflow.errors import NotPermittedError
from workflow.records import Actor

WRONG: Final = "The name, the password or the code is not right. Nobody was signed in."
_TOUCH: Final = timedelta(seconds=30)
"""So long a session's last request is not written again: a page of twenty parts is one visit."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whoever a request comes from: the account and the session."""

    account: Account
    session: WebSession

    def actor(self, shown_by: str = "") -> Actor:
        """They act under their display name and role."""
        return Actor(self.account.display, self.account.role, self.account.name, shown_by)


class Reception:
    """Lets people in by name and password, and knows them again by their token."""

    def __init__(self, accounts: SqlAccounts) -> None:
        self._accounts = accounts

    def sign_in(
        self, name: str, password: str, code: str, address: str, now: datetime
    ) -> tuple[str, SignedIn]:
        """A new session and its token; raises NotPermittedError, which says nothing of why."""
        return self.enter(self._shown(name, password, code, address, now), now)

    def enter(self, account: Account, now: datetime) -> tuple[str, SignedIn]:
        """A new session, and its token, for somebody who has shown who they are."""
        token = secrets.token_urlsafe(32)
        session = WebSession(
            digest_of(token), account.name, now, now, now, secrets.token_urlsafe(32)
        )
        entered = replace(account, signed_in_at=now)
        actor = Actor(account.display, account.role, account.name)
        self._accounts.change(entered, "account_signed_in", actor, now)
        self._accounts.keep_session(session)
        return token, SignedIn(account, session)

    def known(self, token: str, now: datetime, *, is_use: bool = True) -> SignedIn | None:
        """Who the token belongs to, if their session is still open; it is open longer now.

        What a page asks by itself is no use of the session: nobody may be sitting there any more.
        """
        session = self._accounts.session(digest_of(token)) if token else None
        if session is None or not session.is_open(now):
            return None
        account = self._accounts.find(session.account)
        if account is None or not account.is_enabled:
            return None
        if is_use and now - session.seen_at >= _TOUCH:
            session = replace(session, seen_at=now)
            self._accounts.touch(session)
        return SignedIn(account, session)

    def ended(self, token: str, csrf: bytes, now: datetime) -> WebSession | None:
        """The session a browser's token belonged to, once it is over, of a form with its token."""
        session = self._accounts.session(digest_of(token)) if token else None
        if session is None or session.is_open(now):
            return None
        return session if hmac.compare_digest(session.csrf.encode(), csrf) else None

    def earlier(self, account: Account, csrf: bytes) -> WebSession | None:
        """The session of this account on whose page a form with this token stood, if any."""
        for session in self._accounts.sessions(account.name):
            if hmac.compare_digest(session.csrf.encode(), csrf):
                return session
        return None

    def show_again(
        self, who: SignedIn, password: str, code: str, address: str, now: datetime
    ) -> SignedIn:
        """They have shown once more who they are; raises NotPermittedError where they have not."""
        account = self._shown(who.account.name, password, code, address, now)
        return self.shown(SignedIn(account, who.session), now)

    def shown(self, who: SignedIn, now: datetime) -> SignedIn:
        """It is kept that they have just shown once more who they are."""
        session = replace(who.session, shown_at=now, seen_at=now)
        self._accounts.touch(session)
        return SignedIn(who.account, session)

    def sign_out(self, who: SignedIn, now: datetime) -> None:
        """The token is worth nothing any more."""
        self._accounts.keep_session(replace(who.session, seen_at=now, ended_at=now))

    def _shown(self, name: str, password: str, code: str, address: str, now: datetime) -> Account:
        name = " ".join(name.split()).casefold()  # however it is typed, it counts as one name
        key = digest_of(f"{name}\n{address}")
        failures, is_looked_at = self._accounts.attempt(key, now)
        if not is_looked_at:
            seconds = -(-(failures.wait_until() - now) // timedelta(seconds=1))
            msg = f"{WRONG} After several failures the next attempt is looked at in {seconds} s."
            raise NotPermittedError(msg)
        account = self._accounts.find(name)
        right = is_right(password, account.password_hash if account else None)
        if account is None or not right or not self._has_code(account, code, now):
            self._accounts.note_failure(failures, Actor("somebody at the door", "service"))
            raise NotPermittedError(WRONG)
        self._accounts.forgive(key)
        return account

    def _has_code(self, account: Account, code: str, now: datetime) -> bool:
        """Whether the account may be entered with this code, which is good once."""
        if not account.is_enabled or not account.is_local:
            return False
        if not account.totp_secret:
            return True
        period = period_of(account.totp_secret, code, now)
        if period is None:
            return False
        return self._accounts.use_once(code_key(account, period), now)


def code_key(account: Account, period: int) -> str:
    """What is kept of a code that was used, for it is good once."""
    return digest_of(f"code\n{account.name}\n{period}")


def digest_of(text: str) -> str:
    """What is kept in the place of a token, a name or an address."""
    return hashlib.sha256(text.encode()).hexdigest()
