"""Accounts and sessions as rows of their tables, and back."""

from __future__ import annotations

import json

from storage.rows import Row, instant, instant_or_none, json_text, micros, micros_or_none
from workflow.accounts import Account, WebSession


def account_row(account: Account) -> Row:
    """An account in the order of its columns."""
    return (
        account.name,
        account.display,
        account.role,
        json_text(list(account.sites)),
        account.password_hash,
        account.totp_secret,
        micros(account.created_at),
        micros(account.changed_at),
        micros_or_none(account.disabled_at),
        micros_or_none(account.signed_in_at),
        int(account.is_one_time),
        account.provider,
        account.subject,
    )


def read_account(row: Row) -> Account:
    """The account of a row."""
    name, display, role, sites, password_hash, totp_secret, *times = row
    created_at, changed_at, disabled_at, signed_in_at, is_one_time, provider, subject = times
    return Account(
        name,
        display,
        role,
        tuple(json.loads(sites)),
        password_hash,
        totp_secret,
        instant(created_at),
        instant(changed_at),
        instant_or_none(disabled_at),
        instant_or_none(signed_in_at),
        bool(is_one_time),
        provider,
        subject,
    )


def session_row(session: WebSession) -> Row:
    """A session in the order of its columns."""
    return (
        session.token_hash,
        session.account,
        micros(session.created_at),
        micros(session.seen_at),
        micros(session.shown_at),
        session.csrf,
        micros_or_none(session.ended_at),
    )


def read_session(row: Row) -> WebSession:
    """The session of a row."""
    token_hash, account, created_at, seen_at, shown_at, csrf, ended_at = row
    return WebSession(
        token_hash,
        account,
        instant(created_at),
        instant(seen_at),
        instant(shown_at),
        csrf,
        instant_or_none(ended_at),
    )
