"""The sweep marks what is due, overdue and escalated, each once, and moves nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.sweep import SweepReport, sweep
from storage.engine import open_store
from tests.conftest import NOW
from tests.orchestrator.conftest import AT_RELAPSE, Ward
from workflow.carrying_out import Outcome
from workflow.errors import RefusedError
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.records import Actor
from workflow.store import Transaction


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    """A ward on a fresh database file, with one patient referred this morning."""
    store = open_store(f"sqlite:///{tmp_path / 'ward.db'}")
    ward = Ward(store)
    ward.enrol()
    yield ward
    store.close()


def _sweep(ward: Ward, days: float) -> SweepReport:
    return sweep(ward.store, ward.orchestrator, NOW + timedelta(days=days))


def _statuses(ward: Ward) -> dict[str, str]:
    return {row.checkpoint: row.status for row in ward.store.checkpoints(ward.path_id)}


def _kinds(ward: Ward) -> list[str]:
    return [e.kind for e in ward.store.journal(ward.path_id) if e.kind.startswith("checkpoint")]


def test_a_checkpoint_is_due_on_its_day_and_overdue_the_day_after(ward: Ward) -> None:
    """Identity within three days: open, due on day three, overdue on day four."""
    assert (_sweep(ward, 2.5).due, _statuses(ward)) == (0, {"C-RF-1": "open"})
    assert (_sweep(ward, 3.0).due, _statuses(ward)) == (1, {"C-RF-1": "due"})
    assert _sweep(ward, 3.75).overdue == 1
    assert _statuses(ward) == {"C-RF-1": "overdue"}


def test_sweeping_twice_is_sweeping_once(ward: Ward) -> None:
    """The second sweep finds nothing to do and writes nothing."""
    first = _sweep(ward, 30)
    journal = ward.store.journal(ward.path_id)

    second = _sweep(ward, 30)

    assert first.escalated >= 1
    assert second == SweepReport()
    assert ward.store.journal(ward.path_id) == journal


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.floats(0, 30), max_size=5))
def test_many_small_sweeps_give_the_journal_of_one_long_wait(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[float]
) -> None:
    """Splitting a waiting time changes when things are noticed, not what is noticed."""
    kinds = []
    for days in ([30.0], [*sorted(cuts), 30.0]):
        store = open_store(f"sqlite:///{tmp_path_factory.mktemp('ward') / 'ward.db'}")
        patient = Ward(store)
        patient.enrol()
        for day in days:
            _sweep(patient, day)
        kinds.append((Counter(_kinds(patient)), _statuses(patient)))
        store.close()

    assert kinds[0] == kinds[1]


def test_a_checkpoint_whose_condition_comes_back_is_asked_again(ward: Ward) -> None:
    """A second uncontrolled infection is followed like the first."""
    ward.record({"identity_checked": "yes"})
    ward.confirm("assessment")
    opened = []
    for number, infection in enumerate(["uncontrolled", "controlled", "uncontrolled"]):
        ward.record({"active_infection": infection}, NOW + timedelta(days=number))
        rows = ward.store.checkpoints(ward.path_id)
        opened.append([r.is_live for r in rows if r.checkpoint == "C-AS-1.infection"].count(True))

    assert opened == [1, 0, 1]


def test_what_was_recorded_in_time_is_met_and_never_due(ward: Ward) -> None:
    """A met checkpoint asks for nothing; the next one counts from the day it was met."""
    ward.record({"identity_checked": "yes", "mdt_held": "first MDT"})

    _sweep(ward, 2)

    assert _kinds(ward) == []


def test_leaving_the_state_cancels_what_it_expected(ward: Ward) -> None:
    """Nobody is chased for a state the patient has left."""
    ward.record({"identity_checked": "yes"})
    ward.confirm("assessment")

    rows = ward.store.checkpoints(ward.path_id)

    assert not [r for r in rows if r.owner == "state:referred" and r.is_live]
    assert [r for r in rows if r.owner == "state:assessment" and r.is_live]


@pytest.mark.parametrize("final", ["dead", "transferred", "withdrawn"])
def test_nobody_is_reminded_of_a_patient_who_has_left(ward: Ward, final: str) -> None:
    """Deceased, transferred and withdrawn patients have no reminders."""
    ward.confirm(final)

    assert _sweep(ward, 400) == SweepReport()


def test_an_escalation_leaves_a_notice_without_a_name(ward: Ward) -> None:
    """Who is told, and about which path; the name stays where names are kept."""
    _sweep(ward, 30)

    outcome_kinds = _kinds(ward)
    journal = ward.store.journal(ward.path_id)
    escalated = [e for e in journal if e.kind == "checkpoint_escalated"]
    assert outcome_kinds[:2] == ["checkpoint_due", "checkpoint_overdue"]
    assert escalated[0].detail["to"] in {"coordinator", "lead", "director", "laboratory"}
    assert "Sample" not in str(escalated)


def test_a_late_hsct_consultation_is_escalated_on_day_14_and_reaches_the_director_on_day_21(
    ward: Ward,
) -> None:
    """The timer of the pitfall "delaying HSCT evaluation", to the day."""
    ward.record({"identity_checked": "yes", **AT_RELAPSE})
    ward.confirm("assessment")
    ward.record(AT_RELAPSE)
    ward.confirm("reinduction")
    remission = NOW + timedelta(days=35)
    ward.record({"reinduction_status": "count_recovery"}, remission)
    ward.confirm("response_assessment", remission)
    day = remission.date().isoformat()
    found = {"marrow_response": "M1", "em_response": "complete", "reinduction_end_date": day}
    ward.record(found, remission)

    told: dict[str, int] = {}
    for number in range(25):
        sweep(ward.store, ward.orchestrator, remission + timedelta(days=number))
        for entry in ward.store.journal(ward.path_id):
            detail = entry.detail
            if entry.kind == "checkpoint_escalated" and detail["checkpoint"] == "C-HSCT-1":
                told.setdefault(detail["to"], number)

    assert told == {"lead": 14, "director": 21}


class _OnePoisoned(Orchestrator):
    """An orchestrator to which one path cannot be attended."""

    def attend_within(
        self, transaction: Transaction, path_id: str, actor: Actor, now: datetime
    ) -> Outcome:
        if path_id == "P-000001":
            raise RefusedError("The path P-000001 cannot be read.")
        return super().attend_within(transaction, path_id, actor, now)


def test_one_path_that_cannot_be_handled_does_not_hold_up_the_others(ward: Ward) -> None:
    """It is reported by name; the rest of the list is done."""
    poisoned = _OnePoisoned(ward.store, load_shipped)
    other = Ward(ward.store)
    other.path_id = "P-000002"
    other.mrn = "9990000002"
    other.enrol()

    report = sweep(ward.store, poisoned, NOW + timedelta(days=30))

    assert report.failed == (("P-000001", "The path P-000001 cannot be read."),)
    assert report.overdue == 1
    assert _statuses(other)["C-RF-1"] in {"overdue", "escalated"}
