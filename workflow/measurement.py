"""A censored measurement: a laboratory result as the interval in which the true value lies.

The canonical unit is a fraction of what was counted (1e-4 = 0.01 %). "Not detected" with
sensitivity s says only that the value lies below s; "below quantification" with limit q only that
it lies below q. So "not detected, sensitivity 1e-3" neither proves nor disproves "below 1e-4".
Source: rules section 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

RESULTS: Final = ("quantified", "below_quantification", "not_detected")
METHODS: Final = ("flow", "pcr", "ngs", "bcrabl_rtpcr")
SPECIMENS: Final = ("marrow", "blood")
STATUSES: Final = (
    "registered",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "cancelled",
    "entered_in_error",
)
_POWER: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e(-?\d+)(?![\w.])")
_RAISED: Final = str.maketrans("-0123456789", "\N{SUPERSCRIPT MINUS}⁰¹²³⁴⁵⁶⁷⁸⁹")
UNITS: Final[dict[str, Decimal]] = {
    "fraction": Decimal(1),
    "percent": Decimal("0.01"),
    "per_1e4": Decimal("0.0001"),
}
"""What one of each unit is as a fraction; `log10` is a power of ten and converted apart."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One censored result; `value`, `sensitivity` and `loq` are fractions, dates civil dates."""

    result: str
    value: Decimal | None = None
    sensitivity: Decimal | None = None
    loq: Decimal | None = None
    method: str | None = None
    specimen: str | None = None
    sample_date: date | None = None
    report_date: date | None = None
    report_status: str | None = None
    raw_unit: str = "fraction"
    raw_text: str | None = None

    def part(self, name: str) -> Any:  # noqa: ANN401 - a fact value, of whatever type its fact has
        """The named part, or None when it is not given."""
        return getattr(self, name)

    def compare(self, op: str, limit: Decimal) -> bool | None:
        """Whether the true value is below, at most ... `limit`; None when it cannot be told."""
        if op in {"above", "at_least"}:
            opposite = self.compare("at_most" if op == "above" else "below", limit)
            return None if opposite is None else not opposite
        if self.result == "quantified":
            if self.value is None:
                return None
            return self.value < limit if op == "below" else self.value <= limit
        upper = self.sensitivity if self.result == "not_detected" else self.loq
        return True if upper is not None and upper <= limit else None

    def __str__(self) -> str:
        if self.result == "quantified":
            return "no value" if self.value is None else as_percent(self.value)
        limit = self.sensitivity if self.result == "not_detected" else self.loq
        words, label = (
            ("not detected", "sensitivity")
            if self.result == "not_detected"
            else ("below quantification", "LoQ")
        )
        return f"{words} ({label} {'unknown' if limit is None else as_percent(limit)})"


def as_percent(fraction: Decimal) -> str:
    """A fraction as percent and as power of ten: `0.3 % (3e-3)`."""
    if fraction == 0:
        return "0 % (0)"
    percent = format((fraction * 100).normalize(), "f")
    mantissa, exponent = f"{fraction:e}".lower().split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{percent} % ({mantissa}e{int(exponent)})"


def powers(text: str) -> str:
    """A text in which each `3e-3` stands as people write it: three times ten to the minus third."""
    return _POWER.sub(_power, text)


def _power(found: re.Match[str]) -> str:
    raised = str(int(found[2])).translate(_RAISED)
    return f"{found[1]}\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}10{raised}"
