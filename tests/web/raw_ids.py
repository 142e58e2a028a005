"""What a page shows to a machine's taste: ids that the pathway has titles for, and 1e-4."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

HONEST: Final = re.compile(
    r"^/(help|audit|sites/plan|pathways/[0-9a-f]+(/compared)?|admin/(installation|doctor))"
)
"""Pages that name ids on purpose: the glossary, the entries of the log as they are written, a
version and a plan in the words of their files, and the parts and files of the installation."""
_UNSEEN: Final = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
_ID: Final = re.compile(r"\b[A-Za-z]\w*_\w+")
_NUMBER: Final = re.compile(r"(?<![\w.#-])\d+(?:\.\d+)?[eE]-?\d+(?![\w-])")


def _words(page: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", _UNSEEN.sub("", page)))


def raw_ids(address: str, page: str) -> set[str]:
    """The ids in the text of a page; none of a page that is allowed them.

    The name of a setting is what whoever runs the installation has to write.
    """
    if HONEST.match(address):
        return set()
    return {found for found in _ID.findall(_words(page)) if not found.startswith("ALLPATH_")}


def raw_numbers(page: str) -> set[str]:
    """The numbers in the text of a page or picture that are written as programs write them."""
    return set(_NUMBER.findall(_words(page)))
