"""How many are blocked is what deciding each of them says, on any day and after any act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from allpath.blocked import count_blocked
from allpath.bootstrap import Allpath, open_allpath
from allpath.demo.cohort import build
from allpath.settings import read_settings
from tests.conftest import NOW
from workflow.commands import NewFact, RecordFacts
from workflow.place import Wanted
from workflow.records import Actor

CORA = Actor("Cora Coordinator", "coordinator")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Allpath]:
    """Patients in every state there is; nobody looks at them from then on."""
    file = tmp_path_factory.mktemp("ward") / "ward.db"
    allpath = open_allpath(read_settings({"ALLPATH_DATABASE": f"sqlite:///{file}"}))
    with closing(allpath.store):
        build(allpath.store, allpath.orchestrator, 16, 3, NOW)
        yield allpath


def test_the_count_is_that_of_deciding_each_also_when_a_date_alone_has_opened_a_gate(
    ward: Allpath,
) -> None:
    """A verdict of yesterday is not shown today, though nobody has done anything meanwhile."""
    counts = []
    for days in (0, 0, 14, 28, 42, 28, 0):
        now = NOW + days * DAY
        counts.append(count_blocked(ward, Wanted(), now))
        assert counts[-1] == len(_blocked(ward, days)), days

    assert len(set(counts)) > 1


def test_an_act_changes_the_count_at_the_next_look(ward: Allpath) -> None:
    """Whoever has just recorded what was missing sees one blocked patient fewer."""
    before = count_blocked(ward, Wanted(), NOW)
    path_id = next(
        path_id
        for path_id in _blocked(ward, 0)
        if ward.store.case(path_id).path.state == "reinduction"
    )
    stopped = NewFact(fact="reinduction_status", value="stopped", effective_at=NOW.date())
    ward.orchestrator.record(RecordFacts(actor=CORA, path_id=path_id, facts=(stopped,)), NOW)

    after = count_blocked(ward, Wanted(), NOW)

    assert after == len(_blocked(ward, 0)) == before - 1


def test_those_of_other_sites_are_not_counted(ward: Allpath) -> None:
    """A number on a page is of the patients that whoever reads it may see."""
    sites = ward.store.worklist.sites()

    counts = [count_blocked(ward, Wanted(sites=(site,)), NOW) for site in sites]

    assert sum(counts) == count_blocked(ward, Wanted(), NOW)
    assert len(counts) > 1
    assert all(count < sum(counts) for count in counts)


def _blocked(ward: Allpath, days: int) -> list[str]:
    now = NOW + days * DAY
    living = [row.path.path_id for row in ward.store.worklist.rows(Wanted(), now)]
    return [
        path_id
        for path_id in living
        if ward.orchestrator.look(path_id, now).decision().route.status != "recommended"
    ]
