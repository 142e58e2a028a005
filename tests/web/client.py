"""A browser without a screen: it asks the site, keeps its cookies, and can be told to lie."""

from __future__ import annotations

import asyncio
import html
import re
from dataclasses import dataclass, field
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI

from allpath.accounts.second_factor import code_at
from allpath.web.guard import COOKIE

HOST = "allpath.test"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""The second factor of the admins of the tests; nobody is an admin without one."""
TOKEN = re.compile(r'name="csrf" value="([^"]*)"')


class Authenticator:
    """The device that shows an admin's codes; each is good once, so the next one is another."""

    def __init__(self) -> None:
        self._shown: set[tuple[str, str]] = set()

    def code(self, name: str, now: datetime, secret: str = SECRET) -> str:
        """A code for one more sign-in: of this period, of the next, or of the one before."""
        for steps in (0, 1, -1):
            found = code_at(secret, now, steps)
            if (name, found) not in self._shown:
                self._shown.add((name, found))
                return found
        raise AssertionError("nobody signs in four times in a minute; let the clock go on")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The one header of that name, empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def text(self) -> str:
        """The body as people read it."""
        return html.unescape(self.body.decode())

    @property
    def words(self) -> str:
        """The same without tags, and with single spaces."""
        return " ".join(re.sub(r"<[^>]*>", " ", self.text).split())

    @property
    def goes_to(self) -> str:
        """Where the answer sends the browser."""
        return self.header("location")


@dataclass
class Browser:
    """Somebody at the pages; `address` is the machine they sit at."""

    site: FastAPI
    address: str = "192.0.2.1"
    token: str = ""
    """The cookie of the session; empty before the sign-in."""
    csrf: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    """Other cookies, by name."""

    def get(self, target: str, **headers: str) -> Answer:
        """A page is opened."""
        answer = self.ask("GET", target, headers={"sec-fetch-site": "same-origin", **headers})
        if found := TOKEN.search(answer.body.decode(errors="replace")):
            self.csrf = found.group(1)
        return answer

    def post(self, target: str, **fields: str) -> Answer:
        """A form of ours is sent, with the token of the last page."""
        return self.send(target, {"csrf": self.csrf, **fields})

    def send(self, target: str, fields: dict[str, str], **headers: str) -> Answer:
        """A form is sent as somebody says it is."""
        sent = {"sec-fetch-site": "same-origin", **_named(headers)}
        return self.ask("POST", target, urlencode(fields).encode(), headers=sent)

    def sign_in(self, name: str, password: str, code: str = "", back: str = "") -> Answer:
        """The form of the sign-in page is sent."""
        fields = {"name": name, "password": password, "code": code, "back": back}
        return self.send("/sign-in", fields)

    def ask(
        self, method: str, target: str, body: bytes = b"", *, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request, with these headers alone beside the usual ones."""
        given = {"host": HOST, **self.extra, **_named(headers or {})}
        kept = {COOKIE: self.token, **self.kept}
        cookies = "; ".join(f"{name}={value}" for name, value in kept.items() if value)
        given.setdefault("cookie", cookies)
        if method == "POST":
            given.setdefault("content-type", "application/x-www-form-urlencoded")
            given.setdefault("content-length", str(len(body)))
        given = {name: value for name, value in given.items() if value}
        answer = asyncio.run(self._asked(method, target, body, given))
        for name, value in answer.headers:
            if name == "set-cookie":
                self._keep(SimpleCookie(value))
        return answer

    def _keep(self, told: SimpleCookie) -> None:
        for name, cookie in told.items():
            if name == COOKIE:
                self.token = cookie.value
            else:
                self.kept[name] = cookie.value

    async def _asked(
        self, method: str, target: str, body: bytes, headers: dict[str, str]
    ) -> Answer:
        path, _, query = target.partition("?")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [
                (name.encode(), value.encode("latin-1")) for name, value in headers.items()
            ],
            "client": (self.address, 50000),
            "server": (HOST, 80),
        }
        sent: list[Any] = []

        given: list[bool] = []

        async def receive() -> dict[str, Any]:
            if given:  # nothing more comes, and nobody hangs up
                await asyncio.Event().wait()
            given.append(True)
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:  # noqa: ANN401 - whatever the interface passes on
            sent.append(message)

        await self.site(scope, receive, send)
        start = sent[0]
        names = tuple((key.decode(), value.decode("latin-1")) for key, value in start["headers"])
        return Answer(start["status"], names, b"".join(part.get("body", b"") for part in sent[1:]))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
