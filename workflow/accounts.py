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


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in. `sites` is empty for all sites; `totp_secret` for no second factor.

    `display` is the name that stands under what they sign.
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
    def ends_at(self) -> datetime:
        """When it ends unless another request comes first."""
        return min(self.seen_at + IDLE, self.created_at + LONGEST)


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong passwords in a row for a name, from one address; forgotten at the next right one."""

    count: int
    last_at: datetime

    def wait_until(self) -> datetime:
        """When the next attempt is looked at: each failure doubles the time, to a limit."""
        over = self.count - FREE_FAILURES
        if over <= 0:
            return self.last_at
        return self.last_at + min(timedelta(seconds=2 ** min(over, 16)), LONGEST_WAIT)
