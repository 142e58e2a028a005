"""PostgreSQL's own programs that write and read a backup: `pg_dump` and `pg_restore`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from storage.identity_tables import KEYS
from storage.postgresql import EVERY_SITE, PostgresDatabase
from workflow.errors import StoreError

OURS: Final = ("alembic_version", "journal", "meta", "path")
"""Tables that every backup of ours has, of whatever revision."""
PATIENCE: Final = "10s"
"""How long a restore waits for those who still use the tables."""


@dataclass(frozen=True, slots=True)
class ServerPrograms:
    """The programs for one database; `folder` is where they are, None for wherever PATH leads."""

    database: PostgresDatabase
    folder: Path | None = None

    def dump(self, file: Path) -> None:
        """Everything but the keys is in the file, as of one moment and of every site.

        Raises StoreError when the program is missing or too old, or the role may not read all.
        """
        # Row-level security stays on, as it does for the owner; the session may see every site.
        apart = [f"--exclude-table-data=*.{table}" for table in KEYS]
        options = ("--format=custom", "--enable-row-security", *apart)
        self._run("pg_dump", *options, f"--file={file.absolute()}")

    def load(self, file: Path) -> None:
        """What is in the file is in the database, in place of our tables there; else nothing is.

        Owners and rights stay behind: the connected role owns the tables, and grants anew.
        """
        with file.open("rb") as content:
            if content.read(5) != b"PGDMP":
                raise StoreError(f"{file} is not a backup of a server; name another file.")
        listed = _answer([self._path("pg_restore"), "--list", str(file.absolute())])
        if not all(re.search(rf" TABLE DATA \S+ {table} ", listed) for table in OURS):
            raise StoreError(f"{file} is no backup of Allpath; name another file.")
        options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        with closing(self.database.connect()) as connection, self.database.complaints():
            if self.database.revision(connection) is not None:
                options += ["--clean", "--if-exists"]
        self._run("pg_restore", *options, str(file.absolute()))

    def _run(self, program: str, *arguments: str) -> None:
        connect, environment = self._connection()
        command = [self._path(program), "--no-password", f"--dbname={connect}", *arguments]
        done = subprocess.run(  # noqa: S603 - a program of the server's, found by `_path`
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            # Only the first line: those after it may quote a row.
            reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[0]
            msg = (
                f"{program} could not finish for {self.database.name} ({reason[:300]}); nothing "
                "was changed. Connect as the owner of the tables, and look after the server."
            )
            raise StoreError(msg)

    def _connection(self) -> tuple[str, dict[str, str]]:
        """How the programs connect; the password goes with the environment, unseen by others."""
        given: dict[str, Any] = self.database.parameters()  # Any: ports are numbers
        password = given.pop("password", "")
        ours = f"-c allpath.sites={EVERY_SITE} -c lock_timeout={PATIENCE}"
        options = f"{given.pop('options', '')} {ours}".strip()
        from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - read only where it is used

        environment = {**os.environ, "LC_ALL": "C"}
        if password:
            environment["PGPASSWORD"] = str(password)
        return make_conninfo("", **given, options=options), environment

    def _path(self, program: str) -> str:
        """Where the program is; it has to know at least what the server knows."""
        found = shutil.which(program, path=None if self.folder is None else str(self.folder))
        if found is None:
            where = "on the PATH" if self.folder is None else f"in {self.folder}"
            msg = (
                f"There is no {program} {where}; install the client programs of PostgreSQL, or "
                "name their folder in ALLPATH_PG_BIN."
            )
            raise StoreError(msg)
        number = re.search(r"\s(\d+)", _answer([found, "--version"]))
        with closing(self.database.connect()) as connection:
            needed = connection.info.server_version // 10000
        if number is None or int(number[1]) < needed:
            msg = (
                f"{found} is of PostgreSQL {number[1] if number else 'unknown'}, but the server of "
                f"{self.database.name} is {needed}; name newer ones in ALLPATH_PG_BIN."
            )
            raise StoreError(msg)
        return found


def _answer(command: list[str]) -> str:
    """What a program of the server's says when it is asked something; empty where it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - see _run
