"""Who looks after a patient and what meetings have to decide goes over with a merge, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import pytest

from allpath.mdt.late import late_of
from allpath.mdt.meetings import Meetings
from allpath.merging import Merging
from tests import postgresql
from tests.conftest import CLINICIAN, COORDINATOR, NOW, TODAY
from tests.merging.conftest import LEAD, WHY, Twice, another, enrolled_twice
from tests.orchestrator.conftest import Ward
from tests.store.conftest import server_place
from workflow.assigning import Assignment
from workflow.commands import MergePaths, UnmergePaths
from workflow.mdt import NO_CHANGE, AgendaItem, Attendee
from workflow.mdt_acts import AddAction, AgendaError, DecideItem, PutOnAgenda, SeeToAction
from workflow.records import Actor

ONE, TWO, THREE = "P-000001", "P-000002", "P-000003"
LATER = NOW + timedelta(hours=1)
LEADER = Attendee("Dr Lea Lead", "haematologist", is_chair=True)


@dataclass
class Rounds:
    """One human enrolled twice, whom a meeting discusses and somebody looks after."""

    twice: Twice

    def __post_init__(self) -> None:
        ward = self.twice.staying
        self.store, self.orchestrator = ward.store, ward.orchestrator
        self.meetings = Meetings(self.store, self.orchestrator, UTC)  # type: ignore[arg-type] # a fixed zone will do
        self.merging = Merging(self.store, self.orchestrator)
        self.meeting = self.meetings.call(COORDINATOR, TODAY, "MDT", "", NOW).meeting_id
        self.meetings.attend(COORDINATOR, self.meeting, [LEADER], None, NOW)

    def merge(self, path_id: str = TWO, into: str = ONE) -> None:
        """The one path goes over into the other."""
        self.merging.merge(MergePaths(actor=LEAD, path_id=path_id, into=into, reason=WHY), LATER)

    def part(self, path_id: str = TWO) -> None:
        """The two are parted again."""
        self.merging.unmerge(UnmergePaths(actor=LEAD, path_id=path_id, reason="cousins"), LATER)

    def put(self, path_id: str = TWO, question: str = "Which next?") -> int:
        """The patient is on the agenda; answers the number of the item."""
        command = PutOnAgenda(
            actor=COORDINATOR, path_id=path_id, meeting_id=self.meeting, question=question
        )
        return self.meetings.do(command, NOW).seq

    def decide(self, path_id: str, item: int) -> None:
        """The meeting decides that nothing changes."""
        told: dict[str, Any] = {"choice": NO_CHANGE, "in_words": "go on", "rationale": "well"}
        self.meetings.do(DecideItem(actor=CLINICIAN, path_id=path_id, item=item, **told), LATER)

    def action(self, path_id: str, item: int) -> int:
        """Somebody is to do something; answers its number."""
        told: dict[str, Any] = {"what": "HLA typing", "owner": "Ben", "due_on": TODAY}
        command = AddAction(actor=COORDINATOR, path_id=path_id, item=item, **told)
        return self.meetings.do(command, NOW).seq

    def assign(self, path_id: str, to: str) -> None:
        """Somebody looks after the patient from now on."""
        self.store.assignments.assign(Assignment(path_id, to, "round", COORDINATOR, NOW))

    def keepers(self) -> tuple[str, str]:
        """Who looks after the one that stays, and the other."""
        return self.store.assignments.keeper(ONE), self.store.assignments.keeper(TWO)

    def open(self, path_id: str) -> list[AgendaItem]:
        """What a meeting still has to decide about the path."""
        return [item for item in self.meetings.items(path_id) if item.is_open]


@pytest.fixture(params=["file", "server"])
def rounds(request: pytest.FixtureRequest) -> Iterator[Rounds]:
    """The two paths in a file, then on a server."""
    if request.param == "file":
        yield Rounds(enrolled_twice(request.getfixturevalue("ward")))
        return
    with postgresql.fresh() as name, closing(server_place(name).open()) as store:
        yield Rounds(enrolled_twice(Ward(store)))


def test_whoever_looked_after_the_merged_path_looks_after_the_survivor(rounds: Rounds) -> None:
    """Nobody falls between two numbers; parting gives each back what it had."""
    rounds.assign(TWO, "Ward 3")

    rounds.merge()
    merged, told = rounds.keepers(), rounds.store.assignments.of(ONE)
    rounds.part()

    assert merged == ("Ward 3", "Ward 3")
    assert [(each.actor, each.reason) for each in told] == [
        (Actor(LEAD.name, LEAD.role), "P-000002 was merged into P-000001")
    ]
    assert rounds.keepers() == ("", "Ward 3")


def test_the_survivor_keeps_its_own_and_what_somebody_said_since(rounds: Rounds) -> None:
    """A merge takes nobody's patient away, and parting undoes no later word."""
    rounds.assign(ONE, "Ward 1")
    rounds.assign(TWO, "Ward 3")
    rounds.merge()
    own = rounds.keepers()
    rounds.part()
    kept = rounds.keepers()
    rounds.store.assignments.assign(Assignment(ONE, "", "left", COORDINATOR, LATER))
    rounds.merge()
    rounds.assign(ONE, "Ward 4")
    rounds.part()

    assert own == kept == ("Ward 1", "Ward 3")
    assert rounds.keepers() == ("Ward 4", "Ward 3")


def test_an_open_item_goes_over_with_its_origin_and_comes_back(rounds: Rounds) -> None:
    """The question is asked once, about the path that goes on, and is lost for neither."""
    rounds.put(ONE, "Donor?")
    rounds.put()

    rounds.merge()
    with_origin = [(item.question, item.origin) for item in rounds.open(ONE)]
    nothing_left = rounds.open(TWO)
    rounds.part()

    assert with_origin == [("Donor?", ""), ("Which next?", "P-000002/1")]
    assert nothing_left == []
    assert [item.question for item in rounds.open(ONE)] == ["Donor?"]
    assert [item.question for item in rounds.open(TWO)] == ["Which next?"]
    rounds.merge()
    assert [item.question for item in rounds.open(ONE)] == ["Donor?", "Which next?"]
    rounds.part()
    assert [item.question for item in rounds.open(TWO)] == ["Which next?"]


def test_a_question_answered_meanwhile_stays_answered_and_is_asked_again_of_the_other(
    rounds: Rounds,
) -> None:
    """The meeting spoke of one patient; of the parted one it has decided nothing."""
    rounds.put()
    rounds.merge()
    rounds.decide(ONE, 1)

    rounds.part()

    (item,) = rounds.meetings.items(ONE)
    assert (item.decision is not None, item.taken_off) == (True, None)
    assert [item.question for item in rounds.open(TWO)] == ["Which next?"]


def test_actions_and_decisions_show_under_the_survivor_and_are_seen_to_there(
    rounds: Rounds,
) -> None:
    """What was promised is still to be done, and nothing new is begun under the old number."""
    item = rounds.put()
    rounds.decide(TWO, item)
    action = rounds.action(TWO, item)
    rounds.merge()

    (shown,) = rounds.meetings.with_merged(ONE)
    with pytest.raises(AgendaError, match="merged into P-000001: use P-000001"):
        rounds.action(TWO, item)
    survivor = rounds.store.case(ONE).path
    tomorrow = late_of(rounds.store, [survivor], NOW + timedelta(days=1))
    on_its_day = late_of(rounds.store, [survivor], NOW)
    done = SeeToAction(actor=COORDINATOR, path_id=TWO, action=action, outcome="done")
    rounds.meetings.do(done, LATER)

    assert (shown.path_id, len(shown.decisions)) == (TWO, 1)
    assert [each.what for each in shown.actions] == ["HLA typing"]
    assert [(each.path_id, each.action.seq) for each in tomorrow[ONE]] == [(TWO, action)]
    assert on_its_day == {}
    assert late_of(rounds.store, [survivor], NOW + timedelta(days=1)) == {}
    rounds.part()
    assert rounds.meetings.with_merged(ONE) == ()
    assert rounds.meetings.items(TWO)[0].actions[0].is_done


def test_a_chain_of_merges_carries_on_and_is_parted_in_reverse(rounds: Rounds) -> None:
    """Three numbers of one human are no stranger than two."""
    third = another(rounds.twice.staying, 3)
    third.enrol()
    rounds.put()
    rounds.assign(TWO, "Ward 3")
    rounds.merge()
    rounds.merge(ONE, THREE)
    last = rounds.store.assignments.keeper(THREE), rounds.open(THREE)[0].origin
    meetings = rounds.store.meetings
    everybody = meetings.taken_in(THREE), meetings.merged_into([THREE, "P-9"])

    rounds.part(ONE)
    rounds.part(TWO)

    assert last == ("Ward 3", "P-000001/1")
    assert everybody == ((ONE, TWO), {ONE: THREE, TWO: THREE})
    assert rounds.store.assignments.keeper(THREE) == ""
    assert rounds.keepers() == ("", "Ward 3")
    assert [len(rounds.open(each)) for each in (ONE, TWO, THREE)] == [0, 1, 0]


def test_a_merge_that_is_refused_carries_nothing_over(rounds: Rounds) -> None:
    """Half of it would leave the question on two agendas."""
    rounds.put()
    rounds.assign(TWO, "Ward 3")
    rounds.twice.leaving.record({"identity_checked": "yes"})
    rounds.twice.leaving.confirm("assessment")

    with pytest.raises(Exception, match="P-000001"):
        rounds.merge()

    assert rounds.keepers() == ("", "Ward 3")
    assert [len(rounds.open(each)) for each in (ONE, TWO)] == [0, 1]
