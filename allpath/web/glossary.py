"""The glossary, read from the one file it stands in: its sections that people at the pages need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from allpath import words

_BESIDE: Final = Path(__file__).with_name("glossary.md")
_IN_DOCS: Final = Path(__file__).parents[2] / "docs" / "glossary.md"
"""An installed product has the file beside the pages, a working copy among its documents."""
SECTIONS: Final = ("The path", "What is known", "Deciding", "Watching", "Verbs")
_TERM: Final = re.compile(r"^\*\*(.+?)\*\*(.*?):\s+(.+)$", re.DOTALL)
_MARKS: Final = re.compile(r"\*\*|`|(?<!\w)\*|\*(?!\w)")


@dataclass(frozen=True, slots=True)
class Term:
    """One word and what it means."""

    word: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Section:
    """Words that belong together."""

    title: str
    terms: tuple[Term, ...]


@cache
def sections() -> tuple[Section, ...]:
    """The sections for people at the pages, in the order of the file."""
    file = _BESIDE if _BESIDE.is_file() else _IN_DOCS
    return read(file.read_text("utf-8")) if file.is_file() else ()


def read(text: str) -> tuple[Section, ...]:
    """The wanted sections of a glossary; a line that is no term is passed over."""
    found = []
    for part in text.split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        if title.strip() in SECTIONS:
            lines = re.split(r"^- ", body, flags=re.MULTILINE)[1:]
            terms = tuple(term for line in lines if (term := _term(line)) is not None)
            found.append(Section(title.strip(), terms))
    return tuple(found)


def _term(line: str) -> Term | None:
    """A word with its meaning; what stands in brackets for programmers is left out."""
    match = _TERM.match(" ".join(line.split()))
    if match is None:
        return None
    word = f"{match[1]}{re.sub(r'[(].*?[)]', '', match[2])}"
    return Term(_plain(word), _plain(match[3]))


def _plain(text: str) -> str:
    said = _MARKS.sub("", text).strip()
    return words.capital(said)
