"""The page that tells how to publish and migrate does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.campaign

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "how-to" / "publish-and-migrate-a-pathway.md"


# Twenty commands, each a process of its own, on a machine that may be slow.
@pytest.mark.timeout(400)
def test_the_commands_of_the_page_run_from_top_to_bottom(tmp_path: Path) -> None:
    """Whoever copies the blocks one after another gets no error, and what the page promises."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "workflow").symlink_to(ROOT / "workflow")
    inherited = {name: text for name, text in os.environ.items() if "ALLPATH" not in name}
    path = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"

    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env={**inherited, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "assessment C-AS-1.mdt\tdue 7 d, now 9 d" in done.stdout
    assert "1 moved, 0 already, 0 left.\n0 moved, 1 already, 0 left." in done.stdout
    assert "1 moved back, 0 already, 0 left." in done.stdout
    assert "relapsed_all 2026.12 is retired" in done.stdout
