"""`allpath serve`: the pages, and a worker beside them."""

from __future__ import annotations

from typing import Annotated

import typer

from allpath.cli.printing import put
from allpath.cli.session import open_session

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen at.", min=0, max=65535)] = 8000,
) -> None:
    """Serve the pages until stopped (Ctrl-C); for other machines behind a proxy that speaks TLS.

    Example: `allpath serve --port 8080`
    """
    import uvicorn  # noqa: PLC0415 - imported when first used

    from allpath.web.site import create_site  # noqa: PLC0415 - imported when first used

    session = open_session(ctx)
    site = create_site(session.allpath)
    put(f"Allpath is at http://{host}:{port}; stop it with Ctrl-C.")
    uvicorn.run(site, host=host, port=port, log_level="warning", server_header=False)
