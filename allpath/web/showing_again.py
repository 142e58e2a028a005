"""The page of a form that came too late, opened for its author and filled in as they left it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Message, Scope

from allpath.accounts.signing_in import Reception, SignedIn
from allpath.web.carrying import Carried
from allpath.web.form_tokens import unmasked
from allpath.web.pages import Visit, page
from allpath.web.refilling import NEVER_FILLED, Left

_TOLD: Final = (
    "Your session had ended, and nothing was sent. This is the form as you left it: look at it, "
    "then send it."
)
_TEXT: Final = (
    "Your session had ended, and nothing was sent. The page of this form cannot be filled in any "
    "more; copy from here what you need."
)


def is_of(reception: Reception, who: SignedIn, form: Carried) -> bool:
    """Whether a form stood on a page of ours, in a session of whoever is signed in now."""
    session = reception.earlier(who.account, unmasked(form.of_csrf))
    return session is not None and session.token_hash == form.of


async def shown_again(visit: Visit, who: SignedIn, form: Carried) -> Response:
    """The page with the form; where it does not open any more, what was typed, to be copied."""
    state = {"who": who, "left": Left(form.form, form.pairs, _TOLD)}
    status, body = await _opened(visit.request, form.page, state)
    if status == 200 and state.get("was_filled_in"):  # noqa: PLR2004 - all is well
        return HTMLResponse(body)
    visit.request.state.who = who
    typed = tuple(
        (name.replace("_", " ").capitalize(), said)
        for name, said in form.pairs
        if said and name not in NEVER_FILLED | {"key", "version", "seen"}
    )
    title = "What you had typed"
    return await run_sync(lambda: page(visit, "refused.html", title, text=_TEXT, typed=typed))


async def _opened(request: Request, address: str, state: dict[str, Any]) -> tuple[int, bytes]:
    """What a page of ours answers to whoever is signed in now."""
    where = urlsplit(address)
    scope: Scope = {
        **request.scope,
        "method": "GET",
        "path": where.path,
        "raw_path": where.path.encode(),
        "query_string": where.query.encode(),
        "path_params": {},
        "state": state,
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    try:
        await request.app.router(scope, receive, send)
    except HTTPException as error:  # it stands on no page that can be opened by its address
        return error.status_code, b""
    return sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:])
