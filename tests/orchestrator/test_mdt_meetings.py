"""Meetings of the MDT: an agenda that forgets nobody, and decisions that move nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from allpath.mdt.meetings import Meetings
from storage.sqlite import SqliteFile
from tests.conftest import CLINICIAN, COORDINATOR, NOW, TODAY
from tests.orchestrator.conftest import Ward
from tests.store.conftest import file_place
from workflow.erasing import mentions
from workflow.errors import ConflictError, NotFoundError, NotPermittedError, RefusedError
from workflow.mdt import DEFER, AgendaItem, Attendee, MdtEntry
from workflow.mdt_acts import AddAction, AgendaError, DecideItem, PutOnAgenda, SeeToAction, TakeOff
from workflow.mdt_agenda import completeness, is_of_this_stay, waiting
from workflow.records import Actor

DAY = timedelta(days=1)
LEADER = Attendee("Dr Lea Lead", "haematologist", is_chair=True)
WHY = "the infection is under control by now"
ADMIN = Actor("Ada Admin", "admin")


class Board:
    """A ward whose patient the pathway sends to the MDT, and the meetings about her."""

    def __init__(self, ward: Ward) -> None:
        self.ward = ward
        self.meetings = Meetings(ward.store, ward.orchestrator, UTC)  # type: ignore[arg-type] # a fixed zone will do
        ward.to_the_mdt()
        self.meeting = self.call(TODAY)

    def call(self, day: date, title: str = "Leukaemia MDT", at: datetime = NOW) -> str:
        """A meeting is called; answers its id."""
        return self.meetings.call(COORDINATOR, day, title, "", at).meeting_id

    def put(self, meeting: str = "", **more: Any) -> MdtEntry:  # noqa: ANN401 - a field each
        """The patient is put on an agenda."""
        given = {"meeting_id": meeting or self.meeting, "question": "Reinduction now?", **more}
        return self.do(PutOnAgenda, **{"actor": COORDINATOR, **given})

    def attend(self) -> None:
        """Who took part is on record."""
        self.meetings.attend(COORDINATOR, self.meeting, [LEADER], None, NOW)

    def decide(self, **more: Any) -> MdtEntry:  # noqa: ANN401 - a field each
        """A decision is recorded."""
        given = {"item": 1, "choice": "reinduction", "rationale": WHY, **more}
        return self.do(DecideItem, **{"actor": CLINICIAN, **given})

    def do(self, kind: Any, at: datetime = NOW + timedelta(hours=2), **given: Any) -> MdtEntry:  # noqa: ANN401 - a command
        """An act about the patient."""
        return self.meetings.do(kind(path_id=Ward.path_id, **given), at)

    def item(self) -> AgendaItem:
        """The first item, as it stands now."""
        return self.meetings.items(Ward.path_id)[0]

    def stands(self, at: datetime = NOW + timedelta(hours=3)) -> str:
        """How the patient stands between the meetings."""
        found = self.ward.orchestrator.look(Ward.path_id, at)
        meetings = {m.meeting_id: m for m in self.ward.store.meetings.every()}
        return waiting(found, self.meetings.items(Ward.path_id), meetings).standing


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    """A board over a fresh file."""
    store = file_place(SqliteFile(tmp_path / "board.db")).open()
    yield Board(Ward(store))
    store.close()


@pytest.fixture(scope="module")
def sitting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A board with the patient on an agenda, and who took part is known; nobody changes it."""
    store = file_place(SqliteFile(tmp_path_factory.mktemp("board") / "board.db")).open()
    made = Board(Ward(store))
    made.put()
    made.attend()
    yield made
    store.close()


def test_a_decision_is_recorded_with_its_evidence_and_moves_nobody(ward: Ward) -> None:
    """The step is still a clinician's; what the pathway asks about the meeting is on record."""
    board = Board(ward)
    board.put()
    board.attend()

    board.decide()

    path = ward.store.case(Ward.path_id).path
    assert path.state == "assessment"
    held = ward.orchestrator.look(Ward.path_id, NOW + DAY).sheet().records["mdt_held"]
    assert (held.value, held.effective_at) == ("Leukaemia MDT", TODAY)
    decision = board.item().decision
    assert decision is not None
    assert (decision.choice, decision.state, decision.by) == (
        *("reinduction", "assessment"),
        CLINICIAN.name,
    )
    told = [e for e in ward.store.log.events() if str(e["action"]).startswith("mdt_")]
    assert [e["action"] for e in told] == [
        *("mdt_meeting_called", "mdt_put", "mdt_attendance_recorded", "mdt_decided"),
    ]
    assert len(json.loads(told[-1]["detail"])["digest"]) == 64


def test_a_changed_decision_supersedes_the_old_one_and_both_stay(board: Board) -> None:
    """Who reads the agenda later sees what was thought first, and what counts."""
    board.put()
    board.attend()
    board.decide()

    board.decide(choice=DEFER, in_words="again next week", rationale="the fever is back")

    item = board.item()
    assert [d.choice for d in item.decisions] == ["reinduction", DEFER]
    assert item.decision is item.decisions[-1]
    entries = board.ward.store.meetings.entries(Ward.path_id)
    assert entries[-1].content["supersedes"] == 2


def test_nothing_of_a_refused_decision_is_saved(sitting: Board) -> None:
    """Neither the decision nor what the pathway asks about the meeting: all of it or nothing."""
    with pytest.raises(AgendaError) as refused:
        sitting.decide(facts={"mdt_decision": "whatever"})

    assert refused.value.field == "fact-mdt_decision"
    assert sitting.item().is_open
    assert "mdt_held" not in sitting.ward.orchestrator.look(Ward.path_id, NOW + DAY).sheet().values


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"choice": "hsct"}, "choice"),
        ({"choice": "dead"}, "choice"),
        ({"choice": DEFER}, "in_words"),
        ({"choice": "other"}, "in_words"),
        ({"rationale": " "}, "rationale"),
        ({"option": "NO_SUCH_THERAPY"}, "option"),
        ({"choice": DEFER, "in_words": "later", "option": "BLINATUMOMAB"}, "option"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_at_its_field(
    sitting: Board, more: dict[str, str], field: str
) -> None:
    """What is not open here is no choice of a meeting, and a reason always stands beside it."""
    with pytest.raises(AgendaError) as refused:
        sitting.decide(**more)

    assert refused.value.field == field
    assert sitting.item().is_open


def test_a_decision_needs_its_day_its_people_and_a_clinician(board: Board) -> None:
    """Nobody decides before a meeting, without one, or in the place of a clinician."""
    board.put()
    later = board.call(TODAY + DAY, "Second MDT")
    board.put(later)

    with pytest.raises(NotPermittedError, match="coordinator may not record a decision"):
        board.decide(actor=COORDINATOR)
    with pytest.raises(RefusedError, match="who took part"):
        board.decide()
    with pytest.raises(RefusedError, match="The meeting is on 24-Nov-2026"):
        board.decide(item=2)
    with pytest.raises(NotPermittedError):
        board.put(actor=ADMIN)
    with pytest.raises(NotFoundError):
        board.decide(item=9)


@pytest.mark.parametrize(
    ("people", "field"),
    [
        ([], "people"),
        ([replace(LEADER, is_chair=False)], "chair"),
        ([LEADER, replace(LEADER, name="Dr Ada Sample")], "chair"),
        ([LEADER, Attendee("dr lea lead", "surgeon")], "people"),
        ([LEADER, Attendee("Dr Ada Sample", "")], "people"),
    ],
)
def test_an_attendance_names_everybody_once_and_one_chair(
    sitting: Board, people: list[Attendee], field: str
) -> None:
    """A decision is only as good as who is known to have made it."""
    with pytest.raises(AgendaError) as refused:
        sitting.meetings.attend(COORDINATOR, sitting.meeting, people, None, NOW)

    assert refused.value.field == field
    assert len(sitting.ward.store.meetings.attendances(sitting.meeting)) == 1


def test_nobody_who_waits_for_an_mdt_falls_between_two_meetings(board: Board) -> None:
    """Each patient is on an agenda, decided about, or told to be on none."""
    seen = [board.stands()]
    board.put()
    seen += [board.stands(), board.stands(NOW + 2 * DAY)]
    board.attend()
    board.decide(choice=DEFER, in_words="again next week")
    seen.append(board.stands())
    board.put()
    board.decide(item=3)
    seen.append(board.stands())
    board.put(board.call(TODAY + DAY, "Second MDT"))
    board.do(TakeOff, actor=COORDINATOR, item=5, reason="decided already")
    seen.append(board.stands())

    assert seen == [
        *("on no agenda", "on an agenda", "not decided", "on no agenda"),
        *("decided", "decided"),
    ]


def test_a_decision_made_before_the_patient_moved_does_not_count(board: Board) -> None:
    """What was decided in an earlier stay is no answer to a question of this one."""
    board.put()
    board.attend()
    board.decide()
    board.ward.confirm("transferred", NOW + timedelta(hours=3))
    found = board.ward.orchestrator.look(Ward.path_id, NOW + DAY)
    meetings = {m.meeting_id: m for m in board.ward.store.meetings.every()}

    assert waiting(found, (board.item(),), meetings).standing == "on no agenda"


def test_a_decision_put_right_later_does_not_become_one_about_today(board: Board) -> None:
    """A meeting before the patient came into this state could not decide about it."""
    board.put()
    board.attend()
    now = NOW + 2 * DAY
    board.ward.confirm("transferred", now)
    found = board.ward.orchestrator.look(Ward.path_id, now)
    board.do(
        DecideItem,
        now,
        actor=CLINICIAN,
        item=1,
        choice="other",
        in_words="moved away",
        rationale=WHY,
    )
    (item,) = board.meetings.items(Ward.path_id)
    meeting = board.ward.store.meetings.one(board.meeting)

    assert item.decision is not None
    assert item.decision.state == found.case.path.state
    assert not is_of_this_stay(found, item.decision, meeting)


def test_an_erasure_tells_of_a_name_on_an_agenda(board: Board) -> None:
    """What was written there stays for ever, so whoever erases has to know of it."""
    board.put(question="Shall Sample have a transplant?")
    found = board.ward.orchestrator.look(Ward.path_id, NOW + DAY)
    store = board.ward.store

    named = mentions(store.person(Ward.path_id), found, (), store.meetings.entries(Ward.path_id))

    assert named == ("MDT entry 1",)


def test_before_a_meeting_what_is_known_and_what_is_not_is_told(sitting: Board) -> None:
    """A result that is too old is no result, and what the answer waits for comes first."""
    found = sitting.ward.orchestrator.look(Ward.path_id, NOW + timedelta(days=400))
    asked = {each.fact: each for each in completeness(found)}

    assert asked["lineage"].status == "known"
    assert asked["trial_consent"].status == "unknown"
    assert asked["performance"].status == "out of date"
    assert asked["performance"].note
    assert asked["lineage"].supplied_by == ("pathology",)
    assert "mdt_held" not in asked
    needed = [each.is_needed for each in completeness(found)]
    assert needed == sorted(needed, reverse=True)
    assert set(found.decision().missing) <= set(asked)


def test_an_action_is_late_until_somebody_says_what_became_of_it(board: Board) -> None:
    """What was not done stays on record beside what was done later."""
    board.put()
    due = TODAY + DAY
    asked: Any = {"actor": COORDINATOR, "item": 1, "what": "HLA typing", "owner": "Dr Ada Sample"}
    action = board.do(AddAction, **asked, due_on=due).seq
    late_then = board.item().actions[0].is_late(due + DAY)
    seen_to: Any = {"actor": COORDINATOR, "action": action}
    with pytest.raises(AgendaError, match="why it was not done"):
        board.do(SeeToAction, **seen_to, outcome="not_done")
    board.do(SeeToAction, **seen_to, outcome="not_done", note="no blood was taken")
    board.do(SeeToAction, **seen_to, outcome="done")

    (kept,) = board.item().actions
    assert late_then
    assert not kept.is_late(due + DAY)
    assert [outcome.is_done for outcome in kept.outcomes] == [False, True]
    with pytest.raises(AgendaError, match="done already"):
        board.do(SeeToAction, **seen_to, outcome="done")
    with pytest.raises(AgendaError, match="before the meeting"):
        board.do(AddAction, **asked, due_on=TODAY - DAY)


def test_whoever_looked_at_an_older_agenda_saves_nothing(board: Board) -> None:
    """A form that was sent twice, or opened before somebody else's, changes nothing."""
    board.put(seen=0)

    with pytest.raises(ConflictError):
        board.put(board.call(TODAY + DAY, "Second MDT"), seen=0)
    with pytest.raises(AgendaError, match="on the agenda of this meeting already"):
        board.put()
    with pytest.raises(ConflictError, match="already"):
        board.call(TODAY)

    assert len(board.meetings.items()) == 1
