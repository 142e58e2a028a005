"""A fact of the wrong patient is moved: void there, on record here, and both say so."""

from __future__ import annotations

import pytest

from tests.conftest import AUDITOR, COORDINATOR, NOW
from tests.orchestrator.conftest import Ward
from workflow.commands import MoveFact
from workflow.errors import ConflictError, NotFoundError, NotPermittedError, RefusedError


@pytest.fixture
def other(ward: Ward) -> Ward:
    """Another patient beside the first."""
    ward.enrol()
    second = Ward(ward.store)
    second.path_id, second.mrn = "P-000002", "9990000002"
    second.enrol()
    return second


def _move(ward: Ward, other: Ward, **more: object) -> MoveFact:
    records = ward.store.case(ward.path_id).facts
    given = {
        "actor": COORDINATOR,
        "path_id": ward.path_id,
        "record_id": records[-1].record_id if records else "P-000001/9",
        "to_path_id": other.path_id,
        "reason": "two samples were swapped",
        **more,
    }
    return MoveFact(**given)  # type: ignore[arg-type] # a field each


def test_a_moved_fact_counts_for_the_right_patient_alone(ward: Ward, other: Ward) -> None:
    """Nothing is lost: each history names the other record."""
    ward.record({"sex": "female"})

    left, arrived = ward.orchestrator.move_fact(_move(ward, other), NOW)

    here = ward.orchestrator.look(ward.path_id, NOW).sheet().values.get("sex")
    there = ward.orchestrator.look(other.path_id, NOW).sheet().values.get("sex")
    assert (here, there) == (None, "female")
    assert left.entries[-1].detail["moved_to"] == arrived.case.facts[-1].record_id
    assert arrived.entries[-1].detail["moved_from"] == "P-000001/2"
    assert arrived.entries[-1].reason == "two samples were swapped"


def test_a_move_that_is_refused_changes_neither_patient(ward: Ward, other: Ward) -> None:
    """Both or none, in one transaction."""
    ward.record({"sex": "female"})
    before = [ward.store.journal(name) for name in (ward.path_id, other.path_id)]

    for more, error in (
        ({"reason": " "}, RefusedError),
        ({"to_path_id": ward.path_id}, RefusedError),
        ({"to_path_id": "P-999999"}, NotFoundError),
        ({"record_id": "P-000001/77"}, NotFoundError),
        ({"actor": AUDITOR}, NotPermittedError),
        ({"expected_version": 1}, ConflictError),
    ):
        with pytest.raises(error):
            ward.orchestrator.move_fact(_move(ward, other, **more), NOW)

    assert [ward.store.journal(name) for name in (ward.path_id, other.path_id)] == before


def test_a_moved_record_is_not_moved_twice(ward: Ward, other: Ward) -> None:
    """It was corrected already; the message says which record replaced it."""
    ward.record({"sex": "female"})
    command = _move(ward, other)
    ward.orchestrator.move_fact(command, NOW)

    with pytest.raises(RefusedError, match="corrected already"):
        ward.orchestrator.move_fact(command, NOW)


def test_a_repeated_request_moves_once(ward: Ward, other: Ward) -> None:
    """A double click is one move."""
    ward.record({"sex": "female"})
    command = _move(ward, other, key="move-1")
    ward.orchestrator.move_fact(command, NOW)

    again, _ = ward.orchestrator.move_fact(command, NOW)

    assert again.replayed
    assert len(ward.store.case(other.path_id).facts) == 1
