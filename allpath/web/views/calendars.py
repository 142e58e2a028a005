"""Calendar feeds of one's own: make one, see its secret address once, revoke it; and its reader."""

from __future__ import annotations

import re
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath.notify.calendar import feed_text, hash_of, new_secret
from allpath.recipients import KEEPERS
from allpath.web.forms import Fields, Problems, Typed, on_page
from allpath.web.guard import FEEDS
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, signed_in
from workflow.errors import ConflictError, NotFoundError
from workflow.outbox import Feed

EVERY_SITE: Final = "-"
"""In the form in the place of a site: all of those that the account sees."""
_SECRET: Final = re.compile(r"[\w-]{43}", re.ASCII)


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/worklist/calendar", calendar_page, methods=["GET"])
    router.add_api_route("/worklist/calendar", make_calendar, methods=["POST"])
    router.add_api_route("/worklist/calendar/revoke", revoke_calendar, methods=["POST"])
    router.add_api_route("/calendar/{secret}", calendar_feed, methods=["GET"])


def calendar_page(visit: AVisit) -> Response:
    """The feeds of whoever asks, and the form for another one."""
    return _page(visit)


def make_calendar(visit: AVisit, fields: Typed) -> Response:
    """There is another feed; its address is shown on this answer and never again."""
    problems, secret = Problems(), fields.get("secret", "")
    site = problems.one_of(fields, "site", _sites(visit), "Choose which patients it is about.")
    if not _SECRET.fullmatch(secret):
        problems[""] = "Open this page again and make the feed from there."
    if problems:
        return _page(visit, fields, problems)
    who, feeds = signed_in(visit), visit.allpath.store.feeds
    if feeds.feed_by_hash(hash_of(secret)) is None:  # a doubled click shows the address again
        name = f"{who.account.name}/{len(_own(visit)) + 1}"
        kept = "" if site == EVERY_SITE else site
        try:
            feeds.new_feed(name, hash_of(secret), kept, who.actor(), visit.now)
        except ConflictError as error:
            return _page(visit, fields, Problems({"": on_page(error)}))
    return _page(visit, address=f"{_here(visit)}{FEEDS}{secret}")


def revoke_calendar(visit: AVisit, fields: Typed) -> Response:
    """Nobody reads that feed of one's own any more."""
    name = fields.get("name", "")
    feed = next((each for each in _own(visit) if each.name == name), None)
    if feed is None:
        raise NotFoundError("There is no such calendar feed of yours.")
    if feed.revoked_at is None:
        visit.allpath.store.feeds.revoke_feed(name, signed_in(visit).actor(), visit.now)
    return RedirectResponse("/worklist/calendar", 303)


def calendar_feed(visit: AVisit, secret: str) -> Response:
    """The feed for a calendar program, which shows who it is by the secret alone."""
    nothing = "There is no calendar with this address, or it was revoked."
    feed = visit.allpath.store.feeds.feed_by_hash(hash_of(secret))
    if feed is None or not _is_still_due(visit, feed):
        raise NotFoundError(nothing)
    return Response(feed_text(visit.allpath, secret, visit.now), media_type="text/calendar")


def _here(visit: Visit) -> str:
    """The site's address where it is set, else as the browser called it.

    Nobody stays signed in but over https or at home.
    """
    organisation = visit.allpath.settings.organisation
    if organisation is not None:
        return organisation.public_url
    url = visit.request.base_url
    is_home = url.hostname in {"localhost", "127.0.0.1"}
    return f"{'http' if is_home else 'https'}://{url.netloc}"


def _is_still_due(visit: Visit, feed: Feed) -> bool:
    """Whether whoever made it may still see what it tells; those of the command line always."""
    name, _, number = feed.name.rpartition("/")
    account = visit.allpath.store.accounts.find(name) if number.isdecimal() else None
    if account is None:
        return True
    may = account.is_enabled and account.role in KEEPERS
    return may and (not account.sites or feed.site in account.sites)


def _own(visit: Visit) -> list[Feed]:
    start = f"{signed_in(visit).account.name}/"
    return [feed for feed in visit.allpath.store.feeds.feeds() if feed.name.startswith(start)]


def _sites(visit: Visit) -> dict[str, str]:
    """What a feed may be about: one of the own sites, or everybody where all are seen."""
    own = signed_in(visit).account.sites
    named = own or visit.allpath.store.worklist.sites()
    every = {} if own else {EVERY_SITE: "Every site"}
    return {**every, **{site: site for site in sorted(named)}}


def _page(
    visit: Visit,
    fields: Fields | None = None,
    problems: Problems | None = None,
    address: str = "",
) -> Response:
    sites = _sites(visit)
    chosen = {"site": next(iter(sites), "")}
    return page(
        visit,
        "calendars.html",
        "Error: Calendar" if problems else "Calendar",
        status=422 if problems else 200,
        feeds=sorted(_own(visit), key=lambda each: each.created_at, reverse=True),
        sites=sites,
        fields={**(fields or chosen), "secret": new_secret()[0]},
        problems=problems or Problems(),
        address=address,
    )
