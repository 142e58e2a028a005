"""The wiring: which store, pathways and clock stand behind every front door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from allpath import clock
from allpath.settings import Settings
from allpath.vouching import voucher
from storage.database import Database
from storage.engine import database_at, store_on
from storage.sql_store import SqlStore
from workflow.errors import AllpathError, StoreError
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.pathway import Pathway
from workflow.records import PathRecord


@dataclass(frozen=True)
class Allpath:
    """The product put together: settings, store, the orchestrator over it, and the clock."""

    settings: Settings
    store: SqlStore
    orchestrator: Orchestrator
    clock: clock.Clock

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self.clock()

    def shown_by(self, path: PathRecord) -> Pathway | None:
        """The version a path is pinned to; None where it cannot be read, which no list may hide."""
        try:
            return self.orchestrator.library.pinned(path)
        except AllpathError:
            return None


def open_allpath(
    settings: Settings,
    *,
    shipped: Callable[[str], Pathway] = load_shipped,
    use_clock: clock.Clock = clock.now,
) -> Allpath:
    """The product on the database of the settings; a missing SQLite file is created.

    Raises StoreError when the database cannot be used as it is.
    """
    if settings.is_default_database:  # only our own folder is made; a mistyped one is an error
        _make_folder(settings.database)
    store = store_on(database_of(settings))
    orchestrator = Orchestrator(store, shipped, voucher(settings.reauthentication))
    return Allpath(settings, store, orchestrator, use_clock)


def database_of(settings: Settings) -> Database:
    """The database of the settings, not opened yet; raises StoreError for a bad address."""
    return database_at(
        settings.database,
        key_file=settings.key_file,
        password_file=settings.password_file,
        sites=settings.sites,
    )


def _make_folder(url: str) -> None:
    folder = Path(url.removeprefix("sqlite:///")).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = (
            f"The folder {folder} cannot be made ({error.strerror}); set ALLPATH_DATABASE to a "
            "file in a folder of yours, as sqlite:///allpath.db."
        )
        raise StoreError(msg) from None
