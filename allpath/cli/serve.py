"""`allpath serve`: the pages, and a worker beside them."""

from __future__ import annotations

from typing import Annotated

import typer

from allpath.cli.serving import open_door, require_assets, run_site
from allpath.cli.session import open_session

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen at.", min=0, max=65535)] = 8000,
    with_worker: Annotated[
        bool, typer.Option(help="Look for what is due as well; else start `allpath worker`.")
    ] = True,
) -> None:
    """Serve the pages until stopped (Ctrl-C); for other machines behind a proxy that speaks TLS.

    Example: `allpath serve --port 8080`
    """
    require_assets()
    session = open_session(ctx)
    with open_door(host, port) as door:
        run_site(session, door, with_worker=with_worker)
