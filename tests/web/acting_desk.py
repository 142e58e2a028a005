"""A browser without a window: real requests to the real site, over a real file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI

from allpath.accounts.passwords import hashed
from allpath.bootstrap import Allpath, open_allpath
from allpath.settings import read_settings
from allpath.web.site import create_site
from tests.conftest import NOW
from tests.orchestrator.conftest import Ward
from workflow.accounts import Account
from workflow.records import Actor, Role

PASSWORD = "correct horse battery staple"
CAST: dict[str, tuple[str, Role]] = {
    "cora": ("Cora Coordinator", "coordinator"),
    "ada": ("Dr Ada Sample", "clinician"),
    "ben": ("Dr Ben Second", "clinician"),
    "lea": ("Dr Lea Lead", "lead"),
    "vic": ("Vic Viewer", "viewer"),
}


class _Forms(HTMLParser):
    """Reads the forms of a page with what stands in them, and the page's own words."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.words: list[str] = []
        self._form: dict[str, str] = {}
        self._name = ""
        self._area = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = self.forms.setdefault(found.get("action", ""), {})
        elif tag == "input" and "name" in found:
            is_choice = found.get("type") in {"radio", "checkbox"}
            if not is_choice or "checked" in found:
                self._form[found["name"]] = found.get("value", "")
        elif tag == "select":
            self._name = found["name"]
            self._form[self._name] = ""
        elif tag == "option" and "selected" in found:
            self._form[self._name] = found["value"]
        elif tag == "textarea":
            self._name, self._area = found["name"], True
            self._form[self._name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = False

    def handle_data(self, data: str) -> None:
        if self._area:
            self._form[self._name] += data.removeprefix("\n")
        self.words.append(data)


@dataclass(frozen=True)
class Page:
    """What the site answered."""

    status: int
    headers: Mapping[str, str]
    content: str

    @property
    def words(self) -> str:
        """What somebody reads on it, in one line."""
        reader = _Forms()
        reader.feed(self.content)
        return " ".join(" ".join(reader.words).split())

    def form(self, action: str) -> dict[str, str]:
        """The fields of the form that is sent to an address, with what stands in them."""
        reader = _Forms()
        reader.feed(self.content)
        return reader.forms[action]


@dataclass
class Browser:
    """One person at a screen; cookies are kept between requests."""

    site: FastAPI
    cookie: str = ""
    last: Page = field(default_factory=lambda: Page(0, {}, ""))

    def get(self, path: str) -> Page:
        """A page is opened."""
        return self._ask("GET", path, b"")

    def post(self, path: str, fields: Mapping[str, str]) -> Page:
        """A form is sent, as from a page of the site."""
        return self._ask("POST", path, urlencode(fields).encode())

    def send(self, action: str, path: str = "", **typed: str) -> Page:
        """The form on the last page is filled in and sent; `path` where another button is used."""
        return self.post(path or action, {**self.last.form(action), **typed})

    def _ask(self, method: str, path: str, body: bytes) -> Page:
        page = asyncio.run(_answer(self.site, method, path, body, self.cookie))
        if "set-cookie" in page.headers:
            self.cookie = page.headers["set-cookie"].partition(";")[0]
        self.last = page
        return page


async def _answer(site: FastAPI, method: str, path: str, body: bytes, cookie: str) -> Page:
    where, _, query = path.partition("?")
    headers = {
        "host": "localhost",
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(body)),
        "cookie": cookie,
    }
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401 - a message of the interface
        sent.append(message)

    await site(scope, receive, send)
    told = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    content = b"".join(part.get("body", b"") for part in sent[1:]).decode()
    return Page(sent[0]["status"], told, content)


@dataclass
class Desk:
    """A site with its cast and one patient, and a clock that the test moves."""

    allpath: Allpath
    site: FastAPI
    ward: Ward
    clock: list[datetime]
    file: Path

    def signed_in(self, name: str) -> Browser:
        """Somebody of the cast, signed in."""
        browser = Browser(self.site)
        fields = {"name": name, "password": PASSWORD, "back": "/"}
        assert browser.post("/sign-in", fields).status == 303
        return browser

    @property
    def version(self) -> int:
        """How many entries the patient's history has."""
        return self.ward.store.case(self.ward.path_id).path.version


@cache
def _kept() -> str:
    """The hash of everybody's password: to work it out takes a while on purpose."""
    return hashed(PASSWORD, "nobody")


@contextmanager
def a_desk(folder: Path) -> Iterator[Desk]:
    """A desk over a fresh file."""
    clock = [NOW]
    settings = read_settings({"ALLPATH_DATABASE": f"sqlite:///{folder / 'desk.db'}"})
    allpath = open_allpath(settings, use_clock=lambda: clock[0])
    keeper = Actor("Ada Admin", "admin")
    for name, (display, role) in CAST.items():
        kept = _kept()
        allpath.store.accounts.add(Account(name, display, role, (), kept, "", NOW, NOW), keeper)
    allpath.store.accounts.add(
        Account("sue", "Dr Sue South", "clinician", ("South",), _kept(), "", NOW, NOW), keeper
    )
    try:
        yield Desk(allpath, create_site(allpath), Ward(allpath.store), clock, folder / "desk.db")
    finally:
        allpath.store.close()
