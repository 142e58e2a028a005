"""How a command is carried out: load, decide, commit, in one transaction.

Idempotency key, load, decide, state, journal, facts, checkpoints, notices and audit are written
together or not at all; what a command does in between is its own.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Self, TypeVar

from workflow.act import Act
from workflow.canonical import digest
from workflow.commands import (
    CloseReview,
    Command,
)
from workflow.decide import Decision
from workflow.errors import ConflictError, NotFoundError, RefusedError
from workflow.facts import FactRecord
from workflow.found import Found
from workflow.library import Library
from workflow.merging import (
    refuse_merged,
)
from workflow.off_pathway import concerns_care
from workflow.pathway import Pathway
from workflow.records import (
    Answered,
    Case,
    JournalEntry,
    PathRecord,
    Person,
)
from workflow.redeciding import History
from workflow.reviewing import concerns_the_past, look_at_care, look_back
from workflow.signatures import Voucher, not_checked
from workflow.signing import (
    SIGNERS,
    require_role,
)
from workflow.store import Store, Transaction
from workflow.time_travel import Moment, seen_then

Signing = TypeVar("Signing", bound=Command)
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


class CarryingOut:
    """The store, the versions and the steps that every command shares.

    `vouch` asks whoever signs once more who they are, before a signature is written.
    """

    def __init__(
        self, store: Store, shipped: Callable[[str], Pathway], vouch: Voucher = not_checked
    ) -> None:
        self._store = store
        self._vouch = vouch
        self.library = Library(store, shipped)

    # -- reading -------------------------------------------------------------------------------

    def vouched_by(self, vouch: Voucher) -> Self:
        """The same where signers are asked in another way, as on a page."""
        other = copy(self)
        other._vouch = vouch  # noqa: SLF001 - a copy of our own
        return other

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

    def survivor_of(self, path_id: str) -> str:
        """The path to use: the one that this path was merged into in the end, else itself."""
        while into := self._store.case(path_id).path.merged_into:
            path_id = into
        return path_id

    def history(self, found: Found) -> History:
        """The past of a path: its entries, every checkpoint it had, and its reviews."""
        path_id, own = found.case.path.path_id, found.pathway

        def version_of(content_hash: str) -> Pathway | None:
            return own if content_hash == own.content_hash else self.library.by_hash(content_hash)

        store = self._store
        return History(
            store.journal(path_id), store.checkpoints(path_id), store.reviews(path_id), version_of
        )

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

    def _refuse_merged(self, path: PathRecord) -> None:
        if path.merged_into:
            refuse_merged(path, self.survivor_of(path.path_id))


def standing_record(case: Case, record_id: str) -> FactRecord:
    """The record, if it stands; raises NotFoundError, RefusedError for one corrected already."""
    by_id = {record.record_id: record for record in case.facts}
    if record_id not in by_id:
        msg = f"There is no record {record_id} of {case.path.path_id}; see `allpath fact list`."
        raise NotFoundError(msg)
    if record_id in {record.supersedes for record in case.facts}:
        msg = f"The record {record_id} was corrected already; correct the record that replaced it."
        raise RefusedError(msg)
    return by_id[record_id]


def _request_digest(command: Command) -> str:
    return digest({"command": type(command).__name__, "content": repr(replace(command, key=""))})
