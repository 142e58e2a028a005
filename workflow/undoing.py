"""Undoing a confirmed step: the path stands again where it stood before, and the history says so.

Nothing is removed. The compensating entry names every step that is undone with the first; facts
that followed from those steps are voided by further records, and checkpoints of the stay that was
left are expected again. An undo itself is not undone: the step is confirmed once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from workflow.act import Act
from workflow.commands import Countersign, NewFact, UndoStep
from workflow.errors import NotFoundError, NotPermittedError, RefusedError
from workflow.facts import VOID_STATUSES, FactRecord
from workflow.found import Found
from workflow.hindsight import successors
from workflow.records import (
    MOVES,
    CheckpointRecord,
    JournalEntry,
    PathRecord,
    PendingStep,
)
from workflow.redeciding import History
from workflow.reopening import cancelled, is_same_track, named, owners_since, reopened
from workflow.retracing import (
    UNDONE,
    Stage,
    is_taken,
    plain_place,
    retraced,
    step_key,
    still_stands,
    undone_spans,
)
from workflow.review import ReviewItem
from workflow.reviewing import close_reviews_of
from workflow.signing import is_same_person

PENDING_UNDO: Final = "undo:"
"""How a waiting undo is named among the steps that wait for a second signature."""
_FOLLOWED: Final = frozenset({"confirmed step", "new episode"})


@dataclass(frozen=True, slots=True)
class Consequences:
    """What undoing a step brings with it; nothing of it is done yet.

    `place` is where the path stands afterwards, `undone` the steps that no longer stand, the first
    one first. `voided` are facts that followed from them, `reviews` the open ones about them.
    """

    target: JournalEntry
    place: PathRecord
    undone: tuple[JournalEntry, ...]
    reopened: tuple[CheckpointRecord, ...]
    cancelled: tuple[CheckpointRecord, ...]
    voided: tuple[FactRecord, ...]
    reviews: tuple[ReviewItem, ...]
    two_person: bool


def consequences(found: Found, history: History, seq: int | None) -> Consequences:
    """What undoing this entry (the last confirmed step) would do.

    Raises NotFoundError for an unknown entry, RefusedError for one that cannot be undone.
    """
    path, entries = found.case.path, history.entries
    stages = list(retraced(entries, path, history.version_of))
    target = _target(path, stages, seq)
    at = target.entry.seq
    spans = undone_spans(entries)
    undone = tuple(
        stage.entry
        for stage in stages
        if stage.entry.seq >= at and is_taken(stage.entry) and still_stands(stage.entry.seq, spans)
    )
    place = _restored(path, target.before, history, stages, at)
    states = {path.state, place.state, *(e.state_from for e in undone)}
    states |= {e.state_to for e in undone}
    models = found.pathway.states
    return Consequences(
        target=target.entry,
        place=place,
        undone=undone,
        reopened=tuple(reopened(found, history, place, stages, at)),
        cancelled=tuple(cancelled(found, place, stages, at)),
        voided=tuple(_voided(found, entries, undone)),
        reviews=tuple(i for i in history.reviews if i.is_open and _is_about(i, history, at)),
        two_person=any(models[name].two_person for name in states if name in models),
    )


def undo_step(act: Act, history: History, command: UndoStep) -> None:
    """The step is undone, or waits for a second clinician where one of its states asks for two."""
    if not command.reason.strip():
        raise RefusedError("A step is undone with a reason; say why it was wrong (--reason).")
    path = act.path
    if path.pending is not None:
        msg = (
            f"The path {path.path_id} waits for a second clinician to sign {path.pending.step}; "
            "countersign or decline that first, then undo."
        )
        raise RefusedError(msg)
    found = consequences(act.found, history, command.seq)
    reason = command.reason.strip()
    if not found.two_person:
        _undo(act, found, reason, {})
        return
    step = f"{PENDING_UNDO}{found.target.seq}"
    pending = PendingStep(
        step, None, act.today, command.actor.name, act.found.now, reason, command.note
    )
    act.path = replace(path, pending=pending)
    act.write(
        "undo_proposed",
        reason=reason,
        note=command.note,
        detail={"step": step, "undoes": [entry.seq for entry in found.undone]},
    )


def countersign_undo(act: Act, history: History, command: Countersign) -> None:
    """The waiting undo is carried out by another person; declining it is `countersign_step`."""
    pending = act.path.pending
    if pending is None or not pending.step.startswith(PENDING_UNDO):
        raise RefusedError(f"No undo of {act.path.path_id} waits for a second signature.")
    if is_same_person(command.actor.name, pending.by):
        msg = (
            f"{command.actor.name} asked for {pending.step} already; the second signature must be "
            "another person's."
        )
        raise NotPermittedError(msg)
    seq = int(pending.step.removeprefix(PENDING_UNDO))
    found = consequences(act.found, history, seq)
    act.path = replace(act.path, pending=None)
    _undo(act, found, pending.reason, {"first": pending.by, "first_at": pending.at.isoformat()})


def _undo(act: Act, found: Consequences, reason: str, more: dict[str, Any]) -> None:
    before = act.path
    act.path = replace(found.place, pending=None)
    act.write(
        UNDONE,
        state_from=before.state,
        reason=reason,
        detail={
            "undone": [entry.seq for entry in found.undone],
            "steps": [step_key(entry) for entry in found.undone],
            "place": plain_place(found.place),
            "stay_since": found.place.since.get("state", 1),
            "reopened": [named(row) for row in found.reopened],
            "cancelled": [named(row) for row in found.cancelled],
            **more,
        },
    )
    seq = act.path.version
    act.put(row.closed("cancelled", seq, None) for row in found.cancelled)
    act.put(found.reopened)
    for record in found.voided:
        void = NewFact(
            fact=record.fact,
            value=record.value,
            effective_at=record.effective_at,
            status="entered_in_error",
            source=record.source,
            is_kept=True,
        )
        what = f"the step of entry {found.target.seq} is undone"
        act.add_fact(void, "fact_corrected", supersedes=record, reason=what)
    close_reviews_of(act, found.reviews, f"undone: {reason}")


def _target(path: PathRecord, stages: Sequence[Stage], seq: int | None) -> Stage:
    """The stage of the step to undo; its refusals say what stands in the way."""
    spans = undone_spans(stage.entry for stage in stages)
    standing = [s for s in stages if is_taken(s.entry) and still_stands(s.entry.seq, spans)]
    if seq is None:
        if not standing:
            msg = f"No confirmed step of {path.path_id} stands, so there is none to undo."
            raise RefusedError(msg)
        found = standing[-1]
    else:
        named = next((stage for stage in stages if stage.entry.seq == seq), None)
        if named is None:
            msg = f"{path.path_id} has no journal entry {seq}; see `allpath history`."
            raise NotFoundError(msg)
        found = named
    entry = found.entry
    if entry.kind == UNDONE:
        msg = (
            f"Entry {entry.seq} of {path.path_id} is itself an undo, and an undo is not undone. If "
            "the step was right after all, confirm it once more with `allpath step confirm`."
        )
        raise RefusedError(msg)
    if not is_taken(entry):
        known = ", ".join(f"{s.entry.seq} ({step_key(s.entry)})" for s in standing) or "none"
        msg = (
            f"Entry {entry.seq} of {path.path_id} is no confirmed step ("
            f"{entry.kind.replace('_', ' ')}). Steps that can be undone: {known}."
        )
        raise RefusedError(msg)
    undone_by = next((last for first, last in spans if first <= entry.seq <= last), None)
    if undone_by is not None:
        msg = f"The step of entry {entry.seq} was undone already, by entry {undone_by}."
        raise RefusedError(msg)
    moved = next(
        (s.entry for s in stages if s.entry.seq > entry.seq and s.entry.kind in MOVES), None
    )
    if moved is not None:
        msg = (
            f"The path {path.path_id} moved to another pathway version after entry {entry.seq} "
            f"(entry {moved.seq}); revert the migration first, then undo."
        )
        raise RefusedError(msg)
    return found


def _restored(
    path: PathRecord,
    before: PathRecord,
    history: History,
    stages: Sequence[Stage],
    at: int,
) -> PathRecord:
    """The path standing where it stood, with the settings of today, and what was asked there."""
    place = replace(
        path,
        state=before.state,
        entered=dict(before.entered),
        episode=before.episode,
        line=before.line,
        since=dict(before.since),
    )
    since = owners_since(place, stages, at)
    here = f"state:{place.state}/"
    asked = [
        f"{row.owner}/{row.checkpoint}"
        for row in history.checkpoints
        if row.owner in since and since[row.owner] <= row.opened_seq < at
    ]
    goes_on = [
        name
        for name in path.asked
        if name.partition("/")[0] in since
        and not name.startswith(here)
        and is_same_track(name.partition("/")[0], path, stages, at)
    ]
    return replace(place, asked=tuple(dict.fromkeys((*asked, *goes_on))))


def _voided(
    found: Found, entries: Sequence[JournalEntry], undone: Sequence[JournalEntry]
) -> Iterable[FactRecord]:
    """The facts that followed from the undone steps, as they stand, if they stand."""
    following = successors(found.case.facts)
    by_seq = {record.seq: record for record in found.case.facts}
    steps = {entry.seq for entry in undone}
    is_following = False
    for entry in entries:
        record = by_seq.get(entry.seq)
        if entry.seq in steps:
            is_following = True
        elif record is None or record.source not in _FOLLOWED or record.supersedes:
            is_following = False
        elif is_following:
            while record.record_id in following:
                record = following[record.record_id]
            if record.status not in VOID_STATUSES:
                yield record


def _is_about(item: ReviewItem, history: History, at: int) -> bool:
    """Whether a review is about something that is undone."""
    if item.kind == "care":
        return False
    if item.kind != "checkpoint":
        return int(item.about) >= at
    return any(
        named(row) == item.about and (row.closed_seq or 0) >= at for row in history.checkpoints
    )
