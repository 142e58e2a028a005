"""Who an answer is about, and what an act changed: the lines every patient's answer shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from allpath import words
from allpath.answers import (
    checkpoint_answer,
    decision_answer,
    entry_answer,
    path_answer,
    person_answer,
)
from allpath.cli.printing import heading, put, put_found, put_json, title
from allpath.cli.session import Session
from allpath.cli.why import put_proposal
from allpath.recorded import recorded
from workflow.carrying_out import Outcome
from workflow.civil import completed_years
from workflow.found import Found
from workflow.pathway import Pathway
from workflow.records import CheckpointRecord, JournalEntry, PathRecord, Person


def put_banner(found: Found, person: Person) -> None:
    """Name, date of birth and age, sex, numbers: the same on every answer about a patient."""
    title(f"{words.name(person)}   {found.case.path.path_id}")
    sex, values = words.sex(found.pathway), found.sheet().values
    born = words.born_on(found)
    died = words.died_on(found)
    age = f" ({completed_years(born, died or found.today)}y)" if born else ""
    parts = [
        f"Died {words.day(died)}" if died else "",
        f"Born {words.day(born)}{age}",
        f"Sex {str(values.get(sex) or 'Not known') if sex else 'Not known'}",
        words.identifiers(person),
    ]
    put("  " + "   ".join(part for part in parts if part))


def put_state(found: Found) -> None:
    """Where the path stands: state and day, tracks beside it, a step that waits for a signature."""
    path, pathway = found.case.path, found.pathway
    put_found("state", state_line(found))
    if path.merged_into:
        put_found("merged", f"into {path.merged_into}: nothing is expected here; use that path")
    if path.open_tracks:
        put_found(
            "beside it",
            ", ".join(
                f"{words.state(pathway, name)} since {words.day(path.entered[name])}"
                for name in path.open_tracks
            ),
        )
    if path.pending:
        put_found("signature", pending_line(path))


def state_line(found: Found) -> str:
    """The state with its day: `Response assessment, day 3 (since 20-Nov-2026)`."""
    path = found.case.path
    since = path.entered["main"]
    title = words.state(found.pathway, path.state)
    return f"{title}, day {(found.today - since).days} (since {words.day(since)})"


def pending_line(path: PathRecord) -> str:
    """Which step waits for whose signature, and how to give it."""
    pending = path.pending
    if pending is None:
        return ""
    return (
        f"awaiting second confirmation of {pending.step} (first: {pending.by}); another clinician "
        f"signs with `allpath step countersign {path.path_id}`"
    )


@dataclass(frozen=True)
class Change:
    """What an act changed: the checkpoints before it and after it."""

    opened: tuple[CheckpointRecord, ...]
    closed: tuple[CheckpointRecord, ...]

    @classmethod
    def between(
        cls, before: Sequence[CheckpointRecord], outcome: Outcome, every: Sequence[CheckpointRecord]
    ) -> Change:
        """The checkpoints that were opened, and those that were met or cancelled."""
        old = {row.key for row in before}
        live = {row.key for row in outcome.case.checkpoints}
        return cls(
            tuple(row for row in outcome.case.checkpoints if row.key not in old),
            tuple(row for row in every if row.key in old - live),
        )


def put_outcome(session: Session, before: Found, outcome: Outcome, *, as_json: bool) -> None:
    """What was done, what the decision is now, and which checkpoints were met or opened."""
    every = session.allpath.store.checkpoints(outcome.path.path_id)
    change = Change.between(before.case.checkpoints, outcome, every)
    if as_json:
        put_json(outcome_answer(outcome, change))
        return
    path = outcome.path
    if outcome.replayed:
        put(f"{path.path_id}: this was done before under the same key; nothing was done again.")
    for entry in outcome.entries:
        put(f"{path.path_id}: {done(entry, outcome)}")
    pathway = outcome.pathway
    for row in change.closed:
        put(f"  checkpoint {row.status}: {checkpoint_title(pathway, row)} [{row.checkpoint}]")
    for row in change.opened:
        zone = session.zone_of(path)
        due = words.due(row, outcome.now, zone)
        put(f"  checkpoint opened: {checkpoint_title(pathway, row)} [{row.checkpoint}], {due}")
    if path.pending:
        put(f"  {pending_line(path)}")
    if path.merged_into:
        heading(f"Now: closed for care; {path.merged_into} goes on")
        return
    heading(f"Now: {words.state(pathway, path.state)}")
    put_proposal(pathway, outcome.decision)


def done(entry: JournalEntry, outcome: Outcome) -> str:
    """What one entry did, the value echoed so that a slip of the finger is seen at once."""
    what = entry.kind.replace("_", " ")
    number = entry.detail.get("record_id")
    record = next((item for item in outcome.case.facts if item.record_id == number), None)
    if record is not None:
        value, day = recorded(outcome.pathway, record), words.day(record.effective_at)
        return f"{what}: {record.fact} = {value}, {day}"
    if entry.state_from != entry.state_to:
        return f"{what}: {words.state(outcome.pathway, entry.state_to)}"
    if checkpoint := entry.detail.get("checkpoint"):
        what += f": {checkpoint}"
    if review := entry.detail.get("review"):
        what += f": {review}, {entry.detail['of']} {entry.detail['about']}"
    if other := entry.detail.get("other"):
        what += f": {other}"
    if until := entry.detail.get("until"):
        what += f" until {words.day(date.fromisoformat(until))}"
    return what


def outcome_answer(outcome: Outcome, change: Change) -> dict[str, Any]:
    """What an act did, for programs."""
    return {
        "path": path_answer(outcome.path),
        "replayed": outcome.replayed,
        "entries": [entry_answer(entry) for entry in outcome.entries],
        "decision": decision_answer(outcome.decision),
        "checkpoints": {
            "opened": [
                checkpoint_answer(row, words.standing(row, outcome.now)) for row in change.opened
            ],
            "closed": [checkpoint_answer(row, row.status) for row in change.closed],
        },
    }


def patient_answer(found: Found, person: Person) -> dict[str, Any]:
    """A patient with path and decision, for programs."""
    return {
        "person": person_answer(person),
        "path": path_answer(found.case.path),
        "as_of": found.today.isoformat(),
        "decision": decision_answer(found.decision()),
    }


def checkpoint_title(pathway: Pathway, row: CheckpointRecord) -> str:
    """A checkpoint by its title, with its number when it repeats."""
    for definition in _definitions(pathway, row.owner):
        if definition.id == row.checkpoint:
            number = f" ({row.occurrence})" if row.occurrence > 1 else ""
            return f"{definition.title}{number}"
    return row.checkpoint


def _definitions(pathway: Pathway, owner: str) -> Any:  # noqa: ANN401 - checkpoints of a state or track
    kind, _, name = owner.partition(":")
    models: Any = pathway.states if kind == "state" else pathway.tracks
    return models[name].checkpoints if name in models else ()
