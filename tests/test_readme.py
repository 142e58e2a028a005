"""The README's commands do what it says: they are run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def _run_story(folder: Path) -> subprocess.CompletedProcess[str]:
    """The story's blocks in one shell, on a database in `folder`, from the repository's folder."""
    story = "\n".join(block for block in BLOCKS if not block.startswith("make "))
    story = story.replace("sqlite:///story.db", f"sqlite:///{folder / 'story.db'}")
    story = story.replace("--output summary.pdf", f"--output {folder / 'summary.pdf'}")
    story += '\nallpath patient show "$PATIENT" --json\n'
    bin_folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "COLUMNS": "100"}
    return subprocess.run(
        ["/usr/bin/env", "bash", "-euo", "pipefail", "-c", story],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_story_of_one_patient_runs_as_it_is_told(tmp_path: Path) -> None:
    """Every line succeeds, the two refusals are refused as said, Anna ends in reinduction."""
    done = _run_story(tmp_path)

    assert done.returncode == 0, done.stderr
    assert "refused: 4" in done.stdout
    assert "not permitted: 6" in done.stdout
    assert "cns_status" in done.stdout
    assert "25 of 25 cases agree" in done.stdout
    assert '"state": "reinduction"' in done.stdout or '"state":"reinduction"' in done.stdout


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    """What the README tells a newcomer to type exists."""
    makefile = (ROOT / "Makefile").read_text()

    for line in BLOCKS[0].split("\n"):
        if line:
            assert re.search(rf"^{line.removeprefix('make ')}:", makefile, re.MULTILINE), line
