"""Another value for a recorded input, as an amended report might bring: different, and possible."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from tests.conftest import COORDINATOR
from workflow.act import Act
from workflow.commands import CorrectFact, NewFact
from workflow.entry import entered_value
from workflow.errors import FactError
from workflow.facts import FactRecord
from workflow.found import Found
from workflow.pathway import Fact, Pathway


def standing(found: Found) -> Iterator[FactRecord]:
    """The recorded inputs that were not corrected, oldest first."""
    replaced = {record.supersedes for record in found.case.facts}
    return (r for r in found.case.facts if r.record_id not in replaced)


def amended(found: Found, record: FactRecord, chance: random.Random) -> CorrectFact | None:
    """The record with another value, another day, or voided; None where there is no other value."""
    kind = chance.random()
    fact = found.pathway.facts[record.fact]
    value, on, status = record.value, record.effective_at, "corrected"
    if kind < 0.15:
        status = "entered_in_error"
    elif kind < 0.3:
        on -= timedelta(days=chance.choice((1, 7, 30)))
    else:
        value = _another(found.pathway, record, fact, chance)
        if value is None:
            return None
    return CorrectFact(
        actor=COORDINATOR,
        path_id=found.case.path.path_id,
        record_id=record.record_id,
        value=value,
        effective_at=on,
        status=status,
        reason="amended by the laboratory",
    )


def _another(pathway: Pathway, record: FactRecord, fact: Fact, chance: random.Random) -> Any:  # noqa: ANN401 - plain data of any fact type
    choices = [value for value in _possible(record.value, fact) if value != record.value]
    chance.shuffle(choices)
    for value in choices:
        new = NewFact(fact=record.fact, value=value, effective_at=record.effective_at)
        try:
            entered = entered_value(pathway, new)
        except FactError:
            continue
        if entered != record.value:
            return value
    return None


def _possible(value: Any, fact: Fact) -> list[Any]:  # noqa: ANN401 - plain data of any fact type
    if fact.type == "measurement" and isinstance(value, dict):
        plain = {
            "raw_unit": "fraction",
            "method": value.get("method", "flow"),
            "specimen": value.get("specimen", "marrow"),
            "sensitivity": "0.00001",
            "result": "quantified",
        }
        return [{**plain, "value": number} for number in ("0.02", "0.0005", "0.00005", "0.000001")]
    found: list[Any] = list(fact.values)
    if fact.type == "event" or fact.none:
        found.append("none")
    if fact.type == "date" or (fact.type == "event" and _is_day(value)):
        day = date.fromisoformat(value) if _is_day(value) else date(2026, 1, 5)
        found += [(day - timedelta(days=days)).isoformat() for days in (1, 30, 400)]
    if fact.type in {"integer", "number"}:
        found += [0, 1, 2, 5, 30, 90]
    if fact.type == "score" and isinstance(value, dict):
        found += [{**value, "value": number} for number in (0, 1, 3, 50, 90)]
    return [*found, "unknown"]


def _is_day(value: Any) -> bool:  # noqa: ANN401 - plain data of any fact type
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def in_memory(found: Found, command: CorrectFact) -> Act:
    """The act of a correction, not committed."""
    act = Act(found, command.actor)
    old = next(r for r in found.case.facts if r.record_id == command.record_id)
    new = NewFact(
        fact=old.fact,
        value=old.value if command.status == "entered_in_error" else command.value,
        effective_at=command.effective_at or old.effective_at,
        status=command.status,
        source=old.source,
    )
    act.add_fact(new, "fact_corrected", supersedes=old, reason=command.reason)
    act.plan()
    return act
