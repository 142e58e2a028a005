"""A store on a fresh file, and one patient carried to where a test begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from tests import postgresql
from tests.conftest import CLINICIAN, COORDINATOR, NOW, TODAY
from tests.store.conftest import Place, file_place, server_place
from workflow.carrying_out import Outcome
from workflow.commands import ConfirmStep, Enrol, NewFact, RecordFacts
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.records import Actor, Person

AT_RELAPSE: dict[str, Any] = {
    "sex": "male",
    "birth_date": "2014-05-10",
    "dx_date": "2024-03-01",
    "cr1_date": "2024-04-05",
    "frontline_status": "on_therapy",
    "relapse_date": "2026-11-10",
    "relapse_number": 1,
    "marrow_blast_pct": "62",
    "cns_status": "CNS1",
    "testicular": "negative",
    "other_em": "negative",
    "lineage": "B",
    "ph_status": "negative",
    "cd19": "positive",
    "cd22": "positive",
    "performance": 1,
    "organ_function": "adequate",
    "active_infection": "none",
    "pregnancy": "not_applicable",
    "goals": "curative",
    "trial_available": "no",
    "prior_hsct_date": "none",
    "prior_blina": "none",
    "prior_ino_cycles": 0,
    "prior_cart": "none",
    "vod_risk": "standard",
}
MRD_NEGATIVE = {
    "result": "not_detected",
    "sensitivity": "0.01",
    "raw_unit": "percent",
    "specimen": "marrow",
    "method": "flow",
}


REGISTRY = Actor("registry", "service")


class Ward:
    """One patient on a ward: short words for what the cast does to the path."""

    path_id = "P-000001"
    mrn = "9990000001"
    time_zone = "UTC"

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.orchestrator = Orchestrator(store, load_shipped)

    def enrol(self, now: datetime = NOW, state: str = "", reason: str = "") -> Outcome:
        """The patient is referred today, or transcribed into another state for a reason."""
        command = Enrol(
            actor=REGISTRY if state else COORDINATOR,
            person=Person(self.path_id, "Sample", "Sam", {"mrn": self.mrn}),
            pathway_id="relapsed_all",
            settings={"active_set": "COG", "region": "US", "time_zone": self.time_zone},
            entered_on=now.date(),
            state=state,
            reason=reason,
        )
        return self.orchestrator.enrol(command, now)

    def record(self, facts: dict[str, Any], now: datetime = NOW, on: date | None = None) -> Outcome:
        """The facts are recorded as final, for today unless another day is given."""
        new = tuple(
            NewFact(fact=name, value=value, effective_at=on or now.date())
            for name, value in facts.items()
        )
        return self.orchestrator.record(
            RecordFacts(actor=COORDINATOR, path_id=self.path_id, facts=new), now
        )

    def confirm(self, step: str, now: datetime = NOW, **more: object) -> Outcome:
        """The clinician confirms a step."""
        asked: dict[str, Any] = {"actor": CLINICIAN, "path_id": self.path_id, "step": step, **more}
        command = ConfirmStep(**asked)
        return self.orchestrator.confirm(command, now)

    def to_assessment(self) -> None:
        """The patient is enrolled, identified and under assessment, with everything known."""
        self.enrol()
        self.record({"identity_checked": "yes"})
        self.confirm("assessment")
        self.record(AT_RELAPSE)

    def to_the_mdt(self) -> None:
        """The patient is under assessment with an infection, of which the MDT decides."""
        self.enrol()
        self.record({"identity_checked": "yes"})
        self.confirm("assessment")
        self.record({**AT_RELAPSE, "active_infection": "uncontrolled"})


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where the ward keeps its patients: in a file of its own, or on a server."""
    if request.param == "file":
        yield file_place(SqliteFile(tmp_path / "ward.db"))
        return
    with postgresql.fresh() as name:
        yield server_place(name)


@pytest.fixture
def ward(place: Place) -> Iterator[Ward]:
    """A ward on a fresh database."""
    store = place.open()
    yield Ward(store)
    store.close()


__all__ = ["AT_RELAPSE", "MRD_NEGATIVE", "TODAY", "Ward"]
