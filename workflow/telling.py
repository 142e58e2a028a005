"""When a recipient is told: quiet hours, the morning digest, and the pauses between attempts.

Quiet hours are spans between two instants, not readings of a clock: where the clock is put back
they end once and do not begin again, where it is put forward they end with the gap.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from workflow.civil_time import first_instant, site_zone
from workflow.emergency import OPENED as EMERGENCY
from workflow.outbox import URGENT_ROLES, Recipient
from workflow.records import Notice

DIGEST_AT: Final = time(7)
"""When a digest is sent, on the recipient's clock."""
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=1)
SHORTEST_PAUSE: Final = timedelta(seconds=1)
"""Chance may answer zero; a message is never tried twice at the same instant."""


def told_at(recipient: Recipient, notice: Notice, now: datetime) -> datetime:
    """The first instant from `now` at which the recipient may be told of the notice."""
    if is_urgent(recipient, notice):
        return now
    at = next_digest(recipient, now) if recipient.digest else now
    return quiet_until(recipient, at) or at


def is_urgent(recipient: Recipient, notice: Notice) -> bool:
    """Whether the recipient is told of this at any time, day or night."""
    escalated = notice.topic == "checkpoint_escalated" and notice.to_role in URGENT_ROLES
    # Of emergency access somebody is told while it lasts, whatever they chose for the night.
    return notice.topic == EMERGENCY or (recipient.urgent_any_time and escalated)


def quiet_until(recipient: Recipient, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` lies; None outside them."""
    begins, ends = recipient.quiet_from, recipient.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    zone = zone_of(recipient)
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        until_day = day if begins < ends else day + timedelta(days=1)
        end = first_instant(until_day, zone, ends)
        if first_instant(day, zone, begins) <= now < end:
            return end
    return None


def next_digest(recipient: Recipient, now: datetime) -> datetime:
    """The next 07:00 on the recipient's clock, after `now`."""
    zone = zone_of(recipient)
    today = now.astimezone(zone).date()
    at = first_instant(today, zone, DIGEST_AT)
    return at if at > now else first_instant(today + timedelta(days=1), zone, DIGEST_AT)


def zone_of(recipient: Recipient) -> ZoneInfo:
    """The recipient's time zone; raises RefusedError when it is not at hand."""
    return site_zone({"time_zone": recipient.time_zone})


def pause(attempts: int, chance: Callable[[], float]) -> timedelta:
    """How long to wait after so many failures: any time up to a bound that doubles, by chance.

    `chance` answers a number from 0 up to 1. Senders that failed together do not come back
    together.
    """
    doublings = min(max(attempts - 1, 0), 20)
    bound = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
    return max(bound * chance(), SHORTEST_PAUSE)
