"""However the work is split, in time or among workers, the same things are told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.sweep import LEASE, Sweeper, sweep
from storage.engine import open_store
from tests.conftest import COORDINATOR, NOW, TODAY
from tests.orchestrator.conftest import MRD_NEGATIVE
from tests.scheduler.conftest import SweptWard
from workflow.commands import Enrol, NewFact
from workflow.records import Person
from workflow.store import Claim

pytestmark = pytest.mark.campaign

PATIENTS = 4
DAYS = 24
Told = dict[str, list[tuple[Any, ...]]]


def _wards(folder: Path) -> list[SweptWard]:
    """A few patients on one database, each in another place of the pathway."""
    store = open_store(f"sqlite:///{folder / 'ward.db'}")
    wards = []
    for number in range(PATIENTS):
        ward = SweptWard(store)
        ward.path_id, ward.mrn = f"P-{number:06d}", f"99900000{number:02d}"
        ward.enrol()
        wards.append(ward)
    wards[1].record({"identity_checked": "yes"})
    wards[1].confirm("assessment")
    wards[2].to_reinduction()
    wards[3].record({"identity_checked": "yes"})
    wards[3].confirm("lost")
    return wards


def _told(wards: Sequence[SweptWard]) -> Told:
    """What the journals say happened to checkpoints, and how these stand; not when it was told."""
    found: Told = {}
    for ward in wards:
        entries = [
            (e.kind, e.detail["checkpoint"], e.detail["occurrence"], e.detail["to"])
            for e in ward.store.journal(ward.path_id)
            if e.kind.startswith("checkpoint_")
        ]
        rows = [
            (r.checkpoint, r.occurrence, r.status, r.level, r.due_at)
            for r in ward.store.checkpoints(ward.path_id)
        ]
        found[ward.path_id] = [*sorted(entries), *rows]
    return found


def _swept_every_six_hours(folder: Path) -> Told:
    wards = _wards(folder)
    for quarter in range(DAYS * 4 + 1):
        sweep(wards[0].store, wards[0].orchestrator, NOW + timedelta(hours=6 * quarter))
    told = _told(wards)
    wards[0].store.close()
    return told


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What one sweeper tells that never rests."""
    return _swept_every_six_hours(tmp_path_factory.mktemp("expected"))


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.floats(0, DAYS), max_size=6))
def test_splitting_a_waiting_time_tells_the_same(
    expected: Told, tmp_path_factory: pytest.TempPathFactory, cuts: list[float]
) -> None:
    """A scheduler that was down tells later, not otherwise."""
    wards = _wards(tmp_path_factory.mktemp("ward"))

    for days in [*sorted(cuts), float(DAYS)]:
        sweep(wards[0].store, wards[0].orchestrator, NOW + timedelta(days=days))

    assert _told(wards) == expected
    wards[0].store.close()


Turn = tuple[int, str, int]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    turns=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(["claim", "handle", "die", "wait"]),
            st.integers(1, 3),
        ),
        max_size=40,
    )
)
def test_any_order_of_workers_ends_in_the_same_state(
    expected: Told, tmp_path_factory: pytest.TempPathFactory, turns: list[Turn]
) -> None:
    """Three workers claim, handle, die with their claims and come late, in any order."""
    wards = _wards(tmp_path_factory.mktemp("ward"))
    store, orchestrator = wards[0].store, wards[0].orchestrator
    now = NOW
    workers = [Sweeper(store, orchestrator) for _ in range(3)]
    held: list[list[Claim]] = [[], [], []]
    for who, what, count in turns:
        if what == "claim":
            held[who] += workers[who].claim(now, count)
        elif what == "handle":
            workers[who].handle(held[who], now)
            held[who] = []
        elif what == "die":
            held[who] = []
        else:
            now = min(now + timedelta(hours=8 * count), NOW + timedelta(days=DAYS))
    for who, claims in enumerate(held):  # the last of them come long after their lease
        workers[who].handle(claims, NOW + timedelta(days=DAYS))

    _finish(wards, NOW + timedelta(days=DAYS))

    assert _told(wards) == expected
    store.close()


def _finish(wards: Sequence[SweptWard], end: datetime) -> None:
    """Whoever is left does the rest, once the last lease is over."""
    for moment in (end, end + LEASE):
        sweep(wards[0].store, wards[0].orchestrator, moment)


def _after_hsct(folder: Path, moments: Sequence[float]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """What is told of a patient whose weekly checks nobody records, looked at on these days."""
    store = open_store(f"sqlite:///{folder / 'ward.db'}")
    ward = SweptWard(store)
    command = Enrol(
        actor=COORDINATOR,
        person=Person(ward.path_id, "Sample", "Sam", {"mrn": ward.mrn}),
        pathway_id="post_hsct_surveillance",
        settings={},
        entered_on=TODAY,
        facts=(NewFact(fact="hsct_date", value=TODAY.isoformat(), effective_at=TODAY),),
    )
    ward.orchestrator.enrol(command, NOW)
    for days in moments:
        ward.sweep(days)
    entries = [e for e in store.journal(ward.path_id) if e.kind.startswith("checkpoint_")]
    kinds = [f"{e.kind} {e.detail['checkpoint']} {e.detail['occurrence']}" for e in entries]
    rows = [(r.occurrence, r.status, r.due_at) for r in ward.rows("C-HS-2")]
    store.close()
    return sorted(kinds), rows


def test_what_expires_is_missed_and_asked_again_however_late_anybody_looks(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A weekly check that nobody made: missed, missed, and the next one is still expected."""
    every_six_hours = [quarter / 4 for quarter in range(4 * 40 + 1)]

    punctual = _after_hsct(tmp_path_factory.mktemp("punctual"), every_six_hours)
    late = _after_hsct(tmp_path_factory.mktemp("late"), [40.0])

    assert late == punctual
    assert [status for _, status, _ in late[1]][:2] == ["expired", "expired"]
    assert late[1][-1][1] not in {"expired", "cancelled"}


def test_a_result_that_expires_closes_its_gate_and_is_asked_for_again(swept: SweptWard) -> None:
    """Nobody does anything: the day the marrow is too old, the pathway says so and asks anew."""
    swept.to_response_assessment(30)
    later = NOW + timedelta(days=31)
    mrd = {**MRD_NEGATIVE, "sample_date": later.date().isoformat()}
    swept.record({"mrd": mrd, "marrow_response": "M1"}, later)
    before = swept.orchestrator.look(swept.path_id, later).sheet()
    met = swept.row("C-RA-1")

    for day in range(32, 62):
        swept.sweep(day)

    after = swept.orchestrator.look(swept.path_id, NOW + timedelta(days=61)).sheet()
    asked = [row for row in swept.rows("C-RA-1") if row.is_live]
    assert not met.is_live
    assert before.values["marrow_response"] == "M1"
    assert after.values.get("marrow_response") is None
    assert [row.owner for row in asked] == ["state:response_assessment"]
    assert asked[0].opens_at.date() <= date(2027, 1, 22)
