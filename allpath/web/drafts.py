"""Unsent text of forms about a patient: offered again where it was typed, gone once it is sent."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

from allpath.bootstrap import Allpath
from allpath.web.access import GuardedRoute
from allpath.web.carrying import page_of, read_pairs
from allpath.web.refilling import Left, form_of

USE: Final = "use"
_TOLD: Final = "This is the form as you had begun it. Look at it, then send it."


@dataclass(frozen=True, slots=True)
class Offer:
    """A draft that may be used: since when, where it is used, and where it is thrown away."""

    form: str
    begun_at: datetime
    use: str
    away: str


def offered(request: Request, allpath: Allpath, now: datetime) -> Offer | Left | None:
    """What whoever asks had begun on this page; the form as they left it where they want that."""
    path_id, who = request.path_params.get("path_id"), request.state.who
    form = form_of(request.url.path)
    if request.method != "GET" or who is None or path_id is None or form == _patient(path_id):
        return None
    draft = allpath.store.drafts.find(who.account.name, form, now)
    if draft is None:
        return None
    pairs = read_pairs(draft.content)
    if request.query_params.get("draft") == USE:
        return Left(form, pairs, _TOLD)
    page = page_of(form, pairs)
    use = f"{page}{'&' if '?' in page else '?'}draft={USE}"
    return Offer(form, draft.begun_at, use, f"{_patient(path_id)}/draft/away")


def _patient(path_id: str) -> str:
    return f"/patients/{quote(path_id)}"


class FormRoute(GuardedRoute):
    """A route that forgets the draft of a form once the form was sent and taken."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, and what follows it."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            answer = await inner(request)
            is_taken = request.method == "POST" and answer.status_code == HTTPStatus.SEE_OTHER
            if is_taken and "path_id" in request.path_params:
                allpath: Allpath = request.app.state.allpath
                account, form = request.state.who.account.name, form_of(request.url.path)
                await run_sync(allpath.store.drafts.drop, account, form)
            return answer

        return handler
