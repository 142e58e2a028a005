"""Commands about two paths at once: both are changed in one transaction, or neither is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from workflow.act import Act
from workflow.carrying_out import CarryingOut, Outcome, standing_record
from workflow.commands import MergePaths, MoveFact, UnmergePaths
from workflow.errors import RefusedError
from workflow.found import Found
from workflow.merging import MERGERS, merge, refuse_senseless_merge, unmerge
from workflow.moving_facts import move_fact, refuse_senseless_move
from workflow.records import Case
from workflow.signing import RECORDERS, require_role
from workflow.store import Transaction


class TwoPaths(CarryingOut):
    """Moves a fact, and merges and parts paths."""

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
            record = standing_record(act.found.case, command.record_id)
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
        with self._store.begin() as transaction:
            return self.merge_within(transaction, command, now)

    def merge_within(
        self, transaction: Transaction, command: MergePaths, now: datetime
    ) -> tuple[Outcome, Outcome]:
        """As `merge`, inside a transaction the caller holds."""
        command = self._signed(command, "merge two paths", MERGERS)
        refuse_senseless_merge(command)
        names = (command.path_id, command.into)
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
        with self._store.begin() as transaction:
            return self.unmerge_within(transaction, command, now)

    def unmerge_within(
        self, transaction: Transaction, command: UnmergePaths, now: datetime
    ) -> tuple[Outcome, Outcome]:
        """As `unmerge`, inside a transaction the caller holds."""
        command = self._signed(command, "part two paths", MERGERS)
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
