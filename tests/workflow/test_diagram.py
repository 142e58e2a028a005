"""The pictures under diagrams/ are those the program draws today."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflow.diagram import overview
from workflow.loading import load_shipped, shipped

DIAGRAMS = Path(__file__).parents[2] / "diagrams"


@pytest.mark.parametrize("pathway_id", shipped())
def test_the_committed_overview_is_the_drawn_one(pathway_id: str) -> None:
    """`make diagrams` was run after the last change of the pathway."""
    committed = (DIAGRAMS / f"{pathway_id}.mmd").read_text(encoding="utf-8")

    assert committed == overview(load_shipped(pathway_id))
