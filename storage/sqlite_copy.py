"""Copies of a database file, made page by page by SQLite itself while others read and write."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from storage.sqlite import SqliteFile
from workflow.errors import StoreError


def copy_file(database: SqliteFile, file: Path) -> None:
    """The empty file holds what the database held at one moment, under the same key."""
    copy = replace(database, path=file)
    copy_into(database, copy)
    with copy.complaints(), closing(copy.connect()) as connection:
        # One plain file: a log beside it would be forgotten when the file is carried away.
        connection.execute("PRAGMA journal_mode = delete").fetchone()
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        msg = f"The copy of {database.name} is damaged ({found}); look after the disk."
        raise StoreError(msg)


def copy_into(source: SqliteFile, target: SqliteFile) -> None:
    """The target holds what the source held at one moment, all of it or nothing.

    Others may write to the source meanwhile; those who use the target wait, or are told so.
    """
    with (
        source.complaints(),
        closing(source.connect()) as from_there,
        target.complaints(),
        closing(target.connect()) as to_here,
    ):
        # In one step, so that it is one moment and a busy writer cannot make it begin again.
        from_there.backup(to_here, pages=-1)


@contextmanager
def working_copy(database: SqliteFile, backup: Path) -> Iterator[SqliteFile]:
    """A copy of a backup beside the database that may be upgraded and looked through; then gone.

    Raises StoreError when the file is no backup, or was made under another key.
    """
    kept = replace(database, path=backup)
    with tempfile.TemporaryDirectory(dir=database.path.absolute().parent) as folder:
        path = Path(folder) / "copy.db"
        path.touch(mode=0o600)
        copy = replace(database, path=path)
        with kept.complaints(), closing(kept.connect()) as connection:
            revision = kept.patiently(lambda: kept.revision(connection))
        if revision is None:
            raise StoreError(f"{backup} is empty and no backup; name another file.")
        copy_into(kept, copy)
        yield copy
