"""What the orchestrator asks of a store; implemented in `storage`, on every database alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from workflow.assigning import NOBODY
from workflow.facts import FactRecord
from workflow.place import Headcount
from workflow.records import (
    Answered,
    AuditEvent,
    Case,
    CheckpointRecord,
    Commit,
    JournalEntry,
    PathRecord,
    Person,
)
from workflow.review import ReviewItem
from workflow.site_plan import KeptPlan
from workflow.versions import Signature, Version
from workflow.watch import Heartbeat, Incident


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

    def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[Claim]:
        """Paths to be looked at by `now`, the longest waiting, `limit` at most; nobody else's.

        Whoever claims has until `until`; what is not finished by then can be claimed again.
        """
        ...

    def finish(self, claim: Claim, next_at: datetime | None) -> bool:
        """The claimed path is to be looked at next then; False: the claim had run out.

        Then nothing of what was done under it may be written.
        """
        ...

    def wait(self, path_id: str, at: datetime | None) -> None:
        """The path is looked at again then, if it is not waiting for that moment already."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """What is written in the block is undone alone when the block raises."""
        ...

    def incident(self, path_id: str) -> Incident | None:
        """What keeps sweeps from handling this path, if anything."""
        ...

    def keep_incident(self, incident: Incident) -> None:
        """A sweep could not handle the path."""
        ...

    def end_incident(self, path_id: str) -> bool:
        """The path could be handled again; answers whether it could not before."""
        ...

    def beat(self, beat: Heartbeat) -> None:
        """A scheduler has looked."""
        ...

    def audit(self, event: AuditEvent) -> None:
        """Who did what to something that is no path is on record."""
        ...

    def keep_site_plan(self, kept: KeptPlan) -> None:
        """A site has set a plan; the earlier ones stay."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """A path that somebody handles until an instant; nobody else's claim ends at the same."""

    path_id: str
    until: datetime


class Head(NamedTuple):
    """What says how far a path has come: its last entry's hash, which pins all that is recorded.

    With the version that decides, and the settings, which say what day it is there.
    """

    path_id: str
    hash: str
    pathway_hash: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One path as the worklist shows it: where it is, and its live checkpoints, pressing first.

    `is_similar` says, of a row of a page, that another name is easily mistaken for this one, and
    `keeper` who looks after the patient, NOBODY where nobody does.
    """

    path: PathRecord
    person: Person
    live: tuple[CheckpointRecord, ...]
    is_similar: bool = False
    keeper: str = NOBODY

    @property
    def checkpoint(self) -> CheckpointRecord | None:
        """The most pressing checkpoint, quiet or not; None: nothing is expected by any date."""
        return self.live[0] if self.live else None

    def to_see_to(self, now: datetime) -> CheckpointRecord | None:
        """The most pressing checkpoint nobody has put off; the most pressing where all are."""
        return next((row for row in self.live if not row.is_put_off(now)), self.checkpoint)


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """A page of the worklist and what was counted in the same moment.

    `count` is that of the wanted, `beside` those of whatever else was asked to be counted; `states`
    are the pathways and states in which anybody living is, and `sites` theirs.
    """

    rows: Sequence[WorklistRow]
    count: int
    beside: tuple[int, ...]
    headcount: Headcount
    states: Sequence[tuple[str, str]]
    sites: Sequence[str] = ()


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
        """Path ids whose id or identifier equals `text`, or whose name contains it (any case).

        Of one or two letters: names in which a word begins with them.
        """
        ...

    def enrolled(self, system: str, value: str) -> str | None:
        """The id of the path enrolled under this identifier, if any."""
        ...

    def without_key(self) -> Sequence[str]:
        """The paths whose person has no key although nobody erased it, by id."""
        ...

    def consents(self) -> Mapping[str, Sequence[FactRecord]]:
        """The records of what patients said about the use of their data, by path."""
        ...

    def paths(self) -> Iterator[PathRecord]:
        """Every path, by id."""
        ...

    def live_checkpoints(self) -> Sequence[CheckpointRecord]:
        """Every checkpoint still expected, of every path, most pressing first."""
        ...

    def journal(self, path_id: str) -> Sequence[JournalEntry]:
        """The path's history, oldest first."""
        ...

    def variances(self) -> Sequence[JournalEntry]:
        """Every step against the recommendation and all care off the pathway, oldest first.

        Of care, those a clinician has given a reason for; the others are open reviews.
        """
        ...

    def checkpoints(self, path_id: str) -> Sequence[CheckpointRecord]:
        """Every checkpoint the path ever had, in the order they were opened."""
        ...

    def reviews(self, path_id: str = "") -> Sequence[ReviewItem]:
        """Past decisions to look at again, open and closed, of one path or all, oldest first."""
        ...

    def open_reviews(self) -> Sequence[ReviewItem]:
        """The past decisions nobody has looked at again yet, of every path, oldest first."""
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

    def site_plan(self, site: str) -> KeptPlan | None:
        """What the site has set for itself and counts now, if anything."""
        ...

    def site_plans(self) -> Sequence[KeptPlan]:
        """Every plan any site has set, by site and in the order they were set."""
        ...

    def heartbeats(self) -> Sequence[Heartbeat]:
        """The schedulers that have ever looked, the latest look first."""
        ...

    def incidents(self) -> Sequence[Incident]:
        """The paths that sweeps could not handle, the oldest incident first."""
        ...

    def astray(self, now: datetime) -> frozenset[str]:
        """The paths whose moment no timer keeps, and those with an entry from the future."""
        ...

    def waiting_since(self) -> datetime | None:
        """The earliest moment at which any path is to be looked at; None: there is none."""
        ...

    def paths_per_version(self) -> Mapping[str, int]:
        """How many paths are pinned to each version, by its hash."""
        ...
