"""A copy of everything in one file, made while others work, and the way back from it.

A copy is written under another name first and gets its own when it is whole. The keys that
identities are sealed under go into a second file. Whoever restores is told whether every history in
the copy still agrees with its own hashes, and how many patients came back without their identity.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from storage.chain import Finding, verify_chain
from storage.database import Database
from storage.key_file import Keys, give_back, key_file_of, keys_in, read_keys, take_keys, write_keys
from storage.migrations import HEAD
from storage.postgresql import EVERY_SITE, PostgresDatabase
from storage.schema import SEALED, migrate
from storage.server_programs import ServerPrograms
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from storage.sqlite_copy import copy_file, copy_into, working_copy
from workflow.errors import IntegrityError, RefusedError, StoreError
from workflow.records import iso

KEPT: Final = ("path", "journal", "pathway_version")
"""A database with rows in one of these tables is somebody's; the others have none without them."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: how many paths and journal entries, and what disagrees with its own hash.

    `without_identity` counts the patients whose key was not among those given.
    """

    paths: int
    entries: int
    findings: tuple[Finding, ...]
    without_identity: int = 0


def back_up(
    database: Database,
    file: Path,
    now: datetime,
    *,
    keys: Path | None = None,
    programs: Path | None = None,
) -> int:
    """Everything but the keys is in the file, as of one moment; answers its size in bytes.

    The keys are in a file of their own, beside it where no other is named. Raises StoreError when a
    file exists already, cannot be written, or the copy cannot be made.
    """
    database = _of_every_site(database)
    revision = _revision(database)
    if revision is None:
        msg = f"{database.name} has no tables yet, so there is nothing to back up."
        raise StoreError(msg)
    if revision < SEALED:
        with _whole_or_nothing(file) as part:
            _copy(database, part, programs)
    else:
        with (
            _whole_or_nothing(keys or key_file_of(file)) as key_part,
            _whole_or_nothing(file) as part,
        ):
            _copy(database, part, programs)
            write_keys(key_part, _keys_of(database, part), now)
    with closing(SqlStore(database)) as store:
        store.put_meta("backup_at", iso(now.astimezone(UTC)))
    return file.stat().st_size


def _copy(database: Database, part: Path, programs: Path | None) -> None:
    if isinstance(database, SqliteFile):
        copy_file(database, part)
    elif isinstance(database, PostgresDatabase):
        ServerPrograms(database, programs).dump(part)


def _keys_of(database: Database, copy: Path) -> Keys | None:
    """The keys of the database; none of them is left in its copy."""
    if isinstance(database, SqliteFile):
        return take_keys(replace(database, path=copy))
    # After the copy: whoever was enrolled meanwhile has a key too many, nobody one too few.
    return keys_in(database)


def restore(
    database: Database,
    file: Path,
    *,
    over_what_is_there: bool,
    keys: Path | None = None,
    programs: Path | None = None,
) -> Restored:
    """What is in the file is in the database, and nothing else; older tables become the newest.

    Without the key file everybody comes back, but nobody's identity. Raises RefusedError when the
    database holds something and nobody said that it may go, StoreError when the file is no backup,
    IntegrityError when a history in the file of an SQLite database does not agree with its own
    hashes: then nothing was changed.
    """
    if not file.is_file():
        raise StoreError(f"There is no backup {file}; check its name.")
    held = read_keys(keys) if keys else None
    database = _of_every_site(database)
    if not _is_empty(database) and not over_what_is_there:
        msg = (
            f"{database.name} already holds patients or pathway versions, and restoring puts the "
            "backup in their place. Make a backup of it, then say --yes."
        )
        raise RefusedError(msg)
    if isinstance(database, SqliteFile):
        _restore_file(database, file, held)
    elif isinstance(database, PostgresDatabase):
        ServerPrograms(database, programs).load(file)
        migrate(database)
        give_back(database, held)
    return _verified(database)


def rehearsed(database: Database, now: datetime) -> None:
    """A backup of the database was brought back elsewhere and found whole."""
    with closing(SqlStore(_of_every_site(database))) as store:
        store.put_meta("rehearsed_at", iso(now.astimezone(UTC)))


def _of_every_site(database: Database) -> Database:
    """The same database, whatever sites the settings name: a copy holds all of them."""
    if isinstance(database, PostgresDatabase):
        return replace(database, sites=EVERY_SITE)
    return database


def _restore_file(database: SqliteFile, file: Path, held: Keys | None) -> None:
    """The copy is upgraded and looked through before anything is put in another's place."""
    with working_copy(database, file) as copy:
        migrate(copy)
        give_back(copy, held)
        found = _verified(copy).findings
        if found:
            msg = (
                f"The backup {file} does not agree with its own hashes ({found[0]}); nothing was "
                "changed. Take an older backup."
            )
            raise IntegrityError(msg)
        database.create()
        copy_into(copy, database)


def _is_empty(database: Database) -> bool:
    """Nobody's rows are in the database; StoreError where it is another program's."""
    revision = _revision(database)
    if revision != HEAD:
        return revision is None
    with closing(SqlStore(database)) as store:
        return not any(store.counts(KEPT).values())


def _revision(database: Database) -> str | None:
    if isinstance(database, SqliteFile) and not database.path.exists():
        return None
    with closing(database.connect()) as connection, database.complaints():
        return database.patiently(lambda: database.revision(connection))


def _verified(database: Database) -> Restored:
    with closing(SqlStore(database)) as store:
        counts = store.counts(("path", "journal"))
        findings = tuple(verify_chain(store))
        return Restored(counts["path"], counts["journal"], findings, len(store.without_key()))


@contextmanager
def _whole_or_nothing(file: Path) -> Iterator[Path]:
    """A place to write to; what was written there gets the file's name, or is gone."""
    if file.exists():
        raise StoreError(f"{file} is there already; name another file for the backup.")
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        # Its owner's alone to read, as the database is.
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        msg = (
            f"The backup {file} cannot be written ({error.strerror}); check its folder and your "
            "rights."
        )
        raise StoreError(msg) from error
    try:
        yield part
        _sync(part)
        _name(part, file)
        _sync(file.absolute().parent)
    except OSError as error:
        msg = f"The backup {file} cannot be written ({error.strerror}); nothing was left behind."
        raise StoreError(msg) from error
    finally:
        part.unlink(missing_ok=True)


def _name(part: Path, file: Path) -> None:
    try:
        # Linking refuses a name that somebody else took meanwhile; renaming would write over it.
        os.link(part, file)
    except OSError:
        if file.exists():
            raise
        part.rename(file)  # a file system without links, such as a memory stick's


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
