"""Facts as people type them: `name=value@date`, made into what the orchestrator records.

Nothing is guessed: a result keeps the unit that was typed, and one without a unit is handed on
without, so that it is refused with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from allpath.problems import UsageError
from workflow.commands import NewFact
from workflow.errors import FactError
from workflow.measurement import UNITS
from workflow.pathway import Fact, Pathway

FORM: Final = "write a fact as name=value or name=value@2026-11-23"
_DATED: Final = re.compile(r"^(?P<rest>.*?)@(?P<day>[\d-]{6,})$", re.DOTALL)
_RESULT: Final = re.compile(
    r"^(?P<below><)?\s*(?P<number>[-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*(?P<unit>%|[A-Za-z_][A-Za-z0-9_]*)?$"
)
_UNIT_WORDS: Final = {"%": "percent"}
_WORDS: Final = {
    "not detected": "not_detected",
    "negative": "not_detected",
    "below quantification": "below_quantification",
}


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a laboratory report says besides the value; it belongs to every result typed with it."""

    unit: str = ""
    sensitivity: str = ""
    loq: str = ""
    specimen: str = ""
    method: str = ""

    @property
    def parts(self) -> dict[str, str]:
        """The parts that were given, by name."""
        named = {"specimen": self.specimen, "method": self.method}
        return {name: part for name, part in named.items() if part}


def read_facts(
    pathway: Pathway,
    items: Iterable[str],
    default_day: date,
    *,
    report: Report | None = None,
    status: str = "final",
    source: str = "",
) -> tuple[NewFact, ...]:
    """The facts in the order typed, parts of one result (`mrd.value=0.3`) put together.

    Raises UsageError for what is not of the form, FactError for a date or value that cannot be.
    """
    values: dict[str, Any] = {}
    days: dict[str, date] = {}
    for item in items:
        name, part, text, day = _split(item)
        if day is not None:
            days[name] = day
        if part:
            whole = values.setdefault(name, {})
            if not isinstance(whole, dict) or part in whole:
                raise UsageError(f"{name} is given twice; give each fact once.")
            whole[part] = text
        elif name in values:
            raise UsageError(f"{name} is given twice; give each fact once.")
        else:
            values[name] = text
    return tuple(
        NewFact(
            fact=name,
            value=_value(name, pathway.facts.get(name), value, report or Report()),
            effective_at=days.get(name) or _sample_day(name, value) or default_day,
            status=status,
            source=source,
        )
        for name, value in values.items()
    )


def read_value_typed(pathway: Pathway, name: str, text: str, report: Report) -> Any:  # noqa: ANN401 - a value of any fact
    """One value as typed for a known fact, as plain data."""
    return _value(name, pathway.facts.get(name), text, report)


def split_date(text: str, name: str) -> tuple[str, date | None]:
    """`value@2026-11-23` as value and day; raises FactError when there is no such day."""
    found = _DATED.match(text)
    if not found:
        return text.strip(), None
    return found["rest"].strip(), _day(name, found["day"])


def _split(item: str) -> tuple[str, str, str, date | None]:
    name, equals, rest = item.partition("=")
    name = name.strip()
    if not equals or not name:
        raise UsageError(f"What was typed is not a fact; {FORM}.")
    name, day = split_date(name, name)  # mrd@2026-11-20=0.3 % is clear as well
    text, later = split_date(rest, name)
    if not text:
        raise UsageError(f"{name} has no value; {FORM} (unknown is a value too).")
    name, _, part = name.partition(".")
    return name, part, text, later or day


def _sample_day(name: str, value: object) -> date | None:
    """A result counts for the day of its sample, when that was given as a part."""
    if isinstance(value, Mapping) and "sample_date" in value:
        return _day(name, str(value["sample_date"]))
    return None


def _day(name: str, text: str) -> date:
    try:
        if len(text) == len("2026-11-23"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise FactError(
        name, f"{name}: what was typed is not a date; write an existing day as 2026-11-23."
    )


def _value(name: str, fact: Fact | None, value: Any, report: Report) -> Any:  # noqa: ANN401 - a value of any fact
    if fact is None or value in ("unknown", "not_applicable"):
        return value
    if fact.type == "measurement":
        return _result(name, value, report)
    if isinstance(value, str) and fact.type in {"number", "integer"} and fact.unit:
        return _without_unit(value, fact.unit)
    if isinstance(value, str) and fact.type == "score" and " " in value:
        scale, _, number = value.rpartition(" ")
        return {"scale": scale.strip().lower(), "value": number}
    return value


def _without_unit(text: str, unit: str) -> str:
    """`62 %` as `62` where per cent is the fact's unit; any other unit stays, to be refused."""
    return text[: -len(unit)].strip() if text.endswith(unit) and text != unit else text


def _result(name: str, value: Any, report: Report) -> dict[str, Any]:  # noqa: ANN401 - a value of any fact
    """A laboratory result: its parts as typed, or `0.005 %` and `not detected` in one word."""
    parts: dict[str, Any] = dict(value) if isinstance(value, Mapping) else {}
    numbers: dict[str, tuple[str, str]] = {
        key: _number(f"{name}.{key}", str(parts.pop(key)))
        for key in ("value", "sensitivity", "loq")
        if parts.get(key) not in (None, "unknown")
    }
    if isinstance(value, str):
        word = _WORDS.get(value.lower(), value)
        if word in {"not_detected", "below_quantification"}:
            parts["result"] = word
        else:
            numbers["value"] = _number(name, value)
            parts["result"] = "quantified"
    for key, text in (("sensitivity", report.sensitivity), ("loq", report.loq)):
        if text:
            numbers[key] = _number(f"{name} --{key}", text)
    default = _UNIT_WORDS.get(report.unit, report.unit) or str(parts.pop("raw_unit", "") or "")
    return {**parts, **report.parts, **_in_one_unit(name, numbers, default)}


def _number(label: str, text: str) -> tuple[str, str]:
    """A number and its unit, as typed; raises FactError."""
    fact = label.partition(".")[0].partition(" ")[0]
    found = _RESULT.match(text.strip())
    if found is None:
        msg = (
            f"{label}: {text!r} is not a result; write a number with its unit (0.005 %), or "
            "not_detected."
        )
        raise FactError(fact, msg)
    if found["below"]:
        msg = (
            f"{label}: {text!r} can mean two things; write not_detected with --sensitivity, or "
            "below_quantification with --loq."
        )
        raise FactError(fact, msg)
    unit = found["unit"] or ""
    return found["number"], _UNIT_WORDS.get(unit, unit)


def _in_one_unit(name: str, numbers: Mapping[str, tuple[str, str]], default: str) -> dict[str, Any]:
    """The numbers in one common unit; several units become fractions, exactly."""
    units = {key: unit or default for key, (_, unit) in numbers.items()}
    if len(set(units.values())) <= 1:
        common = next(iter(units.values()), default)
        given: dict[str, Any] = {key: number for key, (number, _) in numbers.items()}
        return {**given, "raw_unit": common} if common else given
    for key, unit in units.items():
        if unit not in UNITS:
            label = f"the {key}" if key != "value" else "the value"
            msg = (
                f"{name}: {label} has no unit; give one to every number ({', '.join(UNITS)} or %)."
            )
            raise FactError(name, msg)
    try:
        return {
            **{key: format(Decimal(n) * UNITS[units[key]], "f") for key, (n, _) in numbers.items()},
            "raw_unit": "fraction",
        }
    except InvalidOperation:
        raise FactError(name, f"{name}: a number of the result cannot be read.") from None
