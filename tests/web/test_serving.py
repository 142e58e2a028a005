"""`allpath serve` and `allpath demo --serve`, as programs that are started and stopped."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from allpath.cli.serving import open_door, require_assets
from allpath.problems import UsageError
from allpath.web.assets import VENDOR, missing
from tests.web.serving import is_needed
from workflow.accounts import ACCOUNT_ROLES
from workflow.errors import StoreError

ALLPATH = Path(sys.executable).with_name("allpath")


@pytest.fixture
def built() -> None:
    """The pages are built; in CI they have to be."""
    if missing(VENDOR) and not is_needed():
        pytest.skip("the pages are not built (make install, with npm)")  # the rules need no npm


@contextmanager
def started(*arguments: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The program once it has said where it is, with what it said until then."""
    with subprocess.Popen(
        [ALLPATH, *arguments], cwd=folder, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        said: list[str] = []
        for line in program.stdout:
            said.append(line.rstrip("\n"))
            if line.startswith("Allpath is at"):
                break
        yield program, said
        if program.poll() is None:
            program.kill()


def rows(file: Path, sql: str) -> list[tuple[object, ...]]:
    """What lies in a file."""
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.execute(sql).fetchall())


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_the_demonstration_ends_with_a_site_that_runs_and_stops_in_order(
    tmp_path: Path, by: signal.Signals
) -> None:
    """Whoever types `make demo` can sign in; Ctrl-C ends pages and worker, and says so."""
    with started("demo", "--serve", "--port", "0", folder=tmp_path) as (program, said):
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+", said[-1])
        with urlopen(f"{url}/sign-in", timeout=20) as answer:  # noqa: S310 - our own server
            text = answer.read().decode()
        program.send_signal(by)
        rest = program.stdout.read() if program.stdout else ""

    assert program.returncode == 0
    assert "<h1>Sign in</h1>" in text
    assert rest == "Allpath has stopped.\n"
    beats = rows(tmp_path / "demo.db", "SELECT stopped_at FROM heartbeat")
    assert len(beats) == 1
    assert beats[0][0] is not None


@pytest.mark.usefixtures("built")
def test_the_demonstration_has_an_account_for_each_role_with_a_password_of_chance(
    tmp_path: Path,
) -> None:
    """The passwords are shown once and kept nowhere; nobody can guess them."""
    with started("demo", "--serve", "--port", "0", folder=tmp_path) as (_, said):
        lines = [line for line in said[said.index("Sign in") + 1 : -2] if "\t" in line]

    roles = {line.split("\t")[2] for line in lines}
    passwords = {line.split("\t")[3] for line in lines}
    assert roles == set(ACCOUNT_ROLES) - {"service"}
    assert len(passwords) == len(lines)
    assert all(re.fullmatch(r"([a-z2-9]{5}-){3}[a-z2-9]{5}", password) for password in passwords)
    kept = (tmp_path / "demo.db").read_bytes()
    assert not any(password.encode() in kept for password in passwords)


@pytest.mark.usefixtures("built")
def test_without_a_worker_nobody_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where workers run on their own, the pages start none."""
    arguments = ("serve", "--no-with-worker", "--port", "0")
    database = tmp_path / "own.db"
    subprocess.run(
        [ALLPATH, "demo", "--database", str(database), "--json"], check=True, capture_output=True
    )
    monkeypatch.setenv("ALLPATH_DATABASE", f"sqlite:///{database}")

    with started(*arguments, folder=tmp_path) as (program, _):
        program.send_signal(signal.SIGINT)
        program.wait(30)

    assert program.returncode == 0
    assert rows(database, "SELECT * FROM heartbeat") == []


def test_pages_that_are_not_built_are_not_served(tmp_path: Path) -> None:
    """Without npm everything works but the pages, and they say so at the start."""
    with pytest.raises(StoreError, match="Install npm"):
        require_assets(tmp_path)


def test_a_port_that_is_taken_is_told_in_clear_words() -> None:
    """Somebody who starts it twice reads what to do, and no trace of the program."""
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]

        with pytest.raises(UsageError, match=rf"127\.0\.0\.1:{port} .*another --port"):
            open_door("127.0.0.1", port)
