"""Which tables a database has, and how they come to be the ones this program works with."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage.database import Database
from storage.migrations import HEAD, REVISIONS
from workflow.errors import StoreError

SEALED: Final = "0009"
"""The revision from which on no name stands in the database in clear."""
_ENGINES: Final = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}


def migrate(database: Database) -> tuple[str | None, str]:
    """The database is at the newest revision; answers the one it had (None: empty) and has now.

    All of it is one transaction in which nobody else may change tables, so two programs that start
    at once agree. Raises StoreError when the database is newer than this program.
    """
    before = _move(database, HEAD)
    if before is not None and before < SEALED <= HEAD:
        database.forget_removed(everywhere=True)  # else names would still lie in unused pages
    return before, HEAD


def step_back(database: Database, revision: str | None) -> str | None:
    """The tables are those of an older revision, or of none; answers the one they had.

    What only the newer tables could hold is gone. Raises StoreError as `migrate` does.
    """
    return _move(database, revision)


def _move(database: Database, wanted: str | None) -> str | None:
    engine = create_engine(
        _ENGINES[database.dialect.name],
        creator=database.connect,
        module=database.driver,
        poolclass=NullPool,
    )
    try:
        with database.complaints(), engine.begin() as connection:
            driver_connection: Any = connection.connection.driver_connection  # Any: see connect
            database.begin_alone(driver_connection)
            before = database.revision(driver_connection)
            _refuse_newer(database, before, REVISIONS)
            if before != wanted:
                _run_revisions(connection, before, wanted)
            # A reader of the still empty file may hold up the commit for a moment.
            database.commit(driver_connection)
    except DBAPIError as error:
        raise database.explain(error.orig or error) from error
    return before


def require_head(
    database: Database, revision: str | None, known: tuple[str, ...] = REVISIONS
) -> None:
    """The tables are those this program works with; StoreError says otherwise what to do."""
    _refuse_newer(database, revision, known)
    if revision is None:
        msg = (
            f"The database {database.name} has no tables yet; run `allpath db upgrade` as the role "
            "that is to own them."
        )
        raise StoreError(msg)
    if revision != known[-1]:
        msg = (
            f"The database {database.name} is at revision {revision}, but this program needs "
            f"{known[-1]}; make a backup, then run `allpath db upgrade`."
        )
        raise StoreError(msg)


def _refuse_newer(database: Database, revision: str | None, known: tuple[str, ...]) -> None:
    if revision is not None and revision not in known:
        msg = (
            f"The database {database.name} is at revision {revision}, which this program does not "
            "know: it was written by a newer one. Install the newer program."
        )
        raise StoreError(msg)


def _run_revisions(connection: Any, before: str | None, wanted: str | None) -> None:  # noqa: ANN401 - alembic wants it untyped
    # Read only where it is needed: it takes longer to read than most commands take to run.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    is_back = wanted is None or (before is not None and wanted < before)
    (command.downgrade if is_back else command.upgrade)(config, wanted or "base")
