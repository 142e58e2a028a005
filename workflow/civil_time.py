"""Civil time: which instant is meant by a day and an hour on the clock of a site.

The clock of a site jumps. Where it is put forward some times of day do not exist (a gap), where it
is put back some exist twice (an overlap), and Samoa once left out a whole day. The rule, for every
zone and year:

- a time in a gap means the first instant after the gap,
- a time in an overlap means the first of the two,
- a day begins when its 00:00 does, so a day left out begins with the next one.

Zone data change: governments decide. What was computed is therefore kept beside its rule, and
computed again when the two no longer agree (`workflow.recomputing`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from workflow.errors import RefusedError

_SECOND = timedelta(seconds=1)


# A ZoneInfo is compared by identity, so zone data loaded anew are never answered from memory.
@lru_cache(maxsize=4096)
def first_instant(day: date, zone: ZoneInfo, hour: time = time()) -> datetime:
    """The instant, in UTC, of a civil day and time of day at a site; by default its beginning."""
    wanted = datetime.combine(day, hour)
    found = wanted.replace(tzinfo=zone).astimezone(UTC)
    if _shown(found, zone) == wanted:
        return found
    # In a gap. Read by the clock from after it, the time lies before it: the end is in between.
    before = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(microsecond=0)
    seconds = range((found - before) // _SECOND)
    behind = bisect_left(seconds, wanted, key=lambda n: _shown(before + n * _SECOND, zone))
    return before + behind * _SECOND


def site_zone(settings: Mapping[str, str]) -> ZoneInfo:
    """The time zone that a path's settings name; raises RefusedError when it is not at hand."""
    name = settings.get("time_zone", "UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        msg = (
            f"The time zone {name} is not in the zone data of this machine, so nobody can say "
            "what day it is there; bring the zone data up to date."
        )
        raise RefusedError(msg) from None


def _shown(at: datetime, zone: ZoneInfo) -> datetime:
    """What the clock at the site shows."""
    return at.astimezone(zone).replace(tzinfo=None)
