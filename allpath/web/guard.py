"""The one door every request passes: size, origin, session, form token, headers of the answer.

It is closed unless it finds a reason to open. A request that changes anything must come from a page
of ours (its origin, and the token of the session in its form), and every page but the sign-in needs
a session. What a role may do is asked afterwards, of each route (`allpath.web.access`).
"""

from __future__ import annotations

import hmac
import logging
import secrets
import traceback
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allpath import clock
from allpath.accounts.signing_in import Reception, SignedIn
from allpath.web.carrying import FORM_AGAIN, body_of, carried
from allpath.web.form_tokens import unmasked
from allpath.web.refilling import Pairs
from allpath.web.sent import pairs_in

COOKIE: Final = "__Host-allpath"
FORM_TOKEN: Final = "csrf"  # noqa: S105 - the name of a form field
LARGEST_BODY: Final = 1024 * 1024
"""In bytes: the longest form is far shorter."""
SIGN_IN: Final = "/sign-in"
WAY_BACK: Final = "/sign-in/organisation/back"
ORGANISATION: Final = "/sign-in/organisation"
SHOW_AGAIN: Final = "/show-who-you-are"
OPEN: Final = (SIGN_IN, "/livez", "/help", ORGANISATION, WAY_BACK, FORM_AGAIN)
STATIC: Final = "/static/"
FEEDS: Final = "/calendar/"
"""Calendar programs have no session: they show the secret in the address of their feed."""
BY_ITSELF: Final = ("/worklist/changes",)
"""What a page asks by itself every minute, which keeps no session open."""
_SAFE: Final = frozenset({"GET", "HEAD"})
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "strict-transport-security": "max-age=31536000",
}

_SHOWN_AGAIN: Final = {
    "path": FORM_AGAIN,
    "raw_path": FORM_AGAIN.encode(),
    "query_string": b"",
}
_PLAIN: Final = b"application/x-www-form-urlencoded"
_LOG: Final = logging.getLogger("allpath.web")
_FAULT: Final = (
    "Something went wrong here, not with you. Open the page again and look whether what you did is "
    "there before you do it once more. Tell whoever runs Allpath this reference: {mark}."
)


class Guard:
    """The middleware around the whole site."""

    def __init__(self, app: ASGIApp, *, reception: Reception, now: clock.Clock) -> None:
        self._app = app
        self._reception = reception
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        answer = _Answer(send, is_static=path.startswith(STATIC))
        try:
            await self._answered(scope, receive, answer)
        except Exception as error:
            if answer.has_begun:
                raise
            mark = secrets.token_hex(4)
            _LOG.error("%s: %s", mark, where_of(error))
            await PlainTextResponse(_FAULT.format(mark=mark), 500)(scope, receive, answer)

    async def _answered(self, scope: Scope, receive: Receive, answer: Send) -> None:
        request = Request(scope)
        path = scope["path"]
        if path.startswith(STATIC):
            scope.setdefault("state", {})["who"] = None
            await self._app(scope, receive, answer)
            return
        who = await run_sync(self._known, request)
        scope.setdefault("state", {})["who"] = who
        refusal = self._refused_outside(request, who)
        if refusal is not None:
            await refusal(scope, receive, answer)
            return
        if request.method not in _SAFE:
            body = await _body(request.headers, receive)
            sent = await pairs_in(request.headers, body or b"")
            refusal = _refused_form(body, sent, who, path)
            late = await run_sync(self._late, request, who, sent) if body and refusal else None
            if late is not None:  # of an earlier session of theirs: shown again, and never sent on
                body, refusal = late, None
                scope = {**scope, **_SHOWN_AGAIN, "headers": _sized(scope["headers"], late)}
            if refusal is not None:
                await refusal(scope, receive, answer)
                return
            receive = _again(body or b"")
        await self._app(scope, receive, answer)

    def _known(self, request: Request) -> SignedIn | None:
        is_use = request.scope["path"] not in BY_ITSELF
        return self._reception.known(cookie_of(request.headers), self._now(), is_use=is_use)

    def _late(self, request: Request, who: SignedIn | None, sent: Pairs) -> bytes | None:
        """A form of an earlier session of whoever is signed in, as it is to be shown again."""
        token = unmasked(_token_in(sent))
        session = self._reception.earlier(who.account, token) if who and token else None
        form = carried(sent, _here(request), session) if session else None
        return body_of(form) if form else None

    def _refused_outside(self, request: Request, who: SignedIn | None) -> ASGIApp | None:
        path: str = request.scope["path"]  # never from the Host header, which anybody may write
        if request.method not in _SAFE and request.method != "POST":
            return PlainTextResponse("This cannot be done here.", 405)
        if request.method == "POST" and not _is_our_own(request):
            return PlainTextResponse("This request does not come from a page of Allpath.", 403)
        if who is not None or path in OPEN or path.startswith(FEEDS):
            return None
        if request.method == "POST":
            return None  # told with what was typed kept, by the page itself
        back = f"?next={quote(_here(request))}" if path != "/" else ""
        return RedirectResponse(f"{SIGN_IN}{back}", 303)


def cookie_of(headers: Headers, name: str = COOKIE) -> str:
    """The token a browser sent along, if any."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _is_our_own(request: Request) -> bool:
    """Whether the browser says that the form was on a page of ours; where it says nothing, no."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    return bool(origin) and origin.partition("://")[2] == request.headers.get("host")


def _here(request: Request) -> str:
    path: str = request.scope["path"]
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """What was sent, None where it is too much to read."""
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        return None
    parts: list[bytes] = []
    count = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        count += len(part)
        if count > LARGEST_BODY or message["type"] != "http.request":
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _refused_form(
    body: bytes | None, sent: Pairs, who: SignedIn | None, path: str
) -> ASGIApp | None:
    if body is None:
        return PlainTextResponse("That was too much to read; nothing was saved.", 413)
    if who is None:
        return None
    given = _token_in(sent)
    if path in OPEN or hmac.compare_digest(unmasked(given), who.session.csrf.encode()):
        return None
    msg = "This form is not of your present session; nothing was saved. Open the page again."
    return PlainTextResponse(msg, 403)


def _token_in(sent: Pairs) -> str:
    return next((text for name, text in sent if name == FORM_TOKEN), "")


def _sized(headers: list[tuple[bytes, bytes]], body: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of a request that holds something else than it was sent with."""
    ours = {b"content-length": str(len(body)).encode(), b"content-type": _PLAIN}
    return [*((name, text) for name, text in headers if name not in ours), *ours.items()]


def _again(body: bytes) -> Receive:
    """What was read, to be read once more."""
    given = False

    async def receive() -> Message:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def where_of(error: BaseException) -> str:
    """What kind of error, and where in the program; nothing of what was being worked on."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].name}, line {frames[-1].lineno}" if frames else "an unknown place"
    return f"{type(error).__name__} in {where}"


class _Answer:
    """The way back to the browser: every answer carries the headers."""

    def __init__(self, send: Send, *, is_static: bool) -> None:
        self._send = send
        self._is_static = is_static
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            is_kept = self._is_static and message["status"] == HTTPStatus.OK
            headers["cache-control"] = (
                "public, max-age=31536000, immutable" if is_kept else "no-store"
            )
        await self._send(message)
