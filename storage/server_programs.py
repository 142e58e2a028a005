"""PostgreSQL's own programs that write and read a backup: `pg_dump` and `pg_restore`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.postgresql import EVERY_SITE, PostgresDatabase
from workflow.errors import StoreError


@dataclass(frozen=True, slots=True)
class ServerPrograms:
    """The programs for one database; `folder` is where they are, None for wherever PATH leads."""

    database: PostgresDatabase
    folder: Path | None = None

    def dump(self, file: Path) -> None:
        """Everything in the database is in the file, as of one moment and of every site.

        Raises StoreError when the program is missing or too old, or the role may not read all.
        """
        # Row-level security stays on, as it does for the owner; the session may see every site.
        self._run("pg_dump", "--format=custom", "--enable-row-security", f"--file={file}")

    def load(self, file: Path) -> None:
        """What is in the file is in the database, in place of our tables there; else nothing is.

        Owners and rights stay behind: the connected role owns the tables, and grants anew.
        """
        with file.open("rb") as content:
            if content.read(5) != b"PGDMP":
                raise StoreError(f"{file} is not a backup of a server; name another file.")
        options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        with closing(self.database.connect()) as connection, self.database.complaints():
            if self.database.revision(connection) is not None:
                options += ["--clean", "--if-exists"]
        self._run("pg_restore", *options, str(file))

    def _run(self, program: str, *arguments: str) -> None:
        path = self._path(program)
        connect, environment = self._connection()
        done = subprocess.run(  # noqa: S603 - a program of the server's, its path looked up above
            [path, "--no-password", f"--dbname={connect}", *arguments],
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
        options = f"{given.pop('options', '')} -c allpath.sites={EVERY_SITE}".strip()
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
        said = subprocess.run(  # noqa: S603 - found just now
            [found, "--version"], capture_output=True, text=True, check=False
        ).stdout
        number = re.search(r"\s(\d+)", said)
        with closing(self.database.connect()) as connection:
            needed = connection.info.server_version // 10000
        if number is None or int(number[1]) < needed:
            msg = (
                f"{found} is of PostgreSQL {number[1] if number else 'unknown'}, but the server of "
                f"{self.database.name} is {needed}; name newer ones in ALLPATH_PG_BIN."
            )
            raise StoreError(msg)
        return found
