"""The page that tells how to run two workers does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.campaign

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-two-workers.md"


def test_the_commands_of_the_page_run_from_top_to_bottom(tmp_path: Path) -> None:
    """Two real workers, one of them killed; the other ends well."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    inherited = {name: text for name, text in os.environ.items() if "ALLPATH" not in name}
    programs = str(Path(sys.executable).parent)

    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env={
            **inherited,
            "PATH": os.pathsep.join((programs, inherited["PATH"])),
            "ALLPATH_DATABASE": f"sqlite:///{tmp_path / 'ward.db'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.count("2 workers at work, nothing waits to be looked at") == 2
    assert "Worker second has stopped." in done.stdout
