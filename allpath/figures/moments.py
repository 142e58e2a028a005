"""The days a path has on record in the facts that are dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from workflow.facts import VOID_STATUSES, FactRecord
from workflow.pathway import Pathway


def moments_of(pathway: Pathway, facts: Sequence[FactRecord]) -> dict[str, tuple[date, ...]]:
    """Per fact its days that stand, of every episode; what was corrected is history."""
    replaced = {record.supersedes for record in facts}
    found: dict[str, list[date]] = {}
    for record in facts:
        fact = pathway.facts.get(record.fact)
        is_date = fact is not None and fact.type == "date"
        if not is_date or record.record_id in replaced or record.status in VOID_STATUSES:
            continue
        try:
            found.setdefault(record.fact, []).append(date.fromisoformat(str(record.value)))
        except ValueError:  # `none`, or not applicable
            continue
    return {name: tuple(days) for name, days in found.items()}
