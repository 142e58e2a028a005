"""Who may sign in, and with what: accounts, their sessions and failed attempts, as records.

Nothing here reads, writes or hashes. A session is known by the hash of its token alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from workflow.records import ROLES, Role

ACCOUNT_ROLES: Final = ROLES
IDLE: Final = timedelta(minutes=15)
"""After so long without a request a session is over."""
LONGEST: Final = timedelta(hours=12)
"""After so long a session is over, whatever is done in it."""
FREE_FAILURES: Final = 3
"""So many wrong passwords in a row cost no waiting."""
LONGEST_WAIT: Final = timedelta(minutes=15)
SHOWN_FOR: Final = timedelta(minutes=5)
"""So long after showing at the organisation's sign-in who they are, somebody may sign."""
ERRAND: Final = timedelta(minutes=10)
"""So long somebody may take at the organisation's sign-in before they come back."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in. `sites` is empty for all sites; `totp_secret` for no second factor.

    `display` is the name that stands under what they sign. `is_one_time` says that the password was
    given to them and is good for choosing their own. `provider` and `subject` name who they are at
    the organisation's sign-in; both are empty for an account that lives here alone.
    """

    name: str
    display: str
    role: Role
    sites: tuple[str, ...]
    password_hash: str
    totp_secret: str
    created_at: datetime
    changed_at: datetime
    disabled_at: datetime | None = None
    signed_in_at: datetime | None = None
    is_one_time: bool = False
    provider: str = ""
    subject: str = ""

    @property
    def is_local(self) -> bool:
        """Whether they sign in here, with a password, and not at their organisation."""
        return not self.provider

    @property
    def has_to_choose(self) -> bool:
        """Whether they choose a password of their own before anything else."""
        return self.is_local and self.is_one_time

    @property
    def has_to_enrol(self) -> bool:
        """Whether a second factor comes before anything else: an admin's password is not enough."""
        return self.is_local and self.role == "admin" and not self.totp_secret

    @property
    def is_enabled(self) -> bool:
        """Whether they may sign in."""
        return self.disabled_at is None


@dataclass(frozen=True, slots=True)
class WebSession:
    """One sign-in; `token_hash` names it. `shown_at` is when they last showed who they are."""

    token_hash: str
    account: str
    created_at: datetime
    seen_at: datetime
    shown_at: datetime
    csrf: str
    ended_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether requests of this session are still answered."""
        if self.ended_at is not None:
            return False
        return now < self.ends_at

    @property
    def mark(self) -> str:
        """How the session is named on a page: enough to tell it from others, worth nothing else."""
        return self.token_hash[:16]

    @property
    def ends_at(self) -> datetime:
        """When it ends unless another request comes first."""
        return min(self.seen_at + IDLE, self.created_at + LONGEST)


@dataclass(frozen=True, slots=True)
class Errand:
    """A way to the organisation's sign-in that somebody has begun; it is gone once and back once.

    `key` and `browser` are hashes, of what the provider hands back and of what the browser keeps.
    `account` is whoever shows once more who they are; it is empty where somebody signs in.
    """

    key: str
    browser: str
    account: str
    nonce: str
    verifier: str
    back: str
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Failures:
    """Attempts in a row for a name, from one address; forgotten at the next right password."""

    count: int
    last_at: datetime

    def wait_until(self) -> datetime:
        """When the next attempt is looked at: each failure doubles the time, to a limit."""
        over = self.count - FREE_FAILURES
        if over <= 0:
            return self.last_at
        return self.last_at + min(timedelta(seconds=2 ** min(over, 16)), LONGEST_WAIT)
