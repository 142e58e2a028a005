"""Every form there is, found as people find it: by walking the pages and reading their fields."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match

from tests.web.client import Answer, Browser

SEEN_OF_EACH: Final = 2
"""So many pages of one kind are opened: another patient has the same forms."""
_FORM: Final = re.compile(r"<form\b.*?</form>", re.DOTALL)
_LINK: Final = re.compile(r'<a\b[^>]*?\bhref="([/?][^"#]*)')
_FILES: Final = re.compile(r"\.(svg|png|pdf|ics|csv)(\?|$)")


@dataclass(frozen=True)
class Field:
    """One field of a form: its kind, and what stands in it; `choices` where it offers some."""

    kind: str
    value: str = ""
    choices: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether somebody types into it what they like."""
        return self.kind in {"text", "textarea", "search", "number", "date", "email"}


@dataclass(frozen=True)
class Form:
    """One form as it stood on a page: where it was, where it goes, and its fields by name."""

    page: str
    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)

    def filled(self) -> dict[str, str]:
        """What a person would send who touched nothing."""
        return {name: one.value for name, one in self.fields.items()}


class _Reader(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.page, found.get("action") or self.page)
            self.forms.append(Form(self.page, action, found.get("method", "get").lower()))
        elif self.forms and found.get("formaction"):  # another way to send the same fields
            was = self.forms[-1]
            self.forms.append(replace(was, action=urljoin(self.page, found["formaction"])))
        elif self.forms and found.get("name"):
            self._field(tag, found)
        elif tag == "option" and self._select:
            self._option(found)

    def _field(self, tag: str, found: dict[str, str]) -> None:
        fields, name = self.forms[-1].fields, found["name"]
        if tag == "select":
            self._select = name
            fields[name] = Field("select")
        elif tag == "textarea":
            self._area = name
            fields[name] = Field("textarea")
        elif tag in {"input", "button"}:
            kind = found.get("type", "text" if tag == "input" else "submit")
            value = found.get("value", "")
            old = fields.get(name)
            if kind in {"radio", "checkbox", "submit"}:
                choices = (*(old.choices if old else ()), value)
                is_on = "checked" in found or kind == "submit"
                kept = old.value if old and old.value else ""
                fields[name] = Field(kind, kept or (value if is_on else ""), choices)
            else:
                fields[name] = Field(kind, value)

    def _option(self, found: dict[str, str]) -> None:
        old, value = self.forms[-1].fields[self._select], found.get("value", "")
        chosen = value if "selected" in found else old.value
        self.forms[-1].fields[self._select] = replace(
            old, value=chosen, choices=(*old.choices, value)
        )

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            fields = self.forms[-1].fields
            old = fields[self._area]
            fields[self._area] = replace(old, value=old.value + data)


def read(page: str, answer: Answer) -> tuple[list[str], list[Form]]:
    """The links and the forms of a page."""
    text, reader = answer.body.decode(), _Reader(page)
    for part in _FORM.findall(text):  # the rest of a page is long, and has no fields
        reader.feed(part)
    return [urljoin(page, unescape(link)) for link in _LINK.findall(text)], reader.forms


def route_of(router: APIRouter, method: str, address: str) -> str:
    """The route that an address belongs to; empty for none."""
    scope = {"type": "http", "method": method, "path": address.partition("?")[0]}
    for route in router.routes:
        if isinstance(route, APIRoute) and route.matches(scope)[0] is Match.FULL:
            return route.name
    return ""


def walk(
    browser: Browser, router: APIRouter, begin: Iterable[str], *, each: int = SEEN_OF_EACH
) -> Iterator[tuple[str, Answer]]:
    """The pages that links lead to from the first ones, a few of each kind, each once."""
    waiting, seen, kinds = deque(begin), set[str](), Counter[str]()
    first = set(waiting)
    while waiting:
        address = waiting.popleft()
        kind = route_of(router, "GET", address)
        if address in seen or not kind or (kinds[kind] >= each and address not in first):
            continue
        seen.add(address)
        kinds[kind] += 1
        answer = browser.get(address)
        yield address, answer
        if answer.status == 200 and answer.header("content-type").startswith("text/html"):
            links, _ = read(address, answer)
            waiting += [link for link in links if link not in seen and not _FILES.search(link)]
