"""The auditor's page does what it says, block by block, on the patients of the demo."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.campaign

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "audit.md"


# Some twenty programs, each a process of its own, on a machine that may be slow.
@pytest.mark.timeout(300)
def test_an_auditor_comes_from_a_question_to_a_proof_by_copying_the_blocks(tmp_path: Path) -> None:
    """Who decided, who looked, what verify says of a sound and of a tampered file, the proofs."""
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
    assert len(said) == 12
    assert "Its head was signed with the key ward.example/allpath" in said[1]
    assert re.search(r"Step confirmed .*\((clinician|lead)", said[2])
    assert "recorded, to the letter" in said[3]
    assert ", 0 not." in said[3]
    assert "As it was on" in said[4]
    assert "confirms the step and answers for it" in said[5]
    assert "history shown" in said[6]
    assert "Nothing was changed." in said[7]
    assert "entry 2 (position" in said[8]
    assert "It left with 8." in said[8]
    assert "are unchanged and in the log" in said[9]
    assert "hashes prove it" in said[10]
    assert "nothing before changed" in said[11]
