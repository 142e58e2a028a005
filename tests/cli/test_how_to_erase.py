"""The page on withdrawals and erasure does what it says, block by block."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "erase-a-patient.md"


# Some twenty programs, each a process of its own, on a machine that may be slow.
@pytest.mark.timeout(300)
def test_a_patient_is_erased_by_copying_the_blocks(tmp_path: Path) -> None:
    """Whoever answers the letter has the page in one hand, and cannot undo what it says."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    inherited = {name: text for name, text in os.environ.items() if "ALLPATH" not in name}
    path = os.pathsep.join((str(Path(sys.executable).parent), inherited["PATH"]))

    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", "\n".join(f"echo '== {n}'\n{b}" for n, b in enumerate(blocks))],
        cwd=tmp_path,
        env={**inherited, "PATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr + done.stdout
    said = re.split(r"^== \d+$", done.stdout, flags=re.MULTILINE)[1:]
    assert len(said) == 8
    assert "data use\twithdrawn since" in said[2]
    assert "1  left out because data use was withdrawn" in said[3]
    assert "gone for good\tthe name, 1 number" in said[4]
    assert "(identity erased on" in said[5]
    assert "SAMPLE, Anna" in said[5]
    assert "SAMPLE, Ben" not in said[5]
    assert "SAMPLE, Ben" in said[6]
    assert "2 patients came back without name and numbers" in said[7]
    assert "SAMPLE" not in said[7]
