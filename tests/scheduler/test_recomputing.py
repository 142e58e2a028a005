"""Due moments follow their rules when the clocks of a site are changed by decree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler.sweep import SweepReport, sweep
from storage.chain import verify_chain
from storage.engine import open_store
from storage.sqlite import SqliteFile
from tests.conftest import COORDINATOR, NOW, TODAY
from tests.orchestrator.conftest import Ward
from tests.zonedata import ZoneData, zone_data_in
from workflow.commands import ChangeSettings
from workflow.recomputing import Agreement, agreement
from workflow.records import Commit

LONDON = "Europe/London"
ALWAYS_SUMMER = "BST-1"
"""Suppose London keeps summer time all year: midnight comes an hour before that of UTC."""
ALWAYS_NEW_YORK = "EST5"


@pytest.fixture
def zones(tmp_path: Path) -> Iterator[ZoneData]:
    """Zone data that the test changes, and the machine's own behind them."""
    with zone_data_in(tmp_path / "zones") as zones:
        yield zones


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    """A ward in London on a fresh database file, with one patient referred this morning."""
    store = open_store(f"sqlite:///{tmp_path / 'ward.db'}")
    ward = Ward(store)
    ward.time_zone = LONDON
    ward.enrol()
    yield ward
    store.close()


def _agreement(ward: Ward) -> Agreement:
    return agreement(ward.store.paths(), ward.store.live_checkpoints())


def _sweep(ward: Ward, now: datetime = NOW) -> SweepReport:
    stale = [row.path_id for row in _agreement(ward).disagreeing]
    return sweep(ward.store, ward.orchestrator, now, also=stale)


def _entries(ward: Ward, kind: str = "checkpoint_recomputed") -> list[Mapping[str, Any]]:
    return [e.detail for e in ward.store.journal(ward.path_id) if e.kind == kind]


def _live(ward: Ward) -> dict[str, datetime]:
    return {
        row.checkpoint: row.due_at for row in ward.store.checkpoints(ward.path_id) if row.is_live
    }


def test_what_was_just_opened_agrees_with_the_zone_data(ward: Ward) -> None:
    """Otherwise every sweep would find something to compute again."""
    ward.record({"identity_checked": "yes"})
    ward.confirm("assessment")
    ward.record({"active_infection": "uncontrolled", "cns_status": "CNS3"})

    found = _agreement(ward)

    assert len(_live(ward)) >= 3
    assert found == Agreement((), ())


def test_after_a_decree_the_sweep_computes_every_due_moment_again(
    ward: Ward, zones: ZoneData
) -> None:
    """The identity check is due as 26 November begins in London, by whatever clock London has."""
    before = _live(ward)
    zones.decree(LONDON, ALWAYS_SUMMER)

    report = _sweep(ward)

    assert before == {"C-RF-1": datetime(2026, 11, 26, 0, 0, tzinfo=UTC)}
    assert _live(ward) == {"C-RF-1": datetime(2026, 11, 25, 23, 0, tzinfo=UTC)}
    assert (report.recomputed, report.paths) == (1, 1)
    assert verify_chain(ward.store) == []


def test_a_path_has_one_entry_however_many_of_its_checkpoints_moved(
    ward: Ward, zones: ZoneData
) -> None:
    """The history tells of the decree once, with each due moment before it and after it."""
    ward.record({"identity_checked": "yes"})
    ward.confirm("assessment")
    zones.decree(LONDON, ALWAYS_SUMMER)
    stale = _agreement(ward).disagreeing

    report = _sweep(ward)

    (entry,) = _entries(ward)
    told = entry["recomputed"]
    assert len(told) == len(stale) == report.recomputed > 1
    assert told[0]["before"]["due_at"] == "2026-12-07T00:00:00.000000Z"
    assert told[0]["after"]["due_at"] == "2026-12-06T23:00:00.000000Z"


def test_computing_twice_is_computing_once(ward: Ward, zones: ZoneData) -> None:
    """The second sweep finds that all agrees and writes nothing."""
    zones.decree(LONDON, ALWAYS_SUMMER)
    _sweep(ward)
    journal = ward.store.journal(ward.path_id)

    report = _sweep(ward)

    assert report == SweepReport(0, 0, 0, 0)
    assert ward.store.journal(ward.path_id) == journal


def test_what_was_due_stays_due_and_is_overdue_by_the_new_clock(
    ward: Ward, zones: ZoneData
) -> None:
    """What was told is not taken back nor told again; only what comes next is moved."""
    due_at = _live(ward)["C-RF-1"]
    _sweep(ward, due_at)
    zones.decree(LONDON, ALWAYS_NEW_YORK)

    reports = [_sweep(ward, due_at), _sweep(ward, due_at + timedelta(hours=28, minutes=59))]
    overdue = _sweep(ward, due_at + timedelta(hours=29))

    assert [(r.recomputed, r.due, r.overdue) for r in reports] == [(1, 0, 0), (0, 0, 0)]
    assert (overdue.recomputed, overdue.due, overdue.overdue) == (0, 0, 1)
    assert len(_entries(ward, "checkpoint_due")) == 1


def test_hours_counted_from_an_instant_are_not_moved_by_a_clock(
    ward: Ward, zones: ZoneData
) -> None:
    """48 hours after the infection was recorded are over when they are over."""
    ward.record({"identity_checked": "yes"})
    ward.confirm("assessment")
    ward.record({"active_infection": "uncontrolled"})
    zones.decree(LONDON, ALWAYS_SUMMER)

    _sweep(ward)

    assert _live(ward)["C-AS-1.infection"] == NOW + timedelta(hours=48)


def test_hours_counted_from_the_beginning_of_a_day_begin_with_the_new_one(
    ward: Ward, zones: ZoneData
) -> None:
    """Of a day in the past nobody knows the hour, so its hours count from midnight, and say so."""
    yesterday = TODAY - timedelta(days=1)
    early = Ward(ward.store)
    early.path_id, early.mrn, early.time_zone = "P-000002", "9990000002", LONDON
    early.enrol(NOW - timedelta(days=1))
    found = {"identity_checked": "yes", "active_infection": "uncontrolled"}
    early.record(found, on=yesterday)
    early.confirm("assessment", effective_on=yesterday)
    rows = early.store.checkpoints(early.path_id)
    (before,) = [row for row in rows if row.checkpoint == "C-AS-1.infection"]
    zones.decree(LONDON, ALWAYS_SUMMER)

    _sweep(early)

    midnight = datetime(2026, 11, 22, tzinfo=UTC)
    assert before.due_rule == f"48 hours after entering assessment 2026-11-22 00:00, {LONDON}"
    assert before.due_at == midnight + timedelta(hours=48)
    assert _live(early)["C-AS-1.infection"] == midnight + timedelta(hours=47)


def test_a_path_moved_to_another_time_zone_falls_due_by_its_clock_at_once(ward: Ward) -> None:
    """The change and the due moments that follow from it are one act, and both are in history."""
    command = ChangeSettings(
        actor=COORDINATOR,
        path_id=ward.path_id,
        settings={"time_zone": "America/New_York"},
        reason="the patient moved",
    )

    outcome = ward.orchestrator.change_settings(command, NOW)

    (row,) = [row for row in ward.store.checkpoints(ward.path_id) if row.is_live]
    assert [e.kind for e in outcome.entries] == ["settings_changed", "checkpoint_recomputed"]
    assert row.due_at == datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
    assert row.due_rule == "3 days after entering referred 2026-11-23, America/New_York"
    assert _agreement(ward) == Agreement((), ())


def test_a_zone_that_is_gone_is_named_and_holds_nobody_up(ward: Ward, zones: ZoneData) -> None:
    """One path whose day nobody can tell is reported; the others are attended to."""
    other = Ward(ward.store)
    other.path_id, other.mrn, other.time_zone = "P-000002", "9990000002", "Site/Island"
    zones.decree("Site/Island", "SIT-3")
    other.enrol()
    zones.withdraw("Site/Island")

    found, report = _agreement(ward), _sweep(ward, NOW + timedelta(days=30))

    assert found == Agreement((), ("P-000002",))
    ((path_id, why),) = report.failed
    assert (path_id, report.overdue) == ("P-000002", 1)
    assert why.startswith("The time zone Site/Island is not in the zone data of this machine")


def test_a_rule_that_nobody_can_read_is_named_and_its_checkpoint_still_falls_due(
    ward: Ward, tmp_path: Path
) -> None:
    """What cannot be checked is said to be so; it is no reason to stop reminding."""
    path = tmp_path / "ward.db"
    database = SqliteFile(path).connect()
    database.execute("UPDATE checkpoint SET due_rule = 'when convenient'")
    database.close()

    found, report = _agreement(ward), _sweep(ward, NOW + timedelta(days=30))

    assert found == Agreement((), (ward.path_id,))
    assert (report.overdue, report.failed) == (1, ())


def test_a_due_moment_that_a_migration_kept_keeps_its_own_rule(ward: Ward, zones: ZoneData) -> None:
    """The pathway says 3 days; by the version this one was counted by it was 14, and stays 14."""
    with ward.store.begin() as transaction:
        case = transaction.load(ward.path_id)
        (row,) = case.checkpoints
        due_at = datetime(2026, 12, 7, tzinfo=UTC)
        kept = replace(
            row,
            due_at=due_at,
            overdue_at=due_at + timedelta(days=1),
            next_at=due_at,
            due_rule=f"14 days after entering referral 2026-11-23, {LONDON}",
        )
        version = case.path.version
        transaction.write(Commit(case.path, version, (), checkpoints=(kept,)))
    assert _agreement(ward) == Agreement((), ())
    zones.decree(LONDON, ALWAYS_SUMMER)

    _sweep(ward)

    assert _live(ward) == {"C-RF-1": due_at - timedelta(hours=1)}
