"""The measurements run; how fast anything is, no test says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_measurements_print_their_table_with_goals_seed_and_versions(tmp_path: Path) -> None:
    """Whoever reads a figure must be able to measure it again, with the same seed."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks", "--quick", "--only", "decide"),
            *("--seed", "17", "--folder", tmp_path),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "seed 17; " in done.stdout
    assert "pathway relapsed_all" in done.stdout
    for line in ("decide, median", "decide, explained, median", "goals missed"):
        assert line in done.stdout
    assert "... decide: round 1 of 1" in done.stderr
    assert [*tmp_path.iterdir()] == []
