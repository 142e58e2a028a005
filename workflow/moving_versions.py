"""Commands that move a path to another pathway version by an approved plan, and back."""

from __future__ import annotations

from datetime import datetime

from workflow.carrying_out import CarryingOut, Outcome
from workflow.commands import (
    MigratePath,
    RevertMigration,
)
from workflow.errors import NotFoundError, NotPermittedError, RefusedError
from workflow.migrating import migrated, reverted, way_back
from workflow.migration import MigrationPlan
from workflow.pathway import Pathway
from workflow.records import (
    Actor,
    Case,
    PathRecord,
)
from workflow.signing import (
    SIGNERS,
    is_same_person,
    require_role,
)


class MovingVersions(CarryingOut):
    """Moves paths to the version of a plan, once each, and back where there is a way."""

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
