"""What Allpath is made of: every part that is installed, its version and its licence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, distributions
from typing import Final

NOT_TOLD: Final = "Not known"
_LONGEST: Final = 60
"""A licence's name is shorter; what is longer is its whole text."""
_CLASS: Final = "License :: "


@dataclass(frozen=True, slots=True)
class Part:
    """One part that is installed beside the program, as it names itself."""

    name: str
    version: str
    licence: str


@cache
def installed() -> tuple[Part, ...]:
    """Every part, by name; looked up once, for it does not change while the program runs."""
    found = {
        item.metadata["Name"]: Part(item.metadata["Name"], item.version, _licence(item))
        for item in distributions()
        if item.metadata["Name"]
    }
    return tuple(found[name] for name in sorted(found, key=str.casefold))


def _licence(item: Distribution) -> str:
    """The licence as the part names it: in its own field, else in what it is sorted under."""
    about = item.metadata
    for field in ("License-Expression", "License"):
        told = " ".join((about.get_all(field) or [""])[0].split())
        if told and told.upper() != "UNKNOWN" and len(told) <= _LONGEST:
            return told
    sorted_under = [
        text.rpartition(" :: ")[2]
        for text in about.get_all("Classifier") or ()
        if text.startswith(_CLASS)
    ]
    return ", ".join(sorted_under) or NOT_TOLD
