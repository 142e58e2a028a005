"""Load, decide, commit: the one way in for everybody.

Every change of a path goes through here, for people, importers and the scheduler alike. How one is
carried out stands in `workflow.carrying_out`; commands about two paths, and those that move a path
to another version, have modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from workflow.act import Act
from workflow.attending import attend
from workflow.carrying_out import Outcome
from workflow.checkpoint_acts import CHECKPOINT_ACTS, pause, resume
from workflow.commands import (
    ChangeSettings,
    CheckpointCommand,
    CloseReview,
    ConfirmStep,
    CorrectFact,
    Countersign,
    Enrol,
    EraseIdentity,
    NewFact,
    OverrideStep,
    PauseReminders,
    RecordDataUse,
    RecordFacts,
    ResumeReminders,
    Transcribe,
    UndoStep,
)
from workflow.correcting import correct_fact
from workflow.data_use import record_data_use
from workflow.erasing import ERASERS, erase_identity
from workflow.errors import FactError, NotPermittedError, RefusedError
from workflow.facts import read_settings
from workflow.foreseeing import ForeseenCommand, foresee
from workflow.moving_versions import MovingVersions
from workflow.overriding import countersign, override_step
from workflow.pathway import Pathway
from workflow.recomputing import recompute
from workflow.records import Actor, Case, CheckpointRecord, PathRecord
from workflow.review import ReviewItem
from workflow.reviewing import close_review
from workflow.signing import RECORDERS, confirm_step, refuse_future, require_role
from workflow.store import Transaction
from workflow.two_paths import TwoPaths
from workflow.undoing import PENDING_UNDO, Consequences, consequences, countersign_undo, undo_step

TRANSCRIPTION = "registry_transcription"


@dataclass(frozen=True)
class Foreseen:
    """What an act would do: its outcome, the checkpoint rows and the reviews it would write."""

    outcome: Outcome
    rows: tuple[CheckpointRecord, ...]
    reviews: tuple[ReviewItem, ...]


class Orchestrator(TwoPaths, MovingVersions):
    """Carries out commands against a store, by the pathway version each path is pinned to."""

    def foresee(self, command: ForeseenCommand, now: datetime) -> Foreseen:
        """What an act would do, as if everybody had signed; nothing is written.

        Raises as the act itself does.
        """
        found = self.look(command.path_id, now)
        self._refuse_versions(command.expected_version, found)
        self._refuse_merged(found.case.path)
        act = Act(found, command.actor)
        foresee(act, command)
        self._settle(act)
        act.commit(None)  # handed to nobody; when the path is looked at next is worked out by it
        outcome = Outcome(found.pathway, act.case_after(), tuple(act.entries), now)
        return Foreseen(outcome, tuple(act.rows.values()), tuple(act.reviews.values()))

    def enrol(self, command: Enrol, now: datetime) -> Outcome:
        """The person is enrolled; raises ConflictError when an identifier is enrolled already."""
        with self._store.begin() as transaction:
            return self.enrol_within(transaction, command, now)

    def enrol_within(self, transaction: Transaction, command: Enrol, now: datetime) -> Outcome:
        """As `enrol`, inside a transaction the caller holds."""
        require_role(command.actor, RECORDERS, "enrol a patient")
        pathway = self.library.for_new_paths(command.pathway_id)
        settings = checked_settings(pathway, command.settings)
        state = command.state or pathway.start
        if state not in pathway.states:
            raise RefusedError(f"The pathway {pathway.id} has no state {state}.")
        if state != pathway.start and (
            command.actor.role != "service" or command.reason != TRANSCRIPTION
        ):
            msg = (
                f"A path starts in {pathway.start}; only a registry's transcription "
                f"({TRANSCRIPTION}) starts it elsewhere, in {state}."
            )
            raise NotPermittedError(msg)
        path = PathRecord(
            path_id=command.person.path_id,
            pathway_id=pathway.id,
            pathway_version=pathway.version,
            pathway_hash=pathway.content_hash,
            state=state,
            entered={"main": command.entered_on},
            settings=settings,
        )
        refuse_future(path, command.entered_on, now, "the date of enrolment")
        replayed = self._replayed(transaction, command, path.path_id, now)
        if replayed:
            return replayed
        act = Act(self._found_under(pathway, Case(path, (), ()), now), command.actor)
        act.write(
            "enrolled",
            state_from="",
            reason=command.reason,
            effective_on=command.entered_on,
            detail={"settings": dict(settings), "pathway_version": pathway.version},
        )
        self._add_facts(act, command.facts)
        act.plan()
        self.library.keep(transaction, pathway, now)
        return self._commit(transaction, act, command, person=command.person)

    def record(self, command: RecordFacts, now: datetime) -> Outcome:
        """The facts are on record, the checkpoints they meet are met."""
        with self._store.begin() as transaction:
            return self.record_within(transaction, command, now)

    def record_within(
        self, transaction: Transaction, command: RecordFacts, now: datetime
    ) -> Outcome:
        """As `record`, inside a transaction the caller holds."""
        require_role(command.actor, RECORDERS, "record facts")

        def change(act: Act) -> None:
            self._add_facts(act, command.facts)

        return self._change_within(transaction, command, command.path_id, now, change)

    def correct(self, command: CorrectFact, now: datetime) -> Outcome:
        """The corrected value counts from now on; the old record stays, superseded."""
        require_role(command.actor, RECORDERS, "correct a fact")
        return self._change(command, command.path_id, now, lambda act: correct_fact(act, command))

    def change_settings(self, command: ChangeSettings, now: datetime) -> Outcome:
        """The active set, region, site or time zone is changed, journaled and decided again."""
        require_role(command.actor, RECORDERS, "change settings")

        def change(act: Act) -> None:
            merged = {**act.path.settings, **command.settings}
            settings = checked_settings(act.found.pathway, merged)
            before = {name: act.path.settings.get(name, "") for name in command.settings}
            act.path = replace(act.path, settings=settings)
            detail = {"before": before, "after": dict(command.settings)}
            act.write("settings_changed", reason=command.reason, detail=detail)
            recompute(act)

        return self._change(command, command.path_id, now, change)

    def record_data_use(self, command: RecordDataUse, now: datetime) -> Outcome:
        """What the patient said about the use of their data is on record; care does not change."""
        require_role(command.actor, RECORDERS, "record data use")
        return self._change(
            command, command.path_id, now, lambda act: record_data_use(act, command)
        )

    def erase_identity(self, command: EraseIdentity, now: datetime) -> Outcome:
        """Nobody can tell any more whom the path belongs to; path, facts and history stay.

        Raises NotPermittedError, RefusedError for a path in care or erased already.
        """
        command = self._signed(command, "erase an identity", ERASERS)

        def change(act: Act) -> None:
            journal = self._store.journal(command.path_id)
            erase_identity(act, command, journal, self._store.person(command.path_id))

        return self._change(command, command.path_id, now, change)

    def confirm(self, command: ConfirmStep, now: datetime) -> Outcome:
        """The step is taken, or waits for a second clinician where the pathway asks for two.

        Raises NotPermittedError for roles that may not confirm, RefusedError with the unmet and
        unknown clauses when the step is not open.
        """
        command = self._signed(command, "confirm a step")
        return self._change(command, command.path_id, now, lambda act: confirm_step(act, command))

    def countersign(self, command: Countersign, now: datetime) -> Outcome:
        """The waiting step is taken, or declined; raises NotPermittedError for the same person."""
        command = self._signed(command, "countersign a step")

        def change(act: Act) -> None:
            pending = act.path.pending
            if pending and pending.step.startswith(PENDING_UNDO) and not command.decline:
                countersign_undo(act, self.history(act.found), command)
            else:
                countersign(act, command)

        return self._change(command, command.path_id, now, change)

    def override(self, command: OverrideStep, now: datetime) -> Outcome:
        """The step is taken though it is not open, or waits for a second clinician.

        Raises NotPermittedError, RefusedError when it is open, forbidden, or without a reason.
        """
        command = self._signed(command, "override a recommendation")
        return self._change(command, command.path_id, now, lambda act: override_step(act, command))

    def undo(self, command: UndoStep, now: datetime) -> Outcome:
        """The step and all after it are undone, or wait for a second clinician.

        Raises NotFoundError, NotPermittedError, RefusedError for what is no step or cannot be.
        """
        command = self._signed(command, "undo a step")
        return self._change(
            command,
            command.path_id,
            now,
            lambda act: undo_step(act, self.history(act.found), command),
        )

    def foresee_undo(self, path_id: str, seq: int | None, now: datetime) -> Consequences:
        """What undoing a step would bring with it; nothing is written. Raises as `undo` does."""
        found = self.look(path_id, now)
        self._refuse_merged(found.case.path)
        return consequences(found, self.history(found), seq)

    def close_review(self, command: CloseReview, now: datetime) -> Outcome:
        """A past decision was looked at again: upheld, compensated, or without effect.

        Raises NotFoundError, NotPermittedError, and ConflictError when it is closed already.
        """
        command = self._signed(command, "close a review")
        return self._change(
            command,
            command.path_id,
            now,
            lambda act: close_review(act, self.history(act.found), command),
        )

    def see_to(self, command: CheckpointCommand, now: datetime) -> Outcome:
        """A checkpoint is waived, snoozed or acknowledged, or contact with a patient recorded.

        Raises NotFoundError when no such checkpoint is open, NotPermittedError, RefusedError.
        """
        require_role(command.actor, RECORDERS, "see to a checkpoint")
        return self._change(
            command, command.path_id, now, lambda act: CHECKPOINT_ACTS[type(command)](act, command)
        )

    def pause(self, command: PauseReminders, now: datetime) -> Outcome:
        """Nobody is reminded of anything of this patient before a day."""
        require_role(command.actor, RECORDERS, "pause reminders")
        return self._change(command, command.path_id, now, lambda act: pause(act, command))

    def resume(self, command: ResumeReminders, now: datetime) -> Outcome:
        """Reminders of this patient come again."""
        require_role(command.actor, RECORDERS, "resume reminders")
        return self._change(command, command.path_id, now, lambda act: resume(act, command))

    def transcribe(self, command: Transcribe, now: datetime) -> Outcome:
        """What a registry reports is written down, each step decided as of its own date."""
        with self._store.begin() as transaction:
            return self.transcribe_within(transaction, command, now)

    def transcribe_within(
        self, transaction: Transaction, command: Transcribe, now: datetime
    ) -> Outcome:
        """As `transcribe`, inside a transaction the caller holds."""
        require_role(command.actor, frozenset({"service"}), "transcribe a registry")

        def change(act: Act) -> None:
            for item in command.acts:
                if isinstance(item, NewFact):
                    act.add_fact(item, "fact_recorded")
                    continue
                step = ConfirmStep(
                    actor=command.actor,
                    path_id=command.path_id,
                    step=item.step,
                    effective_on=item.effective_on,
                    reason=item.reason,
                    transcribed=True,
                )
                confirm_step(act, step)

        return self._change_within(transaction, command, command.path_id, now, change)

    def attend(self, path_id: str, actor: Actor, now: datetime) -> Outcome:
        """Checkpoints agree with the zone data; what came due is due, overdue or escalated.

        A second call adds nothing.
        """
        with self._store.begin() as transaction:
            return self.attend_within(transaction, path_id, actor, now)

    def attend_within(
        self, transaction: Transaction, path_id: str, actor: Actor, now: datetime
    ) -> Outcome:
        """As `attend`, inside a transaction the caller holds."""
        act = Act(self.found(transaction.load(path_id), now), actor)
        if not act.path.merged_into:
            attend(act)
        if act.has_changed:
            transaction.write(act.commit(None))
        return Outcome(act.found.pathway, act.case_after(), tuple(act.entries), now)

    def _add_facts(self, act: Act, facts: Iterable[NewFact]) -> None:
        for fact in facts:
            act.add_fact(fact, "fact_recorded")


def checked_settings(pathway: Pathway, settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of a path with defaults; raises FactError for one that is not there."""
    merged = dict(settings)
    known = {*pathway.settings, "site", "time_zone"}
    for name in merged:
        if name not in known:
            raise FactError(
                name, f"{name} is not a setting; settings are {', '.join(sorted(known))}."
            )
    zone = merged.get("time_zone", "UTC")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise FactError(
            "time_zone", f"{zone} is not a time zone; write one like Europe/London."
        ) from None
    return {**merged, **read_settings(pathway, merged), "time_zone": zone}
