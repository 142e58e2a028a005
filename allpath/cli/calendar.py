"""`allpath notice calendar`: feeds that a calendar program subscribes to, each with its secret."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from allpath import words
from allpath.cli.printing import note, put, put_json, put_table
from allpath.cli.session import ActorName, Json, open_session
from allpath.problems import UsageError
from allpath.recipients import KEEPERS
from workflow.records import iso
from workflow.signing import require_role

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A name of your own for the feed.")]


@app.callback()
def _group() -> None:
    """Make, revoke and print calendar feeds of what is expected; they carry no name."""


@app.command()
def new(
    ctx: typer.Context,
    name: Name,
    *,
    site: Annotated[str, typer.Option(help="Only patients of this site.")] = "",
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Make a feed and show its secret, once: only its hash is kept.

    Example: `allpath notice calendar new ward-3 --actor "Cora Coordinator:coordinator"`
    """
    from allpath.notify.calendar import new_secret  # noqa: PLC0415 - opened when needed

    session = open_session(ctx)
    who = session.actor(actor)
    require_role(who, KEEPERS, "make a calendar")
    if not name.strip() or not name.isprintable():
        raise UsageError("A calendar needs a name of printable letters.")
    secret, secret_hash = new_secret()
    session.allpath.store.feeds.new_feed(name.strip(), secret_hash, site, who, session.now())
    if as_json:
        put_json({"calendar": name.strip(), "site": site, "secret": secret})
        return
    put(secret)
    note("Keep it in a file that only its readers may read; it is not shown again.")


@app.command()
def revoke(ctx: typer.Context, name: Name, *, actor: ActorName = None) -> None:
    """Let nobody read a feed any more.

    Example: `allpath notice calendar revoke ward-3 --actor "Cora Coordinator:coordinator"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    require_role(who, KEEPERS, "revoke a calendar")
    session.allpath.store.feeds.revoke_feed(name, who, session.now())
    put(f"Nobody reads the calendar {name} any more.")


@app.command()
def show(
    ctx: typer.Context,
    *,
    secret_file: Annotated[
        str, typer.Option("--secret-file", help="File with the feed's secret; - is standard input.")
    ],
) -> None:
    """Print the feed of a secret, for a calendar program.

    Example: `allpath notice calendar show --secret-file ward-3.secret`
    """
    from allpath.notify.calendar import feed_text  # noqa: PLC0415 - opened when needed

    session = open_session(ctx)
    sys.stdout.write(feed_text(session.allpath, _secret(secret_file), session.now()))


@app.command("list")
def list_feeds(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Show which feeds there are, and which were revoked.

    Example: `allpath notice calendar list`
    """
    session = open_session(ctx)
    found = session.allpath.store.feeds.feeds()
    if as_json:
        answer = [
            {
                "calendar": feed.name,
                "site": feed.site,
                "created_at": iso(feed.created_at),
                "created_by": feed.created_by,
                "revoked_at": iso(feed.revoked_at) if feed.revoked_at else None,
            }
            for feed in found
        ]
        put_json({"calendars": answer})
        return
    zone = session.settings.zone
    put_table(
        ("Calendar", "Site", "Made", "By", "Revoked"),
        [
            (
                *(feed.name, feed.site or "every site", words.minute(feed.created_at, zone)),
                *(feed.created_by, words.minute(feed.revoked_at, zone) if feed.revoked_at else ""),
            )
            for feed in found
        ],
    )
    if not found:
        put("There is no calendar; see `allpath notice calendar new --help`.")


def _secret(name: str) -> str:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"--secret-file {name} cannot be read; name a text file.") from None
    return text.strip()
