"""The wiring: which store, pathways and clock stand behind every front door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from allpath import clock
from allpath.settings import Settings
from storage.engine import open_store
from storage.sql_store import SqlStore
from workflow.errors import StoreError
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.pathway import Pathway


@dataclass(frozen=True)
class Allpath:
    """The product put together: settings, store, the orchestrator over it, pathways and clock."""

    settings: Settings
    store: SqlStore
    orchestrator: Orchestrator
    pathway_of: Callable[[str], Pathway]
    clock: clock.Clock

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self.clock()


def open_allpath(
    settings: Settings,
    *,
    pathway_of: Callable[[str], Pathway] = load_shipped,
    use_clock: clock.Clock = clock.now,
) -> Allpath:
    """The product on the database of the settings; a missing SQLite file is created.

    Raises StoreError when the database cannot be used as it is.
    """
    if settings.is_default_database:  # only our own folder is made; a mistyped one is an error
        _make_folder(settings.database)
    store = open_store(settings.database, key_file=settings.key_file)
    return Allpath(settings, store, Orchestrator(store, pathway_of), pathway_of, use_clock)


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
