"""What the orchestrator asks of a store; implemented in `storage`, on every database alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from workflow.records import (
    Answered,
    Case,
    CheckpointRecord,
    Commit,
    JournalEntry,
    PathRecord,
    Person,
)
from workflow.versions import Signature, Version


class Transaction(Protocol):
    """One write transaction: it holds the write lock from its first line and commits at its end."""

    def answered(self, actor: str, key: str) -> Answered | None:
        """The answer already given to this actor's key, if any."""
        ...

    def load(self, path_id: str) -> Case:
        """The path with its fact records and live checkpoints; raises NotFoundError."""
        ...

    def write(self, commit: Commit) -> None:
        """Write all of it; raises ConflictError when the path's version is not the expected one.

        With `person` set it enrols: raises ConflictError naming the system when one of the
        identifiers is already enrolled.
        """
        ...

    def has_version(self, content_hash: str) -> bool:
        """Whether the pathway version with this hash is kept already."""
        ...

    def keep_version(self, version: Version) -> None:
        """Keep a pathway version, for ever unchanged."""
        ...

    def keep_plan(self, digest: str, content: str, now: datetime) -> None:
        """Keep the text of a migration plan by its digest, once and for ever unchanged."""
        ...

    def sign(self, signature: Signature) -> None:
        """Add a person's signature under a version or a plan, for ever."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[tuple[str, str, int, int]]:
        """Keys of live checkpoints whose `next_at` has come, earliest first, `limit` at most."""
        ...


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One path as the worklist shows it: where it is, and its most pressing live checkpoint."""

    path: PathRecord
    person: Person
    checkpoint: CheckpointRecord | None
    live_checkpoints: int


class Store(Protocol):
    """Reads, and the one way to write."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """A write transaction; retries while another writer holds the lock, with jittered pauses.

        Commits when the block ends, rolls back when it raises. Raises StoreError when the
        database is read-only, full, damaged or newer than this program.
        """
        ...

    def case(self, path_id: str) -> Case:
        """The path with its fact records and live checkpoints; raises NotFoundError."""
        ...

    def cases(self, wanted: Callable[[PathRecord], bool]) -> Iterator[Case]:
        """Every path by id, without its checkpoints; the wanted ones with their fact records."""
        ...

    def person(self, path_id: str) -> Person:
        """Who the path belongs to; raises NotFoundError."""
        ...

    def find(self, text: str) -> Sequence[str]:
        """Path ids whose id or identifier equals `text`, or whose name contains it (any case)."""
        ...

    def enrolled(self, system: str, value: str) -> str | None:
        """The id of the path enrolled under this identifier, if any."""
        ...

    def paths(self) -> Iterator[PathRecord]:
        """Every path, by id."""
        ...

    def worklist(self) -> Sequence[WorklistRow]:
        """Every path, one row each: the census. Most pressing live checkpoint first."""
        ...

    def live_checkpoints(self) -> Sequence[CheckpointRecord]:
        """Every checkpoint still expected, of every path, most pressing first."""
        ...

    def journal(self, path_id: str) -> Sequence[JournalEntry]:
        """The path's history, oldest first."""
        ...

    def checkpoints(self, path_id: str) -> Sequence[CheckpointRecord]:
        """Every checkpoint the path ever had, in the order they were opened."""
        ...

    def version(self, content_hash: str) -> Version | None:
        """The kept pathway version with this hash, if any."""
        ...

    def versions(self) -> Sequence[Version]:
        """Every kept pathway version, by pathway id and in the order they were kept."""
        ...

    def signatures(self, subject: str) -> Sequence[Signature]:
        """What was signed under a version's hash or a plan's digest, oldest first."""
        ...

    def signatures_of(self, pathway_id: str) -> Sequence[Signature]:
        """What was signed under any version of this pathway, oldest first."""
        ...

    def paths_per_version(self) -> Mapping[str, int]:
        """How many paths are pinned to each version, by its hash."""
        ...
