"""The calendar people subscribe to: every checkpoint still expected, at its due moment.

Calendars recognise an event by its UID and believe the highest SEQUENCE. The UID of a checkpoint is
made from its key and stays; its number rises whenever the due moment changes, and when the
checkpoint is closed the event is told as cancelled. Names stay where names are kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from icalendar import Calendar, Event

from allpath.tasks import definition_of
from workflow.errors import NotFoundError
from workflow.outbox import FeedEvent
from workflow.pathway import Pathway
from workflow.records import CheckpointRecord, PathRecord

if TYPE_CHECKING:
    from allpath.bootstrap import Allpath

TOLD_AFTER: Final = timedelta(days=90)
"""How long a cancelled event is still told, for calendars that look rarely."""
REFRESH: Final = timedelta(hours=1)


def new_secret() -> tuple[str, str]:
    """A secret for a new feed, to be shown once, and the hash of it, to be kept."""
    secret = secrets.token_urlsafe(32)
    return secret, hash_of(secret)


def hash_of(secret: str) -> str:
    """What is kept of a secret; it is long and by chance, so one round of hashing is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def feed_text(allpath: Allpath, secret: str, now: datetime) -> str:
    """The feed of the secret as RFC 5545 has it; raises NotFoundError when nobody may read one."""
    feed = allpath.store.feeds.feed_by_hash(hash_of(secret))
    if feed is None:
        msg = "No calendar in use has this secret; make one with `allpath notice calendar new`."
        raise NotFoundError(msg)
    rows = {uid_of(row): row for row in allpath.store.live_checkpoints()}
    events = allpath.store.feeds.update_events(lambda known: changed(known, rows, now))
    paths = {path.path_id: path for path in allpath.store.paths()}
    shown = [
        event
        for event in events
        if (event.status == "CONFIRMED" or now - event.changed_at <= TOLD_AFTER)
        and feed.site in {"", paths[event.path_id].settings.get("site", "")}
    ]
    return _calendar(allpath, f"Allpath {feed.name}", shown, rows, paths)


def list_text(
    allpath: Allpath, listed: Iterable[tuple[PathRecord, CheckpointRecord]], now: datetime
) -> str:
    """What is expected of these patients, for a calendar once: nothing of it is told anew later."""
    paths: dict[str, PathRecord] = {}
    rows: dict[str, CheckpointRecord] = {}
    for path, row in listed:
        paths[path.path_id], rows[uid_of(row)] = path, row
    return _calendar(allpath, "Allpath worklist", changed((), rows, now), rows, paths)


def uid_of(row: CheckpointRecord) -> str:
    """What names a checkpoint's event for ever; it shows nothing of the key it is made from."""
    key = "/".join(map(str, row.key))
    return f"{hashlib.sha256(key.encode()).hexdigest()[:32]}@allpath"


def changed(
    known: Iterable[FeedEvent], rows: Mapping[str, CheckpointRecord], now: datetime
) -> Sequence[FeedEvent]:
    """The events that calendars have to be told anew, given the checkpoints still expected."""
    found: list[FeedEvent] = []
    before = {event.uid: event for event in known}
    for uid, row in rows.items():
        event = before.get(uid)
        if event is None:
            path_id, checkpoint = row.path_id, row.checkpoint
            found.append(FeedEvent(uid, path_id, checkpoint, row.due_at, "CONFIRMED", 0, now))
        elif (event.due_at, event.status) != (row.due_at, "CONFIRMED"):
            found.append(_raised(event, now, due_at=row.due_at))
    for uid, event in before.items():
        if uid not in rows and event.status == "CONFIRMED":
            number = event.sequence + 1
            found.append(replace(event, status="CANCELLED", sequence=number, changed_at=now))
    return found


def _raised(event: FeedEvent, now: datetime, due_at: datetime) -> FeedEvent:
    number = event.sequence + 1
    return replace(event, due_at=due_at, status="CONFIRMED", sequence=number, changed_at=now)


def _calendar(
    allpath: Allpath,
    title: str,
    events: Iterable[FeedEvent],
    rows: Mapping[str, CheckpointRecord],
    paths: Mapping[str, PathRecord],
) -> str:
    calendar = Calendar()
    calendar.add("prodid", "-//Allpath//Checkpoints//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for event in events:
        pathway = allpath.shown_by(paths[event.path_id])
        calendar.add_component(_event(event, rows.get(event.uid), paths[event.path_id], pathway))
    text: str = calendar.to_ical().decode()
    return text


def _event(
    event: FeedEvent, row: CheckpointRecord | None, path: PathRecord, pathway: Pathway | None
) -> Event:
    title = event.checkpoint
    definition = definition_of(pathway, row) if pathway and row else None
    if definition is not None:
        title = f"{event.checkpoint}, {definition.title}"
    state = pathway.states.get(path.state) if pathway else None
    found = Event()
    found.add("uid", event.uid)
    found.add("sequence", event.sequence)
    found.add("dtstamp", event.changed_at)
    found.add("last-modified", event.changed_at)
    found.add("dtstart", event.due_at)
    found.add("status", event.status)
    found.add("summary", f"{event.path_id}: {title}")
    if event.status == "CONFIRMED":
        where = state.title if state else path.state
        found.add("description", f"State: {where}. Open the worklist: allpath worklist")
    found.add("class", "PRIVATE")
    found.add("transp", "TRANSPARENT")
    return found
