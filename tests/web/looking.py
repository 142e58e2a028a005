"""A browser without a screen: the real site over a real database, asked as a person asks it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from allpath.accounts.passwords import hashed
from allpath.accounts.second_factor import code_at
from allpath.bootstrap import open_allpath
from allpath.settings import read_settings
from allpath.web.site import create_site
from tests.cli.conftest import Desk
from tests.web.client import SECRET
from workflow.accounts import Account
from workflow.records import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message

PASSWORD = "correct horse battery staple"
ADMIN = Actor("Ada Admin", "admin")


@dataclass(frozen=True)
class Page:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def html(self) -> str:
        """The page as it was sent; a picture is no text."""
        return self.body.decode(errors="replace")

    @property
    def text(self) -> str:
        """What a person reads: without tags, and with single spaces."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.html)).split())


@dataclass
class Browser:
    """One person's browser: it keeps the cookie and fills in forms."""

    site: ASGIApp
    cookie: str = ""
    token: str = ""

    def get(self, path: str, **query: str) -> Page:
        """A page."""
        page = self._ask("GET", path, urlencode(query), b"")
        found = re.search(r'name="csrf" value="([^"]+)"', page.html) if page.body else None
        self.token = found.group(1) if found else self.token
        return page

    def post(self, path: str, **form: str) -> Page:
        """A form of the page that was last looked at."""
        body = urlencode({"csrf": self.token, **form}).encode()
        return self._ask("POST", path, "", body)

    def _ask(self, method: str, path: str, query: str, body: bytes) -> Page:
        headers = {"host": "localhost", "sec-fetch-site": "same-origin"}
        if self.cookie:
            headers["cookie"] = self.cookie
        if body:
            headers["content-type"] = "application/x-www-form-urlencoded"
            headers["content-length"] = str(len(body))
        scope = _scope(method, path, query, headers)
        sent = asyncio.run(_asked(self.site, scope, body))
        start = sent[0]
        answer = {name.decode(): value.decode() for name, value in start["headers"]}
        if kept := answer.get("set-cookie"):
            self.cookie = kept.partition(";")[0]
        return Page(start["status"], answer, b"".join(part.get("body", b"") for part in sent[1:]))


def _scope(method: str, path: str, query: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """A request as a server hands it to the site."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 5000),
        "server": ("localhost", 80),
    }


async def _asked(site: ASGIApp, scope: dict[str, Any], body: bytes) -> list[Message]:
    sent: list[Message] = []
    given = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return given.pop() if given else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await site(scope, receive, send)
    return sent


@contextmanager
def browsing(
    desk: Desk, role: Role = "coordinator", sites: tuple[str, ...] = ()
) -> Iterator[Browser]:
    """Somebody of that role who has signed in, over the desk's database and by the desk's clock."""
    settings = read_settings(desk._environment())
    allpath = open_allpath(settings, use_clock=lambda: desk.at)
    name = f"{role}-{'-'.join(sites) or 'all'}".casefold()
    try:
        secret = SECRET if role == "admin" else ""
        code = code_at(secret, desk.at) if secret else ""
        account = Account(
            name, f"A {role}", role, sites, hashed(PASSWORD, name), secret, desk.at, desk.at
        )
        allpath.store.accounts.add(account, ADMIN)
        browser = Browser(create_site(allpath))
        entered = browser.post("/sign-in", name=name, password=PASSWORD, code=code)
        assert entered.status == 303, entered.text
        yield browser
    finally:
        allpath.store.close()
