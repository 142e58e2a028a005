"""The worklist as the database pages it is the one that comes of looking at everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from allpath import words
from allpath.demo.cohort import build
from allpath.tasks import bucket
from scheduler.sweep import sweep
from storage.schema import migrate, step_back
from storage.sql_store import SqlStore
from storage.sqlite import SqliteFile
from tests import postgresql
from tests.conftest import NOW
from tests.store.conftest import Place, file_place, server_place
from workflow.civil_time import site_zone
from workflow.commands import AcknowledgeCheckpoint, PauseReminders, SnoozeCheckpoint
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.place import BUCKETS, Wanted
from workflow.records import Actor
from workflow.store import WorklistRow

CLINICIAN = Actor("Dr Ada Sample", "clinician")
PATIENTS = 18
UNTIL = NOW.date() + timedelta(days=5)
PLACES = (
    "SELECT path_id, is_ended, due_at, overdue_at, quiet_until, due_on, likeness FROM path "
    "JOIN person USING (path_id) ORDER BY path_id"
)


@pytest.fixture(scope="module", params=["file", "server"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Patients in every state there is; some are put off, one is seen to, one is paused."""
    if request.param == "file":
        made = file_place(SqliteFile(tmp_path_factory.mktemp("ward") / "ward.db"))
        _fill(made)
        yield made
        return
    with postgresql.fresh() as name:
        made = server_place(name)
        _fill(made)
        yield made


@pytest.mark.parametrize("days", [0, 3, 9, 400])
def test_each_page_holds_whom_looking_at_everybody_puts_there(place: Place, days: int) -> None:
    """Nobody is in another bucket or order than their checkpoints say, today or in a year."""
    now = NOW + timedelta(days=days)
    with closing(place.open()) as store:
        if days:
            sweep(store, Orchestrator(store, load_shipped), now)
        living = _living(store)

        found = [row.path.path_id for row in store.worklist.rows(Wanted(), now)]

        assert found == [row.path.path_id for row in sorted(living, key=_pressing(now))]
        assert store.worklist.page(Wanted(), (), now, 0, 5).headcount.living == len(living)


@pytest.mark.parametrize("start", [0, 7, 20, 1000])
def test_a_page_begins_where_the_one_before_ended(place: Place, start: int) -> None:
    """Somebody who turns the pages sees everybody once."""
    with closing(place.open()) as store:
        everybody = [row.path.path_id for row in store.worklist.rows(Wanted(), NOW)]

        page = store.worklist.page(Wanted(), (), NOW, start, 7)

        assert [row.path.path_id for row in page.rows] == everybody[start : start + 7]
        assert page.count == len(everybody)


def test_what_is_counted_is_what_is_listed(place: Place) -> None:
    """A number on the page and the list behind it are of the same patients."""
    with closing(place.open()) as store:
        state = next(iter(_living(store))).path.state
        some = frozenset(row.path.path_id for row in _living(store)[::3])
        day = timedelta(days=1)
        asked = (
            *(Wanted(buckets=(bucket,)) for bucket in BUCKETS),
            Wanted(state=state),
            Wanted(pathway_id="relapsed_all", due_by=NOW.date() + 30 * day),
            Wanted(due_by=NOW.date(), buckets=("no next step", "due", "quiet")),
            Wanted(sites=("Demo site",), ids=some),
            Wanted(sites=("Elsewhere",)),
            Wanted(ids=frozenset()),
        )

        counts = store.worklist.page(Wanted(), asked, NOW, 0, 1).beside

        assert list(counts) == [len(list(store.worklist.rows(each, NOW))) for each in asked]
        assert counts[-2:] == (0, 0)
        assert sum(counts[: len(BUCKETS)]) == len(_living(store))
        assert counts[BUCKETS.index("overdue")]
        assert counts[BUCKETS.index("quiet")]


def test_a_day_is_counted_by_the_calendar_of_each_patients_site(place: Place) -> None:
    """Midnight comes to Berlin before it comes to the clock of the installation."""
    with closing(place.open()) as store:
        asked = [NOW.date() + timedelta(days=days) for days in range(-30, 30)]
        due = {
            row.path.path_id: (row.live[0].due_at, site_zone(row.path.settings))
            for row in _living(store)
            if row.live and not any(each.quiet for each in row.live)
        }

        found = [
            {row.path.path_id for row in store.worklist.rows(Wanted(due_by=day), NOW)} & due.keys()
            for day in asked
        ]

        there = [
            {name for name, (at, zone) in due.items() if _day(at, zone) <= day} for day in asked
        ]
        here = [{name for name, (at, _) in due.items() if _day(at, UTC) <= day} for day in asked]
        assert found == there
        assert found != here


def test_a_page_is_read_again_once_anything_on_it_can_differ(tmp_path: Path) -> None:
    """Whoever looks twice is not shown what was so before an act or before an hour."""
    place = file_place(SqliteFile(tmp_path / "ward.db"))
    _fill(place)
    wanted = Wanted(buckets=("due", "open"))
    with closing(place.open()) as store, closing(place.open()) as another:
        first = store.worklist.page(wanted, (Wanted(),), NOW, 0, 5)
        assert store.worklist.page(wanted, (Wanted(),), NOW, 0, 5) is first
        row = first.rows[0]
        due_at = row.live[0].overdue_at

        assert store.worklist.page(wanted, (Wanted(),), NOW - timedelta(days=1), 0, 5) is not first
        later = store.worklist.page(wanted, (Wanted(),), due_at, 0, 5)
        assert row.path.path_id not in {each.path.path_id for each in later.rows}

        again = store.worklist.page(wanted, (Wanted(),), due_at, 0, 5)
        pause = PauseReminders(
            actor=CLINICIAN,
            path_id=later.rows[0].path.path_id,
            until=due_at.date() + timedelta(days=9),
            reason="Elsewhere",
        )
        Orchestrator(another, load_shipped).pause(pause, due_at)
        after = store.worklist.page(wanted, (Wanted(),), due_at, 0, 5)
        assert again is later
        assert after.count == later.count - 1


def test_names_that_are_alike_are_told_with_the_page(place: Place) -> None:
    """Whoever reads one name is warned of the other, though it stands on another page."""
    with closing(place.open()) as store:
        alike = words.similar(row.person for row in _living(store))

        told = {row.path.path_id for row in store.worklist.rows(Wanted(), NOW) if row.is_similar}

        assert told == alike == store.worklist.similar()


def test_an_upgrade_places_everybody_where_the_acts_did(tmp_path: Path) -> None:
    """A database of an older program shows the same worklist after the upgrade."""
    place = file_place(SqliteFile(tmp_path / "ward.db"))
    _fill(place)
    before = place.ask(PLACES)

    step_back(place.database, "0012")
    migrate(place.database)

    assert place.ask(PLACES) == before


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def _fill(place: Place) -> None:
    with closing(place.open()) as store:
        orchestrator = Orchestrator(store, load_shipped)
        build(store, orchestrator, PATIENTS, 1, NOW)
        rows = [row for row in store.worklist.every() if row.live]
        for row in rows[1:6]:
            for live in row.live[: 1 + len(row.live) // 2]:
                snooze = SnoozeCheckpoint(
                    actor=CLINICIAN,
                    path_id=row.path.path_id,
                    checkpoint=live.checkpoint,
                    occurrence=live.occurrence,
                    until=UNTIL,
                    reason="On holiday",
                )
                orchestrator.see_to(snooze, NOW)
        seen, paused = rows[0], rows[7]
        acknowledged = AcknowledgeCheckpoint(
            actor=CLINICIAN, path_id=seen.path.path_id, until=UNTIL, reason="Rang"
        )
        orchestrator.see_to(acknowledged, NOW)
        pause = PauseReminders(
            actor=CLINICIAN, path_id=paused.path.path_id, until=UNTIL, reason="Elsewhere"
        )
        orchestrator.pause(pause, NOW)


def _living(store: SqlStore) -> list[WorklistRow]:
    finals = load_shipped("relapsed_all").states
    return [
        row
        for row in store.worklist.every()
        if not row.path.merged_into
        and not (row.path.state in finals and finals[row.path.state].final)
    ]


def _pressing(now: datetime) -> Callable[[WorklistRow], tuple[int, str, str]]:
    def key(row: WorklistRow) -> tuple[int, str, str]:
        stands, checkpoint = bucket(row, now), row.to_see_to(now)
        at = checkpoint and (checkpoint.overdue_at if stands == "overdue" else checkpoint.due_at)
        return BUCKETS.index(stands), at.isoformat() if at else "", row.path.path_id

    return key
