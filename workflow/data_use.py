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

from workflow.commands import NewFact, RecordDataUse
from workflow.errors import RefusedError
from workflow.facts import FactRecord
from workflow.standing import VOID_STATUSES

if TYPE_CHECKING:  # what is handed in is only looked at
    from workflow.act import Act
    from workflow.records import JournalEntry

DATA_USE: Final = "consent_data"
"""The fact of the pathway in which the patient's word about their data is recorded."""
SAID: Final = "data_use_recorded"
"""The journal entry that holds it where the pathway has no such fact."""
ANSWERS: Final = ("yes", "no", "withdrawn")
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
    # Of two words of one instant, too, the later one counts.
    last = max(reversed(standing), key=lambda record: (record.effective_at, record.recorded_at))
    return DataUse(str(last.value), last.effective_at)


def said_in(journal: Iterable[JournalEntry]) -> tuple[FactRecord, ...]:
    """What a journal tells of the patient's word, in the form of records."""
    return tuple(
        FactRecord(
            record_id=f"{entry.path_id}/{entry.seq}",
            fact=DATA_USE,
            value=entry.detail["data_use"],
            effective_at=entry.effective_on or entry.at.date(),
            recorded_at=entry.at,
            status="final",
            source=entry.reason,
            actor=entry.actor,
            episode=1,
            supersedes=None,
        )
        for entry in journal
        if entry.kind == SAID
    )


def record_data_use(act: Act, command: RecordDataUse) -> None:
    """The patient's word is on record: as the pathway's fact, or in the journal where it has none.

    Raises RefusedError for another answer or a day that has not come.
    """
    on = command.effective_on or act.today
    if command.answer not in ANSWERS:
        msg = f"{command.answer!r} says nothing about data use; write {', '.join(ANSWERS)}."
        raise RefusedError(msg)
    if on > act.today:
        raise RefusedError(f"The day {on:%d-%b-%Y} lies in the future; give the day it was said.")
    if DATA_USE in act.found.pathway.facts:
        new = NewFact(fact=DATA_USE, value=command.answer, effective_at=on, source=command.reason)
        act.add_fact(new, "fact_recorded", reason=command.reason)
        return
    detail = {"data_use": command.answer}
    act.write(SAID, effective_on=on, reason=command.reason, detail=detail)


def withdrawn(consents: Mapping[str, Sequence[FactRecord]]) -> frozenset[str]:
    """The paths whose data nobody may use today, whatever day a figure is about."""
    return frozenset(path for path, facts in consents.items() if data_use(facts).is_withdrawn)


def left_out(count: int) -> str:
    """How many patients a figure leaves out, to be read behind it; empty for none."""
    return f"{count:,} {LEFT_OUT}" if count else ""
