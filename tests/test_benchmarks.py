"""The measurements run; how fast anything is, no test says."""

from __future__ import annotations

import os
import subprocess
import sys
from math import isfinite
from pathlib import Path

import pytest

from benchmarks.__main__ import MEASUREMENTS
from benchmarks.figures import Run

pytestmark = pytest.mark.campaign

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


@pytest.mark.parametrize("name", [name for name in MEASUREMENTS if name != "decide"])
def test_every_measurement_still_measures_the_tables_of_today(name: str, tmp_path: Path) -> None:
    """A measurement that nobody ran for a month is the one that is needed today."""
    figures = MEASUREMENTS[name](Run(tmp_path, 17, is_quick=True))

    assert figures
    assert all(isfinite(figure.measured) for figure in figures)
