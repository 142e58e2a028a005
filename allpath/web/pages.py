"""A page: a template, what it shows, and the frame every page shares."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from allpath import words
from allpath.accounts.signing_in import SignedIn
from allpath.background import watch_of
from allpath.bootstrap import Allpath
from allpath.web.access import ACCESS, duty_of
from allpath.web.drafts import offered
from allpath.web.form_tokens import masked
from allpath.web.refilling import Left, refilled
from workflow.measurement import powers

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as the pages see it: the product, who asks, and when."""

    request: Request
    allpath: Allpath
    now: datetime

    @property
    def who(self) -> SignedIn | None:
        """Whoever has signed in."""
        found: SignedIn | None = self.request.state.who
        return found

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the installation."""
        return self.allpath.settings.zone

    def may(self, route: str) -> bool:
        """Whether the role of whoever asks may open a page."""
        return self.who is not None and self.who.account.role in ACCESS.get(route, ())


_ERROR: Final = "Error:"
"""What the title of a page begins with on which something has to be put right."""
_REFUSED: Final = frozenset({409, 422})
_NAVIGATION: Final = (
    ("worklist", "/worklist", "Worklist"),
    ("search_page", "/search", "Patients"),
    ("meetings", "/mdt", "MDT"),
    ("cohort", "/cohort", "Cohort"),
    ("rehearsal", "/rehearsal", "Rehearsal"),
    ("variances", "/variances", "Variances"),
    ("pathways", "/pathways", "Pathways"),
    ("audit", "/audit", "Audit"),
    ("sites_page", "/sites", "Sites"),
    ("admin_page", "/admin", "Admin"),
)


def page(
    visit: Visit, template: str, title: str, *, status: int = 200, **shown: object
) -> HTMLResponse:
    """The answer to a request: the template within the frame."""
    who = visit.who
    duty = duty_of(who.account) if who else ""  # until that is done no other page opens
    state = visit.request.state
    is_asked = who is not None and getattr(state, "left", None) is None
    begun = offered(visit.request, visit.allpath, visit.now) if is_asked else None
    if isinstance(begun, Left):
        state.left, begun = begun, None
    is_refused = status in _REFUSED and not title.startswith(_ERROR)
    content = (
        environment()
        .get_template(template)
        .render(
            title=title,
            prefix=f"{_ERROR} " if is_refused else "",
            who=who,
            token=masked(who.session.csrf) if who else "",
            navigation=[
                (url, text) for route, url, text in _NAVIGATION if visit.may(route) and not duty
            ],
            here=visit.request.url.path,
            alarms=watch_of(visit.allpath, visit.now).problems if who else (),
            as_of=visit.now,
            seconds_left=int((who.session.ends_at - visit.now).total_seconds()) if who else 0,
            session_ends=who.session.ends_at if who else visit.now,
            emergency=getattr(state, "emergency", None),
            left=getattr(state, "left", None),
            begun=begun,
            drafts=_drafts(visit),
            stripe=visit.allpath.settings.stripe,
            product=product(),
            zone=visit.zone,
            **shown,
        )
    )
    return HTMLResponse(_filled_in(visit, content), status)


def _drafts(visit: Visit) -> str:
    """Where the drafts of this patient's forms are kept; empty on the other pages."""
    path_id = visit.request.path_params.get("path_id")
    return f"/patients/{path_id}/draft" if path_id and visit.may("keep_draft") else ""


def _filled_in(visit: Visit, content: str) -> str:
    """The page with its form as somebody had left it, where that is what they came for."""
    left: Left | None = getattr(visit.request.state, "left", None)
    if left is None:
        return content
    found = refilled(content, left.form, left.pairs)
    visit.request.state.was_filled_in = found is not None
    return found or content


@cache
def product() -> str:
    """The product with its version."""
    return f"Allpath {version('allpath')}"


@cache
def environment() -> Environment:
    """The templates of the pages, which say so when anything they show is not there."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"day": day_element, "minute": minute_element}
    made.filters |= {"name": words.name, "numbers": words.identifiers, "powers": powers}
    made.filters["capital"] = words.capital
    made.globals |= {"static": static}
    return made


FRAGMENTS: Final[dict[tuple[object, ...], Markup]] = {}
_AT_MOST: Final = 2000


def fragment(template: str, *shown_as: object, **shown: object) -> Markup:
    """A part of a page; for the same `shown_as`, which pins all it shows, it is made once."""
    key = (template, *shown_as)
    found = FRAGMENTS.get(key)
    if found is None:
        if len(FRAGMENTS) >= _AT_MOST:
            FRAGMENTS.clear()
        # The template escapes what it shows, as every page does.
        made = environment().get_template(template).render(**shown)
        found = FRAGMENTS[key] = Markup(made)  # noqa: S704 - see above
    return found


def day_element(value: date | None) -> Markup:
    """A civil date as clinicians read it, with its machine form beside it."""
    if value is None:
        return Markup("Not known")
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), words.day(value))


def minute_element(value: datetime, zone: ZoneInfo) -> Markup:
    """An instant at the site, with its machine form beside it."""
    return Markup('<time datetime="{}">{}</time>').format(
        value.isoformat(timespec="seconds"), words.minute(value, zone)
    )


@cache
def static(name: str) -> str:
    """The address of a file that never changes under that address."""
    content = (STATIC / name).read_bytes()
    return f"/static/{hashlib.sha256(content).hexdigest()[:16]}/{name}"


def plain(value: Any) -> str:  # noqa: ANN401 - a fact value, of whatever type its fact has
    """A value as people read it."""
    return words.value(value)
