"""`allpath db`: how the database stands, and the way to newer tables."""

from __future__ import annotations

import typer

from allpath import words
from allpath.cli.printing import put, put_found, put_json
from allpath.cli.session import Json, open_session

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Upgrade the database, or see how it stands."""


@app.command()
def upgrade(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Bring the tables to the newest revision; nothing that is kept is lost. Make a backup first.

    Example: `allpath db upgrade`
    """
    from storage.engine import upgrade as upgrade_database  # noqa: PLC0415 - opened when needed

    session = open_session(ctx)
    settings = session.settings
    before, now = upgrade_database(settings.database, key_file=settings.key_file)
    if before != now:  # versions that paths are pinned to are kept before a newer file hides them
        session.allpath.orchestrator.library.keep_pinned(session.now())
    if as_json:
        put_json({"before": before, "now": now})
    elif before == now:
        put(f"The database is at the newest revision, {now}.")
    else:
        put(f"The database was at {before or 'no revision'} and is now at {now}.")


@app.command()
def status(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Show address, driver, journal mode, encryption, revision and the number of rows kept.

    Example: `allpath db status`
    """
    from storage.engine import describe  # noqa: PLC0415 - opened when needed

    settings = open_session(ctx).settings
    found = describe(settings.database, key_file=settings.key_file)
    if as_json:
        put_json(
            {
                "url": found.url,
                "driver": found.driver,
                "sqlite_version": found.sqlite_version,
                "journal_mode": found.journal_mode,
                "synchronous": found.synchronous,
                "encrypted": found.encrypted,
                "revision": found.revision,
                "head": found.head,
                "is_current": found.is_current,
                "counts": dict(found.counts),
            }
        )
        return
    put_found("database", found.url)
    put_found("driver", f"{found.driver}, SQLite {found.sqlite_version}")
    put_found("journal mode", f"{found.journal_mode}, synchronous {found.synchronous}")
    put_found("encrypted", "yes" if found.encrypted else "no")
    state = "current" if found.is_current else f"needs {found.head}; {found.cure}"
    put_found("revision", f"{found.revision or 'none'} ({state})")
    for table, number in found.counts.items():
        put_found(table, words.counted(number, "row"))
