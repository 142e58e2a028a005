"""The metronome: APScheduler calls at an even pace, in memory, and knows nothing of due moments.

Due moments are rows. A call that comes late is made at once, two that were missed are made once,
and none is made while the one before still runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Event
from typing import Any, Final

from apscheduler.schedulers.background import BackgroundScheduler

PACE: Final[Mapping[str, Any]] = {  # Any: the options of another's scheduler
    "coalesce": True,
    "max_instances": 1,
    "misfire_grace_time": None,
}


def beat_until(stopped: Event, calls: Mapping[str, tuple[Callable[[], None], float]]) -> None:
    """Each of the calls is made every so many seconds, first at once, until `stopped` is set.

    What a call raises is its own business: it catches what it can answer, and the next call comes.
    """
    metronome = BackgroundScheduler(timezone=UTC, job_defaults=dict(PACE))
    metronome.start()
    for name, (call, seconds) in calls.items():
        # The first ones at once and side by side: a slow mail server holds up no look.
        first = datetime.now(UTC)  # noqa: TID251 - the metronome keeps time for itself alone
        metronome.add_job(call, "interval", seconds=seconds, id=name, next_run_time=first)
    try:
        stopped.wait()
    finally:
        metronome.shutdown(wait=True)
