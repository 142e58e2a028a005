"""The site put together: routes, the guard before them, and what is said when it goes wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from allpath.accounts.organisation import Organisation
from allpath.accounts.signing_in import Reception
from allpath.bootstrap import Allpath
from allpath.problems import UsageError
from allpath.proofs import Proofs
from allpath.web.access import ACCESS, GuardedRoute
from allpath.web.acting import shown_on_form
from allpath.web.carrying import Carried, carried
from allpath.web.drafts import FormRoute
from allpath.web.form_tokens import unmasked
from allpath.web.forms import Draft, draft, on_page
from allpath.web.guard import OPEN, WAY_BACK, Guard, cookie_of
from allpath.web.pages import STATIC, page
from allpath.web.sent import pairs_in
from allpath.web.views import (
    admin,
    agenda_acts,
    audit,
    calendars,
    choosing,
    cohort,
    confirming,
    correcting,
    countersigning,
    emergency,
    enrolling,
    figures,
    following_up,
    helping,
    history,
    installation,
    keeping,
    meetings,
    moving,
    notices,
    organisation,
    overriding,
    own_account,
    pathways,
    patient,
    pausing,
    recipients,
    recording,
    rehearsing,
    reviewing,
    saved_views,
    searching,
    seeing_to,
    signing_in,
    site_plans,
    summarising,
    undoing,
    variances,
    versions,
    what_if,
    worklist,
)
from allpath.web.views.signing_in import sign_in_form
from allpath.web.visiting import visit_of
from workflow.errors import AllpathError, NotFoundError, NotPermittedError

SQUEEZED: Final = 5
"""How hard a page is compressed: the highest takes twice as long and saves one byte in thirty."""
_STATUS: Final = ((NotFoundError, 404), (NotPermittedError, 403))
_TITLES: Final = {403: "Not for you", 404: "Nothing is here", 422: "That cannot be done"}
_SENTENCES: Final = {
    404: "There is no page with this address.",
    405: "This cannot be done here; use the links and buttons of the pages.",
    422: "A part of the address or of the form cannot be read. Open the page again from the start.",
}


def create_site(allpath: Allpath) -> FastAPI:
    """The site over the product; every route has a row in the table of who may open it."""
    site = FastAPI(title="Allpath", docs_url=None, redoc_url=None, openapi_url=None)
    site.router.redirect_slashes = False  # it would send people to whatever the Host header says
    reception = Reception(allpath.store.accounts)
    orchestrator = allpath.orchestrator.vouched_by(shown_on_form)
    site.state.allpath = replace(allpath, orchestrator=orchestrator)
    site.state.reception = reception
    site.state.organisation = _organisation(allpath, reception)
    site.state.proofs = Proofs()
    site.include_router(all_routes())
    site.add_api_route("/static/{mark}/{name:path}", _file, methods=["GET"], name="static")
    site.add_exception_handler(AllpathError, _refused)
    site.add_exception_handler(HTTPException, _nowhere)
    site.add_exception_handler(RequestValidationError, _unreadable)
    site.add_middleware(Guard, reception=reception, now=allpath.clock)
    site.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=SQUEEZED)
    return site


def _organisation(allpath: Allpath, reception: Reception) -> Organisation | None:
    """The organisation's sign-in, where the settings name one."""
    settings, store = allpath.settings.organisation, allpath.store
    if settings is None:
        return None
    try:
        from allpath.accounts.provider import Provider  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        msg = "ALLPATH_OIDC_ISSUER is set, which needs more: pip install 'allpath[sso]'."
        raise UsageError(msg) from None
    provider = Provider(settings, f"{settings.public_url}{WAY_BACK}")
    return Organisation(settings, store.accounts, store.errands, reception, provider)


def all_routes() -> APIRouter:
    """Every page and every act; raises AssertionError where one has no row in the table."""
    router = APIRouter(route_class=FormRoute)
    looks = (worklist, patient, history, meetings, cohort, figures, variances, audit, pathways)
    acts = (recording, confirming, overriding, countersigning, undoing, reviewing, seeing_to)
    acts_on_record = (enrolling, emergency, correcting, moving, pausing)
    board = (agenda_acts, following_up)
    supposing = (what_if, rehearsing, versions)
    own = (signing_in, organisation, own_account, keeping, helping)
    kept = (admin, recipients, notices, site_plans, installation)
    lists = (searching, summarising, choosing, saved_views, calendars)
    for part in (*own, *kept, *lists, *looks, *acts, *acts_on_record, *board, *supposing):
        part.add_to(router)
    require_rows(router)
    return router


def require_rows(router: APIRouter) -> None:
    """Each route has a row in the table of who may open it, and each row a route."""
    names = {route.name for route in router.routes if isinstance(route, GuardedRoute)}
    if names != ACCESS.keys():
        msg = f"routes and rows of the access table differ: {sorted(names ^ ACCESS.keys())}"
        raise AssertionError(msg)


def _file(mark: str, name: str) -> Response:
    """A file of ours, by an address that changes with its content."""
    is_ours = re.fullmatch(r"[0-9a-f]{16}", mark) and re.fullmatch(r"[\w./-]+", name, re.ASCII)
    found: Path = (STATIC / name).resolve() if is_ours else STATIC
    if STATIC.resolve() not in found.parents:
        return PlainTextResponse("Nothing is here.", 404)
    return FileResponse(found) if found.is_file() else PlainTextResponse("Nothing is here.", 404)


async def _refused(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 422)
    late = await _late(request) if request.state.who is None else None
    if late is not None:
        visit = visit_of(request)
        return await run_sync(lambda: sign_in_form(visit, late[0], "", "", late=late[1]))
    typed = await draft(request) if request.state.who is None else ()
    return await run_sync(_told, request, status, on_page(error), typed)


async def _late(request: Request) -> tuple[str, Carried] | None:
    """A form that came after its session had ended, with the name of whoever it was of."""
    reception: Reception = request.app.state.reception
    if request.method != "POST" or request.url.path in OPEN:
        return None
    body = await request.body()
    sent = await pairs_in(request.headers, body)
    csrf = dict(sent).get("csrf", "")
    now = request.app.state.allpath.now()
    cookie = cookie_of(request.headers)
    session = await run_sync(reception.ended, cookie, unmasked(csrf), now)
    form = carried(sent, request.url.path, session) if session else None
    return (session.account, form) if session and form else None


def _nowhere(request: Request, error: Exception) -> Response:
    """No page, or not in this way; what was sent is never repeated."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    return _told(request, status, _SENTENCES.get(status, _SENTENCES[422]))


def _unreadable(request: Request, _error: Exception) -> Response:
    """A part of the address or the form that no page of ours would have sent."""
    return _told(request, 422, _SENTENCES[422])


def _told(request: Request, status: int, text: str, typed: Draft = ()) -> Response:
    visit, title = visit_of(request), _TITLES.get(status, _TITLES[422])
    return page(visit, "refused.html", title, status=status, text=text, typed=typed)
