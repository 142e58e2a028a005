"""Care that no step of the path says is seen in the data, and asked about once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import CLINICIAN, COORDINATOR, NOW
from tests.corrections.cohort import Cohort
from tests.orchestrator.conftest import Ward
from workflow.carrying_out import Outcome
from workflow.commands import CloseReview, CorrectFact, OverrideStep, UndoStep
from workflow.errors import RefusedError
from workflow.review import ReviewItem

DAY = timedelta(days=1)
SOON = NOW + 3 * DAY


def care(ward: Ward) -> list[ReviewItem]:
    """The reviews that ask about care."""
    return [item for item in ward.store.reviews(ward.path_id) if item.kind == "care"]


def record(ward: Ward, fact: str, day: datetime, now: datetime = SOON) -> Outcome:
    """Somebody records on which day something was done."""
    return ward.record({fact: day.date().isoformat()}, now)


def correct(ward: Ward, fact: str, value: str | None, **more: Any) -> Outcome:  # noqa: ANN401 - fields of the command
    """The standing record of a fact is corrected, or voided."""
    records = [r for r in ward.store.case(ward.path_id).facts if r.fact == fact]
    status = "corrected" if value else "entered_in_error"
    command = CorrectFact(
        actor=COORDINATOR,
        path_id=ward.path_id,
        record_id=records[-1].record_id,
        value=value,
        status=status,
        reason="wrong day",
        **more,
    )
    return ward.orchestrator.correct(command, SOON)


def explain(ward: Ward, code: str = "result_exists_elsewhere") -> Outcome:
    """A clinician gives the reason."""
    command = CloseReview(
        actor=CLINICIAN,
        path_id=ward.path_id,
        review_id=care(ward)[-1].review_id,
        verdict="upheld",
        reason="given in another hospital",
        code=code,
    )
    return ward.orchestrator.close_review(command, SOON)


@pytest.fixture
def assessed(ward: Ward) -> Ward:
    """A patient under assessment since today."""
    ward.to_assessment()
    return ward


def test_a_transplantation_nobody_confirmed_is_asked_about(assessed: Ward) -> None:
    """Day 0 is on record, and the path stands in assessment: somebody has to say why."""
    record(assessed, "hsct_date", NOW + DAY)

    (item,) = care(assessed)
    assert item.is_open
    assert item.about == f"hsct_date {(NOW + DAY).date()}"
    assert item.after["care"] == {"fact": "hsct_date", "state": "assessment"}


@pytest.mark.parametrize("fact", ["cart_infusion_date", "ino_last_dose_date", "hsct_date"])
def test_what_was_done_before_the_path_began_is_no_variance(assessed: Ward, fact: str) -> None:
    """Treatment of the first line belongs to the record, not to this path."""
    record(assessed, fact, NOW - 400 * DAY)

    assert care(assessed) == []


def test_care_is_asked_about_once(assessed: Ward) -> None:
    """Not at the next look, not for the same day again, and not when the day is corrected."""
    record(assessed, "hsct_date", NOW + DAY)
    explain(assessed)

    record(assessed, "hsct_date", NOW + DAY)
    correct(assessed, "hsct_date", (NOW + 2 * DAY).date().isoformat())
    assessed.record({"cd19": "negative"}, SOON)

    assert [item.status for item in care(assessed)] == ["upheld"]


def test_other_care_of_another_day_is_asked_about(assessed: Ward) -> None:
    """One reason does not cover what comes later."""
    record(assessed, "hsct_date", NOW + DAY)
    explain(assessed)

    record(assessed, "cart_infusion_date", NOW + 2 * DAY)

    assert [item.is_open for item in care(assessed)] == [False, True]


def test_the_answer_is_signed_coded_and_in_the_register(assessed: Ward) -> None:
    """Overrides and care off the pathway are counted in one place."""
    record(assessed, "hsct_date", NOW + DAY)
    with pytest.raises(RefusedError, match="not a coded reason"):
        explain(assessed, "")

    explain(assessed)

    (entry,) = assessed.store.variances()
    assert (entry.kind, entry.detail["variance"]) == ("care_explained", "result_exists_elsewhere")
    assert entry.detail["signature"]["meaning"] == "answers for care off the pathway"


def test_a_voided_record_ends_the_question(assessed: Ward) -> None:
    """It was a slip of the finger: there is nothing left to explain."""
    record(assessed, "hsct_date", NOW + DAY)

    correct(assessed, "hsct_date", None)

    (item,) = care(assessed)
    assert (item.status, item.closed_by) == ("no_effect", "")


def test_a_step_taken_late_ends_the_question_and_undoing_it_asks_again(ward: Ward) -> None:
    """First the drug was on record, then the step that says so, for the day before."""
    ward.enrol()
    ward.record({"identity_checked": "yes"})
    ward.confirm("assessment")
    record(ward, "nelarabine_last_dose_date", NOW + 2 * DAY)
    command = OverrideStep(
        actor=CLINICIAN,
        path_id=ward.path_id,
        step="reinduction",
        option="NELARABINE_CONTAINING",
        code="mdt_judgement",
        reason="begun in another hospital",
        effective_on=(NOW + DAY).date(),
    )

    ward.orchestrator.override(command, SOON)
    after_step = [(item.status, item.closed_by) for item in care(ward)]
    undo = UndoStep(actor=CLINICIAN, path_id=ward.path_id, reason="for the wrong patient")
    ward.orchestrator.undo(undo, SOON)

    assert after_step == [("no_effect", "")]
    assert [item.is_open for item in care(ward)] == [False, True]


def test_a_cohort_on_the_pathway_is_never_asked(small_cohort: Cohort) -> None:
    """Forty patients treated as their steps say, transplants and cells included: no false alarm."""
    asked = [item for item in small_cohort.store.reviews() if item.kind == "care"]
    shown = [
        fact.fact
        for path in small_cohort.store.paths()
        for fact in small_cohort.store.case(path.path_id).facts
        if fact.fact in {"hsct_date", "cart_infusion_date"}
    ]

    assert len(shown) >= 3
    assert [(item.path_id, item.about, item.after) for item in asked] == []
