"""`allpath db`: how the database stands, newer tables, rights, backups and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allpath import words
from allpath.cli.printing import put, put_found, put_json
from allpath.cli.rehearsal import BackupFile, KeyFile, keys_of, rehearse
from allpath.cli.session import Json, Session, open_session
from allpath.settings import QUEUED
from workflow.errors import IntegrityError

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)
app.command()(rehearse)


@app.callback()
def _group() -> None:
    """See how the database stands; upgrade it, back it up, restore it, grant rights."""


@app.command()
def upgrade(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Bring the tables to the newest revision; nothing that is kept is lost. Make a backup first.

    Example: `allpath db upgrade`
    """
    from allpath.bootstrap import database_of  # noqa: PLC0415 - opened when needed
    from storage.engine import upgrade_tables  # noqa: PLC0415 - opened when needed

    session = open_session(ctx)
    before, now = upgrade_tables(database_of(session.settings))
    if before != now:  # versions that paths are pinned to are kept before a newer file hides them
        session.allpath.orchestrator.library.keep_pinned(session.now())
    has_new_queue = session.settings.dispatcher == QUEUED and _install_queue(session)
    if as_json:
        put_json({"before": before, "now": now, "new_queue": has_new_queue})
        return
    if has_new_queue:
        put("The queue of due work has its tables now.")
    if before == now:
        put(f"The database is at the newest revision, {now}.")
    else:
        put(f"The database was at {before or 'no revision'} and is now at {now}.")


def _install_queue(session: Session) -> bool:
    from allpath.distribution import install_queue  # noqa: PLC0415 - opened when needed

    return install_queue(session.settings)


@app.command()
def status(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Show address, driver, journal mode, encryption, revision and the number of rows kept.

    Example: `allpath db status`
    """
    from allpath.bootstrap import database_of  # noqa: PLC0415 - opened when needed
    from storage.engine import status_of  # noqa: PLC0415 - opened when needed

    found = status_of(database_of(open_session(ctx).settings))
    how = found.condition
    if as_json:
        put_json(
            {
                "url": found.url,
                "product": how.product,
                "version": how.version,
                "driver": how.driver,
                "journal_mode": how.journal_mode,
                "synchronous": how.synchronous,
                "encrypted": how.encrypted,
                "notes": list(how.notes),
                "backup_at": found.backup_at or None,
                "rehearsed_at": found.rehearsed_at or None,
                "revision": found.revision,
                "head": found.head,
                "is_current": found.is_current,
                "counts": dict(found.counts),
            }
        )
        return
    put_found("database", found.url)
    put_found("driver", f"{how.driver}, {how.product} {how.version}")
    put_found("journal mode", f"{how.journal_mode}, synchronous {how.synchronous}")
    put_found("encrypted", "yes" if how.encrypted else "no")
    for note in how.notes:
        put_found("note", note)
    put_found("last backup", found.backup_at or "none yet")
    put_found("last rehearsal", found.rehearsed_at or "none yet")
    state = "current" if found.is_current else f"needs {found.head}; {found.cure}"
    put_found("revision", f"{found.revision or 'none'} ({state})")
    for table, number in found.counts.items():
        put_found(table, words.counted(number, "row"))


@app.command()
def grant(
    ctx: typer.Context,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="The role the program works with.")],
    *,
    as_json: Json = False,
) -> None:
    """Let a PostgreSQL role do the daily work and no more; the tables' owner runs this.

    Repeat it after every upgrade. The role cannot change tables, nor rewrite what was written.

    Example: `allpath db grant allpath_app`
    """
    from allpath.bootstrap import database_of  # noqa: PLC0415 - opened when needed
    from storage.rights import RIGHTS  # noqa: PLC0415 - opened when needed
    from storage.rights import grant as grant_to  # noqa: PLC0415 - opened when needed

    grant_to(database_of(open_session(ctx).settings), role)
    if as_json:
        put_json({"role": role, "rights": dict(RIGHTS)})
    else:
        put(f"The role {role} may now do the daily work on {words.counted(len(RIGHTS), 'table')}.")


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must not exist yet.")],
    *,
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="FILE", help="Where the keys go.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy everything that is kept into one file, while others go on working.

    The keys that names are sealed under go into a second file, FILE.keys or --keys: keep it apart
    and for a shorter time. With one of the two files alone nobody can read a name; without the keys
    the names are lost. An encrypted database stays encrypted under the same key. On a server the
    owner of the tables runs this; it needs pg_dump.

    Example: `allpath db backup ward-2026-11-23.backup`
    """
    from allpath.bootstrap import database_of  # noqa: PLC0415 - opened when needed
    from storage.backup import back_up  # noqa: PLC0415 - opened when needed
    from storage.key_file import key_file_of  # noqa: PLC0415 - opened when needed

    session = open_session(ctx)
    settings = session.settings
    key_file = keys or key_file_of(file)
    size = back_up(
        database_of(settings), file, session.now(), keys=key_file, programs=settings.programs
    )
    has_keys = key_file.exists()  # not so before `db upgrade` has sealed the names
    if as_json:
        put_json({"file": str(file), "bytes": size, "keys": str(key_file) if has_keys else None})
        return
    put(f"Everything is in {file} ({size:,} bytes). Keep it elsewhere than the database.")
    if has_keys:
        put(
            f"The keys of the names are in {key_file}. Keep it apart from both, let it expire "
            "sooner, and never lose the last one: without it nobody has a name."
        )


@app.command()
def restore(
    ctx: typer.Context,
    file: BackupFile,
    *,
    keys: KeyFile = None,
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="Bring everybody back without a name.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Put it in the place of what the database holds.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring a backup back, and check every history in it against its own hashes.

    Without --yes only into an empty database. Names are in the key file: where it is not beside the
    backup, say where it is, or that everybody shall come back without a name. On a server run
    `allpath db grant ROLE` afterwards. Whoever was erased after the backup was made is back: erase
    them again.

    Example: `allpath db restore ward-2026-11-23.backup --keys ward-2026-11-23.backup.keys`
    """
    from allpath.bootstrap import database_of  # noqa: PLC0415 - opened when needed
    from storage.backup import restore as bring_back  # noqa: PLC0415 - opened when needed

    settings = open_session(ctx).settings
    database = database_of(settings)
    keys = None if without_keys else keys_of(file, keys)
    found = bring_back(
        database, file, over_what_is_there=yes, keys=keys, programs=settings.programs
    )
    if found.findings:
        msg = (
            f"{file} was restored, but {words.counted(len(found.findings), 'thing')} in it "
            f"disagrees with its own hash, first: {found.findings[0]}. Run `allpath doctor`."
        )
        raise IntegrityError(msg)
    if as_json:
        put_json(
            {
                "file": str(file),
                "paths": found.paths,
                "entries": found.entries,
                "without_identity": found.without_identity,
            }
        )
        return
    put(
        f"{words.counted(found.paths, 'path')} with {found.entries:,} journal entries came "
        "back; every hash chain verifies."
    )
    if found.without_identity:
        put(
            f"{words.counted(found.without_identity, 'patient')} came back without name and "
            "numbers, because the keys are not here. If you have the key file, restore again with "
            "--keys FILE --yes."
        )
