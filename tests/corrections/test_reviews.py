"""A corrected or late record brings up the past decisions that would come out otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage.chain import verify_chain
from tests.conftest import CLINICIAN, COORDINATOR, NOW
from tests.orchestrator.conftest import Ward
from tests.store.conftest import Place
from workflow.carrying_out import Outcome
from workflow.commands import CloseReview, CorrectFact
from workflow.errors import ConflictError, FactError, NotFoundError, NotPermittedError, RefusedError
from workflow.review import ReviewItem, ReviewStatus

LATER = NOW + timedelta(days=2)


def standing(ward: Ward, fact: str) -> str:
    """The id of the record of a fact that was not corrected."""
    facts = ward.store.case(ward.path_id).facts
    replaced = {record.supersedes for record in facts}
    return next(r.record_id for r in facts if r.fact == fact and r.record_id not in replaced)


def correct(ward: Ward, fact: str, value: Any, status: str = "corrected") -> Outcome:  # noqa: ANN401 - plain data of any fact type
    """The coordinator corrects the standing record of a fact."""
    command = CorrectFact(
        actor=COORDINATOR,
        path_id=ward.path_id,
        record_id=standing(ward, fact),
        value=value,
        status=status,
        reason="read from the wrong report",
    )
    return ward.orchestrator.correct(command, LATER)


def close(ward: Ward, item: ReviewItem, status: ReviewStatus = "upheld", **more: Any) -> Outcome:  # noqa: ANN401 - fields of the command
    """The clinician closes a review."""
    asked: dict[str, Any] = {"actor": CLINICIAN, "path_id": ward.path_id, "reason": "MDT", **more}
    command = CloseReview(review_id=item.review_id, verdict=status, **asked)
    return ward.orchestrator.close_review(command, LATER)


def reviews(ward: Ward) -> list[ReviewItem]:
    """Every review of the patient, oldest first."""
    return list(ward.store.reviews(ward.path_id))


@pytest.fixture
def treated(ward: Ward) -> Ward:
    """A patient whose reinduction was confirmed on findings that turn out otherwise."""
    ward.to_assessment()
    ward.confirm("reinduction")
    return ward


def test_a_corrected_finding_brings_up_the_step_it_led_to(treated: Ward) -> None:
    """The lineage was read from the wrong report: somebody has to look at the therapy again."""
    outcome = correct(treated, "lineage", "T")

    (item,) = reviews(treated)
    assert (item.kind, item.about, item.status) == ("step", "30", "open")
    assert item.before["step"] == {"key": "reinduction", "status": "recommended"}
    assert item.after["step"]["status"] == "unknown"
    assert [clause["fact"] for clause in item.after["clauses"]] == ["", "lineage"]
    assert [entry.kind for entry in outcome.entries] == ["fact_corrected", "review_opened"]
    assert outcome.path.state == "reinduction"


def test_a_correction_that_changes_no_answer_brings_up_nothing(treated: Ward) -> None:
    """Nobody is sent to look at a decision that stands."""
    correct(treated, "marrow_blast_pct", "63")

    assert reviews(treated) == []


def test_a_voided_finding_brings_up_the_step_it_led_to(treated: Ward) -> None:
    """Entered for the wrong patient: the step was confirmed without knowing."""
    correct(treated, "cns_status", None, "entered_in_error")

    missing = [item.after["missing"] for item in reviews(treated) if item.kind == "step"]
    assert missing == [["cns_status"]]


def test_a_corrected_correction_closes_what_no_longer_differs(treated: Ward) -> None:
    """The first value was right after all; the history shows both changes of mind."""
    correct(treated, "lineage", "T")

    outcome = correct(treated, "lineage", "B")

    (item,) = reviews(treated)
    assert (item.status, item.closed_by, item.reason) == ("no_effect", "", "it no longer differs")
    assert [entry.kind for entry in outcome.entries] == ["fact_corrected", "review_closed"]


def test_the_same_difference_is_brought_up_once(treated: Ward) -> None:
    """A second correction beside the point opens no second review of the same step."""
    correct(treated, "lineage", "T")
    correct(treated, "marrow_blast_pct", "63")
    (item,) = reviews(treated)
    close(treated, item)

    correct(treated, "marrow_blast_pct", "64")

    assert [found.status for found in reviews(treated)] == ["upheld"]


def test_another_difference_of_the_same_step_is_a_review_of_its_own(treated: Ward) -> None:
    """What was looked at was the other answer."""
    correct(treated, "lineage", "T")
    correct(treated, "cns_status", None, "entered_in_error")

    correct(treated, "lineage", "B")

    steps = [item for item in reviews(treated) if item.kind == "step"]
    assert [item.is_open for item in steps] == [False, True]


def test_a_record_that_comes_late_brings_up_the_step_before_which_it_was_so(ward: Ward) -> None:
    """The trial was open the day before the step; nobody had told."""
    ward.to_assessment()
    confirmed = NOW + timedelta(days=1)
    ward.confirm("reinduction", confirmed)

    ward.record({"active_infection": "uncontrolled"}, LATER, on=NOW.date())

    assert [item.kind for item in reviews(ward)] == ["step"]


def test_a_record_of_the_day_of_the_step_brings_up_nothing(treated: Ward) -> None:
    """It may be of the afternoon; what started that day is recorded as of that day."""
    treated.record({"active_infection": "uncontrolled"}, LATER, on=NOW.date())

    assert reviews(treated) == []


def test_a_corrected_value_brings_up_the_checkpoint_it_met(ward: Ward) -> None:
    """A result that never was met a checkpoint; nobody would ask for it again."""
    ward.to_assessment()

    correct(ward, "cns_status", None, "entered_in_error")

    found = [(item.kind, item.about.partition("/")[0]) for item in reviews(ward)]
    assert found == [("checkpoint", "C-AS-1")]
    assert reviews(ward)[0].after == {"met_on": None}


def test_a_review_is_closed_by_a_clinician_with_a_reason(treated: Ward) -> None:
    """Who looked, what came of it and why stand in the history for ever."""
    correct(treated, "lineage", "T")
    (item,) = reviews(treated)

    with pytest.raises(NotPermittedError, match="may not close a review"):
        close(treated, item, actor=COORDINATOR)
    with pytest.raises(RefusedError, match="closed with a reason"):
        close(treated, item, reason=" ")
    outcome = close(treated, item, "compensated")

    assert outcome.entries[0].detail["verdict"] == "compensated"
    assert (reviews(treated)[0].status, reviews(treated)[0].closed_by) == (
        "compensated",
        "Dr Ada Sample:clinician",
    )


def test_a_review_is_closed_once(treated: Ward) -> None:
    """The second person is told what the first one found."""
    correct(treated, "lineage", "T")
    (item,) = reviews(treated)
    close(treated, item)

    with pytest.raises(ConflictError, match="closed already, by Dr Ada Sample:clinician, as uph"):
        close(treated, item, "no_effect")
    with pytest.raises(NotFoundError, match="There is no review P-000001/999"):
        close(treated, ReviewItem("P-000001/999", "", "step", "1", NOW, 1, {}, {}))


def test_a_refused_correction_opens_no_review(treated: Ward) -> None:
    """Record, journal and review are written together or not at all."""
    before = treated.store.case(treated.path_id)

    with pytest.raises(FactError, match="'Z' is not one of"):
        correct(treated, "lineage", "Z")

    assert treated.store.case(treated.path_id) == before
    assert reviews(treated) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE review_item SET status = 'upheld', closed_at = 1", "was changed"),
        ("UPDATE review_item SET about = '29'", "was changed"),
        ("UPDATE review_item SET after = before", "was changed"),
        ("UPDATE review_item SET after = '{'", "its reviews cannot be read"),
        ("DELETE FROM review_item", "is gone"),
        (
            (
                "INSERT INTO review_item SELECT path_id, seq + 900, kind, about, opened_at,"
                " opened_by_seq, before, after, status, closed_at, closed_by, reason"
                " FROM review_item"
            ),
            "stands in no journal entry",
        ),
    ],
)
def test_a_review_changed_behind_the_program_is_found(
    treated: Ward, place: Place, change: str, what: str
) -> None:
    """A review nobody looked at must not vanish, nor be closed, without an entry that says so."""
    correct(treated, "lineage", "T")
    assert verify_chain(treated.store, treated.path_id) == []

    place.ask(change)

    assert what in verify_chain(treated.store, treated.path_id)[0].what
