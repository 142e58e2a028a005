"""Whether a patient's data may be used for more than their own care: for figures about many.

Withdrawing from care and withdrawing the use of data are two facts. The first moves the path, as
the pathway says. The second changes nothing in care: the patient stays on the worklist and is
treated, but no figure about many patients counts them, and each says how many it left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from workflow.standing import VOID_STATUSES

if TYPE_CHECKING:  # the records are only looked at
    from workflow.facts import FactRecord

DATA_USE: Final = "consent_data"
"""The fact of the pathway in which the patient's word about their data is recorded."""
LEFT_OUT: Final = "left out because data use was withdrawn"
REFUSING: Final = frozenset({"no", "withdrawn"})


@dataclass(frozen=True, slots=True)
class DataUse:
    """What a patient has said about the use of their data, since which day; empty: nothing yet."""

    answer: str = ""
    since: date | None = None

    @property
    def is_withdrawn(self) -> bool:
        """Whether nothing but the patient's own care may use the data."""
        return self.answer in REFUSING


def data_use(facts: Iterable[FactRecord], day: date | None = None) -> DataUse:
    """The patient's last word, or the last up to a day; what was corrected does not count."""
    said = [record for record in facts if record.fact == DATA_USE]
    replaced = {record.supersedes for record in said}
    standing = [
        record
        for record in said
        if record.record_id not in replaced
        and record.status not in VOID_STATUSES
        and (day is None or record.effective_at <= day)
    ]
    if not standing:
        return DataUse()
    last = max(standing, key=lambda record: (record.effective_at, record.recorded_at))
    return DataUse(str(last.value), last.effective_at)


def withdrawn(consents: Mapping[str, Sequence[FactRecord]]) -> frozenset[str]:
    """The paths whose data nobody may use today, whatever day a figure is about."""
    return frozenset(path for path, facts in consents.items() if data_use(facts).is_withdrawn)


def left_out(count: int) -> str:
    """How many patients a figure leaves out, to be read behind it; empty for none."""
    return f"{count:,} {LEFT_OUT}" if count else ""
