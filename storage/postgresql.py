"""All that is peculiar to PostgreSQL: its sessions, row locks, sites, roles and time limits."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import URL, Dialect

from storage.database import Condition
from storage.postgresql_errors import TRANSIENT, explained
from workflow.errors import AllpathError, StoreError

T = TypeVar("T")

EVERY_SITE: Final = "*"
SHORTEST_PAUSE: Final = 0.002
LONGEST_PAUSE: Final = 0.100
TURNS: Final = 5
"""How often a read that decides nothing is tried again."""
WRITING: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
READING: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
"""Said each time: a server or a role may have another level as its own."""
ALONE: Final = 0x616C6C70617468
"""The number of the lock that whoever changes the tables holds: `allpath` in its letters' codes."""
OLDEST: Final = 15


@dataclass(frozen=True)
class PostgresDatabase:
    """A database on a server, for teams; `sites` are those whose patients are seen, `*` is all.

    `patience_seconds` is how long a statement waits for somebody else's lock, `limit_seconds` how
    long it may run, `idle_seconds` how long a transaction may be left open by a program that hangs.
    """

    address: URL
    password: str = field(default="", repr=False)
    sites: str = EVERY_SITE
    patience_seconds: float = 10.0
    limit_seconds: float = 60.0
    idle_seconds: float = 30.0

    @property
    def name(self) -> str:
        """What the database is called in a sentence, without any password."""
        host = self.address.host or self.address.query.get("host")
        return f"{self.address.database} on {host}" if host else f"{self.address.database}"

    @property
    def url(self) -> str:
        """The address, without any password."""
        return self.address.render_as_string(hide_password=True)

    @cached_property
    def driver(self) -> Any:  # noqa: ANN401 - a driver is a module, here psycopg
        """The driver; StoreError where the extra that brings it is not installed."""
        try:
            import psycopg  # noqa: PLC0415 - read only where such a database is opened
        except ImportError:
            msg = (
                "PostgreSQL needs a part of Allpath that is not installed; install it with "
                "`pip install 'allpath[postgres]'`, or name a file like sqlite:///allpath.db."
            )
            raise StoreError(msg) from None
        return psycopg

    @property
    def dialect(self) -> Dialect:
        """How SQL is written for this database."""
        return PGDialect(paramstyle="format")  # type: ignore[no-untyped-call]  # as shipped

    def parameters(self) -> dict[str, Any]:  # Any: ports are numbers, other words are texts
        """What the driver connects with; a password is among them where one was given."""
        _, given = self.address.get_dialect()().create_connect_args(self.address)
        found = {"application_name": "allpath", "connect_timeout": 10, **given}
        return {**found, "password": self.password} if self.password else found

    def create(self) -> None:
        """The database is there to be connected to; the one who runs the server makes it."""
        self.connect().close()

    def makes_tables(self) -> bool:
        """Whoever makes the tables owns them, so their owner makes them on purpose."""
        return False

    def connect(self) -> Any:  # noqa: ANN401 - see driver
        """A connection that ends no transaction by itself.

        Raises StoreError when the server, the database or the role cannot be used.
        """
        with self.complaints():
            connection = self.driver.connect(**self.parameters(), autocommit=True)
            version = connection.info.server_version // 10000
            if version < OLDEST:
                connection.close()
                msg = f"The server of {self.name} is PostgreSQL {version}; {OLDEST} is the oldest."
                raise StoreError(f"{msg} Upgrade the server.")
            return connection

    def is_usable(self, connection: Any) -> bool:  # noqa: ANN401 - see driver
        """Whether the connection still leads somewhere, as far as this side knows."""
        return not connection.closed

    def settle(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """Nothing of a server's own settings is changed: they belong to whoever runs it."""

    def patiently(self, action: Callable[[], T]) -> T:
        """The outcome of the action, tried again where the server undid it for another one's sake.

        Only for what decides nothing: a decision is made again by whoever made it.
        """
        for turn in range(TURNS):
            try:
                return action()
            except self.driver.Error as error:
                if error.sqlstate not in TRANSIENT:
                    raise
            longest = min(SHORTEST_PAUSE * 2**turn, LONGEST_PAUSE)
            time.sleep(random.uniform(SHORTEST_PAUSE, longest))  # noqa: S311 - to spread, not hide
        return action()

    def begin(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """A write transaction; each statement sees what is committed, and loaded rows are held."""
        connection.execute(f"{WRITING}; {self._local}", prepare=False)

    def begin_alone(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """A write transaction for new tables; it sees every site and may take its time."""
        connection.execute(
            f"{WRITING}; {self._local}; SET LOCAL allpath.sites = '{EVERY_SITE}'; "
            f"SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({ALONE})",
            prepare=False,
        )

    def begin_read(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """A transaction that sees one moment and writes nothing."""
        connection.execute(f"{READING}; {self._local}", prepare=False)

    def commit(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """What was written is on the disk; StoreError where a broken line leaves that open."""
        failed = self.driver.pq.TransactionStatus.INERROR
        if connection.closed or connection.info.transaction_status == failed:
            # To a COMMIT the server would answer by undoing everything, without an error.
            msg = f"A statement on {self.name} failed before the end; nothing was kept. Try again."
            raise StoreError(msg)
        try:
            connection.execute("COMMIT")
        except self.driver.OperationalError as error:
            if not connection.closed:
                raise
            msg = (
                f"The connection to {self.name} broke while the last change was being kept; it may "
                "or may not be there. Look before you do it again."
            )
            raise StoreError(msg) from error

    def undo(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """Nothing of the transaction is left."""
        connection.rollback()

    def forget_removed(self, *, everywhere: bool = False) -> bool:  # noqa: ARG002 - see Database
        """The server overwrites in its own time; whoever runs it sees to that and to its logs."""
        return True

    def is_in_transaction(self, connection: Any) -> bool:  # noqa: ANN401 - see driver
        """Whether a transaction has begun and not ended on this connection."""
        idle = self.driver.pq.TransactionStatus.IDLE
        return not connection.closed and connection.info.transaction_status != idle

    def revision(self, connection: Any) -> str | None:  # noqa: ANN401 - see driver
        """The revision of the tables, None in an empty database; StoreError when not ours."""
        question = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        names = {name for (name,) in connection.execute(question).fetchall()}
        if names <= {"alembic_version"}:
            return None
        if not {"meta", "alembic_version"} <= names:
            msg = f"{self.name} is the database of another program; name another one."
            raise StoreError(msg)
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(revision)

    def condition(self, connection: Any) -> Condition:  # noqa: ANN401 - see driver
        """How the server runs the database, and what the connected role should not be able to."""
        info = connection.info
        question = "SELECT current_setting('synchronous_commit'), current_setting('fsync')"
        synchronous, fsync = connection.execute(question).fetchone()
        return Condition(
            product="PostgreSQL",
            version=f"{info.server_version // 10000}.{info.server_version % 10000}",
            driver=f"psycopg {self.driver.__version__}",
            journal_mode="wal",
            synchronous=synchronous if fsync == "on" else "OFF (fsync is off)",
            encrypted=bool(connection.pgconn.ssl_in_use),
            notes=tuple(_notes(connection)),
        )

    @contextmanager
    def complaints(self) -> Iterator[None]:
        """What the driver complains of inside this block is said in one sentence with a cure."""
        try:
            yield
        except self.driver.Error as error:
            raise self.explain(error) from error

    def explain(self, error: BaseException) -> AllpathError:
        """What the driver's error means for this database, and what to do."""
        return explained(error, self.name, self.patience_seconds)

    @cached_property
    def _local(self) -> str:
        """What holds for one transaction; nothing is set for a session that others may share."""
        return (
            f"SET LOCAL allpath.sites = {_quoted(self.sites)}; "
            f"SET LOCAL lock_timeout = {_millis(self.patience_seconds)}; "
            f"SET LOCAL statement_timeout = {_millis(self.limit_seconds)}; "
            f"SET LOCAL idle_in_transaction_session_timeout = {_millis(self.idle_seconds)}"
        )


def read_password(file: Path) -> str:
    """The password in the first line of the file. Raises StoreError without showing any."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"The password file {file} cannot be read; check its name and your rights."
        raise StoreError(msg) from error
    if not lines or not lines[0]:
        raise StoreError(
            f"The password file {file} is empty; write the password in its first line."
        )
    return lines[0]


def _notes(connection: Any) -> Iterator[str]:  # noqa: ANN401 - see driver
    """What the connected role could do that an application never should."""
    name, is_mighty, owns = connection.execute(
        "SELECT rolname, rolsuper OR rolbypassrls, EXISTS (SELECT 1 FROM pg_tables WHERE "
        "schemaname = current_schema() AND tablename = 'journal' AND "
        "pg_has_role(pg_roles.oid, tableowner, 'USAGE')) FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    cure = "use it for upgrades alone, and let `allpath db grant ROLE` prepare another for the work"
    if is_mighty:
        yield f"the role {name} may bypass row-level security; {cure}"
    elif owns:
        yield f"the role {name} owns the tables and could take their protection away; {cure}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _millis(seconds: float) -> int:
    return max(1, round(seconds * 1000))
