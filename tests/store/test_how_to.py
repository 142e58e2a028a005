"""The page that tells how to run Allpath with PostgreSQL does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests import postgresql

pytestmark = pytest.mark.campaign

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "run-with-postgresql.md"


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """What a shell of the one who runs the tests' server has; what the page made is gone after."""
    running = postgresql.server()
    inherited = {name: text for name, text in os.environ.items() if "ALLPATH" not in name}
    folders = (str(Path(sys.executable).parent), str(running.programs), inherited["PATH"])
    yield {
        **inherited,
        "PATH": os.pathsep.join(folders),
        "PGHOST": str(running.socket_folder),
        "PGUSER": "postgres",
        "COLUMNS": "200",
    }
    for name in ("allpath", "rehearsal"):
        running.drop(name)
    running.run("DROP ROLE IF EXISTS allpath_app", "DROP ROLE IF EXISTS allpath_owner")


# Twenty programs, each a process of its own, on a machine that may be slow.
@pytest.mark.timeout(300)
def test_the_commands_of_the_page_run_from_top_to_bottom(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """From nothing to a team's database, and back from its backup, by copying the blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)

    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", "\n".join(f"echo '== {n}'\n{b}" for n, b in enumerate(blocks))],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr + done.stdout
    said = re.split(r"^== \d+$", done.stdout, flags=re.MULTILINE)[1:]
    path_id = (tmp_path / "patient").read_text().strip()
    assert "was at no revision and is now at" in said[1]
    assert "every hash chain verifies" in said[2]
    assert "role\t" not in said[2]
    assert said[3].count(path_id) == 1
    assert "Everything is in ward.backup" in said[4]
    assert re.search(r"1 path with \d+ journal entries came back", said[5])
    assert "3 journal lines; the hash chain verifies" in said[5]
    assert "is at the newest revision" in said[6]
    assert (tmp_path / "owner.password").stat().st_mode & 0o077 == 0
