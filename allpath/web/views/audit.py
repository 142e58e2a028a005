"""The audit page: who did and saw what, and how far it is sealed and known outside."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from allpath import clock
from allpath.audit.anchors import Anchor, FileAnchor, open_anchors
from allpath.problems import UsageError
from allpath.web import moments
from allpath.web.emergencies import emergencies_of
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, is_visible, record_look
from storage.rows import instant
from workflow.civil_time import first_instant
from workflow.errors import AllpathError
from workflow.heads import SignedHead

MOST: Final = 100
Text = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, as it was typed; `problem` is about the day."""

    patient: str = ""
    who: str = ""
    action: str = ""
    since: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: when, who, what, about whom."""

    number: int
    at: datetime
    who: str
    action: str
    path_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class Outside:
    """A place outside the database, and how much of the log it knows."""

    name: str
    known: str
    tag: str
    word: str


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/audit", audit, methods=["GET"])


def audit(
    visit: AVisit, patient: Text = "", who: Text = "", action: Text = "", since: Text = ""
) -> Response:
    """The newest events that fit, and what proves that none was rewritten."""
    wanted = Wanted(patient.strip(), who.strip(), action.strip(), since.strip())
    first, status = None, 200
    if wanted.since:
        try:
            day = clock.civil_day(moments.as_iso(wanted.since), "since")
        except UsageError:
            day, status = None, 422
            problem = f"{wanted.since} is not a day; write one as 20-Nov-2026."
            wanted = Wanted(wanted.patient, wanted.who, wanted.action, wanted.since, problem)
        first = first_instant(day, visit.zone) if day else None
    record_look(visit, "audit_listed", wanted.patient if _is_path(visit, wanted.patient) else "")
    found: deque[Event] = deque(maxlen=MOST)
    count = 0
    actions: set[str] = set()
    for event in _events(visit):
        actions.add(event.action)
        if _fits(event, wanted, first):
            found.append(event)
            count += 1
    title = "Error: Audit" if status != 200 else "Audit"  # noqa: PLR2004 - all is well
    return page(
        visit,
        "audit.html",
        title,
        status=status,
        wanted=wanted,
        actions=sorted(actions),
        events=list(reversed(found)),
        count=count,
        emergencies=emergencies_of(visit),
        **_sealed(visit),
    )


def _events(visit: Visit) -> Iterator[Event]:
    """Every event about a patient whoever asks may see, or about nobody."""
    hidden = {path.path_id for path in visit.allpath.store.paths() if not is_visible(visit, path)}
    for event in visit.allpath.store.log.events():
        if event["path_id"] in hidden:
            continue
        user = f", user {event['os_user']}" if event["os_user"] else ""
        yield Event(
            event["number"],
            instant(event["at"]),
            f"{event['actor']} ({event['role']}{user})",
            event["action"],
            event["path_id"],
            event["detail"],
        )


def _fits(event: Event, wanted: Wanted, first: datetime | None) -> bool:
    return (
        wanted.patient in {"", event.path_id}
        and wanted.who.casefold() in event.who.casefold()
        and wanted.action in {"", event.action}
        and (first is None or event.at >= first)
    )


def _is_path(visit: Visit, text: str) -> bool:
    return any(path.path_id == text for path in visit.allpath.store.paths()) if text else False


def _sealed(visit: Visit) -> dict[str, Any]:
    """How long the sealed log is, what waits to enter it, its newest head, and who knows that."""
    log = visit.allpath.store.log
    head, waiting = log.last_head(), log.waiting()
    return {
        "size": log.size(),
        "waiting": waiting.count,
        "waiting_since": waiting.since,
        "head": head,
        "anchors": [_outside(item, head) for item in open_anchors(visit.allpath.settings)],
    }


def _outside(anchor: Anchor, head: SignedHead | None) -> Outside:
    """How much of the log a place knows; a machine's path is for the command line alone."""
    name = f"file {anchor.file.name}" if isinstance(anchor, FileAnchor) else "a receiver of heads"
    if head is None:
        return Outside(name, "No head was signed yet", "yellow", "Unknown")
    try:
        size = anchor.known(head)
    except AllpathError:
        return Outside(name, "It cannot be read", "red", "Unreadable")
    if size > head.head.size:
        return Outside(name, f"{size} entries: more than here", "red", "The log was cut")
    if size < head.head.size:
        return Outside(name, f"{size} entries", "yellow", "Behind")
    return Outside(name, f"{size} entries", "green", "Up to date")
