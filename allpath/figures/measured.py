"""The results of a measured fact that stand, and the day of each sample."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from workflow.errors import FactError
from workflow.facts import VOID_STATUSES, FactRecord
from workflow.found import Found
from workflow.measurement import Measurement
from workflow.values import read_value


def kept(found: Found, name: str) -> Iterator[tuple[FactRecord, Measurement]]:
    """The results that stand, the oldest first; what was corrected or taken back is history."""
    replaced = {record.supersedes for record in found.case.facts}
    standing = [
        record
        for record in found.case.facts
        if record.fact == name
        and record.record_id not in replaced
        and record.status not in VOID_STATUSES
        and record.effective_at <= found.today
    ]
    for record in sorted(standing, key=lambda record: record.effective_at):
        try:
            value = read_value(name, found.pathway.facts[name], record.value)
        except FactError:  # of an older version of the pathway; the table of facts shows it
            continue
        if isinstance(value, Measurement):
            yield record, value


def sampled_on(result: Measurement, record: FactRecord) -> date:
    """The day of the sample; the effective day where no other is recorded."""
    return result.sample_date or record.effective_at
