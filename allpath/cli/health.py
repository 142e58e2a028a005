"""`allpath health`: whether somebody looks for what is due, for people and for machines."""

from __future__ import annotations

import typer

from allpath.cli.printing import put, put_json
from allpath.cli.session import Json, open_session
from allpath.problems import exit_code
from workflow.errors import StoreError

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def health(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Say whether the background work is well; exit 7 when it is not. Names no patient.

    A warning, as of a lost signing key, is no reason to start a worker anew: it exits 0.

    For a service manager or a container that asks every minute.

    Example: `allpath health --json`
    """
    from allpath.background import health as health_of  # noqa: PLC0415 - opened when needed

    session = open_session(ctx)
    found = health_of(session.allpath, session.now())
    if as_json:
        put_json(found)
    else:
        put(*found["problems"], *found["warnings"])
        if not found["problems"] and not found["warnings"]:
            put("All is well: somebody looks, and nothing waits.")
    if found["problems"]:
        raise typer.Exit(exit_code(StoreError("")))
