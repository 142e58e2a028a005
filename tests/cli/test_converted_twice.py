"""The doctor finds results that an earlier program converted twice, and says what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from allpath.bootstrap import Allpath, open_allpath
from allpath.converted import converted_twice
from allpath.settings import read_settings
from tests.cli.conftest import COORDINATOR, Desk
from workflow.act import Act
from workflow.commands import Command, CorrectFact, MoveFact, NewFact
from workflow.facts import FactRecord
from workflow.records import Actor

CORA = Actor("Cora Coordinator", "coordinator")
RESULT = ("mrd=0.3", "--unit", "percent", "--specimen", "marrow", "--method", "flow")


@dataclass
class OldHouse:
    """Two patients of a house that was worked in with the program as it was before the mend."""

    desk: Desk
    allpath: Allpath
    here: str
    there: str

    def result(self, path_id: str = "") -> FactRecord:
        """The result of the patient that was recorded last."""
        facts = self.allpath.store.case(path_id or self.here).facts
        found: FactRecord = next(record for record in reversed(facts) if record.fact == "mrd")
        return found

    def take_over(
        self, path_id: str, origin: FactRecord, more: dict[str, str] | None = None
    ) -> FactRecord:
        """A record that comes from another one as before the mend: its numbers converted again.

        `more` names the origin in its entry; without it, the origin is withdrawn.
        """
        again = NewFact(
            fact="mrd",
            value=origin.value,
            effective_at=origin.effective_at,
            status=origin.status if more else "entered_in_error",
            source=origin.source,
        )

        def change(act: Act) -> None:
            if more:
                act.add_fact(again, "fact_recorded", reason="as it was", more=more)
            else:
                act.add_fact(again, "fact_corrected", supersedes=origin, reason="as it was")

        self.allpath.orchestrator._change(Command(actor=CORA), path_id, self.desk.at, change)
        return self.result(path_id)

    def found(self) -> list[tuple[str, str, str, bool]]:
        """What the search finds."""
        return [
            (each.path_id, each.record_id, each.way, each.counts)
            for each in converted_twice(self.allpath.store)
        ]

    def doctor(self) -> dict[str, Any]:
        """What the doctor says of the results."""
        findings = json.loads(self.desk.run("doctor", "--json").out)["findings"]
        return {item["result"]: item["text"] for item in findings if item["name"] == "results"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[OldHouse]:
    """The first patient has a result that was entered in percent."""
    desk = Desk(tmp_path)
    here, there = desk.enrol(mrn="9990000001"), desk.enrol(mrn="9990000002")
    recorded = desk.run("fact", "record", here, *RESULT, "--actor", COORDINATOR)
    assert recorded.code == 0, recorded.err
    opened = open_allpath(read_settings(desk._environment()), use_clock=lambda: desk.at)
    with closing(opened.store):
        yield OldHouse(desk, opened, here, there)


@pytest.mark.parametrize("way", ["moved", "merged"])
def test_a_result_taken_over_from_another_path_is_found_until_it_is_corrected(
    house: OldHouse, way: str
) -> None:
    """0.3 % that arrived as 0.003 % is another patient: the doctor names it, and not its value."""
    origin = house.result()
    wrong = house.take_over(house.there, origin, {f"{way}_from": origin.record_id})
    found, said = house.found(), house.doctor()
    correct = ("--unit", "percent", "--specimen", "marrow", "--reason", "converted twice")
    house.desk.at += timedelta(minutes=1)
    mended = house.desk.run(
        "fact", "correct", house.there, wrong.record_id, "0.3", *correct, "--actor", COORDINATOR
    )

    assert wrong.value["value"] == "0.00003"
    assert found == [(house.there, wrong.record_id, way, True)]
    assert f"{house.there} record {wrong.record_id} ({way})" in said["fail"]
    assert "laboratory's report" in said["fail"]
    assert "0.0" not in said["fail"]
    assert mended.code == 0, mended.err
    assert house.found() == []
    assert list(house.doctor()) == ["ok"]


def test_a_withdrawn_result_is_found_and_what_was_brought_back_from_it_counts(
    house: OldHouse,
) -> None:
    """A withdrawal or an undo left another number, and that number was taken for the right one."""
    void = house.take_over(house.here, house.result())
    withdrawn, said = house.found(), house.doctor()
    back = CorrectFact(
        actor=CORA,
        path_id=house.here,
        record_id=void.record_id,
        status="corrected",
        reason="withdrawing it was the mistake",
    )
    house.allpath.orchestrator.correct(back, house.desk.at)

    assert withdrawn == [(house.here, void.record_id, "withdrawn", False)]
    assert "1 withdrawn result was converted twice" in said["warn"]
    assert "fail" not in said
    assert house.found() == [(house.here, house.result().record_id, "brought back", True)]


def test_what_is_moved_withdrawn_and_corrected_since_is_no_finding(house: OldHouse) -> None:
    """A false alarm about a result is soon ignored, and a typed correction may say anything."""
    move = MoveFact(
        actor=CORA,
        path_id=house.here,
        record_id=house.result().record_id,
        to_path_id=house.there,
        reason="two samples were swapped",
    )
    house.allpath.orchestrator.move_fact(move, house.desk.at)
    correct = ("--unit", "percent", "--specimen", "marrow", "--reason", "misread")
    number = house.result(house.there).record_id
    corrected = house.desk.run(
        "fact", "correct", house.there, number, "0.003", *correct, "--actor", COORDINATOR
    )

    assert corrected.code == 0, corrected.err
    assert house.found() == []


def test_a_result_moved_rightly_from_a_wrong_one_is_wrong_as_well(house: OldHouse) -> None:
    """The mend came between the two moves; the number it carries on is still not the report's."""
    origin = house.result()
    there = house.take_over(house.there, origin, {"moved_from": origin.record_id})
    move = MoveFact(
        actor=CORA,
        path_id=house.there,
        record_id=there.record_id,
        to_path_id=house.here,
        reason="it was theirs after all",
    )
    house.allpath.orchestrator.move_fact(move, house.desk.at)

    void = house.result(house.there).record_id
    assert sorted(house.found()) == sorted(
        [
            (house.here, house.result().record_id, "moved", True),
            (house.there, void, "withdrawn", False),
        ]
    )
