"""A fact's value, read as its declaration says: a word, a number, a date, a score, a result."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from workflow.errors import FactError
from workflow.measurement import METHODS, RESULTS, SPECIMENS, STATUSES, UNITS, Measurement
from workflow.operands import ABSENT
from workflow.pathway import Fact

UNKNOWN: Final = "unknown"
NOT_APPLICABLE: Final = "not_applicable"
NONE: Final = "none"
_DAY: Final = re.compile(r"^(19|20|21)\d{2}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Score:
    """A value on one of several scales, each with its own range."""

    scale: str
    value: int

    def part(self, name: str) -> Any:  # noqa: ANN401 - a fact value, of whatever type its fact has
        """The value on the scale `name`, or ABSENT when it was given on another."""
        return self.value if name == self.scale else ABSENT

    def __str__(self) -> str:
        return f"{self.scale} {self.value}"


def read_value(name: str, fact: Fact, raw: object) -> Any:  # noqa: ANN401 - a fact value, of whatever type its fact has
    """The raw entry as the fact's value; None for unknown.

    Raises FactError, naming what is allowed, when the entry does not fit the declaration.
    """
    if raw is None or raw == UNKNOWN:
        return None
    if isinstance(raw, bool):
        raw = "yes" if raw else "no"
    if isinstance(raw, str):
        raw = fact.aliases.get(raw, raw)
        if raw == UNKNOWN:
            return None
        if raw == NOT_APPLICABLE:
            counts_as = fact.not_applicable
            return None if counts_as == UNKNOWN else counts_as
        if raw == NONE and fact.none:
            return NONE
    return _READERS[fact.type](name, fact, raw)


def _read_one_of(name: str, fact: Fact, raw: object) -> str:
    if isinstance(raw, str) and raw in fact.values:
        return raw
    msg = f"{name}: {shown_entry(raw)} is not one of {', '.join((*fact.values, UNKNOWN))}"
    raise FactError(name, msg)


def _read_number(name: str, fact: Fact, raw: object) -> Decimal:
    value = read_decimal(name, raw)
    if fact.range and not fact.range[0] <= value <= fact.range[1]:
        low, high = fact.range
        msg = f"{name}: {shown_entry(raw)} is outside {low} to {high} {fact.unit}".rstrip()
        raise FactError(name, msg)
    return value


def _read_integer(name: str, fact: Fact, raw: object) -> int:
    value = _read_number(name, fact, raw)
    if value != value.to_integral_value():
        raise FactError(name, f"{name}: {shown_entry(raw)} is not a whole number")
    return int(value)


def _read_date(name: str, fact: Fact, raw: object) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    day = civil_date(raw) if isinstance(raw, str) else None
    if day is None:
        more = f" or {NONE}" if fact.none else ""
        msg = f"{name}: {shown_entry(raw)} is not a date; write an existing day as YYYY-MM-DD{more}"
        raise FactError(name, msg)
    return day


def civil_date(text: str) -> date | None:
    """The day written as YYYY-MM-DD, from 1900 to 2199, or None when it is no such day."""
    try:
        return date.fromisoformat(text) if _DAY.match(text) else None
    except ValueError:
        return None


def _read_text(name: str, fact: Fact, raw: object) -> str:  # noqa: ARG001 - one signature for every reader
    if isinstance(raw, str) and raw.strip():
        return raw.strip()
    raise FactError(name, f"{name}: {shown_entry(raw)} is not a text")


def _read_event(name: str, fact: Fact, raw: object) -> str:
    if isinstance(raw, Mapping) and raw:
        return ", ".join(f"{key} {value}" for key, value in raw.items())
    return _read_text(name, fact, raw)


def _read_score(name: str, fact: Fact, raw: object) -> Score | None:
    scales = fact.scales
    if isinstance(raw, Mapping) and set(raw) == {"scale", "value"}:
        scale = str(raw["scale"]).lower()
        number = raw["value"]
        if number is None or number == UNKNOWN:
            return None
    else:
        scale, number = next(iter(scales)), raw
    if scale not in scales:
        raise FactError(
            name, f"{name}: scale {shown_entry(scale)} is not one of {', '.join(scales)}"
        )
    low, high = scales[scale]
    value = read_decimal(name, number)
    if value != value.to_integral_value() or not low <= value <= high:
        others = ", ".join(f"{{scale: {other}, value: ...}}" for other in list(scales)[1:])
        msg = (
            f"{name}: {shown_entry(number)} is not a whole number from {low} to {high} on "
            f"{scale}; write other scales as {others}"
        )
        raise FactError(name, msg)
    return Score(scale, int(value))


MEASUREMENT_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "result": RESULTS,
    "method": METHODS,
    "specimen": SPECIMENS,
    "report_status": STATUSES,
    "raw_unit": (*UNITS, "log10", UNKNOWN),
}


def _read_measurement(
    name: str,
    fact: Fact,  # noqa: ARG001 - one signature for every reader
    raw: object,
) -> Measurement | None:
    if isinstance(raw, Measurement):
        return raw
    if not isinstance(raw, Mapping):
        msg = f"{name}: {shown_entry(raw)} is not a result; give result, value, specimen ..."
        raise FactError(name, msg)
    parts: dict[str, Any] = {}
    for key, entry in raw.items():
        if key not in Measurement.__dataclass_fields__:
            known = ", ".join(Measurement.__dataclass_fields__)
            msg = f"{name}: unknown part {shown_entry(key)}; known are {known}"
            raise FactError(name, msg)
        if entry is None or (entry == UNKNOWN and key != "raw_unit"):
            continue
        if key in MEASUREMENT_CHOICES:
            if entry not in MEASUREMENT_CHOICES[key]:
                choices = ", ".join(MEASUREMENT_CHOICES[key])
                msg = f"{name}: {key} {shown_entry(entry)} is not one of {choices}"
                raise FactError(name, msg)
            parts[key] = entry
        elif key in {"value", "sensitivity", "loq"}:
            parts[key] = read_decimal(f"{name}.{key}", entry, name)
        elif key in {"sample_date", "report_date"}:
            parts[key] = _read_date(name, PLAIN_DATE, entry)
        else:
            parts[key] = str(entry)
    return Measurement(**parts) if "result" in parts else None


PLAIN_DATE: Final = Fact(type="date", title="a date")

_READERS: Final = {
    "one_of": _read_one_of,
    "integer": _read_integer,
    "number": _read_number,
    "date": _read_date,
    "text": _read_text,
    "event": _read_event,
    "score": _read_score,
    "measurement": _read_measurement,
}


def read_decimal(label: str, raw: object, fact: str = "") -> Decimal:
    """A number as an exact decimal; raises FactError for anything else, also for infinity."""
    is_number = isinstance(raw, int | float | str | Decimal) and not isinstance(raw, bool)
    try:
        value = Decimal(str(raw)) if is_number else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise FactError(fact or label, f"{label}: {shown_entry(raw)} is not a number")
    return value


def shown_entry(raw: object) -> str:
    """An entry quoted for a message, cut to one short line; a long form is only named."""
    if isinstance(raw, Mapping):
        return "a mapping"
    if isinstance(raw, list):
        return "a list"
    if raw is None or isinstance(raw, bool):
        return {None: "nothing", True: "true", False: "false"}[raw]
    text = repr(raw) if isinstance(raw, str) else str(raw)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - a pair, or one short line
