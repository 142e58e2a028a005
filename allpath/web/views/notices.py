"""Notices and calendars for admins: what reached nobody, trying it again, and whose feeds end.

A notice names its path by the opaque id alone, and here not even as a link: admins see no patient.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath import untold, words
from allpath.recipients import require_keeper
from allpath.web.forms import Problems, Typed
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, signed_in
from workflow.emergency import OPENED as EMERGENCY
from workflow.errors import AllpathError
from workflow.ladder import EXPIRED, REMINDED
from workflow.outbox import Told
from workflow.review import OPENED

NOTICES: Final = "/admin/notices"
CALENDARS: Final = "/admin/calendars"
MOST: Final = 50
"""So many are shown at once; how many there are stands above them."""
STATUS: Final = {
    "waiting": ("waiting", "yellow"),
    "sending": ("being sent", "blue"),
    "sent": ("sent", "green"),
    "dead": ("given up", "red"),
    "dropped": ("no longer needed", "grey"),
    "unaddressed": ("nobody to tell", "red"),
}
_KINDS: Final = {
    OPENED: "A past decision to look at again",
    EXPIRED: "Something expected was missed",
    REMINDED: "Something is still late",
    EMERGENCY: "Emergency access was opened",
}
_WHY: Final = {
    "waiting": "Its time has not come",
    "sending": "It is on its way",
    "sent": "None: it was sent",
    "dead": "Not recorded",
    "dropped": "Not recorded",
    "unaddressed": "Nobody was chosen yet",
}
SHOWN: Final = {
    "unheard": "Reached nobody",
    "waiting": "Waiting",
    "dead": "Given up",
    "all": "All",
}
_WAITING: Final = frozenset({"waiting", "sending", "unaddressed"})


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One delivery on the page; `number` is None where nobody was chosen yet."""

    number: int | None
    path_id: str
    kind: str
    role: str
    written_at: datetime
    told: str
    channel: str
    status: tuple[str, str]
    at: datetime | None
    why: str
    may_replay: bool


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route(NOTICES, notices_page, methods=["GET"])
    router.add_api_route(f"{NOTICES}/replay", notice_replay, methods=["POST"])
    router.add_api_route(CALENDARS, calendars_page, methods=["GET"])
    router.add_api_route(f"{CALENDARS}/revoke", calendar_revoke, methods=["POST"])


def notices_page(visit: AVisit, show: str = "unheard", done: str = "") -> Response:
    """Who was told of what, what waits, and what reached nobody."""
    said = "They will be tried again in the next round." if done else ""
    return _notices(visit, show if show in SHOWN else "unheard", Problems(), said)


def notice_replay(visit: AVisit, fields: Typed) -> Response:
    """One delivery that was given up, or all of them, are tried again."""
    outbox, who, given = visit.allpath.store.outbox, signed_in(visit).actor(), fields
    number, problems = given.get("delivery", ""), Problems()
    if number != "all" and not (number.isdecimal() and len(number) < 10):  # noqa: PLR2004 - no outbox is longer
        problems[""] = "Choose the delivery that is to be tried again."
    if not problems:
        try:
            for each in outbox.dead() if number == "all" else (int(number),):
                outbox.replay(each, who, visit.now)
        except AllpathError as error:
            problems.tell(error, "")
    if problems:
        return _notices(visit, "dead", problems, "")
    return RedirectResponse(f"{NOTICES}?show=waiting&done=replayed", 303)


def calendars_page(visit: AVisit, done: str = "") -> Response:
    """Every feed there is or was."""
    return _calendars(visit, Problems(), "Nobody reads that calendar any more." if done else "")


def calendar_revoke(visit: AVisit, fields: Typed) -> Response:
    """Nobody reads the feed any more."""
    who, problems = signed_in(visit).actor(), Problems()
    require_keeper(who)
    name = problems.need(fields, "calendar", "Choose the calendar that is to end.")
    if not problems:
        try:
            visit.allpath.store.feeds.revoke_feed(name, who, visit.now)
        except AllpathError as error:
            problems.tell(error, "")
    if problems:
        told = next(iter(problems.values()))
        return _calendars(visit, Problems({"": told}), "")
    return RedirectResponse(f"{CALENDARS}?done=revoked", 303)


def _notices(visit: Visit, show: str, problems: Problems, done: str) -> Response:
    told = visit.allpath.store.outbox.told()
    unheard = {item.notice.notice_id: item.why for item in untold.untold(visit.allpath, visit.now)}
    groups = {
        "unheard": [item for item in told if item.notice.notice_id in unheard],
        "waiting": [item for item in told if item.status in _WAITING],
        "dead": [item for item in told if item.status == "dead"],
        "all": list(told),
    }
    chosen = sorted(groups[show], key=lambda item: item.notice.created_at, reverse=True)
    since = untold.silent_since(visit.allpath, visit.now)
    silent = f"Due since {words.minute(since, visit.zone)} and not sent: " if since else ""
    return page(
        visit,
        "notices.html",
        "Notices",
        status=422 if problems else 200,
        rows=[_row(item, unheard.get(item.notice.notice_id, "")) for item in chosen[:MOST]],
        choices=[(name, title, len(groups[name])) for name, title in SHOWN.items()],
        counts=sorted(Counter(STATUS[item.status][0] for item in told).items()),
        show=show,
        most=MOST,
        silent=silent,
        problems=problems,
        done=done,
    )


def _row(item: Told, why: str) -> NoticeRow:
    notice = item.notice
    return NoticeRow(
        item.number,
        notice.path_id,
        _KINDS.get(notice.topic, "Something is late"),
        notice.to_role,
        notice.created_at,
        item.recipient or "nobody yet",
        item.channel or "none",
        STATUS[item.status],
        item.sent_at or item.next_at,
        item.error or why or _WHY[item.status],
        item.status == "dead" and item.number is not None,
    )


def _calendars(visit: Visit, problems: Problems, done: str) -> Response:
    return page(
        visit,
        "admin_calendars.html",
        "Calendars",
        status=422 if problems else 200,
        feeds=visit.allpath.store.feeds.feeds(),
        problems=problems,
        done=done,
    )
