"""What a person or service may ask for: one frozen command per act, checked by the orchestrator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from workflow.migration import MigrationPlan
from workflow.records import Actor, Person
from workflow.review import ReviewStatus


@dataclass(frozen=True, kw_only=True)
class Command:
    """Who asks, under which key (a repeated key gives the first answer again, once only done).

    `expected_version` is the path version the person was looking at; None: whatever it is now.
    """

    actor: Actor
    key: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Enrol(Command):
    """Enrol a person on a pathway. `entered_on` is the civil date the path starts.

    `state` is the pathway's start, except in a registry's transcription (a service with the reason
    `registry_transcription`). `facts` are recorded in the same act.
    """

    person: Person
    pathway_id: str
    settings: Mapping[str, str]
    entered_on: date
    state: str = ""
    reason: str = ""
    facts: tuple[NewFact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewFact:
    """One value to record: plain data as entered, the civil date it was so, and where from.

    `is_kept` says that the value is taken over from a record, where results are kept as fractions
    whatever unit they were entered in.
    """

    fact: str
    value: Any
    effective_at: date
    status: str = "final"
    source: str = ""
    # Not told in what a key stands for: answers kept by an earlier program stay the same.
    is_kept: bool = field(default=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class RecordFacts(Command):
    """Record values for a path; all of them or none."""

    path_id: str
    facts: tuple[NewFact, ...]


@dataclass(frozen=True, kw_only=True)
class CorrectFact(Command):
    """Replace an earlier record by a corrected one; `status` entered_in_error voids it."""

    path_id: str
    record_id: str
    value: Any = None
    effective_at: date | None = None
    status: str = "corrected"
    reason: str


@dataclass(frozen=True, kw_only=True)
class MoveFact(Command):
    """Move a record that was made for the wrong patient to the right one, `to_path_id`."""

    path_id: str
    record_id: str
    to_path_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class MergePaths(Command):
    """Merge a path into another one, `into`, of the same human, who was enrolled twice.

    `expected_into` is the version of the other path the person was looking at.
    """

    path_id: str
    into: str
    reason: str
    expected_into: int | None = None


@dataclass(frozen=True, kw_only=True)
class UnmergePaths(Command):
    """Part a merged path again from the one it was merged into."""

    path_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ChangeSettings(Command):
    """Change the active timing set, region, site or time zone of a path."""

    path_id: str
    settings: Mapping[str, str]
    reason: str


@dataclass(frozen=True, kw_only=True)
class RecordDataUse(Command):
    """Record whether the patient's data may be used beyond their own care: yes, no, withdrawn."""

    path_id: str
    answer: str
    reason: str
    effective_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class EraseIdentity(Command):
    """Destroy the key that name, numbers and contact are sealed under; the path stays.

    `reason` is one of `ERASURE_REASONS`, `note` says it in words, without the name.
    """

    path_id: str
    reason: str
    note: str


@dataclass(frozen=True, kw_only=True)
class ConfirmStep(Command):
    """Confirm a step, by its key (`treatment`, `side_care:open`), effective on a civil date.

    `option` chooses where the recommendation names several. `transcribed` says that the step was
    taken elsewhere and is only written down here: one signature is enough.
    """

    path_id: str
    step: str
    effective_on: date | None = None
    option: str | None = None
    reason: str = ""
    note: str = ""
    transcribed: bool = False


@dataclass(frozen=True, kw_only=True)
class OverrideStep(Command):
    """Take a step that is not open, for a coded reason and one in words.

    `valid_until` is the last day on which a second clinician may sign, where two people have to.
    """

    path_id: str
    step: str
    code: str
    reason: str
    effective_on: date | None = None
    option: str | None = None
    note: str = ""
    valid_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Countersign(Command):
    """Confirm, as a second clinician, the step that waits; or decline it with a reason."""

    path_id: str
    decline: str = ""


@dataclass(frozen=True, kw_only=True)
class UndoStep(Command):
    """Undo a confirmed step, by its journal entry (None: the last one), and all steps after it."""

    path_id: str
    seq: int | None = None
    reason: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class CloseReview(Command):
    """Say of a past decision what came of looking at it again; of care off the pathway, why.

    `code` is a coded reason, asked for care off the pathway alone.
    """

    path_id: str
    review_id: str
    verdict: ReviewStatus
    reason: str
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckpointCommand(Command):
    """Something about one open checkpoint of a path; without a name the most pressing is meant.

    `occurrence` tells apart what repeats; None: the most pressing.
    """

    path_id: str
    checkpoint: str = ""
    occurrence: int | None = None


@dataclass(frozen=True, kw_only=True)
class WaiveCheckpoint(CheckpointCommand):
    """Expect it no more; or, with a day, not before that day."""

    reason: str
    until: date | None = None


@dataclass(frozen=True, kw_only=True)
class SnoozeCheckpoint(CheckpointCommand):
    """Remind nobody of it before this day."""

    reason: str
    until: date


@dataclass(frozen=True, kw_only=True)
class AcknowledgeCheckpoint(CheckpointCommand):
    """Say that its being late is seen and seen to; remind nobody before this day."""

    reason: str
    until: date


@dataclass(frozen=True, kw_only=True)
class RecordContact(CheckpointCommand):
    """Record what was agreed with the patient, and when to remind of the checkpoint again."""

    agreed: str
    remind_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class PauseReminders(Command):
    """Remind nobody of anything of this patient before this day."""

    path_id: str
    reason: str
    until: date


@dataclass(frozen=True, kw_only=True)
class ResumeReminders(Command):
    """Remind again of everything of this patient that was paused or snoozed."""

    path_id: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class MigratePath(Command):
    """Move a path to the other version of an approved plan; one that was moved stays as it is."""

    path_id: str
    plan: MigrationPlan


@dataclass(frozen=True, kw_only=True)
class RevertMigration(Command):
    """Move a path back to where a plan moved it from."""

    path_id: str
    plan: MigrationPlan


@dataclass(frozen=True, kw_only=True)
class Transcribe(Command):
    """Write down what a registry reports of one path: dated facts and steps, in order, at once.

    Every step is decided like any other, as of its date; none needs a second signature.
    """

    path_id: str
    acts: tuple[NewFact | TranscribedStep, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class TranscribedStep:
    """A step that was taken elsewhere on a civil date."""

    step: str
    effective_on: date
    reason: str = "registry_transcription"
