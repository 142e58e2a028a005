"""A process that dies at any moment leaves a database in which everything holds together."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.campaign

HERE = Path(__file__).parent
KILLS = 100
STEPS = 2000


# A slow machine needs several times what ours does; it is killed as often, and works as much.
@pytest.mark.timeout(400)
def test_a_product_killed_100_times_at_random_loses_halves_and_doubles_nothing() -> None:
    """What was acknowledged is kept, and every path stands where an undisturbed one would stand."""
    done = subprocess.run(
        [sys.executable, HERE / "campaign.py", "--kills", str(KILLS), "--steps", str(STEPS)],
        stdout=subprocess.PIPE,
        check=False,
    )

    sys.stdout.write(done.stdout.decode())
    figures: dict[str, Any] = json.loads(done.stdout)  # Any: plain data of several types
    assert figures["findings"] == []
    assert figures["kills"] >= KILLS
    assert figures["confirmed_steps"] >= STEPS
    assert figures["counted"]["acknowledged"] == figures["entries_acknowledged"]
