"""What a check found, and where in the log, so that the first of it can be named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written: its place in the log (None: not known), and what."""

    position: int | None
    where: str
    what: str

    def __str__(self) -> str:
        place = "" if self.position is None else f" (position {self.position} of the log)"
        return f"{self.where}{place} {self.what}"


@dataclass
class Report:
    """Everything one check looked at and found; `notes` say what could not be looked at."""

    entries: int = 0
    events: int = 0
    facts: int = 0
    leaves: int = 0
    heads: int = 0
    anchored: int = 0
    waiting: int = 0
    matched: int = 0
    found: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, where: str, what: str, position: int | None = None) -> None:
        """One more finding."""
        self.found.append(Finding(position, where, what))

    def take(self, other: Report) -> None:
        """What another check found is found here too."""
        for name in ("entries", "events", "facts", "leaves", "heads", "anchored"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.waiting += other.waiting
        self.matched += other.matched
        self.found += other.found
        self.notes += other.notes

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self:  # Any: plain JSON
        """The report that was told as plain JSON; raises KeyError or TypeError when it is none."""
        found = [Finding(**finding) for finding in content["found"]]
        return cls(**{**content, "found": found})

    @property
    def findings(self) -> list[Finding]:
        """Every finding, the first in the log before later ones, those without a place last."""
        last = self.leaves + 1
        return sorted(self.found, key=lambda f: last if f.position is None else f.position)
