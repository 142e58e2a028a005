"""A fact that was recorded for the wrong patient is moved to the right one, by adding to both."""

from __future__ import annotations

from workflow.act import Act
from workflow.commands import MoveFact, NewFact
from workflow.errors import FactError, RefusedError
from workflow.facts import FactRecord
from workflow.standing import VOID_STATUSES


def refuse_senseless_move(command: MoveFact) -> None:
    """Nothing happens for a move with a reason, between two patients; else RefusedError."""
    if not command.reason.strip():
        raise RefusedError("Moving a fact needs a reason; say how it came to the wrong patient.")
    if command.path_id == command.to_path_id:
        msg = f"The record is of {command.path_id} already; name another patient to move it to."
        raise RefusedError(msg)


def move_fact(wrong: Act, right: Act, record: FactRecord, reason: str) -> None:
    """The record is entered in error where it was, and on record where it belongs.

    Both histories name the other record. Raises RefusedError for a void one, FactError when the
    other pathway does not have the fact or does not take the value.
    """
    if record.status in VOID_STATUSES:
        msg = f"The record {record.record_id} is void ({record.status}); there is nothing to move."
        raise RefusedError(msg)
    if record.fact not in right.found.pathway.facts:
        msg = (
            f"The pathway of {right.path.path_id} has no fact {record.fact}, so it cannot be moved "
            "there. Correct it to entered_in_error instead."
        )
        raise FactError(record.fact, msg)
    moved = NewFact(
        fact=record.fact,
        value=record.value,
        effective_at=record.effective_at,
        status=record.status,
        source=record.source,
        is_kept=True,
    )
    right.add_fact(moved, "fact_recorded", reason=reason, more={"moved_from": record.record_id})
    new_id = right.facts[-1].record_id
    void = NewFact(
        fact=record.fact,
        value=record.value,
        effective_at=record.effective_at,
        status="entered_in_error",
        source=record.source,
        is_kept=True,
    )
    wrong.add_fact(
        void, "fact_corrected", supersedes=record, reason=reason, more={"moved_to": new_id}
    )
