"""`allpath user`: who may sign in."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from allpath import words
from allpath.cli.printing import put, put_json, put_table
from allpath.cli.session import ActorName, Json, Session, open_session
from allpath.problems import UsageError
from workflow.accounts import ACCOUNT_ROLES, Account
from workflow.records import Actor

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="File with the password; without it you are asked."),
]


@app.callback()
def _group() -> None:
    """Who may sign in to the pages, in which role, at which sites."""


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")],
    *,
    display: Annotated[str, typer.Option(help='The name under what they sign, "Dr Ada Sample".')],
    role: Annotated[str, typer.Option(help=f"One of: {', '.join(ACCOUNT_ROLES)}.")],
    site: Annotated[
        list[str] | None, typer.Option("--site", help="Only patients of this site; repeatable.")
    ] = None,
    password_file: PasswordFile = None,
    actor: ActorName = None,
) -> None:
    """Let somebody sign in; the password is asked for twice, or read from a file.

    Example: `allpath user add asample --display "Dr Ada Sample" --role clinician`
    """
    from allpath.accounts import keeping  # noqa: PLC0415 - imported when first used

    session = open_session(ctx)
    who, now = _keeper(session, actor), session.now()
    accounts, secret = session.allpath.store.accounts, _password(password_file)
    account = keeping.add(
        accounts, who, now, name=name, display=display, role=role, sites=site or (), password=secret
    )
    put(f"{account.display} may sign in as {account.name}, in the role {account.role}.")
    put("At the first sign-in they choose a password of their own.")


@app.command("list")
def list_(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List everybody who was ever allowed in.

    Example: `allpath user list`
    """
    session = open_session(ctx)
    every = session.allpath.store.accounts.every()
    if as_json:
        put_json([_answer(account) for account in every])
        return
    if not every:
        put("Nobody may sign in yet; see `allpath user add --help`.")
        return
    zone = session.settings.zone
    put_table(
        ("Name", "Signs as", "Role", "Sites", "Last signed in", "Status"),
        [
            (
                account.name,
                account.display,
                account.role,
                ", ".join(account.sites) or "all",
                words.minute(account.signed_in_at, zone) if account.signed_in_at else "never",
                "enabled" if account.is_enabled else "disabled",
            )
            for account in every
        ],
    )


@app.command()
def disable(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose account.")],
    *,
    actor: ActorName = None,
) -> None:
    """Let somebody in no more; their sessions end at once, what they signed stays.

    Example: `allpath user disable asample`
    """
    from allpath.accounts import keeping  # noqa: PLC0415 - imported when first used

    session = open_session(ctx)
    who, now = _keeper(session, actor), session.now()
    account = keeping.disable(session.allpath.store.accounts, name, who, now)
    put(f"{account.name} may not sign in any more.")


@app.command()
def password(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose account.")],
    *,
    password_file: PasswordFile = None,
    actor: ActorName = None,
) -> None:
    """Set a one-time password, and let a disabled account in again; its sessions end at once.

    Example: `allpath user password asample`
    """
    from allpath.accounts import keeping  # noqa: PLC0415 - imported when first used

    session = open_session(ctx)
    who, now = _keeper(session, actor), session.now()
    accounts, secret = session.allpath.store.accounts, _password(password_file)
    account = keeping.set_password(accounts, name, secret, who, now)
    put(f"{account.name} signs in with it once, and then chooses their own.")


@app.command("take-factor")
def take_factor(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose account.")],
    *,
    actor: ActorName = None,
) -> None:
    """Take a lost second factor away; sessions end at once, an admin enrols anew.

    Example: `allpath user take-factor asample`
    """
    from allpath.accounts import keeping  # noqa: PLC0415 - imported when first used

    session = open_session(ctx)
    who, now = _keeper(session, actor), session.now()
    account = keeping.take_factor(session.allpath.store.accounts, name, who, now)
    put(f"{account.name} is asked for no code any more.")


def _keeper(session: Session, given: str | None) -> Actor:
    from allpath.accounts import keeping  # noqa: PLC0415 - imported when first used

    who = session.actor(given)
    keeping.require_keeper(who)  # before a password is asked for
    return who


def _password(file: Path | None) -> str:
    if file is None:
        first, second = getpass.getpass("Password: "), getpass.getpass("Again: ")
        if first != second:
            raise UsageError("The two passwords differ; nothing was changed.")
        return first
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"The file {file} with the password cannot be read.") from None
    return lines[0] if lines else ""


def _answer(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "display": account.display,
        "role": account.role,
        "sites": list(account.sites),
        "enabled": account.is_enabled,
        "second_factor": bool(account.totp_secret),
        "provider": account.provider,
    }
