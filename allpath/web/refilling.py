"""A page of ours with a form on it, filled in as somebody had left it; nothing else is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import Final

NEVER_FILLED: Final = frozenset({"csrf", "username", "password", "one_time_code", "secret", "act"})
"""Secrets, the token of the session, and which button was pressed."""
CHECK: Final = "/check"
_CHOICES: Final = frozenset({"radio", "checkbox"})
Pairs = Sequence[tuple[str, str]]
"""The fields of a form as it was sent; a name may come more than once."""


@dataclass(frozen=True, slots=True)
class Left:
    """A form as somebody had left it, to be shown so again; `told` says why, in a sentence."""

    form: str
    pairs: Pairs
    told: str


def form_of(address: str) -> str:
    """The address of a form: its check page belongs to it, and what is asked of it does not."""
    return address.partition("?")[0].removesuffix(CHECK)


def refilled(page: str, form: str, pairs: Pairs) -> str | None:
    """The page with that form filled in; None where it has no such form, or no field of it."""
    filler = _Filler(form, pairs)
    filler.feed(page)
    filler.close()
    return "".join(filler.out) if filler.filled else None


class _Filler(HTMLParser):
    """Repeats a page as it is, but for the fields of one form."""

    def __init__(self, form: str, pairs: Pairs) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self.filled = 0
        self._form = form
        self._typed: dict[str, list[str]] = {}
        for name, text in pairs:
            if name not in NEVER_FILLED:
                self._typed.setdefault(name, []).append(text)
        self._is_inside = False
        self._select = ""
        self._is_in_area = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raw, given = self.get_starttag_text() or "", dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            is_sent = given.get("method") == "post"
            self._is_inside = is_sent and form_of(given.get("action") or "") == self._form
        elif self._is_inside and tag == "select":
            self._select = name
        elif self._is_inside and tag == "textarea" and name in self._typed:
            self._is_in_area = True
            self.filled += 1
            self.out.append(f"{raw}\n{escape(self._next(name), quote=False)}")
            return
        elif self._is_inside and tag == "input":
            raw = self._input(raw, given)
        elif self._is_inside and tag == "option" and self._select in self._typed:
            is_chosen = (given.get("value") or "") in self._typed[self._select]
            self.filled += is_chosen
            raw = _tag(tag, {**_without(given, "selected"), **_marked("selected", is_chosen)})
        if not self._is_in_area:
            self.out.append(raw)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._is_in_area = False
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._repeat(data)

    def handle_entityref(self, name: str) -> None:
        self._repeat(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._repeat(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._repeat(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._repeat(f"<!{decl}>")

    def _repeat(self, text: str) -> None:
        if not self._is_in_area:
            self.out.append(text)

    def _input(self, raw: str, given: dict[str, str | None]) -> str:
        name, kind = given.get("name") or "", given.get("type") or "text"
        if name in NEVER_FILLED or not name:
            return raw
        if kind in _CHOICES:
            is_chosen = (given.get("value") or "on") in self._typed.get(name, ())
            self.filled += is_chosen
            return _tag("input", {**_without(given, "checked"), **_marked("checked", is_chosen)})
        if name not in self._typed:
            return raw
        self.filled += kind != "hidden"
        return _tag("input", {**given, "value": self._next(name)})

    def _next(self, name: str) -> str:
        """The next text under a name; the last one again where no more came."""
        texts = self._typed[name]
        return texts.pop(0) if len(texts) > 1 else texts[0]


def _without(given: dict[str, str | None], name: str) -> dict[str, str | None]:
    return {key: text for key, text in given.items() if key != name}


def _marked(name: str, is_so: bool) -> dict[str, str | None]:  # noqa: FBT001 - one small truth
    return {name: None} if is_so else {}


def _tag(tag: str, given: dict[str, str | None]) -> str:
    parts = [name if text is None else f'{name}="{escape(text)}"' for name, text in given.items()]
    return f"<{' '.join((tag, *parts))}>"
