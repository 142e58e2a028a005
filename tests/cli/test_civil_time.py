"""A clock changed by decree: `doctor` tells what it moved, `sweep` computes it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.zonedata import ZoneData, zone_data_in


@pytest.fixture
def zones(tmp_path: Path) -> Iterator[ZoneData]:
    """Zone data that the test changes, and the machine's own behind them."""
    with zone_data_in(tmp_path / "zones") as zones:
        yield zones


@pytest.fixture
def london(desk: Desk) -> Desk:
    """A desk in London, with two patients."""
    desk.variables["ALLPATH_TIME_ZONE"] = "Europe/London"
    desk.enrol()
    desk.enrol(mrn="9990000002", family="Other")
    return desk


def _civil_time(desk: Desk) -> list[tuple[str, str]]:
    found = desk.ask("doctor")["findings"]
    return [(item["result"], item["text"]) for item in found if item["name"] == "civil time"]


def test_doctor_counts_what_disagrees_and_sweep_computes_it_again(
    london: Desk, zones: ZoneData
) -> None:
    """An update of the machine moves no due moment silently, and none is left behind."""
    well = _civil_time(london)
    zones.decree("Europe/London", "BST-1")

    ((result, text),), swept = _civil_time(london), london.ask("sweep")

    assert well == [("ok", "every checkpoint agrees with the time zone data (2 looked at)")]
    assert result == "warn"
    assert text.startswith("2 checkpoints of 2 paths no longer agree with the time zone data; run")
    assert (swept["recomputed"], swept["paths"], swept["failed"]) == (2, 2, [])
    assert _civil_time(london) == well
    assert london.ask("sweep")["recomputed"] == 0


def test_the_sweep_says_why_it_computed_again(london: Desk, zones: ZoneData) -> None:
    """A coordinator who sees a due day move finds the reason in the answer and in the history."""
    zones.decree("Europe/London", "BST-1")

    answer = london.run("sweep")

    assert answer.out.splitlines() == [
        "2 paths looked at: 0 due, 0 overdue, 0 escalated.",
        "2 checkpoints computed again: the time zone data or a path's time zone had changed.",
    ]
    assert "Checkpoint recomputed C-RF-1" in london.run("history", "9990000001").out


def test_doctor_names_a_path_whose_day_nobody_can_tell(desk: Desk, zones: ZoneData) -> None:
    """A zone that is missing is no zone that agrees."""
    zones.decree("Site/Island", "SIT-3")
    path_id = desk.enrol("--time-zone", "Site/Island")
    zones.withdraw("Site/Island")

    ((result, text),) = _civil_time(desk)

    assert result == "warn"
    assert text.startswith(f"cannot be computed for {path_id}: ")
