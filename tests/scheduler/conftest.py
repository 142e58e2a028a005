"""A ward that is swept: one patient referred this morning, and the clock moved by days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler.dispatch import LocalDispatcher
from scheduler.sweep import SweepReport, sweep
from scheduler.worker import Worker
from storage.sql_store import SqlStore
from tests.conftest import CLINICIAN, NOW
from tests.orchestrator.conftest import AT_RELAPSE, Ward, place
from tests.store.conftest import Place
from workflow.carrying_out import Outcome
from workflow.commands import CheckpointCommand, CorrectFact
from workflow.records import CheckpointRecord, JournalEntry
from workflow.watch import watch


@dataclass
class Notices:
    """What was written for delivery, by topic and role."""

    store: SqlStore

    def told(self) -> list[tuple[str, str]]:
        """Topic and role of each notice, in the order they were written."""
        rows = self.store._rows("SELECT topic, to_role FROM notice ORDER BY number", ())
        return [(topic, role) for topic, role in rows]


class SweptWard(Ward):
    """A ward whose clock is moved by days."""

    def sweep(self, days: float) -> SweepReport:
        """What is due so many days after the patient was referred is attended to."""
        return sweep(self.store, self.orchestrator, NOW + timedelta(days=days))

    def row(self, checkpoint: str = "C-RF-1", occurrence: int = 1) -> CheckpointRecord:
        """One checkpoint of the patient, as it was opened last."""
        found = [row for row in self.rows(checkpoint) if row.occurrence == occurrence]
        return max(found, key=lambda row: row.opened_seq)

    def rows(self, checkpoint: str) -> list[CheckpointRecord]:
        """Every occurrence of a checkpoint of the patient."""
        found = self.store.checkpoints(self.path_id)
        return [row for row in found if row.checkpoint == checkpoint]

    def see_to(self, kind: type[CheckpointCommand], days: float = 0, **more: Any) -> Outcome:  # noqa: ANN401 - a field each
        """A clinician sees to a checkpoint so many days after the patient was referred."""
        given = {"actor": CLINICIAN, "path_id": self.path_id, "checkpoint": "C-RF-1", **more}
        return self.orchestrator.see_to(kind(**given), NOW + timedelta(days=days))

    def to_reinduction(self) -> None:
        """The patient has been assessed and reinduction has begun this morning."""
        self.record({"identity_checked": "yes", **AT_RELAPSE})
        self.confirm("assessment")
        self.record(AT_RELAPSE)
        self.confirm("reinduction")

    def to_response_assessment(self, days: float = 30) -> None:
        """Reinduction has ended so many days later; its marrow is still to be looked at."""
        self.to_reinduction()
        later = NOW + timedelta(days=days)
        self.record({"reinduction_status": "count_recovery"}, later)
        self.confirm("response_assessment", later)

    def correct(self, fact: str, value: Any, days: float) -> Outcome:  # noqa: ANN401 - of the fact's own type
        """The latest record of a fact turns out to have been wrong."""
        records = [r for r in self.store.case(self.path_id).facts if r.fact == fact]
        command = CorrectFact(
            actor=CLINICIAN,
            path_id=self.path_id,
            record_id=records[-1].record_id,
            value=value,
            reason="a slip of the pen",
        )
        return self.orchestrator.correct(command, NOW + timedelta(days=days))

    def entries(self, kind: str) -> list[JournalEntry]:
        """The journal entries of one kind."""
        return [e for e in self.store.journal(self.path_id) if e.kind == kind]

    def escalated_to(self) -> list[str]:
        """Whom the journal says a checkpoint was brought to, in order."""
        return [entry.detail["to"] for entry in self.entries("checkpoint_escalated")]

    @property
    def notices(self) -> Notices:
        """What was written for delivery."""
        return Notices(self.store)


@pytest.fixture
def swept(place: Place) -> Iterator[SweptWard]:
    """A ward on a fresh database, with one patient referred this morning."""
    store = place.open()
    ward = SweptWard(store)
    ward.enrol()
    yield ward
    store.close()


@dataclass
class Clock:
    """A wall clock that can be set, beside one that runs evenly."""

    wall: datetime = NOW
    even: float = 0.0

    def passes(self, time: timedelta) -> None:
        """Time goes by on both."""
        self.wall += time
        self.even += time.total_seconds()


@dataclass
class Desk:
    """A worker and the clock it goes by."""

    ward: SweptWard
    clock: Clock = field(default_factory=Clock)

    def worker(self, name: str = "one", **more: object) -> Worker:
        """A worker that starts now."""
        return Worker(
            name=name,
            store=self.ward.store,
            dispatcher=LocalDispatcher(self.ward.store, self.ward.orchestrator),
            clock=lambda: self.clock.wall,
            stopwatch=lambda: self.clock.even,
            zone=ZoneInfo("Europe/Berlin"),
            **more,  # type: ignore[arg-type] # a field each
        )

    def problems(self) -> tuple[str, ...]:
        """What is wrong with the background work at this moment."""
        store = self.ward.store
        found = watch(store.heartbeats(), store.incidents(), store.waiting_since(), self.clock.wall)
        return found.problems


@pytest.fixture
def desk(swept: SweptWard) -> Desk:
    """A ward with one patient, and a clock."""
    return Desk(swept)


__all__ = ["Desk", "Notices", "SweptWard", "place"]
