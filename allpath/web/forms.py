"""What somebody typed into a form, read with its faults named at the field, and kept as typed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from allpath import words
from allpath.web.sent import sent_in
from workflow.characters import invisible

LONGEST: Final = 2000
"""So many letters a field takes; a longer text belongs into a document."""
_MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec"
_CLINICAL: Final = re.compile(r"^(\d{1,2})[- ]([A-Za-z]{3})[- ](\d{4})$")
_MACHINE: Final = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_NUMBER: Final = re.compile(r"^[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?$")
_OPTION: Final = re.compile(r"\s*\(--[a-z-]+\)")
_COMMAND: Final = re.compile(r"[^.;]*`allpath [^`]*`[^.;]*[.;]?")

_NEVER_SHOWN: Final = frozenset(
    {"csrf", "key", "version", "seen", "act"} | {"username", "password", "one_time_code", "secret"}
)
OWN_ACCOUNT: Final = "/account"
"""What is typed under this address is secret, all of it: it is never shown, carried or kept."""

Fields = Mapping[str, str]
Draft = tuple[tuple[str, str], ...]
"""What was typed, each text under the name of its field."""


async def _typed(request: Request) -> dict[str, str]:
    return (await sent_in(request)).fields


async def draft(request: Request) -> Draft:
    """What somebody had typed into a form that was not taken, without what is secret or ours."""
    if request.method != "POST" or request.url.path.startswith(OWN_ACCOUNT):
        return ()
    typed = await _typed(request)
    return tuple(
        (name.replace("_", " ").capitalize(), text)
        for name, text in typed.items()
        if text and name not in _NEVER_SHOWN
    )


Typed = Annotated[dict[str, str], Depends(_typed)]
"""The fields of a form that was sent."""


class Problems(dict[str, str]):
    """What is wrong with what was typed: by field, in words; empty when all is well."""

    def need(self, fields: Fields, name: str, sentence: str) -> str:
        """A text that has to be there; else the sentence stands at its field."""
        text = self.text(fields, name)
        if not text:
            self.setdefault(name, sentence)
        return text

    def text(self, fields: Fields, name: str) -> str:
        """A text as typed; one that is too long or not what it looks like is named."""
        found = fields.get(name, "")
        if len(found) > LONGEST:
            self[name] = f"This is too long: {len(found)} letters, at most {LONGEST}."
        elif invisible(found):
            self[name] = "This holds a character that nobody can see; type it again."
        return found

    def one_of(self, fields: Fields, name: str, known: Mapping[str, str], sentence: str) -> str:
        """One of the choices offered; else the sentence stands at its field."""
        text = fields.get(name, "")
        if text not in known:
            self[name] = sentence
            return ""
        return text

    def day(self, fields: Fields, name: str, *, needed: bool) -> date | None:
        """A day, as 20-Nov-2026 or 2026-11-20; None where none was typed and none is needed."""
        text = fields.get(name, "")
        if not text:
            if needed:
                self[name] = "Enter the day, for example 20-Nov-2026."
            return None
        found = read_day(text)
        if found is None:
            self[name] = "This is not a day; write an existing one as 20-Nov-2026."
        return found

    def tell(self, error: Exception, otherwise: str) -> None:
        """A refusal stands at the field it names, else at the one given."""
        self[getattr(error, "field", "") or otherwise] = on_page(error)

    def number(self, fields: Fields, name: str, *, needed: bool = True) -> str:
        """A number with a point, as it is kept; a comma between digits is read as a point."""
        text = fields.get(name, "").replace("\N{MINUS SIGN}", "-")
        if not text and not needed:
            return ""
        if not _NUMBER.match(text):
            self[name] = "Enter a number, for example 0.05." if text else "Enter the number."
        return text.replace(",", ".")


def read_day(text: str) -> date | None:
    """A day people or programs wrote, the month in letters or the year first; never 03/04/2026."""
    if found := _MACHINE.match(text):
        year, month, day = map(int, found.groups())
    elif (found := _CLINICAL.match(text)) and found[2].lower() in _MONTHS.split():
        year, month, day = int(found[3]), _MONTHS.split().index(found[2].lower()) + 1, int(found[1])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def fresh_key() -> str:
    """A key for one filled-in form: sent twice, it is saved once."""
    return secrets.token_urlsafe(16)


def version_in(fields: Fields) -> int:
    """The version of the path the form was opened on; a form without one is stale for sure."""
    text = fields.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - nobody's history is longer


def on_page(error: Exception) -> str:
    """A refusal without the names of options and commands: on a page nobody types those."""
    text = _COMMAND.sub("", _OPTION.sub("", str(error))).strip()
    return words.capital(text)
