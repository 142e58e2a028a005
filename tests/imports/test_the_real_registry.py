"""The 2,279 transplanted patients of the registry, all of them through decide and commit."""

from __future__ import annotations

import csv
import math
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests.imports.registry import Registry

FILE: Final = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "ebmt4.csv"


@pytest.mark.skipif(
    not FILE.exists(), reason=f"the registry's file is not here: {FILE} (it is not ours to copy)"
)
def test_the_whole_registry_is_imported_with_its_known_totals(registry: Registry) -> None:
    """2,279 patients, 370 relapses, 838 deaths; chains verify, and a second run adds nothing."""
    answer = registry.run("ebmt", FILE, "--json")
    again = registry.run("ebmt", FILE, "--json")

    figures = answer.figures
    assert (answer.exit_code, again.exit_code) == (0, 0)
    assert (figures["patients"], figures["relapses"], figures["deaths"]) == (2279, 370, 838)
    assert figures["rejected"] == 0
    unchanged = {"steps": 0, "facts": 0, "seconds": 0}
    assert {**again.figures, "seconds": 0} == {**figures, **unchanged}
    steps = Counter(
        entry.state_to
        for history in registry.histories().values()
        for entry in history
        if entry.kind == "step_transcribed"
    )
    assert steps == expected_steps()
    assert steps.total() == figures["steps"]
    assert registry.live_checkpoints() == 0
    assert registry.disagreements() == []


def expected_steps() -> Counter[str]:
    """How often each state is entered, counted from the file without the product."""
    steps: Counter[str] = Counter()
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            relapse, end = math.floor(float(row["rel"])), math.floor(float(row["srv"]))
            has_relapsed, has_died = row["rel.s"] == "1", row["srv.s"] == "1"
            is_relapse_free = relapse > 100 if has_relapsed else relapse >= 100
            is_alive = end > 100 if has_died else end >= 100
            steps["fu_hsct"] += is_relapse_free and is_alive
            steps["relapse_next"] += has_relapsed
            steps["dead" if has_died else "transferred"] += 1
    return steps
