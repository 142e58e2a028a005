"""Ways in which a patient could have been lost; a review with fresh eyes found each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from scheduler.sweep import LEASE, Sweeper
from tests.conftest import CLINICIAN, COORDINATOR, NOW, TODAY
from tests.scheduler.conftest import Desk, SweptWard
from tests.store.conftest import Place
from workflow.checkpoint_checks import checkpoint_findings
from workflow.commands import (
    AcknowledgeCheckpoint,
    Enrol,
    NewFact,
    PauseReminders,
    SnoozeCheckpoint,
    WaiveCheckpoint,
)
from workflow.errors import NotPermittedError, RefusedError
from workflow.loading import load_shipped
from workflow.pathway import Checkpoint
from workflow.records import Person

DAY = timedelta(days=1)


@pytest.fixture
def after_hsct(place: Place) -> Iterator[SweptWard]:
    """A patient since today after HSCT, with a weekly check that expires."""
    ward = SweptWard(place.open())
    command = Enrol(
        actor=COORDINATOR,
        person=Person(ward.path_id, "Sample", "Sam", {"mrn": ward.mrn}),
        pathway_id="post_hsct_surveillance",
        settings={},
        entered_on=TODAY,
        facts=(NewFact(fact="hsct_date", value=TODAY.isoformat(), effective_at=TODAY),),
    )
    ward.orchestrator.enrol(command, NOW)
    yield ward
    ward.store.close()


def _day(days: int) -> date:
    return TODAY + timedelta(days=days)


def _pause(ward: SweptWard, until: date, **more: Any) -> None:  # noqa: ANN401 - a field each
    given = {"actor": COORDINATOR, "path_id": ward.path_id, "reason": "x", "until": until, **more}
    ward.orchestrator.pause(PauseReminders(**given), NOW)


def test_a_path_that_waits_twice_is_claimed_once_and_stops_nobody(swept: SweptWard) -> None:
    """A worker is killed with its claim, a person changes the path, and both moments come due."""
    Sweeper(swept.store, swept.orchestrator).claim(NOW + 3 * DAY)
    swept.record({"first_mdt_date": _day(1).isoformat()}, NOW + DAY)
    swept.see_to(SnoozeCheckpoint, 2, reason="x", until=_day(4))
    late = NOW + 13 * DAY
    with swept.store.begin() as transaction:
        transaction.wait(swept.path_id, NOW + 4 * DAY)
        transaction.wait(swept.path_id, NOW + 5 * DAY)

    report = swept.sweep(13)
    again = swept.sweep(14)

    assert (report.paths, report.failed, again.failed) == (1, (), ())
    assert swept.store.case(swept.path_id).path.next_at is not None
    assert late > NOW


def test_two_claims_in_one_second_handle_a_path_once(swept: SweptWard) -> None:
    """The second comes by a second timer; whoever finishes first has done it."""
    now = NOW + 5 * DAY
    first, second = (Sweeper(swept.store, swept.orchestrator) for _ in range(2))
    claims = first.claim(now)
    with swept.store.begin() as transaction:
        transaction.wait(swept.path_id, now)
    more = second.claim(now)

    first.handle(claims, now)
    second.handle(more, now + LEASE / 2)

    assert second.report().given_up == 1
    assert [e.kind for e in swept.store.journal(swept.path_id)].count("checkpoint_due") == 1


def test_one_look_with_a_wrong_clock_silences_nobody_once_it_is_right(
    after_hsct: SweptWard,
) -> None:
    """Reminders and repeats that were counted from the future are counted from today again."""
    after_hsct.sweep(1500)
    told = len(after_hsct.notices.told())

    astray = after_hsct.store.astray(NOW + 10 * DAY)
    sweeper = Sweeper(after_hsct.store, after_hsct.orchestrator)
    for path_id in astray:
        sweeper.attend(path_id, NOW + 10 * DAY)
    for day in range(11, 60):
        after_hsct.sweep(day)

    weekly = [row for row in after_hsct.rows("C-HS-2") if row.is_live]
    assert astray == {after_hsct.path_id}
    assert weekly[0].due_at <= NOW + 70 * DAY
    assert len(after_hsct.notices.told()) > told


def test_a_worker_that_starts_after_years_waits_unless_it_is_told_to_trust(desk: Desk) -> None:
    """The clock of the machine may be wrong by as much."""
    desk.worker("old").tick()
    desk.clock.passes(timedelta(days=400))

    waiting = desk.worker("new").tick()
    trusting = desk.worker("trusting", trusts_clock=True).tick()

    assert waiting.held
    assert "Nobody has looked for 400 days" in waiting.told[0]
    assert trusting.report.overdue == 1


def test_while_a_leap_is_waited_out_no_chore_is_done(desk: Desk) -> None:
    """Nothing at all is told meanwhile."""
    done: list[datetime] = []

    def chore(now: datetime) -> str:
        done.append(now)
        return ""

    worker = desk.worker(chores=(chore,))
    worker.tick()
    worker.do_chores()
    desk.clock.wall += timedelta(days=30)
    desk.clock.passes(timedelta(minutes=2))
    held = worker.tick()

    worker.do_chores()

    assert (held.held, worker.is_holding, done) == (True, True, [])


def test_a_chore_that_fails_keeps_no_other_from_being_done(desk: Desk) -> None:
    """One poisoned path must not keep the histories from being checked."""

    def broken(_: datetime) -> str:
        raise KeyError("Sample, Sam")

    worker = desk.worker(chores=(broken, lambda _: "histories checked"))
    worker.do_chores()
    desk.clock.passes(timedelta(minutes=2))

    told = worker.do_chores()

    assert list(told) == [
        "A daily chore failed (KeyError); see `allpath doctor`.",
        "histories checked",
    ]


def test_what_is_waived_to_a_day_takes_no_other_occurrences_place(after_hsct: SweptWard) -> None:
    """Chimerism of day 30 is waived to day 40; that of day 60 is asked all the same."""
    before = after_hsct.row("C-HS-1", occurrence=2)

    after_hsct.see_to(
        WaiveCheckpoint, checkpoint="C-HS-1", occurrence=1, reason="x", until=_day(40)
    )
    after_hsct.record({"gvhd_virus_check": "done"}, NOW + DAY)

    (again,) = [row for row in after_hsct.rows("C-HS-1") if "waived to" in row.due_rule]
    assert again.due_at.date() == _day(40)
    assert again.is_live
    seconds = [row for row in after_hsct.rows("C-HS-1") if row.key == before.key]
    assert [row.due_at for row in seconds] == [before.due_at]


def test_a_coordinators_pause_is_not_of_what_rests_on_evidence(swept: SweptWard) -> None:
    """However long it is; a clinician's is of everything."""
    swept.to_reinduction()
    _pause(swept, _day(365))

    swept.sweep(60)

    told = {e.detail["checkpoint"] for e in swept.entries("checkpoint_escalated")}
    assert "C-RA-1" in told
    assert "C-ALL-1" not in told


def test_a_clinicians_pause_is_of_everything(swept: SweptWard) -> None:
    """She answers for it, and the worklist says until when."""
    swept.to_reinduction()
    _pause(swept, _day(365), actor=CLINICIAN)

    swept.sweep(60)

    assert swept.notices.told() == []


def test_a_coordinator_does_not_hold_back_the_next_persons_turn(swept: SweptWard) -> None:
    """Of what rests on evidence the lead is told on her day, whoever has acknowledged it."""
    swept.to_reinduction()
    overdue = swept.row("C-RA-1").overdue_at
    days = (overdue - NOW).days + 1
    swept.sweep(days)
    turn = (overdue + 3 * DAY).date()
    given = {"checkpoint": "C-RA-1", "actor": COORDINATOR, "reason": "booked"}

    with pytest.raises(NotPermittedError, match="coordinator is told"):
        swept.see_to(AcknowledgeCheckpoint, days, until=turn + DAY, **given)
    swept.see_to(AcknowledgeCheckpoint, days, until=turn, **given)

    assert swept.row("C-RA-1").quiet == "acknowledged"


def test_an_expired_check_is_told_to_the_last_of_its_ladder(after_hsct: SweptWard) -> None:
    """Missed for good is worse than late; the lead hears of it, pause or no pause."""
    _pause(after_hsct, _day(20))

    after_hsct.sweep(16)

    assert after_hsct.entries("checkpoint_expired")[0].detail["checkpoint"] == "C-HS-2"
    assert ("checkpoint_expired", "lead") in after_hsct.notices.told()


def test_of_what_was_missed_over_and_over_people_are_told_once(after_hsct: SweptWard) -> None:
    """A year without a scheduler is no flood of fifty messages about one weekly check."""
    after_hsct.sweep(300)

    told = after_hsct.notices.told()
    expired = after_hsct.entries("checkpoint_expired")
    assert len(expired) > 10
    assert [topic for topic, _ in told].count("checkpoint_expired") == 1
    assert len(told) < 16


def test_the_lead_is_told_of_a_missed_weekly_check_before_it_expires(
    after_hsct: SweptWard,
) -> None:
    """A ladder whose last rung comes after the end would never be climbed."""
    for day in range(13):
        after_hsct.sweep(day)

    escalated = [e.detail for e in after_hsct.entries("checkpoint_escalated")]
    assert [d["to"] for d in escalated if d["checkpoint"] == "C-HS-2"] == ["coordinator", "lead"]


@pytest.mark.parametrize(("expires", "said"), [("2 d", "tell them sooner"), ("30 h", "in days")])
def test_a_ladder_that_outlasts_its_checkpoint_is_refused(expires: str, said: str) -> None:
    """So is an end in hours, which no calendar keeps."""
    pathway = load_shipped("post_hsct_surveillance")
    state = pathway.states["to_day_100"]
    row = next(item for item in state.checkpoints if item.id == "C-HS-2")
    wrong = Checkpoint.model_validate({**row.model_dump(), "expires": expires})
    changed = state.model_copy(update={"checkpoints": (wrong,)})
    states = {**pathway.states, "to_day_100": changed}
    broken = pathway.model_copy(update={"states": states})

    findings = [message for _, message in checkpoint_findings(broken)]

    assert any(said in message for message in findings)


def test_a_check_cannot_be_snoozed_past_its_end(after_hsct: SweptWard) -> None:
    """It would be missed in silence; waiving says so."""
    with pytest.raises(RefusedError, match="counts as missed from"):
        after_hsct.see_to(SnoozeCheckpoint, checkpoint="C-HS-2", reason="x", until=_day(30))


def test_what_follows_a_missed_check_says_so_and_takes_a_record_of_that_day(
    after_hsct: SweptWard,
) -> None:
    """Nobody reads that it was done; and a check on the very day it ended counts for the next."""
    after_hsct.sweep(15)
    live = [row for row in after_hsct.rows("C-HS-2") if row.is_live]
    ended = after_hsct.row("C-HS-2", occurrence=1).expires_at
    assert ended is not None

    after_hsct.record({"gvhd_virus_check": "done"}, NOW + 15 * DAY, on=ended.date())

    assert "after it expired on" in live[0].due_rule
    assert after_hsct.row("C-HS-2", occurrence=2).status == "met"


def test_a_path_whose_timer_was_lost_is_found(swept: SweptWard) -> None:
    """Whatever happened to the row, the daily chore puts it back."""
    with swept.store.begin() as transaction:
        transaction.claim(NOW + 400 * DAY, NOW + 400 * DAY, 10)
        at = NOW + 400 * DAY
        for claim in transaction.claim(at + DAY, at + DAY, 10):
            transaction.finish(claim, None)
    lost = swept.store.astray(NOW)

    Sweeper(swept.store, swept.orchestrator).attend(swept.path_id, NOW)

    assert lost == {swept.path_id}
    assert swept.sweep(5).due == 1


def test_an_escalated_row_that_waits_for_nothing_is_reminded_of_again(swept: SweptWard) -> None:
    """As after a move from a version that knew no reminders."""
    swept.sweep(12)
    case = swept.store.case(swept.path_id)
    stuck = replace(case.checkpoints[0], next_at=None, reminded_at=None)
    with swept.store.begin() as transaction:
        transaction._cursor.execute(
            "UPDATE checkpoint SET next_at = NULL, reminded_at = NULL WHERE closed_seq IS NULL"
        )

    Sweeper(swept.store, swept.orchestrator).attend(swept.path_id, NOW + 20 * DAY)

    assert stuck.status == "escalated"
    assert swept.row().next_at is not None
    assert ("checkpoint_reminded", "lead") in swept.notices.told()


def test_what_opens_or_ends_by_the_passing_of_days_has_an_entry(swept: SweptWard) -> None:
    """The history tells of it, and no row names an entry that is about something else."""
    swept.to_response_assessment(30)
    later = NOW + timedelta(days=31)
    swept.record({"marrow_response": "M1"}, later)

    for day in range(32, 75):
        swept.sweep(day)

    reviewed = swept.entries("checkpoints_reviewed")
    opened = {row.opened_seq for row in swept.store.checkpoints(swept.path_id)}
    kinds = {e.seq: e.kind for e in swept.store.journal(swept.path_id)}
    assert all(seq in kinds for seq in opened)
    assert all(e.detail["opened"] or e.detail["ended"] for e in reviewed)
