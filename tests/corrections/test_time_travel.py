"""Time travel: what was so on a day, and what we knew of it, are two questions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import CLINICIAN, COORDINATOR, NOW, SECOND_CLINICIAN
from tests.corrections.campaign import Tally, disturb
from tests.corrections.cohort import Cohort, Moment
from tests.orchestrator.conftest import Ward
from workflow.commands import (
    CorrectFact,
    Countersign,
    PauseReminders,
    SnoozeCheckpoint,
    UndoStep,
)
from workflow.errors import NotFoundError, RefusedError
from workflow.found import Found
from workflow.records import Case, CheckpointRecord, PathRecord
from workflow.replaying import replay_of, replays
from workflow.time_travel import Moment as Then
from workflow.values import Score

DAY = timedelta(days=1)


def then(ward: Ward, as_of: datetime, known_at: datetime | None = None) -> Found:
    """The patient as at a moment, by what was known then or at another."""
    return ward.orchestrator.look_then(ward.path_id, Then(as_of, known_at or as_of))


def test_every_moment_of_a_cohort_is_seen_as_it_was(small_cohort: Cohort) -> None:
    """Place, waiting signature, open checkpoints with their windows, and the decision: all equal.

    They are compared with what was overheard at that moment, through corrections and undone steps.
    """
    disturb(small_cohort, random.Random(5), Tally(), 80)
    seen = 0

    for path_id in small_cohort.heard.moments:
        facts = small_cohort.store.case(path_id).facts
        for at, moment in _last_of_each_instant(small_cohort, path_id):
            found = small_cohort.orchestrator.look_then(path_id, Then(at, at))
            known = tuple(fact for fact in facts if fact.seq <= moment.after.version)
            as_was = Found(found.pathway, Case(moment.after, known, ()), at)

            assert _place(found.case.path) == _place(moment.after)
            assert _rows(found.case.checkpoints) == _rows(moment.live)
            assert found.decision().digest == as_was.decision().digest
            seen += 1

    assert seen > 500


def test_every_recorded_decision_made_again_has_the_stored_digest(small_cohort: Cohort) -> None:
    """Under the version and on the records of its moment nothing comes out otherwise."""
    made = [
        replayed
        for path in small_cohort.store.paths()
        for replayed in _replays(small_cohort, path.path_id)
    ]

    assert len(made) > 200
    assert [item.entry for item in made if not item.is_as_stored] == []


def test_a_stored_digest_that_is_another_is_told(ward: Ward) -> None:
    """The comparison can fail: with one record less the decision is not the one that was stored."""
    ward.to_assessment()
    ward.confirm("reinduction")
    found = ward.orchestrator.look(ward.path_id, NOW)
    history = ward.orchestrator.history(found)
    path, facts = found.case.path, found.case.facts
    step = next(e for e in history.entries if e.state_to == "reinduction")

    whole = replay_of(found.case, history, step.seq)
    without = replay_of(Case(path, facts[:3] + facts[4:], ()), history, step.seq)

    assert whole.is_as_stored
    assert not without.is_as_stored


def test_a_step_recorded_late_was_so_on_its_day_and_was_not_known(ward: Ward) -> None:
    """The patient was treated since Monday; on Tuesday the record still said assessment."""
    ward.to_assessment()
    ward.record({"active_infection": "none"}, NOW + 5 * DAY)
    ward.confirm("reinduction", NOW + 5 * DAY, effective_on=(NOW + DAY).date())
    tuesday = NOW + 2 * DAY

    so = then(ward, tuesday, NOW + 6 * DAY)
    known = then(ward, tuesday)

    assert (so.case.path.state, so.case.path.entered["main"]) == (
        "reinduction",
        (NOW + DAY).date(),
    )
    assert known.case.path.state == "assessment"
    assert known.decision().route.next_state == "reinduction"


def test_a_step_was_not_so_before_the_day_it_took_effect(ward: Ward) -> None:
    """All that is known today does not move what happened later into the day before."""
    ward.to_assessment()
    ward.record({"active_infection": "none"}, NOW + 5 * DAY)
    ward.confirm("reinduction", NOW + 5 * DAY, effective_on=(NOW + 2 * DAY).date())

    before = then(ward, NOW + DAY, NOW + 6 * DAY)

    assert (before.case.path.state, before.case.path.line) == ("assessment", 0)


def test_a_corrected_value_counts_for_the_day_it_is_of_and_the_old_one_for_what_we_knew(
    ward: Ward,
) -> None:
    """Court and clinician ask different questions of the same Tuesday."""
    ward.to_assessment()
    record = next(
        fact for fact in ward.store.case(ward.path_id).facts if fact.fact == "performance"
    )
    correct(ward, record.record_id, 3, NOW + 4 * DAY)
    tuesday = NOW + DAY

    assert then(ward, tuesday).sheet().values["performance"] == Score("ecog", 1)
    assert then(ward, tuesday, NOW + 5 * DAY).sheet().values["performance"] == Score("ecog", 3)


def test_a_sample_is_not_known_before_its_report(ward: Ward) -> None:
    """Taken on Monday, reported on Friday: on Wednesday nobody knew, yet so it was."""
    ward.to_assessment()
    ward.record({"cd19": "negative"}, NOW + 4 * DAY, on=(NOW + DAY).date())
    wednesday = NOW + 2 * DAY

    assert then(ward, wednesday).sheet().values["cd19"] == "positive"
    assert then(ward, wednesday, NOW + 4 * DAY).sheet().values["cd19"] == "negative"


def test_an_undone_step_was_known_and_was_not_so(ward: Ward) -> None:
    """What was undone never happened, but on that day everybody believed it had."""
    ward.to_assessment()
    ward.confirm("reinduction")
    expected = _rows(ward.store.case(ward.path_id).checkpoints)
    undo = UndoStep(actor=CLINICIAN, path_id=ward.path_id, reason="mistake")
    ward.orchestrator.undo(undo, NOW + 3 * DAY)
    next_day = NOW + DAY

    known = then(ward, next_day)

    assert known.case.path.state == "reinduction"
    assert _rows(known.case.checkpoints) == expected
    assert then(ward, next_day, NOW + 3 * DAY).case.path.state == "assessment"


def test_what_waited_for_a_second_signature_waits_again(ward: Ward) -> None:
    """First and second signature are days apart; in between somebody had to sign."""
    ward.enrol()
    ward.record({"identity_checked": "yes"})
    ward.confirm("assessment")
    ward.record({"goals": "palliative"})
    ward.confirm("supportive")
    waiting = ward.store.case(ward.path_id).path.pending
    second = Countersign(actor=SECOND_CLINICIAN, path_id=ward.path_id)
    ward.orchestrator.countersign(second, NOW + 2 * DAY)

    assert waiting is not None
    assert then(ward, NOW + DAY).case.path.pending == waiting
    assert then(ward, NOW + 3 * DAY).case.path.pending is None


def test_reminders_that_were_quiet_then_are_quiet_again(ward: Ward) -> None:
    """Why was nobody reminded in that week: somebody wanted it so, and is named."""
    ward.to_assessment()
    row = ward.store.case(ward.path_id).checkpoints[0]
    until = (NOW + 3 * DAY).date()
    snooze = SnoozeCheckpoint(
        actor=CLINICIAN,
        path_id=ward.path_id,
        checkpoint=row.checkpoint,
        until=until,
        reason="family asked for time",
    )
    ward.orchestrator.see_to(snooze, NOW)
    pause = PauseReminders(
        actor=COORDINATOR, path_id=ward.path_id, until=until, reason="on holiday"
    )
    ward.orchestrator.pause(pause, NOW + DAY)

    first, second = then(ward, NOW + timedelta(hours=1)), then(ward, NOW + 2 * DAY)

    quiet = next(r for r in first.case.checkpoints if r.key == row.key)
    assert (quiet.quiet, quiet.quiet_by) == ("snoozed", CLINICIAN.name)
    assert (first.case.path.paused, second.case.path.paused) == ("", "operational")


def test_before_the_enrolment_there_is_nothing_to_see(ward: Ward) -> None:
    """Neither was the patient here, nor did anybody know."""
    ward.enrol()

    with pytest.raises(RefusedError, match="was not enrolled then"):
        then(ward, NOW - DAY)
    with pytest.raises(RefusedError, match="was not enrolled then"):
        then(ward, NOW, NOW - timedelta(minutes=1))


def test_an_entry_without_a_decision_and_one_that_is_not_there_say_so(ward: Ward) -> None:
    """A record of a fact decides nothing; a wrong number is a slip of the finger."""
    ward.enrol()
    found = ward.orchestrator.look(ward.path_id, NOW)
    history = ward.orchestrator.history(found)

    with pytest.raises(RefusedError, match="records no decision"):
        replay_of(found.case, history, 1)
    with pytest.raises(NotFoundError, match="no journal entry 99"):
        replay_of(found.case, history, 99)


def correct(ward: Ward, record_id: str, value: Any, now: datetime) -> None:  # noqa: ANN401 - any fact's value
    """The coordinator corrects a record."""
    command = CorrectFact(
        actor=COORDINATOR,
        path_id=ward.path_id,
        record_id=record_id,
        value=value,
        status="corrected",
        reason="read from the wrong line",
    )
    ward.orchestrator.correct(command, now)


def _replays(cohort: Cohort, path_id: str) -> Iterator[Any]:
    found = cohort.orchestrator.look(path_id, cohort.now)
    yield from replays(found.case, cohort.orchestrator.history(found))


def _last_of_each_instant(cohort: Cohort, path_id: str) -> Iterator[tuple[datetime, Moment]]:
    """What was overheard last at each instant at which the journal was written."""
    last: dict[datetime, Moment] = {}
    at: datetime | None = None
    for moment in cohort.heard.moments[path_id]:
        at = moment.entries[-1].at if moment.entries else at
        if at is not None:
            last[at] = moment
    yield from last.items()


def _place(path: PathRecord) -> tuple[Any, ...]:
    entered: list[tuple[str, date]] = list(path.entered.items())
    return (
        path.state,
        entered,
        dict(path.settings),
        path.episode,
        path.line,
        dict(path.since),
        path.pending,
        path.pathway_hash,
        path.version,
        path.head,
    )


def _rows(rows: tuple[CheckpointRecord, ...]) -> set[tuple[Any, ...]]:
    return {(row.key, row.opens_at, row.due_at, row.overdue_at, row.expires_at) for row in rows}
