"""What a form to correct a record holds first, and what was typed into it as a correction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from allpath import words
from allpath.web.forms import Fields, Problems, version_in
from allpath.web.views.recording_fields import NAMES as RECORD_NAMES
from allpath.web.views.recording_fields import asked, read_fact
from workflow.commands import CorrectFact
from workflow.facts import VOID_STATUSES, FactRecord
from workflow.found import Found
from workflow.records import Actor

ACTS: Final = {
    "corrected": "Correct it: the value or the day was written down wrongly",
    "amended": "Amend it: whoever reported it has sent another result",
    "cancelled": "Withdraw it: whoever reported it has taken it back",
    "entered_in_error": "Void it: it was entered in error and never was so",
}
NAMES: Final = (*RECORD_NAMES, "reason")
"""The fields a check page carries on."""
_VALUES: Final = tuple(
    name for name in RECORD_NAMES if name not in {"fact", "key", "version", "status", "source"}
)
_NUMBERS: Final = {"value": "number", "sensitivity": "sensitivity", "loq": "loq"}


def fields_of(found: Found, record: FactRecord) -> dict[str, str]:
    """What stands on record, as somebody would have typed it."""
    form, value = asked(found, record.fact), record.value
    fields = {"fact": record.fact, "how": "value", "on": words.day(record.effective_at)}
    if isinstance(value, Mapping) and "scale" in value:
        return {**fields, "scale": str(value["scale"]), "value": str(value["value"])}
    if isinstance(value, Mapping):
        return {**fields, **_result(value)}
    if form.kind != "one_of" and value in form.others:
        return {**fields, "how": str(value)}
    if form.kind == "date":
        return {**fields, "value": words.day(date.fromisoformat(str(value)))}
    return {**fields, "value": str(value)}


def _result(value: Mapping[str, Any]) -> dict[str, str]:
    """A result in percent, whatever unit it was reported in: it is kept as a fraction."""
    fields = {name: str(value.get(name, "")) for name in ("result", "specimen", "method")}
    for name, field in _NUMBERS.items():
        if name in value:
            percent = (Decimal(str(value[name])) * 100).normalize()
            fields |= {field: format(percent, "f"), "unit": "percent"}
    return fields


def read_correction(
    found: Found, record: FactRecord, fields: Fields, actor: Actor, problems: Problems
) -> CorrectFact | None:
    """The correction somebody typed; None, with problems at their fields, where it is none."""
    status = problems.one_of(fields, "status", ACTS, "Choose what is to be done with the record.")
    reason = problems.need(fields, "reason", "Enter why; it is kept in the history.")
    value: Any = None
    day: date | None = None
    if status and status not in VOID_STATUSES and not _is_as_it_was(found, record, fields):
        # Its status is asked for above; as a final one, a result has to say its specimen.
        typed = {**fields, "fact": record.fact, "status": "final"}
        if new := read_fact(found, typed, problems):
            value, day = new.value, new.effective_at
            if isinstance(value, dict) and "result" in value and "report_date" in record.value:
                value["report_date"] = record.value["report_date"]
    if problems:
        return None
    return CorrectFact(
        actor=actor,
        key=fields.get("key", ""),
        expected_version=version_in(fields),
        path_id=found.case.path.path_id,
        record_id=record.record_id,
        value=value,
        effective_at=day,
        status=status,
        reason=reason,
    )


def _is_as_it_was(found: Found, record: FactRecord, fields: Fields) -> bool:
    """Whether value and day are left as they stand, so that the record itself is meant."""
    was = fields_of(found, record)
    return all(fields.get(name, "") == was.get(name, "") for name in _VALUES)
