"""`allpath worker`: looks for what is due, all day and night; start as many as you like."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated, Final

import typer

from allpath.cli.printing import note, put
from allpath.cli.session import Session, open_session
from allpath.cli.sweep import summary
from allpath.problems import sentence
from allpath.settings import QUEUED
from workflow.errors import StoreError

if TYPE_CHECKING:  # opened when needed
    from allpath.bootstrap import Allpath
    from scheduler.dispatch import WorkDispatcher
    from scheduler.worker import Worker

EVERY_SECONDS: Final = 15.0
SEAL_SECONDS: Final = 15.0
"""How often what was written enters the log that shows whether anything was rewritten."""
TIDY_SECONDS: Final = 30.0
"""How often to see whether it is time for the daily chores."""
AGAIN_SECONDS: Final = 1.0
"""How long to wait before a database that was away is tried again."""

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def worker(
    ctx: typer.Context,
    *,
    every: Annotated[
        float, typer.Option("--every", help="Seconds between two looks.", min=0.1, max=300)
    ] = EVERY_SECONDS,
    once: Annotated[
        bool, typer.Option("--once", help="Look once and end, without the daily chores.")
    ] = False,
    lease: Annotated[
        float,
        typer.Option("--lease", help="Seconds until another may take over.", min=1, max=3600),
    ] = 60.0,
    trust_clock: Annotated[
        bool,
        typer.Option("--trust-clock", help="Do not wait though nobody has looked for long."),
    ] = False,
    side_by_side: Annotated[
        int,
        typer.Option("--side-by-side", help="Jobs at a time, with a queue.", min=1, max=64),
    ] = 2,
    name: Annotated[
        str, typer.Option("--name", help="Name of this worker; default: machine and process.")
    ] = "",
) -> None:
    """Look for what is due until stopped (Ctrl-C); any number of workers share the work.

    Each writes a heartbeat: when none has looked for five minutes, everybody is told. One that is
    killed loses nothing; what it was doing is done by the next look of another within a minute.

    Example: `allpath worker`
    """
    from allpath.background import local_dispatcher, make_worker  # noqa: PLC0415 - see above
    from scheduler.metronome import beat_until  # noqa: PLC0415 - see above

    session = open_session(ctx)
    allpath = session.allpath
    is_queued = session.settings.dispatcher == QUEUED
    here = timedelta(seconds=lease)
    dispatcher = _queue(allpath) if is_queued else local_dispatcher(allpath, here)
    at_work = make_worker(allpath, name, dispatcher, trusts_clock=trust_clock)
    stopped = Event()
    calls = calls_of(session, at_work, stopped, every)
    if once:
        for what in ("look", "tell", "seal"):
            calls[what][0]()
        at_work.stop()
        return
    put(f"Worker {at_work.name} looks every {every:g} seconds; stop it with Ctrl-C.")
    if is_queued:
        from allpath.distribution import work  # noqa: PLC0415 - see above

        work(allpath, calls, at_work, stopped=stopped, side_by_side=side_by_side)
    else:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        beat_until(stopped, calls)
    at_work.stop()
    put(f"Worker {at_work.name} has stopped.")


def calls_of(
    session: Session, at_work: Worker, stopped: Event, every: float
) -> dict[str, tuple[Callable[[], None], float]]:
    """What a worker does, by name, and after how many seconds again."""
    from allpath.audit.sealing import sealing  # noqa: PLC0415 - opened when needed
    from allpath.background import delivering_notices  # noqa: PLC0415 - opened when needed

    return {
        "look": (_looking(session, at_work, stopped), every),
        "tell": (_telling(session, at_work, delivering_notices(session.allpath)), every),
        "seal": (_sealing(session, at_work, sealing(session.allpath)), SEAL_SECONDS),
        "tidy": (_tidying(session, at_work), TIDY_SECONDS),
    }


@contextmanager
def at_work_beside(session: Session) -> Iterator[None]:
    """A worker in a thread of its own while something else is done; stopped in order after it."""
    from allpath.background import local_dispatcher, make_worker  # noqa: PLC0415 - see above
    from scheduler.metronome import beat_until  # noqa: PLC0415 - see above

    at_work = make_worker(session.allpath, "", local_dispatcher(session.allpath))
    stopped = Event()
    calls = calls_of(session, at_work, stopped, EVERY_SECONDS)
    thread = Thread(target=beat_until, args=(stopped, calls), name="worker")
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        at_work.stop()


def _queue(allpath: Allpath) -> WorkDispatcher:
    from allpath.distribution import queue_dispatcher  # noqa: PLC0415 - opened when needed

    found: WorkDispatcher = queue_dispatcher(allpath)
    return found


def _looking(session: Session, at_work: Worker, stopped: Event) -> Callable[[], None]:
    """One look, whatever happens: what fails is told, and while the database is away tried again.

    Until a look succeeds there is no heartbeat: silence is the alarm.
    """

    def look() -> None:
        told = ""
        while not stopped.is_set():
            try:
                tick = at_work.tick()
            except StoreError as error:
                if str(error) != told:
                    told = str(error)
                    _tell(session.now(), told)
                stopped.wait(AGAIN_SECONDS)
                continue
            except Exception as error:  # noqa: BLE001 - the next look comes, and until then silence
                _tell(session.now(), sentence(error))
                return
            for text in tick.told:
                _tell(tick.at, text)
            if tick.report.has_done_something:
                put(f"{tick.at:%Y-%m-%dT%H:%M:%SZ} {summary(tick.report)}")
            return

    return look


def _telling(session: Session, at_work: Worker, send: Callable[[], str]) -> Callable[[], None]:
    """Notices on their way, apart from looking: a slow mail server holds up no checkpoint."""

    def tell() -> None:
        if at_work.is_holding:
            return
        try:
            happened = send()
        except Exception as error:  # noqa: BLE001 - what is not sent now is sent the next time
            _tell(session.now(), sentence(error))
            return
        if happened:
            put(f"{session.now():%Y-%m-%dT%H:%M:%SZ} {happened}")

    return tell


def _sealing(session: Session, at_work: Worker, seal_all: Callable[[], str]) -> Callable[[], None]:
    """What was written enters the log; what stands in the way of that is told once."""

    def seal() -> None:
        if at_work.is_holding:
            return
        try:
            told = seal_all()
        except Exception as error:  # noqa: BLE001 - what is not sealed now is sealed the next time
            told = sentence(error)
        if told:
            _tell(session.now(), told)

    return seal


def _tidying(session: Session, at_work: Worker) -> Callable[[], None]:
    """The daily chores, apart from looking: checking every history may take a while."""

    def tidy() -> None:
        try:
            for text in at_work.do_chores():
                _tell(session.now(), text)
        except Exception as error:  # noqa: BLE001 - what is not done now is done the next morning
            _tell(session.now(), sentence(error))

    return tidy


def _tell(at: datetime, text: str) -> None:
    note(f"{at:%Y-%m-%dT%H:%M:%SZ} {text}")
