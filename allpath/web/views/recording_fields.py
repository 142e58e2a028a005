"""The fields of one fact by its type, and what was typed into them as a value to record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from allpath import words
from allpath.web.forms import Fields, Problems
from workflow.commands import NewFact
from workflow.found import Found
from workflow.measurement import METHODS, SPECIMENS
from workflow.pathway import Fact
from workflow.values import NONE, NOT_APPLICABLE, UNKNOWN

STATUSES: Final = {
    "final": "Final",
    "preliminary": "Preliminary",
    "registered": "Registered, no result yet",
}
RESULTS: Final = {
    "quantified": "Quantified: a value was found",
    "below_quantification": "Found, but below the limit of quantification",
    "not_detected": "Not detected",
}
UNITS: Final = {
    "percent": "%",
    "fraction": "fraction of all cells",
    "per_1e4": "in 10,000 cells",
    "log10": "power of ten (log10)",
}
NAMES: Final = (
    *("fact", "how", "value", "scale", "result", "number", "unit", "sensitivity", "loq"),
    *("specimen", "method", "on", "status", "source", "key", "version"),
)
"""The fields a check page carries on."""
_VALUE: Final = "value"
_REPORTERS: Final = frozenset({"laboratory", "pathology"})
"""Whose facts come as reports, of which there may be a preliminary one."""
_FINAL: Final = "final"
_METHOD_TITLES: Final = {
    "flow": "flow cytometry",
    "pcr": "PCR of IG/TR",
    "ngs": "NGS",
    "bcrabl_rtpcr": "BCR::ABL1 RT-PCR",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One fact as the form asks for it; `kind` names the sort of field."""

    name: str
    title: str
    kind: str
    choices: dict[str, str]
    others: dict[str, str]
    scales: dict[str, str]
    hint: str
    unit: str
    day: str
    is_reported: bool


def asked(found: Found, name: str) -> Asked:
    """How the form asks for a fact: its choices, its range and unit, and what its day means."""
    fact = found.pathway.facts[name]
    beside = {UNKNOWN: "Not known"}
    if fact.not_applicable != UNKNOWN:
        beside[NOT_APPLICABLE] = "Not applicable"
    if fact.none and NONE not in fact.values:
        beside[NONE] = "None: it did not happen"
    is_sampled = fact.type == "measurement"
    return Asked(
        name=name,
        title=words.fact_title(found.pathway, name),
        kind="number" if fact.type == "integer" else "text" if fact.type == "event" else fact.type,
        choices={value: value.replace("_", " ") for value in fact.values},
        others=beside,
        scales={
            scale: f"{scale.upper() if scale == 'ecog' else scale.capitalize()} ({low} to {high})"
            for scale, (low, high) in fact.scales.items()
        },
        hint=_hint(fact),
        unit=_unit(fact),
        day="Day of the sample" if is_sampled else "Day it was so",
        is_reported=is_reported(fact),
    )


def _hint(fact: Fact) -> str:
    parts = [" ".join(fact.note.split())] if fact.note else []
    if fact.range is not None:
        whole = "A whole number from" if fact.type == "integer" else "From"
        parts.append(f"{whole} {fact.range[0]} to {fact.range[1]} {_unit(fact)}".strip() + ".")
    if fact.type == "date":
        parts.append("For example 20-Nov-2026.")
    if fact.type == "event":
        parts.append("What happened, in a few words.")
    return " ".join(parts)


def _unit(fact: Fact) -> str:
    """The unit as people write it: without the brackets of the code system, none for a count."""
    return "" if fact.unit == "1" else fact.unit.strip("{}[]")


def is_reported(fact: Fact) -> bool:
    """Whether a fact comes as a report, which may be preliminary; all else is so once said."""
    return fact.type == "measurement" or (
        fact.type not in {"date", "event"} and not _REPORTERS.isdisjoint(fact.supplied_by)
    )


def first_fields(found: Found, name: str) -> dict[str, str]:
    """What a new form holds: the day is today. Of a report nothing at all is taken as given.

    Its sample is older, and a preliminary report sent as final would open a step.
    """
    if is_reported(found.pathway.facts[name]):
        return {"fact": name}
    return {"fact": name, "on": words.day(found.today)}


def read_fact(found: Found, fields: Fields, problems: Problems) -> NewFact | None:
    """What was typed, as a value to record; None, with problems at their fields, where it cannot.

    Whether the value fits its fact says the orchestrator; here only what was left out or is no
    number and no day is found.
    """
    name = fields.get("fact", "")
    fact = found.pathway.facts.get(name)
    if fact is None:
        problems["fact"] = "Choose what you want to record."
        return None
    value = _value(found, name, fact, fields, problems)
    on = problems.day(fields, "on", needed=True)
    if on is not None and on > found.today:
        problems["on"] = f"{words.day(on)} lies in the future; a fact is recorded once it is so."
    status = fields.get("status", "")
    if status or (is_reported(fact) and value != UNKNOWN):  # not known is no report
        status = problems.one_of(fields, "status", STATUSES, "Choose a status.")
    source = problems.text(fields, "source")
    if problems or on is None:
        return None
    return NewFact(fact=name, value=value, effective_at=on, status=status or _FINAL, source=source)


def _value(found: Found, name: str, fact: Fact, fields: Fields, problems: Problems) -> Any:  # noqa: ANN401 - a value of any fact
    form = asked(found, name)
    how = fields.get("how", _VALUE)
    if fact.type != "one_of" and how in form.others:
        return how
    if fact.type == "one_of":
        known = {**form.choices, **form.others}
        return problems.one_of(fields, "value", known, "Choose one.")
    if fact.type in {"number", "integer"}:
        return problems.number(fields, "value")
    if fact.type == "date":
        day: date | None = problems.day(fields, "value", needed=True)
        return day.isoformat() if day else ""
    if fact.type == "score":
        scale = problems.one_of(fields, "scale", form.scales, "Choose a scale.")
        return {"scale": scale, "value": problems.number(fields, "value")}
    if fact.type == "measurement":
        return _result(fields, problems)
    return problems.need(fields, "value", "Enter what is known, or choose Not known.")


def _result(fields: Fields, problems: Problems) -> dict[str, str]:
    """A laboratory result: nothing of it is guessed, and a number never goes without its unit."""
    result = problems.one_of(fields, "result", RESULTS, "Choose what was found.")
    is_value = result == "quantified"
    numbers = {
        "value": problems.number(fields, "number", needed=is_value),
        "sensitivity": problems.number(fields, "sensitivity", needed=result == "not_detected"),
        "loq": problems.number(fields, "loq", needed=False),
    }
    if result and not is_value and numbers["value"]:
        problems["number"] = f"{RESULTS[result]} goes without a value; empty this field."
    if result == "not_detected" and not numbers["sensitivity"]:
        problems["sensitivity"] = "Enter the sensitivity: without it, not detected says nothing."
    parts = {name: text for name, text in numbers.items() if text}
    if parts:
        unit = problems.one_of(fields, "unit", UNITS, "Choose the unit; 0.01 could be two things.")
        parts["raw_unit"] = unit
    if fields.get("status") == _FINAL or fields.get("specimen"):
        specimens = dict.fromkeys(SPECIMENS, "")
        parts["specimen"] = problems.one_of(fields, "specimen", specimens, "Choose the specimen.")
    if fields.get("method"):
        methods = dict.fromkeys(METHODS, "")
        parts["method"] = problems.one_of(fields, "method", methods, "Choose a method offered.")
    return {"result": result, **parts}


METHOD_CHOICES: Final = {name: _METHOD_TITLES.get(name, name) for name in METHODS}
SPECIMEN_CHOICES: Final = {name: name.capitalize() for name in SPECIMENS}
