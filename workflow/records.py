"""What is kept about a path: frozen records that cross floors; nothing here reads or writes.

Instants are UTC and aware; civil dates are dates at the patient's site. `path_id` is the opaque id;
names and identifiers live in `Person` alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Final, Literal, get_args

from workflow.canonical import canonical
from workflow.facts import FactRecord
from workflow.place import NEW, Place
from workflow.review import ReviewItem

ActingRole = Literal["coordinator", "clinician", "lead", "director", "auditor", "service"]
"""Who may have done something to a path."""
Role = ActingRole | Literal["admin", "viewer"]
"""All of them, those who only look or look after accounts included."""
ACTING: Final = get_args(ActingRole)
ROLES: Final = (*ACTING, "admin", "viewer")
Paused = Literal["", "operational", "all"]
GENESIS: Final = "0" * 64
"""The hash before a path's first journal entry."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a named person in a role, or a service; the operating system's user beside it.

    `shown_by` says how a signer showed who they are, for this act alone.
    """

    name: str
    role: Role
    os_user: str = ""
    shown_by: str = field(default="", repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.name}:{self.role}"


@dataclass(frozen=True, slots=True)
class Person:
    """Who a path belongs to: kept apart from everything clinical.

    `identifiers` maps a system (for instance `mrn`, `nhs`) to the value in that system; `title` is
    how they are addressed (`Dr`), if that was said. All of it is empty where the identity was
    erased at an instant, or is locked for want of its key.
    """

    path_id: str
    family_name: str
    given_name: str
    identifiers: Mapping[str, str]
    contact: str = ""
    title: str = ""
    # Not in the text of a person: the digest of an enrolment stays what it was.
    erased_at: datetime | None = field(default=None, repr=False)
    is_locked: bool = field(default=False, repr=False)

    def __repr__(self) -> str:
        """The person as a text; without a title it is that of before there were titles.

        The digest of an enrolment is made of it, and has to stay what it was.
        """
        shown = ["path_id", "family_name", "given_name", "identifiers", "contact"]
        shown += ["title"] if self.title else []
        return f"Person({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    @property
    def is_known(self) -> bool:
        """Whether the name and the numbers can be read."""
        return self.erased_at is None and not self.is_locked

    @property
    def resembles(self) -> tuple[str, str]:
        """Equal for people whose names are easily mistaken: same family name, same initial."""
        return self.family_name.casefold(), self.given_name[:1].casefold()


@dataclass(frozen=True, slots=True)
class PathRecord:
    """Where a path stands. `version` counts its journal entries, `head` is the last one's hash.

    `entered` says since which civil date the main state (`main`), the treatment line (`line`) and
    each open track are in force.
    `settings` holds the pathway's settings (timing set, region) and `site` and `time_zone`.
    `pending` is a step that waits for a second clinician: its target and the first signer.
    `asked` names the checkpoints already opened during the present stay in the state and tracks,
    `since` the journal entries with which the present `state` and `line` began.
    `next_at` is when somebody has to look at the path again whatever happens, to the second;
    None: never. Until `paused_until` nobody is reminded of it, or of what is operational alone
    (`paused`). `merged_into` is the path of the same human that this one was merged into, if any.
    """

    path_id: str
    pathway_id: str
    pathway_version: str
    pathway_hash: str
    state: str
    entered: Mapping[str, date]
    settings: Mapping[str, str]
    episode: int = 1
    line: int = 0
    version: int = 0
    head: str = GENESIS
    pending: PendingStep | None = None
    asked: tuple[str, ...] = ()
    since: Mapping[str, int] = field(default_factory=dict)
    next_at: datetime | None = None
    paused_until: datetime | None = None
    paused: Paused = ""
    merged_into: str = ""

    @property
    def open_tracks(self) -> tuple[str, ...]:
        """The parallel tracks that are open, in the order they were opened."""
        return tuple(name for name in self.entered if name not in {"main", "line"})

    def continued(self, entry: JournalEntry) -> PathRecord:
        """The path once this entry, its next one, is written."""
        return PathRecord(
            self.path_id,
            self.pathway_id,
            self.pathway_version,
            self.pathway_hash,
            self.state,
            self.entered,
            self.settings,
            self.episode,
            self.line,
            entry.seq,
            entry.hash,
            self.pending,
            self.asked,
            self.since,
            self.next_at,
            self.paused_until,
            self.paused,
            self.merged_into,
        )


@dataclass(frozen=True, slots=True)
class PendingStep:
    """A step confirmed by one clinician that waits for another: what, by whom, since when.

    With `variance`, a coded reason, it overrides the recommendation, and is good until a day.
    """

    step: str
    option: str | None
    effective_on: date
    by: str
    at: datetime
    reason: str = ""
    note: str = ""
    variance: str = ""
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One thing that happened to a path, for ever. `seq` counts from 1 without gaps.

    `kind` is past tense (`enrolled`, `fact_recorded`, `step_confirmed` ...). `facts_digest` and
    `decision_digest` can be recomputed from what is kept, so they are checked, not stored twice.
    `detail` holds what else belongs to this kind, as plain JSON.
    """

    path_id: str
    seq: int
    kind: str
    at: datetime
    actor: str
    role: str
    os_user: str
    pathway_hash: str
    state_from: str
    state_to: str
    track: str = "main"
    rule: str = ""
    option: str | None = None
    reason: str = ""
    note: str = ""
    effective_on: date | None = None
    facts_digest: str = ""
    decision_digest: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    previous: str = GENESIS
    hash: str = ""

    def payload(self) -> str:
        """What the hash covers, as canonical JSON: sorted keys, no white space."""
        content = {
            "actor": self.actor,
            "at": iso(self.at),
            "decision_digest": self.decision_digest,
            "detail": self.detail,
            "effective_on": self.effective_on.isoformat() if self.effective_on else None,
            "facts_digest": self.facts_digest,
            "kind": self.kind,
            "note": self.note,
            "option": self.option,
            "os_user": self.os_user,
            "path_id": self.path_id,
            "pathway_hash": self.pathway_hash,
            "reason": self.reason,
            "role": self.role,
            "rule": self.rule,
            "seq": self.seq,
            "state_from": self.state_from,
            "state_to": self.state_to,
            "track": self.track,
        }
        return canonical(content)

    def computed_hash(self) -> str:
        """SHA-256 over the previous hash and the payload, in hexadecimal."""
        return hashlib.sha256((self.previous + self.payload()).encode()).hexdigest()

    def sealed(self) -> JournalEntry:
        """The entry with its hash."""
        return JournalEntry(
            self.path_id,
            self.seq,
            self.kind,
            self.at,
            self.actor,
            self.role,
            self.os_user,
            self.pathway_hash,
            self.state_from,
            self.state_to,
            self.track,
            self.rule,
            self.option,
            self.reason,
            self.note,
            self.effective_on,
            self.facts_digest,
            self.decision_digest,
            self.detail,
            self.previous,
            self.computed_hash(),
        )


MOVES: Final = frozenset({"migrated", "migration_reverted"})
"""The kinds of entries with which a path moves to another pathway version; `detail` says from."""

MERGED_INTO: Final = "merged_into"
MERGED_FROM: Final = "merged_from"
UNMERGED_FROM: Final = "unmerged_from"
UNMERGED: Final = "unmerged"
"""The kinds of entries with which a path is merged into another, takes one in, and both part
again; `detail` names the `other` path and the `entry` of its history."""

ClosedStatus = Literal["met", "waived", "expired", "cancelled"]
CheckpointStatus = Literal["scheduled", "open", "due", "overdue", "escalated"] | ClosedStatus
LIVE_STATUSES: Final = ("scheduled", "open", "due", "overdue", "escalated")
CLOSED_STATUSES: Final = get_args(ClosedStatus)
QuietKind = Literal["snoozed", "acknowledged", "contacted"]


@dataclass(frozen=True, slots=True)
class CheckpointRecord:
    """One occurrence of a checkpoint of a path.

    Its key is (`path_id`, `checkpoint`, `opened_seq`, `occurrence`): the journal entry that opened
    it and a number from 1 for repeats. `opens_at`, `due_at`, `overdue_at` are instants, computed
    from `due_rule` ("29 d after treatment_end_date 2024-03-01, Europe/London") which is kept
    beside them, and so are `ideal_at`, the best moment, and `expires_at`, from when it can no
    longer be met; None where the pathway names none. `next_at` is when a sweep has something to
    do here; None: never. `level` counts escalations made, `reminded_at` is the last reminder after
    them. Until `quiet_until` nobody is reminded: `quiet` says why and `quiet_by` who wanted it so.
    """

    path_id: str
    checkpoint: str
    opened_seq: int
    occurrence: int
    owner: str
    status: CheckpointStatus
    anchor_on: date
    opens_at: datetime
    due_at: datetime
    overdue_at: datetime
    due_rule: str
    next_at: datetime | None
    level: int = 0
    closed_seq: int | None = None
    met_on: date | None = None
    ideal_at: datetime | None = None
    expires_at: datetime | None = None
    reminded_at: datetime | None = None
    quiet_until: datetime | None = None
    quiet: QuietKind | None = None
    quiet_by: str = ""

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What names this row for ever."""
        return (self.path_id, self.checkpoint, self.opened_seq, self.occurrence)

    @property
    def is_live(self) -> bool:
        """Whether something is still expected."""
        return self.status in LIVE_STATUSES

    def closed(self, status: ClosedStatus, seq: int, met_on: date | None) -> CheckpointRecord:
        """The row once nothing is expected any more: met on a day, or otherwise, by an entry."""
        return replace(
            self,
            status=status,
            next_at=None,
            closed_seq=seq,
            met_on=met_on,
        )

    def is_quiet(self, now: datetime) -> bool:
        """Whether nobody is to be reminded of it for the time being."""
        return self.quiet_until is not None and now < self.quiet_until

    def is_put_off(self, now: datetime) -> bool:
        """Whether somebody wanted it to wait; one that is acknowledged is seen to, and does not."""
        return self.is_quiet(now) and self.quiet != "acknowledged"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell somebody, written with the change it is about; carries no name."""

    notice_id: str
    path_id: str
    seq: int
    topic: str
    to_role: str
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Who saw or did what, for investigation; no screen of care depends on it."""

    at: datetime
    actor: str
    role: str
    os_user: str
    action: str
    path_id: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer once given to a request, kept 30 days under (actor, key)."""

    actor: str
    key: str
    request_digest: str
    answer: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """All a decision needs of one path: where it stands, its fact records, its live checkpoints."""

    path: PathRecord
    facts: tuple[FactRecord, ...]
    checkpoints: tuple[CheckpointRecord, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """Everything one act writes, together or not at all.

    `path` is the path afterwards; `expected_version` the version it was decided on (0: enrolment).
    `checkpoints` and `reviews` are rows to insert or, when their key exists, to replace.
    `was_next_at` is when the path was to be looked at before. With `erases_identity` nobody can
    tell any more whom the path belongs to. `place` is where the path stands on the worklist then.
    """

    path: PathRecord
    expected_version: int
    entries: tuple[JournalEntry, ...]
    facts: tuple[FactRecord, ...] = ()
    checkpoints: tuple[CheckpointRecord, ...] = ()
    notices: tuple[Notice, ...] = ()
    audit: tuple[AuditEvent, ...] = ()
    answered: Answered | None = None
    person: Person | None = None
    was_next_at: datetime | None = None
    reviews: tuple[ReviewItem, ...] = ()
    erases_identity: bool = False
    place: Place = NEW


def iso(at: datetime) -> str:
    """A UTC instant as text with microseconds: `2026-11-23T07:00:00.000000Z`."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
