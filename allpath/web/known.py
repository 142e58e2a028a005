"""What is on record about a patient, in groups short enough to be read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from allpath import words
from allpath.cli.fact import counting
from allpath.recorded import recorded
from workflow.facts import FactRecord
from workflow.found import Found


@dataclass(frozen=True, slots=True)
class Known:
    """One fact: its value, the day it was so, and where it comes from."""

    title: str
    value: str
    on: date | None
    status: str
    source: str
    wanted: str = ""
    """The name of the fact, where it is asked for and not known."""
    number: int = 0
    """The number of the record, where it may be corrected."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts that belong together; `is_open` where they are shown without asking."""

    title: str
    facts: tuple[Known, ...]
    is_open: bool = False


def grouped(found: Found) -> tuple[Facts, ...]:
    """What this state asks for, missing facts too; then the rest, and what no longer counts."""
    pathway, state = found.pathway, found.case.path.state
    records, notes = found.sheet().records, found.sheet().notes
    asked = [name for name, fact in pathway.facts.items() if state in fact.asked_in]
    here = [
        _known(found, records[name])
        if name in records and name not in notes
        else Known(
            words.fact_title(pathway, name),
            "Not known" if name in notes else "Not recorded",
            None,
            "",
            notes.get(name, "") or _supplied(found, name),
            name,
        )
        for name in asked
    ]
    here.sort(key=lambda fact: fact.on is not None)  # what is missing is seen first
    counted = {record.record_id for name, record in records.items() if name not in notes}
    rest = [r for r in records.values() if r.record_id in counted and r.fact not in asked]
    of_patient = [r for r in rest if _scope(found, r) == "patient"]
    of_episode = [r for r in rest if _scope(found, r) != "patient"]
    groups = (
        Facts("Asked for in this state", tuple(here), is_open=True),
        Facts("About the patient", tuple(_known(found, record) for record in of_patient)),
        Facts("About this episode", tuple(_known(found, record) for record in of_episode)),
        Facts("Earlier, or not counting now", tuple(_past(found, counted))),
    )
    return tuple(group for group in groups if group.facts)


def _known(found: Found, record: FactRecord) -> Known:
    declared = found.pathway.facts.get(record.fact)
    unit = declared.unit if declared and declared.type in {"number", "integer"} else ""
    value = recorded(found.pathway, record)
    return Known(
        words.fact_title(found.pathway, record.fact),
        f"{value} {unit}".strip() if unit not in {"", "1"} else value,
        record.effective_at,
        record.status.replace("_", " "),
        record.source or "Not recorded",
        number=record.seq if is_own(found, record) else 0,
    )


def is_own(found: Found, record: FactRecord) -> bool:
    """Whether a record may be corrected here: it is of this path, and nobody corrected it yet."""
    path = found.case.path
    replaced = any(other.supersedes == record.record_id for other in found.case.facts)
    return record.record_id == f"{path.path_id}/{record.seq}" and not (path.merged_into or replaced)


def _past(found: Found, counted: set[str]) -> list[Known]:
    """Everything else on record, the newest first, each with why it does not count."""
    records = list(found.case.facts)
    past = [record for record in records if record.record_id not in counted]
    past.sort(key=lambda record: (record.effective_at, record.seq), reverse=True)
    told = []
    for record in past:
        known = _known(found, record)
        why = counting(found, record, records).removeprefix("no: ")
        told.append(replace(known, status=why))
    return told


def _scope(found: Found, record: FactRecord) -> str:
    declared = found.pathway.facts.get(record.fact)
    return declared.scope if declared else "patient"


def _supplied(found: Found, name: str) -> str:
    who = found.pathway.facts[name].supplied_by
    return f"supplied by {', '.join(who)}" if who else "nobody is named to supply it"
