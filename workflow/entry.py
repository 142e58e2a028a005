"""A value as people enter it, made exact and plain enough to be kept.

0.01 without a unit could be 1e-4 or 1e-2; "not detected" without the sensitivity of the assay says
nothing. Where people enter results both are refused. Source: rules section 3 and A.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from workflow.commands import NewFact
from workflow.errors import FactError
from workflow.facts import FINAL_STATUSES
from workflow.measurement import SPECIMENS, STATUSES, UNITS, Measurement
from workflow.pathway import Fact, Pathway
from workflow.values import Score, read_decimal, read_value
from workflow.vocabulary import Vocabulary

_NUMBERS = ("value", "sensitivity", "loq")


def entered_value(pathway: Pathway, new: NewFact) -> Any:  # noqa: ANN401 - a fact value, of whatever type its fact has
    """The entry as plain data fit to be kept; raises FactError when it does not fit its fact.

    Where people enter results a missing unit, and a not detected result without sensitivity, is
    refused: they could mean anything.
    """
    fact = pathway.facts.get(new.fact)
    if fact is None:
        hint = Vocabulary.suggest(new.fact, pathway.facts)
        raise FactError(new.fact, f"{new.fact}: this pathway declares no such fact{hint}.")
    if new.status not in STATUSES:
        raise FactError(
            new.fact, f"{new.fact}: the status {new.status} is not one of {', '.join(STATUSES)}."
        )
    if (
        new.value in {"unknown", "not_applicable"}
        if isinstance(new.value, str)
        else new.value is None
    ):
        return "unknown" if new.value is None else new.value
    if fact.type == "measurement" and new.is_kept and isinstance(new.value, Mapping):
        # Its numbers are fractions already, though the unit they were entered in stands beside.
        parts = {"sample_date": new.effective_at, **new.value, "report_status": new.status}
        value: Any = read_value(new.fact, fact, parts)
    elif fact.type == "measurement":
        value = measurement_from_entry(new.fact, fact, new.value, new.effective_at, new.status)
    else:
        value = read_value(new.fact, fact, new.value)
    return plain(value)


def plain(value: Any) -> Any:  # noqa: ANN401 - a fact value, of whatever type its fact has
    """A fact's value as JSON: exact numbers and dates as text."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Score):
        return {"scale": value.scale, "value": value.value}
    if isinstance(value, Measurement):
        # In the order in which it will be read back, so that a record equals itself to the letter.
        parts = {name: getattr(value, name) for name in sorted(Measurement.__dataclass_fields__)}
        return {name: plain(part) for name, part in parts.items() if part is not None}
    return value


def measurement_from_entry(
    name: str, fact: Fact, raw: object, sample_date: date, status: str
) -> Measurement:
    """The result in fractions of cells; `value`, `sensitivity` and `loq` share the unit `raw_unit`.

    Raises FactError, saying what is missing or impossible and how to write it.
    """
    if not isinstance(raw, Mapping):
        msg = f"{name}: give the result, its value with unit, the sensitivity and the specimen"
        raise FactError(name, msg)
    unit = raw.get("raw_unit")
    given = {key: raw[key] for key in _NUMBERS if raw.get(key) is not None}
    if given and unit in (None, "unknown"):
        units = ", ".join((*UNITS, "log10"))
        msg = (
            f"{name}: a number without unit is refused (0.01 could be 1e-4 or 1e-2); units: {units}"
        )
        raise FactError(name, msg)
    fractions = {key: _fraction(name, key, number, str(unit)) for key, number in given.items()}
    text = " ".join(str(raw[key]) for key in _NUMBERS if raw.get(key) is not None)
    parts: dict[str, Any] = {
        "raw_unit": "fraction",
        **raw,
        **fractions,
        "sample_date": raw.get("sample_date") or sample_date,
        "report_status": status,
        "raw_text": f"{text} {unit}" if given else None,
    }
    result = read_value(name, fact, parts)
    if not isinstance(result, Measurement):
        raise FactError(
            name, f"{name}: say whether it is quantified, below_quantification or not_detected"
        )
    _refuse_incomplete(name, result, status)
    return result


def _refuse_incomplete(name: str, result: Measurement, status: str) -> None:
    if result.result == "quantified" and result.value is None:
        raise FactError(name, f"{name}: a quantified result needs its value")
    if result.result == "not_detected" and result.sensitivity is None:
        msg = (
            f"{name}: not detected needs the sensitivity of the assay (for instance 1e-4, fraction)"
        )
        raise FactError(name, msg)
    if result.specimen is None and status in FINAL_STATUSES:
        raise FactError(name, f"{name}: say the specimen, {' or '.join(SPECIMENS)}")


def _fraction(name: str, key: str, raw: object, unit: str) -> Decimal:
    number = read_decimal(f"{name} {key}", raw, name)
    if unit == "log10":
        try:
            value = Decimal(10) ** number
        except (InvalidOperation, OverflowError):
            value = Decimal(2)
    elif unit in UNITS:
        value = number * UNITS[unit]
    else:
        msg = f"{name}: {unit!r} is not a unit; write {', '.join((*UNITS, 'log10'))}"
        raise FactError(name, msg)
    if not 0 <= value <= 1:
        hint = "; if it is a percentage, give the unit percent" if unit == "fraction" else ""
        msg = f"{name}: {key} {raw} {unit} is outside 0 to 1 (all cells){hint}"
        raise FactError(name, msg)
    return value
