"""What may be corrected: a record that was withdrawn is brought back as it was, or not at all."""

from __future__ import annotations

from workflow.act import Act
from workflow.carrying_out import standing_record
from workflow.commands import CorrectFact, NewFact
from workflow.entry import entered_value
from workflow.errors import RefusedError
from workflow.facts import VOID_STATUSES, FactRecord
from workflow.pathway import Pathway


def correct_fact(act: Act, command: CorrectFact) -> None:
    """The corrected value counts from now on; the old record stays, superseded.

    Raises RefusedError without a reason, or where the record cannot be corrected.
    """
    if not command.reason.strip():
        raise RefusedError("A correction needs a reason; say why the old value was wrong.")
    old = standing_record(act.found.case, command.record_id)
    is_kept = command.status == "entered_in_error" or command.value is None
    new = NewFact(
        fact=old.fact,
        value=old.value if is_kept else command.value,
        effective_at=command.effective_at or old.effective_at,
        status=command.status,
        source=old.source,
        is_kept=is_kept,
    )
    refuse_amending_void(act.found.pathway, old, new)
    act.add_fact(new, "fact_corrected", supersedes=old, reason=command.reason)


def refuse_amending_void(pathway: Pathway, old: FactRecord, new: NewFact) -> None:
    """Nothing happens for a record that counts, and for one brought back as it was.

    Another value for a withdrawn record would make a result count that nobody has recorded. Raises
    RefusedError with what to do instead.
    """
    if old.status not in VOID_STATUSES:
        return
    void = f"The record {old.record_id} ({old.fact}) is {old.status.replace('_', ' ')} already"
    if new.status in VOID_STATUSES:
        raise RefusedError(f"{void}; there is nothing to withdraw.")
    is_as_it_was = new.effective_at == old.effective_at
    if not is_as_it_was or not (new.is_kept or entered_value(pathway, new) == old.value):
        msg = (
            f"{void}, so there is nothing to amend. A new result is recorded by itself (`allpath "
            "fact record`); if withdrawing it was the mistake, give back its value and day as they "
            "were."
        )
        raise RefusedError(msg)
