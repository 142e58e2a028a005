"""The tables of who may sign in: accounts, their sessions, and how often somebody failed."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from storage.columns import CLUSTERED, check, refers, whole, words


class AccountRow(SQLModel, table=True):
    """One person who may sign in; never deleted, for the history names them."""

    __tablename__: ClassVar[Any] = "account"  # Any: the base class declares it as an attribute
    __table_args__ = (
        check("account_named", "length(name) >= 1 AND length(display) >= 1"),
        Index(
            "account_of_provider",
            *("provider", "subject"),
            unique=True,
            sqlite_where=text("provider <> ''"),
            postgresql_where=text("provider <> ''"),
        ),
        CLUSTERED,
    )

    name: str = words(primary_key=True)
    display: str = words()
    role: str = words()
    sites: str = words()
    password_hash: str = words()
    totp_secret: str = words()
    created_at: int = whole()
    changed_at: int = whole()
    disabled_at: int | None = whole()
    signed_in_at: int | None = whole()
    is_one_time: int = whole(sa_column_kwargs={"server_default": "0"})
    provider: str = words(sa_column_kwargs={"server_default": ""})
    subject: str = words(sa_column_kwargs={"server_default": ""})


class SessionRow(SQLModel, table=True):
    """One sign-in of an account. Only the hash of its token is kept."""

    __tablename__: ClassVar[Any] = "web_session"
    __table_args__ = (
        check("web_session_hash_length", "length(token_hash) = 64"),
        Index("web_session_of_account", "account"),
        CLUSTERED,
    )

    token_hash: str = words(primary_key=True)
    account: str = refers("account.name")
    created_at: int = whole()
    seen_at: int = whole()
    shown_at: int = whole()
    csrf: str = words()
    ended_at: int | None = whole()


class FailureRow(SQLModel, table=True):
    """Wrong passwords in a row for one name from one address, both as one hash."""

    __tablename__: ClassVar[Any] = "sign_in_failure"
    __table_args__ = (check("sign_in_failure_counts", "count >= 1"), CLUSTERED)

    key: str = words(primary_key=True)
    count: int = whole()
    last_at: int = whole()


class ErrandRow(SQLModel, table=True):
    """A way to the organisation's sign-in that was begun; gone when somebody comes back."""

    __tablename__: ClassVar[Any] = "sign_in_errand"
    __table_args__ = (check("sign_in_errand_hash_length", "length(key) = 64"), CLUSTERED)

    key: str = words(primary_key=True)
    browser: str = words()
    account: str = words()
    nonce: str = words()
    verifier: str = words()
    back: str = words()
    begun_at: int = whole()
