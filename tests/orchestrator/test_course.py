"""The course of a path, retraced from its journal: stays, tracks, and what was undone."""

from __future__ import annotations

from datetime import date, timedelta

from tests.conftest import CLINICIAN, NOW, TODAY
from tests.orchestrator.conftest import Ward
from workflow.commands import UndoStep
from workflow.course import Course, Stay, course_of
from workflow.steps import MAIN

LATER = NOW + timedelta(days=3)


def course(ward: Ward) -> Course:
    """The ward's patient, as the journal tells."""
    path = ward.store.case(ward.path_id).path
    return course_of(ward.store.journal(ward.path_id), path, ward.orchestrator.library.by_hash)


def test_a_course_ends_where_the_path_stands(ward: Ward) -> None:
    """Each stay ends on the day the next one begins, and the last one goes on."""
    ward.to_assessment()
    ward.confirm("reinduction")

    found = course(ward)

    names = [stay.name for stay in found.states]
    assert names == ["referred", "assessment", "reinduction"]
    assert [stay.until for stay in found.states[:-1]] == [stay.since for stay in found.states[1:]]
    path = ward.store.case(ward.path_id).path
    assert (found.states[-1].since, found.states[-1].until) == (path.entered[MAIN], None)
    assert found.undone == ()


def test_what_was_undone_is_told_and_counts_for_nothing(ward: Ward) -> None:
    """The past stays: the stay is shown with the day it was undone, beside what stands."""
    ward.to_assessment()
    before = course(ward)
    ward.confirm("reinduction")
    command = UndoStep(actor=CLINICIAN, path_id=ward.path_id, reason="mistake")
    ward.orchestrator.undo(command, LATER)

    found = course(ward)

    assert found.stays == before.stays
    undone_on = LATER.date()
    assert found.undone == (Stay(MAIN, "reinduction", TODAY, undone_on, undone_on),)
    assert [passage[1].name for passage in found.moves] == ["assessment"]


def test_a_stay_is_counted_in_days_up_to_today() -> None:
    """One that goes on is as long as it has lasted so far."""
    stay = Stay(MAIN, "assessment", date(2026, 11, 20))

    assert stay.days(date(2026, 11, 23)) == 3
    assert Stay(MAIN, "a", stay.since, date(2026, 11, 21)).days(date(2026, 11, 23)) == 1
