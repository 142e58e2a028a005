"""`allpath worker`: looks for what is due, all day and night; start as many as you like."""

from __future__ import annotations

import signal
from threading import Event
from typing import Annotated

import typer

from allpath.cli.printing import note, put
from allpath.cli.session import open_session
from allpath.cli.sweep import summary
from allpath.problems import sentence

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def worker(
    ctx: typer.Context,
    *,
    every: Annotated[
        float, typer.Option("--every", help="Seconds between two looks.", min=0.1, max=300)
    ] = 15.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    name: Annotated[
        str, typer.Option("--name", help="Name of this worker; default: machine and process.")
    ] = "",
) -> None:
    """Look for what is due until stopped (Ctrl-C); any number of workers share the work.

    Each writes a heartbeat: when none has looked for five minutes, everybody is told. One that is
    killed loses nothing; what it was doing is done by the next look of another within a minute.

    Example: `allpath worker`
    """
    from allpath.background import make_worker  # noqa: PLC0415 - opened when needed
    from scheduler.metronome import beat_until  # noqa: PLC0415 - see above

    session = open_session(ctx)
    at_work = make_worker(session.allpath, name)
    stopped = Event()

    def look() -> None:
        try:
            tick = at_work.tick()
        except Exception as error:  # noqa: BLE001 - the next look comes; until then silence is the alarm
            note(f"{session.now():%Y-%m-%dT%H:%M:%SZ} {sentence(error)}")
            return
        for text in tick.told:
            note(f"{tick.at:%Y-%m-%dT%H:%M:%SZ} {text}")
        if tick.report.has_done_something:
            put(f"{tick.at:%Y-%m-%dT%H:%M:%SZ} {summary(tick.report)}")

    if once:
        look()
        at_work.stop()
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    put(f"Worker {at_work.name} looks every {every:g} seconds; stop it with Ctrl-C.")
    beat_until(stopped, {"look": (look, every)})
    at_work.stop()
    put(f"Worker {at_work.name} has stopped.")
