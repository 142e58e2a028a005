"""One scheduler at work: at each tick it looks at its clock, dispatches what is due, and beats.

A tick does, in this order:

1. compare how far the wall clock and an even clock have gone: a jump is noticed and written down,
2. after a leap forward of an hour or more wait a quarter of an hour: a clock that is wrong and is
   put right again by then has told nobody anything; so does a worker that starts more than five
   weeks after anybody has looked, unless it was told to trust the clock,
3. dispatch what is due,
4. write the heartbeat and knock at the outside watch (dead man's switch).

A tick that fails writes no heartbeat: silence is the alarm. Chores are done apart from the ticks,
so that none waits for them: a minute after the start and every morning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from scheduler.dispatch import WorkDispatcher
from scheduler.sweep import SweepReport
from workflow.civil_time import first_instant
from workflow.durations import span_in_words
from workflow.store import Store
from workflow.watch import NOTICED_JUMP, Heartbeat

LEAP: Final = timedelta(hours=1)
LEAP_AT_START: Final = timedelta(days=35)
"""Longer than most outages: whoever starts after it may have a clock that is wrong by years."""
HELD: Final = timedelta(minutes=15)
DAILY_AT_HOUR: Final = 8
FIRST_CHORES: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did: when, what was dispatched, and anything to tell whoever runs it.

    `held_until` is set while a leap of the clock is waited out.
    """

    at: datetime
    report: SweepReport
    told: tuple[str, ...] = ()
    held: bool = False


Chore = Callable[[datetime], str]
"""Something to see to once a day; answers a sentence if there is anything to tell."""


@dataclass
class Worker:
    """A scheduler with a name of its own. `clock` is the wall clock, `stopwatch` runs evenly.

    `ping` knocks at the outside watch after a tick that went well.
    """

    name: str
    store: Store
    dispatcher: WorkDispatcher
    clock: Callable[[], datetime]
    stopwatch: Callable[[], float]
    zone: ZoneInfo
    chores: Sequence[Chore] = ()
    ping: Callable[[], str] | None = None
    trusts_clock: bool = False
    _beat: Heartbeat | None = None
    _last: tuple[datetime, float] | None = None
    _held_till: float | None = None
    _held_at_start: bool = False
    _started: float | None = None
    _chores_done_on: date | None = None

    def tick(self) -> Tick:
        """What is due now is dispatched, and the heart has beaten."""
        now, even = self.clock(), self.stopwatch()
        told = list(self._look_at_clock(now, even))
        if self._held_till is not None and even < self._held_till:
            if not self._held_at_start:
                self._write(now, 0)
            return Tick(now, SweepReport(), tuple(told), held=True)
        self._held_till, self._held_at_start = None, False
        report = self.dispatcher.dispatch(now)
        told += [f"{path}: {why}" for path, why in report.failed]
        self._write(now, report.paths)
        if self.ping is not None and (problem := self.ping()):
            told.append(problem)
        return Tick(now, report, tuple(told))

    def do_chores(self) -> Sequence[str]:
        """What no timer tells of is seen to, where it is time for that; answers what to tell."""
        now, even = self.clock(), self.stopwatch()
        if self._started is None:
            self._started = even
        if even - self._started < FIRST_CHORES.total_seconds() or self.is_holding:
            return ()
        today = now.astimezone(self.zone).date()
        morning = first_instant(today, self.zone) + timedelta(hours=DAILY_AT_HOUR)
        done_on = self._chores_done_on
        if done_on is not None and (done_on == today or now < morning):
            return ()
        self._chores_done_on = today if now >= morning else date.min
        return [sentence for chore in self.chores if (sentence := _done(chore, now))]

    @property
    def is_holding(self) -> bool:
        """Whether a leap of the clock is being waited out: nobody is told anything meanwhile."""
        return self._held_till is not None and self.stopwatch() < self._held_till

    def stop(self) -> None:
        """The worker was stopped on purpose; its silence is no alarm of its own."""
        if self._beat is not None:
            with self.store.begin() as transaction:
                transaction.beat(replace(self._beat, stopped_at=self.clock()))

    def _look_at_clock(self, now: datetime, even: float) -> Sequence[str]:
        """What the clock did since the last tick; at the start, since the last one of anybody."""
        if self._last is None:
            beats = self.store.heartbeats()
            self._beat = Heartbeat(self.name, started_at=now, beat_at=now)
            last = max((beat.beat_at for beat in beats), default=now)
            jump = now - last if last - now > NOTICED_JUMP else timedelta()
            if now - last > LEAP_AT_START and not self.trusts_clock:
                self._held_till = even + HELD.total_seconds()
                self._held_at_start, self._last = True, (now, even)
                silence = f"Nobody has looked for {span_in_words(now - last)}."
                wait = f"nothing is told for {HELD.seconds // 60} minutes"
                cure = "if it is right, start with --trust-clock"
                return (f"{silence} In case the clock is wrong, {wait}; {cure}.",)
        else:
            before, then = self._last
            jump = (now - before) - timedelta(seconds=even - then)
            if jump >= LEAP:
                self._held_till = even + HELD.total_seconds()
        self._last = (now, even)
        if abs(jump) <= NOTICED_JUMP or self._beat is None:
            return ()
        seconds = round(jump.total_seconds())
        self._beat = replace(self._beat, clock_jumped_at=now, clock_jump_seconds=seconds)
        way = "forward" if seconds > 0 else "back"
        waits = f" Nothing is told for {HELD.seconds // 60} minutes." if self._held_till else ""
        return (f"The clock jumped {way} by {abs(seconds)} seconds.{waits}",)

    def _write(self, now: datetime, paths: int) -> None:
        if self._beat is None:
            return
        swept = self._beat.swept_paths + paths
        self._beat = replace(self._beat, beat_at=now, swept_paths=swept)
        with self.store.begin() as transaction:
            transaction.beat(self._beat)


def _done(chore: Chore, now: datetime) -> str:
    """What the chore has to tell; one that fails does not keep the others from being done."""
    try:
        return chore(now)
    except Exception as error:  # noqa: BLE001 - see above
        return f"A daily chore failed ({type(error).__name__}); see `allpath doctor`."
