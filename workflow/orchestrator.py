"""Load, decide, commit: the one way in for everybody.

Every change of a path goes through here, for people, importers and the scheduler alike. One
command is one transaction: idempotency key, load, decide, state, journal, facts, checkpoints,
notices and audit are written together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from workflow.act import Act
from workflow.attending import attend
from workflow.canonical import digest
from workflow.checkpoint_acts import CHECKPOINT_ACTS, pause, resume
from workflow.commands import (
    ChangeSettings,
    CheckpointCommand,
    CloseReview,
    Command,
    ConfirmStep,
    CorrectFact,
    Countersign,
    Enrol,
    EraseIdentity,
    MergePaths,
    MigratePath,
    MoveFact,
    NewFact,
    OverrideStep,
    PauseReminders,
    RecordDataUse,
    RecordFacts,
    ResumeReminders,
    RevertMigration,
    Transcribe,
    UndoStep,
    UnmergePaths,
)
from workflow.correcting import refuse_amending_void
from workflow.data_use import record_data_use
from workflow.decide import Decision
from workflow.erasing import ERASERS, erase_identity
from workflow.errors import ConflictError, FactError, NotFoundError, NotPermittedError, RefusedError
from workflow.facts import FactRecord, read_settings
from workflow.foreseeing import ForeseenCommand, foresee
from workflow.found import Found
from workflow.library import Library
from workflow.merging import (
    MERGERS,
    merge,
    refuse_merged,
    refuse_senseless_merge,
    unmerge,
)
from workflow.migrating import migrated, reverted, way_back
from workflow.migration import MigrationPlan
from workflow.moving_facts import move_fact, refuse_senseless_move
from workflow.off_pathway import concerns_care
from workflow.overriding import countersign, override_step
from workflow.pathway import Pathway
from workflow.recomputing import recompute
from workflow.records import (
    Actor,
    Answered,
    Case,
    CheckpointRecord,
    JournalEntry,
    PathRecord,
    Person,
)
from workflow.redeciding import History
from workflow.review import ReviewItem
from workflow.reviewing import close_review, concerns_the_past, look_at_care, look_back
from workflow.signatures import Voucher, not_checked
from workflow.signing import (
    SIGNERS,
    confirm_step,
    is_same_person,
    refuse_future,
    require_role,
)
from workflow.store import Store, Transaction
from workflow.time_travel import Moment, seen_then
from workflow.undoing import PENDING_UNDO, Consequences, consequences, countersign_undo, undo_step

Signing = TypeVar("Signing", bound=Command)
RECORDERS = SIGNERS | {"coordinator", "service"}
TRANSCRIPTION = "registry_transcription"
_KEEP_ANSWERS = timedelta(days=30)


@dataclass(frozen=True)
class Outcome:
    """What an act did: the path afterwards, the journal entries written, the checkpoint rows.

    `replayed` says that this key had been answered before and nothing was done again.
    """

    pathway: Pathway
    case: Case
    entries: tuple[JournalEntry, ...]
    now: datetime
    replayed: bool = False

    @property
    def path(self) -> PathRecord:
        """Where the path stands now."""
        return self.case.path

    @property
    def is_pending(self) -> bool:
        """Whether a step waits for a second clinician."""
        return self.case.path.pending is not None

    @cached_property
    def decision(self) -> Decision:
        """What is recommended now, explained."""
        return Found(self.pathway, self.case, self.now).decision(explained=True)


@dataclass(frozen=True)
class Foreseen:
    """What an act would do: its outcome, the checkpoint rows and the reviews it would write."""

    outcome: Outcome
    rows: tuple[CheckpointRecord, ...]
    reviews: tuple[ReviewItem, ...]


class Orchestrator:
    """Carries out commands against a store, by the pathway version each path is pinned to.

    `vouch` asks whoever signs once more who they are, before a signature is written.
    """

    def __init__(
        self, store: Store, shipped: Callable[[str], Pathway], vouch: Voucher = not_checked
    ) -> None:
        self._store = store
        self._vouch = vouch
        self.library = Library(store, shipped)

    def vouched_by(self, vouch: Voucher) -> Orchestrator:
        """The same orchestrator where signers are asked in another way, as on a page."""
        other = copy(self)
        other._vouch = vouch  # noqa: SLF001 - a copy of our own
        return other

    # -- reading -------------------------------------------------------------------------------

    def look(self, path_id: str, now: datetime) -> Found:
        """The path with what is known and decided; nothing is written."""
        return self.found(self._store.case(path_id), now)

    def look_then(self, path_id: str, moment: Moment) -> Found:
        """The path as it was, by what was known at an instant; raises RefusedError before it."""
        case = self._store.case(path_id)
        found = self.found(case, moment.as_of)
        site = case.path.settings.get("site", "")
        plans = (kept for kept in self._store.site_plans() if kept.plan.site == site)
        kept = [kept for kept in plans if kept.at <= moment.known_at]
        plan = kept[-1].plan if kept else None
        return seen_then(case, self.history(found), moment, plan)

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

    # -- commands ------------------------------------------------------------------------------

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
        require_role(command.actor, RECORDERS, "record facts")
        return self._change(
            command, command.path_id, now, lambda act: self._add_facts(act, command.facts)
        )

    def correct(self, command: CorrectFact, now: datetime) -> Outcome:
        """The corrected value counts from now on; the old record stays, superseded."""
        require_role(command.actor, RECORDERS, "correct a fact")
        if not command.reason.strip():
            raise RefusedError("A correction needs a reason; say why the old value was wrong.")

        def change(act: Act) -> None:
            old = _standing_record(act.found.case, command.record_id)
            void = command.status == "entered_in_error"
            value = old.value if void or command.value is None else command.value
            new = NewFact(
                fact=old.fact,
                value=value,
                effective_at=command.effective_at or old.effective_at,
                status=command.status,
                source=old.source,
            )
            refuse_amending_void(act.found.pathway, old, new)
            act.add_fact(new, "fact_corrected", supersedes=old, reason=command.reason)

        return self._change(command, command.path_id, now, change)

    def move_fact(self, command: MoveFact, now: datetime) -> tuple[Outcome, Outcome]:
        """A record of the wrong patient is void there and on record for the right one, or neither.

        Answers what happened to each. Raises FactError when the other pathway does not take it.
        """
        require_role(command.actor, RECORDERS, "move a fact")
        refuse_senseless_move(command)
        with self._store.begin() as transaction:
            replayed = self._replayed(transaction, command, command.path_id, now)
            if replayed:
                other = self.found(transaction.load(command.to_path_id), now)
                return replayed, Outcome(other.pathway, other.case, (), now, replayed=True)
            # Always in the same order: two who move facts between two patients do not block.
            names = sorted((command.path_id, command.to_path_id))
            acts = {
                name: Act(self.found(transaction.load(name), now), command.actor) for name in names
            }
            act, other_act = acts[command.path_id], acts[command.to_path_id]
            if command.expected_version not in (None, act.path.version):
                self._refuse_stale(command.path_id, command.expected_version)
            self._refuse_merged(act.path)
            self._refuse_merged(other_act.path)
            record = _standing_record(act.found.case, command.record_id)
            move_fact(act, other_act, record, command.reason)
            self._settle(act)
            self._settle(other_act)
            outcome = self._commit(transaction, act, command)
            return outcome, self._commit(transaction, other_act, replace(command, key=""))

    def merge(self, command: MergePaths, now: datetime) -> tuple[Outcome, Outcome]:
        """A path of a human who was enrolled twice is merged into the other one, or neither is.

        Answers what happened to each. Raises RefusedError where they do not stand alike,
        ConflictError when one was changed, NotPermittedError.
        """
        command = self._signed(command, "merge two paths", MERGERS)
        refuse_senseless_merge(command)
        names = (command.path_id, command.into)
        with self._store.begin() as transaction:
            replayed = self._replayed(transaction, command, command.path_id, now)
            if replayed:
                other = self.found(transaction.load(command.into), now)
                return replayed, Outcome(other.pathway, other.case, (), now, replayed=True)
            acts = self._merging(self._both(names, now, transaction.load), command)
            outcome = self._commit(transaction, acts[0], command)
            return outcome, self._commit(transaction, acts[1], replace(command, key=""))

    def foresee_merge(self, command: MergePaths, now: datetime) -> tuple[Outcome, Outcome]:
        """What merging two paths would do to each; nothing is written. Raises as `merge` does."""
        require_role(command.actor, MERGERS, "merge two paths")
        refuse_senseless_merge(command)
        founds = self._both((command.path_id, command.into), now, self._store.case)
        one, other = (
            Outcome(act.found.pathway, act.case_after(), tuple(act.entries), now)
            for act in self._merging(founds, command)
        )
        return one, other

    def unmerge(self, command: UnmergePaths, now: datetime) -> tuple[Outcome, Outcome]:
        """A merged path lives again, and what it had brought no longer counts on the other.

        Answers what happened to each. Raises RefusedError for a path that is not merged, or whose
        survivor was itself merged since.
        """
        command = self._signed(command, "part two paths", MERGERS)
        with self._store.begin() as transaction:
            replayed = self._replayed(transaction, command, command.path_id, now)
            survivor = self._store.case(command.path_id).path.merged_into
            if replayed:
                return replayed, replayed
            if not survivor:
                msg = (
                    f"{command.path_id} is not merged into another path; give the id of the one "
                    "that was (`allpath patient show` of the other names it)."
                )
                raise RefusedError(msg)
            mine, other = self._both((command.path_id, survivor), now, transaction.load)
            self._refuse_versions(command.expected_version, mine)
            if mine.case.path.merged_into != survivor:
                self._refuse_stale(command.path_id, mine.case.path.version - 1)
            self._refuse_merged(other.case.path)
            parted, surviving = Act(mine, command.actor), Act(other, command.actor)
            unmerge(parted, surviving, (self.history(mine), self.history(other)), command.reason)
            self._settle(parted)
            self._settle(surviving)
            outcome = self._commit(transaction, parted, command)
            return outcome, self._commit(transaction, surviving, replace(command, key=""))

    def survivor_of(self, path_id: str) -> str:
        """The path to use: the one that this path was merged into in the end, else itself."""
        while into := self._store.case(path_id).path.merged_into:
            path_id = into
        return path_id

    def _merging(self, founds: tuple[Found, Found], command: MergePaths) -> tuple[Act, Act]:
        mine, other = founds
        self._refuse_versions(command.expected_version, mine)
        self._refuse_versions(command.expected_into, other)
        self._refuse_merged(mine.case.path)
        self._refuse_merged(other.case.path)
        leaving, staying = Act(mine, command.actor), Act(other, command.actor)
        histories = self.history(mine), self.history(other)
        merge(leaving, staying, histories, command.reason.strip())
        self._settle(staying)
        return leaving, staying

    def _both(
        self, names: tuple[str, str], now: datetime, load: Callable[[str], Case]
    ) -> tuple[Found, Found]:
        # Always in the same order: two who merge two paths at once do not block each other.
        found = {name: self.found(load(name), now) for name in sorted(names)}
        return found[names[0]], found[names[1]]

    def _refuse_versions(self, expected: int | None, found: Found) -> None:
        if expected not in (None, found.case.path.version):
            self._refuse_stale(found.case.path.path_id, expected)

    def _refuse_merged(self, path: PathRecord) -> None:
        if path.merged_into:
            refuse_merged(path, self.survivor_of(path.path_id))

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

    def history(self, found: Found) -> History:
        """The past of a path: its entries, every checkpoint it had, and its reviews."""
        path_id, own = found.case.path.path_id, found.pathway

        def version_of(content_hash: str) -> Pathway | None:
            return own if content_hash == own.content_hash else self.library.by_hash(content_hash)

        store = self._store
        return History(
            store.journal(path_id), store.checkpoints(path_id), store.reviews(path_id), version_of
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

    def migrate(self, command: MigratePath, now: datetime) -> Outcome:
        """The path is pinned to the plan's other version, once; a second call changes nothing.

        Raises NotPermittedError without another person's approval, RefusedError if it cannot move.
        """
        require_role(command.actor, SIGNERS, "migrate a path")
        plan = command.plan
        with self._store.begin() as transaction:
            self._refuse_unapproved(plan, command.actor)
            found = self.found(transaction.load(command.path_id), now)
            path = found.case.path
            if path.pathway_hash == plan.to_hash:
                return Outcome(found.pathway, found.case, (), now, replayed=True)
            self._refuse_merged(path)
            self._refuse_elsewhere(path, plan)
            return self._commit(
                transaction,
                migrated(found, self._version(plan.to_hash), plan, command.actor),
                command,
            )

    def revert(self, command: RevertMigration, now: datetime) -> Outcome:
        """The path is where it was before the plan moved it; raises RefusedError if it cannot."""
        require_role(command.actor, SIGNERS, "revert a migration")
        plan = command.plan
        with self._store.begin() as transaction:
            found = self.found(transaction.load(command.path_id), now)
            if found.case.path.pathway_hash != plan.to_hash:
                return Outcome(found.pathway, found.case, (), now, replayed=True)
            self._refuse_merged(found.case.path)
            entry = way_back(self._store.journal(command.path_id), plan)
            old = self._version(plan.from_hash)
            act = reverted(found, old, plan, entry, command.actor)
            return self._commit(transaction, act, command)

    def rehearse(self, case: Case, plan: MigrationPlan, actor: Actor, now: datetime) -> Outcome:
        """What the plan would do to the path; nothing is written. Raises as `migrate` does."""
        act = migrated(self.found(case, now), self._version(plan.to_hash), plan, actor)
        return Outcome(act.found.pathway, act.case_after(), tuple(act.entries), now)

    def _version(self, content_hash: str) -> Pathway:
        found = self.library.by_hash(content_hash)
        if found is None:
            msg = f"The version {content_hash[:12]} is not kept here; make the plan here."
            raise NotFoundError(msg)
        return found

    def _refuse_unapproved(self, plan: MigrationPlan, actor: Actor) -> None:
        names = [s.actor for s in self._store.signatures(plan.digest) if s.kind == "plan_approved"]
        if not any(not is_same_person(name, actor.name) for name in names):
            msg = (
                f"The plan {plan.digest[:12]} is not approved by another person than {actor.name}; "
                "ask one for `allpath pathway migrate approve PLAN`. A changed plan is a new one."
            )
            raise NotPermittedError(msg)

    def _refuse_elsewhere(self, path: PathRecord, plan: MigrationPlan) -> None:
        if path.pathway_hash != plan.from_hash:
            msg = (
                f"{path.path_id} is on neither version of the plan, but on {path.pathway_version}."
            )
            raise RefusedError(msg)
        if any(
            entry.kind == "migration_reverted" and entry.detail["plan"] == plan.digest
            for entry in self._store.journal(path.path_id)
        ):
            msg = f"{path.path_id} was moved back from this plan; move it by a new one."
            raise RefusedError(msg)

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

    # -- how a command is carried out ----------------------------------------------------------

    def _signed(self, command: Signing, what: str, roles: frozenset[str] = SIGNERS) -> Signing:
        """The command with how its signer showed who they are; raises NotPermittedError."""
        require_role(command.actor, roles, what)
        shown_by = self._vouch(command.actor, what)
        return replace(command, actor=replace(command.actor, shown_by=shown_by))

    def _change(
        self, command: Command, path_id: str, now: datetime, change: Callable[[Act], None]
    ) -> Outcome:
        with self._store.begin() as transaction:
            return self._change_within(transaction, command, path_id, now, change)

    def _change_within(
        self,
        transaction: Transaction,
        command: Command,
        path_id: str,
        now: datetime,
        change: Callable[[Act], None],
    ) -> Outcome:
        replayed = self._replayed(transaction, command, path_id, now)
        if replayed:
            return replayed
        found = self.found(transaction.load(path_id), now)
        if command.expected_version not in (None, found.case.path.version):
            self._refuse_stale(path_id, command.expected_version)
        if not isinstance(command, CloseReview):  # of the past, and so of a merged path too
            self._refuse_merged(found.case.path)
        act = Act(found, command.actor)
        change(act)
        self._settle(act)
        return self._commit(transaction, act, command)

    def _settle(self, act: Act) -> None:
        """What follows from the act: its checkpoints, and past decisions to look at again."""
        act.plan()
        path_id = act.path.path_id
        if concerns_the_past(act, lambda: self._store.journal(path_id)):
            look_back(act, self.history(act.found))
        if concerns_care(act):
            look_at_care(act, self.history(act.found))

    def _refuse_stale(self, path_id: str, version: int | None) -> None:
        since = [e for e in self._store.journal(path_id) if e.seq > (version or 0)]
        changes = tuple(
            f"{e.kind.replace('_', ' ')} by {e.actor} at {e.at:%d-%b-%Y %H:%M} UTC" for e in since
        )
        msg = f"The path {path_id} was changed since you looked at it. Look again, then decide."
        raise ConflictError(msg, changes)

    def found(self, case: Case, now: datetime) -> Found:
        """A case under the version it is pinned to; raises IntegrityError, NotFoundError."""
        return self._found_under(self.library.pinned(case.path), case, now)

    def _found_under(self, pathway: Pathway, case: Case, now: datetime) -> Found:
        site = case.path.settings.get("site", "")
        kept = self._store.site_plan(site) if site else None
        return Found(pathway, case, now, kept.plan if kept else None)

    def _add_facts(self, act: Act, facts: Iterable[NewFact]) -> None:
        for fact in facts:
            act.add_fact(fact, "fact_recorded")

    def _replayed(
        self, transaction: Transaction, command: Command, path_id: str, now: datetime
    ) -> Outcome | None:
        if not command.key:
            return None
        earlier = transaction.answered(str(command.actor), command.key)
        if earlier is None or earlier.at < now - _KEEP_ANSWERS:
            return None
        if earlier.request_digest != _request_digest(command):
            msg = f"The key {command.key} was used for another request; use a new key."
            raise ConflictError(msg)
        path_id = str(earlier.answer.get("path_id", path_id))
        found = self.found(transaction.load(path_id), now)
        return Outcome(found.pathway, found.case, (), now, replayed=True)

    def _commit(
        self, transaction: Transaction, act: Act, command: Command, person: Person | None = None
    ) -> Outcome:
        answered = None
        if command.key:
            answer = {"path_id": act.path.path_id, "version": act.path.version}
            answered = Answered(
                str(command.actor), command.key, _request_digest(command), answer, act.found.now
            )
        transaction.write(act.commit(answered, person))
        return Outcome(act.found.pathway, act.case_after(), tuple(act.entries), act.found.now)


def _standing_record(case: Case, record_id: str) -> FactRecord:
    by_id = {record.record_id: record for record in case.facts}
    if record_id not in by_id:
        msg = f"There is no record {record_id} of {case.path.path_id}; see `allpath fact list`."
        raise NotFoundError(msg)
    if record_id in {record.supersedes for record in case.facts}:
        msg = f"The record {record_id} was corrected already; correct the record that replaced it."
        raise RefusedError(msg)
    return by_id[record_id]


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


def _request_digest(command: Command) -> str:
    return digest({"command": type(command).__name__, "content": repr(replace(command, key=""))})
