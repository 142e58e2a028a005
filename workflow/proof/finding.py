"""What a proof answers: a verdict for each property, and findings with a patient for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from workflow.errors import PathwayError

Verdict = Literal["proved", "refuted", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, in one sentence; `case` is a made-up patient that shows it.

    An `error` refutes the pathway; a `note` is told and refutes nothing.
    """

    property: str
    where: str
    message: str
    case: Mapping[str, Any] | None = None
    severity: Literal["error", "note"] = "error"


@dataclass(frozen=True, slots=True)
class Property:
    """One thing that was to be shown, what became of it, and in how many questions."""

    name: str
    title: str
    verdict: Verdict
    questions: int = 0
    why_unknown: str = ""


@dataclass(frozen=True)
class Proof:
    """The outcome for one pathway version; `assumptions` says what the claims rest on."""

    pathway_id: str
    version: str
    content_hash: str
    properties: tuple[Property, ...]
    findings: tuple[Finding, ...]
    on_record: Mapping[str, str] = field(default_factory=dict)
    safety_nets: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """Refuted when one property is; unknown when one could not be told; else proved."""
        verdicts = {item.verdict for item in self.properties}
        if "refuted" in verdicts:
            return "refuted"
        return "unknown" if "unknown" in verdicts else "proved"


READABLE: Final = "readable"
_READABLE_TITLE: Final = "The file can be read as a pathway, and everything it names is there."


def unreadable(error: PathwayError) -> Proof:
    """The outcome for a file that cannot be read: refuted, line by line, and nothing was proved."""
    findings = tuple(
        Finding(READABLE, f"{error.source}{problem.place}", problem.message)
        for problem in error.problems
    )
    shown = Property(READABLE, _READABLE_TITLE, "refuted")
    return Proof("", "", "", (shown,), findings)
