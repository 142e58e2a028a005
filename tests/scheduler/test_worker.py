"""The worker: an even pace, a clock that jumps, silence that is an alarm, and a poisoned record."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise

import pytest

from allpath.background import pinging
from scheduler.metronome import beat_until
from scheduler.sweep import LEASE, Sweeper, sweep
from scheduler.worker import Tick
from tests.conftest import NOW
from tests.scheduler.conftest import Desk, SweptWard
from workflow.carrying_out import Outcome
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.records import Actor
from workflow.store import Transaction
from workflow.watch import Heartbeat, watch

MINUTE = timedelta(minutes=1)


def test_a_tick_tells_what_is_due_and_beats(desk: Desk) -> None:
    """All is well while somebody looks."""
    worker = desk.worker()
    desk.clock.passes(timedelta(days=5))

    tick = worker.tick()

    assert (tick.report.due, tick.report.overdue) == (1, 1)
    assert desk.problems() == ()


def test_a_scheduler_that_has_been_silent_for_five_minutes_is_an_alarm(desk: Desk) -> None:
    """Silence must never look like nothing due."""
    never = desk.problems()
    worker = desk.worker()
    worker.tick()
    desk.clock.passes(timedelta(minutes=5))
    still = desk.problems()
    desk.clock.passes(timedelta(seconds=1))
    silent = desk.problems()

    assert "No scheduler has looked at this database yet" in never[0]
    assert still == ()
    assert "No scheduler has looked for 5 minutes" in silent[0]


def test_one_that_was_stopped_on_purpose_is_missed_all_the_same(desk: Desk) -> None:
    """Whoever stops it has to start another."""
    worker = desk.worker()
    worker.tick()
    worker.stop()
    desk.clock.passes(6 * MINUTE)

    assert "No scheduler has looked" in desk.problems()[0]


@pytest.mark.parametrize(
    ("jump", "way"), [(timedelta(minutes=-30), "back"), (timedelta(minutes=30), "forward")]
)
def test_a_clock_that_jumps_is_noticed(desk: Desk, jump: timedelta, way: str) -> None:
    """Everybody is told by how much, and the work goes on."""
    worker = desk.worker()
    worker.tick()
    desk.clock.passes(MINUTE)
    desk.clock.wall += jump

    tick = worker.tick()

    assert tick.told == (f"The clock jumped {way} by 1800 seconds.",)
    assert any(f"jumped {way}" in problem for problem in desk.problems())


def test_a_clock_that_was_put_back_tells_nothing_twice_and_misses_nothing(desk: Desk) -> None:
    """The same journal as if the clock had always been right."""
    worker = desk.worker()
    desk.clock.passes(timedelta(days=4))
    worker.tick()
    desk.clock.wall -= timedelta(days=2)
    for _ in range(12):
        desk.clock.passes(timedelta(days=1))
        worker.tick()

    kinds = [e.kind for e in desk.ward.store.journal("P-000001") if "checkpoint" in e.kind]
    assert kinds == ["checkpoint_due", "checkpoint_overdue", *2 * ["checkpoint_escalated"]]


def test_a_leap_forward_is_waited_out(desk: Desk) -> None:
    """A clock that is wrong by a month for ten minutes escalates no ward."""
    worker = desk.worker()
    worker.tick()
    desk.clock.wall += timedelta(days=30)
    desk.clock.passes(MINUTE)
    held = worker.tick()
    desk.clock.wall -= timedelta(days=30)
    desk.clock.passes(10 * MINUTE)

    worker.tick()

    assert held.held
    assert "Nothing is told for 15 minutes" in held.told[0]
    assert desk.ward.notices.told() == []


def test_a_leap_forward_that_stays_is_believed(desk: Desk) -> None:
    """After a quarter of an hour the clock is taken to be right."""
    worker = desk.worker()
    worker.tick()
    desk.clock.wall += timedelta(days=30)
    desk.clock.passes(MINUTE)
    ticks = [worker.tick()]
    for _ in range(16):
        desk.clock.passes(MINUTE)
        ticks.append(worker.tick())

    assert [tick.held for tick in ticks].count(True) == 15
    assert desk.ward.escalated_to() == ["coordinator", "lead"]


def test_a_clock_that_was_put_back_between_two_starts_is_noticed(desk: Desk) -> None:
    """The last look of anybody lies in the future: one of the two clocks is wrong."""
    desk.worker("first").tick()
    desk.clock.wall -= timedelta(hours=2)

    tick = desk.worker("second").tick()

    assert tick.told == ("The clock jumped back by 7200 seconds.",)


def test_the_chores_are_done_after_a_minute_and_every_morning_at_eight(desk: Desk) -> None:
    """Berlin: the worker starts at eight in the morning and does them once a day."""
    done: list[datetime] = []

    def chore(now: datetime) -> str:
        done.append(now)
        return "seen to"

    worker = desk.worker(chores=(chore,))
    told = [worker.do_chores()]
    for _ in range(48 * 60):
        desk.clock.passes(MINUTE)
        told.append(worker.do_chores())

    assert [(at - NOW) / MINUTE for at in done] == [1, 24 * 60, 48 * 60]
    assert told[:2] == [(), ["seen to"]]


def test_what_was_missed_in_thirty_days_is_told_once_and_marked_late(desk: Desk) -> None:
    """Catching up is no flood: each step of the ladder once, and each says how late it is."""
    desk.clock.passes(timedelta(days=30))
    worker = desk.worker()

    ticks = [worker.tick() for _ in range(3)]

    entries = [e for e in desk.ward.store.journal("P-000001") if "checkpoint" in e.kind]
    assert [tick.report.paths for tick in ticks] == [1, 0, 0]
    assert [e.kind for e in entries] == [
        *("checkpoint_due", "checkpoint_overdue"),
        *2 * ["checkpoint_escalated"],
    ]
    assert all(e.detail["late_seconds"] > 19 * 24 * 3600 - 7 * 3600 for e in entries)
    assert desk.ward.notices.told() == [
        ("checkpoint_escalated", "coordinator"),
        ("checkpoint_escalated", "lead"),
    ]


def test_what_is_told_in_time_is_not_marked(desk: Desk) -> None:
    """Late means that nobody had looked, not that the checkpoint is overdue."""
    worker = desk.worker()
    for _ in range(15 * 96):
        desk.clock.passes(timedelta(minutes=15))
        worker.tick()

    entries = [e for e in desk.ward.store.journal("P-000001") if "checkpoint" in e.kind]
    assert len(entries) == 4
    assert not any("late_seconds" in e.detail for e in entries)


class _Poisoned(Orchestrator):
    """An orchestrator to which one path cannot be attended, until it is mended."""

    is_mended = False

    def attend_within(
        self, transaction: Transaction, path_id: str, actor: Actor, now: datetime
    ) -> Outcome:
        outcome = super().attend_within(transaction, path_id, actor, now)
        if path_id == "P-000001" and not self.is_mended:
            raise KeyError("Sample, Sam")  # a value that no message may quote
        return outcome


def _two_patients(ward: SweptWard) -> None:
    other = SweptWard(ward.store)
    other.path_id, other.mrn = "P-000002", "9990000002"
    other.enrol()


def test_a_poisoned_record_is_a_visible_incident_and_stops_nobody(swept: SweptWard) -> None:
    """Nothing half done stays of it, the others are told, and no value of it is quoted."""
    _two_patients(swept)
    poisoned = _Poisoned(swept.store, load_shipped)

    report = sweep(swept.store, poisoned, NOW + timedelta(days=5))

    (incident,) = swept.store.incidents()
    assert (report.paths, report.due) == (2, 1)
    assert report.failed == (("P-000001", "KeyError"),)
    assert (incident.path_id, incident.attempts, incident.problem) == ("P-000001", 1, "KeyError")
    assert [e.kind for e in swept.store.journal("P-000001")] == ["enrolled"]


def test_a_poisoned_record_is_tried_ever_more_seldom_until_it_is_mended(swept: SweptWard) -> None:
    """The pause doubles up to an hour; once it can be handled the incident is over."""
    poisoned = _Poisoned(swept.store, load_shipped)
    now = NOW + timedelta(days=5)
    tried = [
        minute for minute in range(400) if sweep(swept.store, poisoned, now + minute * MINUTE).paths
    ]

    poisoned.is_mended = True
    sweep(swept.store, poisoned, now + 500 * MINUTE)

    gaps = [later - earlier for earlier, later in pairwise(tried)]
    assert gaps == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    assert swept.store.incidents() == ()
    assert [e.kind for e in swept.store.journal("P-000001")][1:3] == [
        "checkpoint_due",
        "checkpoint_overdue",
    ]


def test_two_schedulers_started_by_mistake_tell_everything_once(desk: Desk) -> None:
    """They share the work; neither undoes nor repeats what the other does."""
    _two_patients(desk.ward)
    workers = [desk.worker("one"), desk.worker("two")]
    for _ in range(20):
        desk.clock.passes(timedelta(days=1))
        for worker in workers:
            worker.tick()

    for path_id in ("P-000001", "P-000002"):
        kinds = [e.kind for e in desk.ward.store.journal(path_id) if "checkpoint" in e.kind]
        assert kinds == ["checkpoint_due", "checkpoint_overdue", *2 * ["checkpoint_escalated"]]


def test_a_sweeper_paused_past_its_lease_gives_up_what_another_has_done(swept: SweptWard) -> None:
    """The stale one writes nothing, whatever it had read before."""
    now = NOW + timedelta(days=5)
    paused = Sweeper(swept.store, swept.orchestrator)
    claims = paused.claim(now)
    done = sweep(swept.store, swept.orchestrator, now + LEASE)
    journal = swept.store.journal(swept.path_id)

    paused.handle(claims, now + LEASE + MINUTE)

    assert (done.paths, len(claims)) == (1, 1)
    assert paused.report().given_up == 1
    assert swept.store.journal(swept.path_id) == journal


def test_a_sweeper_killed_with_its_claims_loses_nothing(swept: SweptWard) -> None:
    """The next one does it when the lease is over, and not before."""
    now = NOW + timedelta(days=5)
    Sweeper(swept.store, swept.orchestrator).claim(now)

    at_once = sweep(swept.store, swept.orchestrator, now)
    later = sweep(swept.store, swept.orchestrator, now + LEASE)

    assert (at_once.paths, later.paths, later.due) == (0, 1, 1)


def test_the_metronome_goes_on_when_a_call_is_slow(desk: Desk) -> None:
    """No second call while the first still runs, and none is lost for good."""
    stopped = threading.Event()
    running, most, calls = [0], [0], [0]

    def call() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        calls[0] += 1
        threading.Event().wait(0.15)
        running[0] -= 1
        if calls[0] >= 4:
            stopped.set()

    beat_until(stopped, {"look": (call, 0.05)})

    assert (most[0], calls[0] >= 4) == (1, True)
    assert isinstance(desk.worker().tick(), Tick)


@pytest.fixture
def outside() -> Iterator[tuple[str, list[str], Callable[[], None]]]:
    """An outside watch on loopback: its address, what it heard, and how to take it away."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    gone = threading.Event()

    def take_away() -> None:
        if not gone.is_set():
            gone.set()
            server.shutdown()
            thread.join()
            server.server_close()

    yield f"http://127.0.0.1:{server.server_port}/ping/ward", heard, take_away
    take_away()


def test_the_outside_watch_is_knocked_at_and_its_silence_is_told(
    desk: Desk, outside: tuple[str, list[str], Callable[[], None]]
) -> None:
    """It is not knocked at by a tick that failed; when it is away, the worker goes on."""
    url, heard, take_away = outside
    first = desk.worker(ping=pinging(url)).tick()
    take_away()

    second = desk.worker(ping=pinging(url)).tick()

    assert (first.told, heard) == ((), ["/ping/ward"])
    assert "outside watch did not answer" in second.told[0]


def test_a_heartbeat_in_the_future_is_said() -> None:
    """After a clock was put right nobody is told that all is well because of a wrong one."""
    beat = Heartbeat("one", NOW, NOW + timedelta(days=1))

    found = watch([beat], (), None, NOW)

    assert not found.is_looking
    assert "lies in the future" in found.problems[0]
