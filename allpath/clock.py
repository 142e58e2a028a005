"""The only place that asks the machine for the time; everybody else is given `now`."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from allpath.problems import UsageError
from workflow.civil_time import first_instant

Clock = Callable[[], datetime]
"""Something that answers with the present instant, aware and in UTC."""


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def stopwatch() -> float:
    """Seconds that pass evenly, whatever is done to the machine's clock; for measuring only.

    Where the machine can tell, they go on while it sleeps: waking up is no jump of the clock.
    """
    even = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(even)


def moment(
    text: str | None, zone: ZoneInfo, present: datetime, option: str = "--as-of"
) -> datetime:
    """The instant meant by an option: nothing is now, a day is its last instant (today: now).

    A date-time without offset is meant in the site's time zone. Raises UsageError.
    """
    if text is None:
        return present
    try:
        if len(text) == len("2026-11-23"):
            return _end_of(date.fromisoformat(text), zone, present)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        msg = (
            f"{option} {text} is not a moment; write an existing day as 2026-11-23 or a time as "
            "2026-11-23T07:00."
        )
        raise UsageError(msg) from None
    return at.astimezone(UTC) if at.tzinfo else first_instant(at.date(), zone, at.time())


def _end_of(day: date, zone: ZoneInfo, present: datetime) -> datetime:
    if day == present.astimezone(zone).date():
        return present
    return first_instant(day + timedelta(days=1), zone) - timedelta(microseconds=1)


def civil_day(text: str | None, option: str) -> date | None:
    """The day an option names, or None when it was not given; raises UsageError."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-23"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    msg = f"{option} {text} is not a day; write an existing one as 2026-11-23."
    raise UsageError(msg)
