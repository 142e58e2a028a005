"""The background work put together: the worker, its daily chores, and how it all stands."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from time import sleep
from typing import Any, Final
from urllib.error import URLError
from urllib.request import urlopen

from allpath import clock
from allpath.bootstrap import Allpath
from allpath.notify.wiring import delivering
from scheduler.delivery import deliver
from scheduler.dispatch import LocalDispatcher, WorkDispatcher
from scheduler.sweep import LEASE, Sweeper
from scheduler.worker import Worker
from storage.chain import verify_chain
from workflow.recomputing import agreement
from workflow.watch import Watch, watch

BREATH_SECONDS: Final = 0.01
"""Between two claims, so that a person who waits for the database has a turn."""
PING_SECONDS: Final = 5
SILENT_PINGS: Final = 60
"""The outside watch is knocked at once a minute at most."""


def worker_name(name: str = "") -> str:
    """A name no other worker at work has: the one given, else machine and process."""
    return name or f"{socket.gethostname()}/{os.getpid()}"


def local_dispatcher(allpath: Allpath, lease: timedelta = LEASE) -> WorkDispatcher:
    """Whoever does the work in this process, and lets others have their turn in between."""
    return LocalDispatcher(
        allpath.store, allpath.orchestrator, lease, lambda: sleep(BREATH_SECONDS)
    )


def make_worker(
    allpath: Allpath, name: str, dispatcher: WorkDispatcher, *, trusts_clock: bool = False
) -> Worker:
    """A worker over the product's database, with its daily chores."""
    url = allpath.settings.ping_url
    return Worker(
        name=worker_name(name),
        store=allpath.store,
        dispatcher=dispatcher,
        clock=allpath.clock,
        stopwatch=clock.stopwatch,
        zone=allpath.settings.zone,
        chores=(
            lambda now: follow_zones(allpath, now),
            lambda now: find_forgotten(allpath, now),
            lambda _: look_after_history(allpath),
        ),
        ping=pinging(url) if url else None,
        trusts_clock=trusts_clock,
    )


def delivering_notices(allpath: Allpath) -> Callable[[], str]:
    """A call that sends what is to be told now; answers what happened, if anything."""

    def send() -> str:
        now, round_ = allpath.now(), delivering(allpath)
        counts: Counter[str] = Counter()
        while True:
            report = deliver(round_, now)
            for name in ("sent", "failed", "dead"):
                counts[name] += getattr(report, name)
            if report.is_done:
                break
        told = [f"{number} {name}" for name, number in counts.items() if number]
        return f"Notices: {', '.join(told)}." if told else ""

    return send


def follow_zones(allpath: Allpath, now: datetime) -> str:
    """Checkpoints that no longer agree with the zone data are computed again."""
    store = allpath.store
    stale = {row.path_id for row in agreement(store.paths(), store.live_checkpoints()).disagreeing}
    sweeper = Sweeper(store, allpath.orchestrator)
    for path_id in sorted(stale):
        sweeper.attend(path_id, now)
    count = sweeper.report().recomputed
    return f"{count} checkpoints computed again: the time zone data had changed." if count else ""


def find_forgotten(allpath: Allpath, now: datetime) -> str:
    """Who waits for no moment, or was looked at with a clock in the future, is looked at now."""
    sweeper = Sweeper(allpath.store, allpath.orchestrator)
    lost = allpath.store.astray(now)
    for path in list(allpath.store.paths()):
        pathway = allpath.shown_by(path)
        state = pathway.states.get(path.state) if pathway else None
        is_over = bool(path.merged_into) or (state is not None and state.final)
        waits_for_nothing = path.next_at is None and not is_over
        if waits_for_nothing or path.path_id in lost:
            sweeper.attend(path.path_id, now)
    found = sweeper.report()
    if not found.has_done_something:
        return ""
    return f"{found.paths} paths waited for no moment, and something was due on some of them."


def look_after_history(allpath: Allpath) -> str:
    """Every history is checked against its hashes; answers what is wrong, if anything."""
    found = verify_chain(allpath.store)
    return f"A history is damaged: {found[0]}. Run `allpath doctor`." if found else ""


def pinging(url: str) -> Callable[[], str]:
    """Knocks at an outside watch, once a minute at most; answers what went wrong, if anything."""
    last: list[float] = []

    def ping() -> str:
        even = clock.stopwatch()
        if last and even - last[-1] < SILENT_PINGS:
            return ""
        last[:] = [even]
        try:
            with urlopen(url, timeout=PING_SECONDS) as answer:  # noqa: S310 - http(s), checked in settings
                answer.read(1)
        except (URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            return f"The outside watch did not answer ({reason}); it will raise the alarm."
        return ""

    return ping


def watch_of(allpath: Allpath, now: datetime) -> Watch:
    """How the background work stands at `now`."""
    store = allpath.store
    return watch(store.heartbeats(), store.incidents(), store.waiting_since(), now)


def health(allpath: Allpath, now: datetime) -> dict[str, Any]:
    """How the background work stands, for a health page: `status` is `ok` or `problem`.

    Holds no patient data: a path is named by its opaque id.
    """
    found = watch_of(allpath, now)
    return {
        "status": "problem" if found.problems else "ok",
        "is_looking": found.is_looking,
        "last_look_at": found.last_look_at and found.last_look_at.isoformat(timespec="seconds"),
        "workers": found.workers,
        "waiting_since": found.waiting_since and found.waiting_since.isoformat(timespec="seconds"),
        "incidents": [
            {"path_id": item.path_id, "attempts": item.attempts, "problem": item.problem}
            for item in found.incidents
        ],
        "problems": list(found.problems),
        "warnings": lost_key(allpath),
    }


def lost_key(allpath: Allpath) -> list[str]:
    """That the log is not signed for want of its key: to be told, and no worker stops for it."""
    file = allpath.settings.audit.key_file
    if file is None or file.is_file():
        return []
    text = (
        f"There is no signing key {file} (ALLPATH_SIGNING_KEY_FILE), so no head of the log is "
        "signed. Bring it back, or make a new key with `allpath audit key new`."
    )
    return [text]
