"""The site put together: routes, the guard before them, and what is said when it goes wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from allpath.accounts.signing_in import Reception
from allpath.bootstrap import Allpath
from allpath.web.access import ACCESS, GuardedRoute
from allpath.web.acting import shown_on_form
from allpath.web.forms import on_page
from allpath.web.guard import Guard
from allpath.web.pages import STATIC, page
from allpath.web.views import (
    audit,
    cohort,
    confirming,
    countersigning,
    history,
    overriding,
    pathways,
    patient,
    recording,
    reviewing,
    seeing_to,
    signing_in,
    undoing,
    variances,
    worklist,
)
from allpath.web.visiting import visit_of
from workflow.errors import AllpathError, NotFoundError, NotPermittedError

_STATUS: Final = ((NotFoundError, 404), (NotPermittedError, 403))
_TITLES: Final = {403: "Not for you", 404: "Nothing is here", 422: "That cannot be done"}


def create_site(allpath: Allpath) -> FastAPI:
    """The site over the product; every route has a row in the table of who may open it."""
    site = FastAPI(title="Allpath", docs_url=None, redoc_url=None, openapi_url=None)
    reception = Reception(allpath.store.accounts)
    orchestrator = allpath.orchestrator.vouched_by(shown_on_form)
    site.state.allpath = replace(allpath, orchestrator=orchestrator)
    site.state.reception = reception
    router = APIRouter(route_class=GuardedRoute)
    acts = (recording, confirming, overriding, countersigning, undoing, reviewing, seeing_to)
    looks = (worklist, patient, history, cohort, variances, audit, pathways)
    for part in (signing_in, *looks, *acts):
        part.add_to(router)
    site.include_router(router)
    site.add_api_route("/static/{mark}/{name:path}", _file, methods=["GET"], name="static")
    site.add_exception_handler(AllpathError, _refused)
    site.add_exception_handler(404, _nowhere)
    site.add_middleware(Guard, reception=reception, now=allpath.clock)
    site.add_middleware(GZipMiddleware, minimum_size=1000)
    _require_rows(router)
    return site


def _require_rows(router: APIRouter) -> None:
    names = {route.name for route in router.routes if isinstance(route, GuardedRoute)}
    if names != ACCESS.keys():
        msg = f"routes and rows of the access table differ: {sorted(names ^ ACCESS.keys())}"
        raise AssertionError(msg)


def _file(mark: str, name: str) -> Response:
    """A file of ours, by an address that changes with its content."""
    found: Path = (STATIC / name).resolve()
    if not re.fullmatch(r"[0-9a-f]{16}", mark) or STATIC not in found.parents:
        return PlainTextResponse("Nothing is here.", 404)
    return FileResponse(found) if found.is_file() else PlainTextResponse("Nothing is here.", 404)


def _refused(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 422)
    return _told(request, status, on_page(error))


def _nowhere(request: Request, _error: Exception) -> Response:
    return _told(request, 404, "There is no page with this address.")


def _told(request: Request, status: int, text: str) -> Response:
    visit = visit_of(request)
    return page(visit, "refused.html", _TITLES[status], status=status, text=text)
