"""Whatever is merged, parted, corrected and undone, every history and checkpoint holds together."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import NOW
from tests.corrections.cohort import cohort
from tests.merging.campaign import run


def test_random_merges_among_other_acts_leave_everything_sound(tmp_path: Path) -> None:
    """Two readers who do not trust the product find nothing, and no review is missing."""
    made = cohort(tmp_path, 20, 3, NOW)

    tally = run(made, 3, 50)
    made.store.close()

    assert tally.mistakes == []
    assert tally.counts["merge"] > 5
    assert tally.counts["part"] > 2
