"""A fresh file for the demonstration: nothing but an earlier demonstration is ever replaced."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import quote

from allpath.demo.people import SITE
from workflow.errors import RefusedError, StoreError

_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the folder made in it has a name nobody can guess
_PREFIX: Final = ".allpath-demo-"
_BESIDE: Final = ("-wal", "-shm", "-journal")


@contextmanager
def fresh_file(path: Path) -> Iterator[str]:
    """The URL of an empty place for a database, which is put at `path` when the block ends well.

    Until then, and when the block raises, an earlier demonstration stays as it was. Raises
    RefusedError when the file there holds anything else, StoreError when the folder is no good.
    """
    refuse_other_files(path)
    if not path.parent.is_dir():
        msg = f"There is no folder {path.parent} for the demonstration; create it first."
        raise StoreError(msg)
    try:
        with (
            TemporaryDirectory(prefix=_PREFIX, dir=_workshop(path)) as workshop,
            TemporaryDirectory(prefix=_PREFIX, dir=path.parent) as beside,
        ):
            made = Path(workshop) / path.name
            yield f"sqlite:///{made.absolute()}"
            whole = Path(shutil.copy(made, beside))
            for suffix in _BESIDE:  # an old log beside the new file would be read into it
                Path(f"{path}{suffix}").unlink(missing_ok=True)
            whole.replace(path)
    except OSError as error:
        msg = (
            f"The demonstration cannot be written to {path} ({error.strerror}); name a file in a "
            "folder of yours with --database."
        )
        raise StoreError(msg) from None


def _workshop(path: Path) -> Path:
    """Where to build: in memory if that is a folder, since a thousand commits wait for a disk.

    What is half-built may be lost; only the finished file matters.
    """
    return _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else path.parent


def refuse_other_files(path: Path) -> None:
    """Nothing happens when nothing is there, or a demonstration; else RefusedError."""
    if path.exists() and not _is_demonstration(path):
        msg = (
            f"{path} is there already and holds more than demo patients, or something else; it was "
            "left as it is. Name another file with --database, or move that one away."
        )
        raise RefusedError(msg)


def _is_demonstration(path: Path) -> bool:
    """Whether the file holds demo patients and nobody else.

    It is asked read-only and not through the store: another program's database is not even opened
    for writing, and a demonstration of an older version may be replaced too. Without a log beside
    it the file is taken as immutable, or reading alone would leave an empty log there.
    """
    how = "mode=ro" if Path(f"{path}-wal").exists() else "immutable=1"
    try:
        address = f"file:{quote(str(path.absolute()))}?{how}"
        with closing(sqlite3.connect(address, uri=True)) as database:
            rows = database.execute("SELECT settings FROM path").fetchall()
            sites = [str(json.loads(settings).get("site", "")) for (settings,) in rows]
    except (sqlite3.Error, ValueError, AttributeError, TypeError):
        return False
    return bool(sites) and all(site.startswith(SITE) for site in sites)
