"""`allpath db rehearse`: a backup is brought back elsewhere, looked through and thrown away.

A backup that was never brought back is a hope. What comes back is checked as the live database is:
every history by its own hashes, then by the program that knows nothing of this one, against the
heads that lie outside.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from allpath import words
from allpath.cli.auditchecks import verified
from allpath.cli.printing import put, put_json
from allpath.cli.session import Json, Session, open_session
from allpath.clock import stopwatch
from allpath.problems import UsageError
from allpath.settings import Settings
from workflow.errors import IntegrityError

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="A backup made by `db backup`.")]
KeyFile = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FILE", help="Its key file; default: FILE.keys beside it."),
]


def rehearse(
    ctx: typer.Context,
    file: BackupFile,
    *,
    keys: KeyFile = None,
    into: Annotated[
        str, typer.Option("--into", metavar="URL", help="On a server: an empty database for it.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Bring a backup back elsewhere, check all of it against the anchor, and throw it away.

    Nothing of the live database is touched but the day of this rehearsal, which the doctor tells.

    Example: `allpath db rehearse ward-2026-11-23.backup`
    """
    from allpath.bootstrap import database_of  # noqa: PLC0415 - opened when needed
    from storage.backup import rehearsed, restore  # noqa: PLC0415 - opened when needed
    from storage.sql_store import SqlStore  # noqa: PLC0415 - opened when needed

    session = open_session(ctx)
    held = keys_of(file, keys)
    with _elsewhere(session.settings, into) as settings:
        began = stopwatch()
        there = database_of(settings)
        found = restore(
            there, file, over_what_is_there=False, keys=held, programs=settings.programs
        )
        with closing(SqlStore(there)) as store:
            size = store.log.size()
        report = verified(Session(settings, session.use_clock), up_to=size)
        seconds = stopwatch() - began
    wrong = [*map(str, found.findings), *map(str, report.findings)]
    if wrong:
        msg = (
            f"{file} came back, but {words.counted(len(wrong), 'thing')} in it is not right, "
            f"first: {wrong[0]}. Take an older backup, and find out what happened to this one."
        )
        raise IntegrityError(msg)
    rehearsed(database_of(session.settings), session.now())
    if as_json:
        put_json(
            {
                "file": str(file),
                "paths": found.paths,
                "entries": found.entries,
                "without_identity": found.without_identity,
                "log_size": size,
                "anchored": report.anchored,
                "seconds": round(seconds, 1),
            }
        )
        return
    put(
        f"{words.counted(found.paths, 'path')} with {found.entries:,} journal entries came back in "
        f"{seconds:.1f} s; every history verifies, and {words.counted(report.anchored, 'head')} "
        "kept outside agrees with it."
    )
    if found.without_identity:
        put(f"{words.counted(found.without_identity, 'patient')} came back without a name.")


def keys_of(file: Path, given: Path | None) -> Path:
    """The key file of a backup; raises UsageError where there is none, before anything is done."""
    beside = given or Path(f"{file}.keys")
    if file.exists() and not beside.exists():
        msg = (
            f"The key file {beside} is not there, and without it nobody in {file} has a name. Name "
            "it with --keys FILE, or restore with --without-keys (also where the backup is older "
            "than key files). Nothing was restored."
        )
        raise UsageError(msg)
    return beside


@contextmanager
def _elsewhere(settings: Settings, into: str) -> Iterator[Settings]:
    """The settings of another place for the backup: a folder that goes, or the database named."""
    is_server = not settings.database.startswith("sqlite:")
    if is_server:
        if not into or into == settings.database:
            msg = "Name an empty database of the server for the rehearsal with --into URL."
            raise UsageError(msg)
        yield replace(settings, database=into)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield replace(settings, database=f"sqlite:///{Path(folder) / 'rehearsal.db'}")
