"""Whether somebody looks: the heartbeats of schedulers, and the paths they could not handle.

Silence must never look like "nothing due": a scheduler that has not looked for five minutes is an
alarm, and so is a path that a sweep failed at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from workflow.durations import span_in_words

SILENT_AFTER: Final = timedelta(minutes=5)
NOTICED_JUMP: Final = timedelta(seconds=5)
"""A clock that is wrong by less than this between two looks is not worth telling anybody."""
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Incident:
    """A path that a sweep could not handle: it is tried again, ever more seldom, until it can."""

    path_id: str
    since: datetime
    last_at: datetime
    next_at: datetime
    attempts: int
    problem: str

    @staticmethod
    def after(earlier: Incident | None, path_id: str, problem: str, now: datetime) -> Incident:
        """The incident once another try has failed; the pause doubles, up to an hour."""
        attempts = earlier.attempts + 1 if earlier else 1
        pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)
        since = earlier.since if earlier else now
        return Incident(path_id, since, now, now + pause, attempts, problem)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A scheduler: since when, when it last looked, and how many paths it has handled.

    `clock_jump_seconds` says by how much its clock jumped last, forward or back, and when it was
    noticed. `stopped_at` is set by one that was stopped on purpose.
    """

    worker: str
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None = None
    swept_paths: int = 0
    clock_jumped_at: datetime | None = None
    clock_jump_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """How the background work stands at a moment, for a banner, a health page and `doctor`.

    `problems` are whole sentences, the most serious first; none means that all is well.
    """

    is_looking: bool
    last_look_at: datetime | None
    workers: int
    waiting_since: datetime | None
    incidents: tuple[Incident, ...]
    problems: tuple[str, ...]


def watch(
    beats: Iterable[Heartbeat],
    incidents: Iterable[Incident],
    waiting_since: datetime | None,
    now: datetime,
) -> Watch:
    """How the background work stands. `waiting_since` is the oldest moment nobody has seen to."""
    known, failed = tuple(beats), tuple(incidents)
    lately = [beat for beat in known if timedelta() <= now - beat.beat_at <= SILENT_AFTER]
    at_work = [beat for beat in lately if beat.stopped_at is None]
    last = max((beat.beat_at for beat in known), default=None)
    problems = []
    if not lately:
        problems.append(_silence(last, now))
    if waiting_since is not None and now - waiting_since > SILENT_AFTER:
        waiting = span_in_words(now - waiting_since)
        problems.append(
            f"A path has been waiting to be looked at for {waiting}; start one more `allpath "
            "worker`, or look after the one there is."
        )
    if failed:
        noun = "path" if len(failed) == 1 else "paths"
        problems.append(
            f"{len(failed)} {noun} could not be handled, the first {failed[0].path_id}: "
            f"{failed[0].problem}"
        )
    problems += [_jump(beat) for beat in known if _jumped_lately(beat, now)]
    return Watch(bool(lately), last, len(at_work), waiting_since, failed, tuple(problems))


def _silence(last: datetime | None, now: datetime) -> str:
    if last is None:
        return "No scheduler has looked at this database yet; start `allpath worker`."
    if last > now:
        return (
            f"The scheduler last looked at {last:%d-%b-%Y %H:%M} UTC, which lies in the future: "
            "a clock was or is wrong. Check it, then start `allpath worker`."
        )
    return (
        f"No scheduler has looked for {span_in_words(now - last)} (last at "
        f"{last:%d-%b-%Y %H:%M} UTC): what is due since then is told to nobody. Start `allpath "
        "worker`."
    )


def _jumped_lately(beat: Heartbeat, now: datetime) -> bool:
    at = beat.clock_jumped_at
    return at is not None and abs(now - at) <= timedelta(days=1)


def _jump(beat: Heartbeat) -> str:
    way = "forward" if beat.clock_jump_seconds > 0 else "back"
    return (
        f"The clock of {beat.worker} jumped {way} by {abs(beat.clock_jump_seconds)} seconds; check "
        "that it is set by a time server. What counted from a wrong day is counted again."
    )
