"""Every recorded decision made again, under the version and on the records of its moment.

The journal keeps a digest of each decision and of the facts it rested on. Deciding again must give
both to the letter; where it does not, the record or the program is not what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workflow.decide import Decision
from workflow.errors import NotFoundError, RefusedError
from workflow.facts import FactRecord
from workflow.hindsight import decision_at, known_before
from workflow.pathway import Pathway
from workflow.records import Case, JournalEntry
from workflow.redeciding import History, decided_on
from workflow.retracing import Stage, retraced


@dataclass(frozen=True, slots=True)
class Replayed:
    """A recorded decision and the same made again; `decision` is None without its version."""

    stage: Stage
    pathway: Pathway | None
    decision: Decision | None
    facts: tuple[FactRecord, ...]

    @property
    def entry(self) -> JournalEntry:
        """The journal entry that recorded it."""
        return self.stage.entry

    @property
    def is_as_stored(self) -> bool:
        """Whether decision and facts have the digests the journal keeps."""
        made = self.decision
        return made is not None and (made.digest, made.facts_digest) == (
            self.entry.decision_digest,
            self.entry.facts_digest,
        )


def replays(case: Case, history: History) -> Iterator[Replayed]:
    """Every decision in the history of a path made again, the oldest first."""
    for stage in retraced(history.entries, case.path, history.version_of):
        if stage.entry.decision_digest:
            yield _replayed(case, history, stage, explained=False)


def replay_of(case: Case, history: History, seq: int) -> Replayed:
    """The decision of one journal entry made again, explained.

    Raises NotFoundError for an entry that is not there, RefusedError for one without a decision.
    """
    path_id = case.path.path_id
    for stage in retraced(history.entries, case.path, history.version_of):
        if stage.entry.seq == seq:
            if not stage.entry.decision_digest:
                kind = stage.entry.kind.replace("_", " ")
                msg = f"Entry {seq} of {path_id} records no decision ({kind})."
                raise RefusedError(msg)
            return _replayed(case, history, stage, explained=True)
    raise NotFoundError(f"{path_id} has no journal entry {seq}; see `allpath history`.")


def _replayed(case: Case, history: History, stage: Stage, *, explained: bool) -> Replayed:
    pathway = history.version_of(stage.entry.pathway_hash)
    facts = known_before(case.facts, stage.entry.seq)
    if pathway is None:
        return Replayed(stage, None, None, facts)
    day = decided_on(stage)
    decision = decision_at(pathway, stage.before, facts, day, explained=explained)
    return Replayed(stage, pathway, decision, facts)
