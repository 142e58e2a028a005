"""The tables, their keys and what each row must satisfy, whoever writes it.

Who a path belongs to is kept sealed, in the tables of `storage.identity_tables` alone; every other
table knows the opaque `path_id`. Instants are whole microseconds since 1970 in UTC, civil dates are
ISO texts, structured values are JSON texts: they sort and read the same on every database. A table
model does not validate what it is given, so the CHECK constraints do.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, get_args

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from storage.columns import APPENDED, BIG, CLUSTERED, check, of_path, one_of, whole, words
from workflow.measurement import STATUSES
from workflow.records import ACTING, CLOSED_STATUSES, LIVE_STATUSES, ROLES, QuietKind
from workflow.versions import SigningKind

_IS_LIVING: Final = "is_ended = 0"


def _living(name: str, *columns: str, rule: str = _IS_LIVING) -> Index:
    """The paths that the worklist shows, or those it only counts, with what it sorts them by."""
    return Index(name, *columns, sqlite_where=text(rule), postgresql_where=text(rule))


class PathRow(SQLModel, table=True):
    """Where a path stands now; the one row that is updated, and only from the version it had.

    Its pathway version moves with a journal entry that says so; a trigger refuses anything else.
    `site` is the one of the settings, where the server can look: it shows a session its own sites.
    Its place on the worklist follows, with the day it is due as an ordinal of the calendar; and
    last who looks after it, which moves by itself.
    """

    __tablename__: ClassVar[Any] = "path"  # Any: the base class declares it as an attribute
    __table_args__ = (
        check("path_id_given", "length(path_id) >= 1"),
        check("path_hash_length", "length(pathway_hash) = 64 AND length(head) = 64"),
        check("path_counts", "episode >= 1 AND line >= 0 AND version >= 0"),
        _living("path_by_overdue_at", "overdue_at", "path_id", "due_at", "quiet_until", "site"),
        _living(
            "path_by_due_at",
            *("due_at", "path_id", "overdue_at", "quiet_until", "site", "due_on"),
        ),
        _living("path_by_state", "pathway_id", "state", "overdue_at", "due_at", "quiet_until"),
        _living("path_by_keeper", "looked_after_by", "overdue_at", "due_at", "quiet_until", "site"),
        _living("path_by_site", "site", "overdue_at", "due_at", "quiet_until", "due_on"),
        _living("path_of_keeper", "looked_after_by", "site"),
        _living("path_quiet", "quiet_until", rule=f"{_IS_LIVING} AND quiet_until IS NOT NULL"),
        _living("path_ended", "site", "merged_into", rule="is_ended = 1"),
        _living("path_of_survivor", "merged_into", rule="merged_into <> ''"),
        CLUSTERED,
    )

    path_id: str = words(primary_key=True)
    pathway_id: str = words()
    pathway_version: str = words()
    pathway_hash: str = words()
    state: str = words()
    entered: str = words()
    settings: str = words()
    episode: int = whole()
    line: int = whole()
    version: int = whole()
    head: str = words()
    pending: str | None = words()
    asked: str = words()
    since: str = words()
    next_at: int | None = whole()
    paused_until: int | None = whole()
    paused: str = words(sa_column_kwargs={"server_default": ""})
    site: str = words(sa_column_kwargs={"server_default": ""})
    merged_into: str = words(sa_column_kwargs={"server_default": ""})
    is_ended: int = whole(sa_column_kwargs={"server_default": "0"})
    due_at: int | None = whole()
    overdue_at: int | None = whole()
    quiet_until: int | None = whole()
    due_on: int | None = whole()
    looked_after_by: str = words(sa_column_kwargs={"server_default": ""})


class FactRow(SQLModel, table=True):
    """One recorded value, for ever; `seq` is the path's version it came with."""

    __tablename__: ClassVar[Any] = "fact_record"
    __table_args__ = (
        one_of("fact_record_status", "status", STATUSES),
        check("fact_record_date", "length(effective_at) = 10"),
        check("fact_record_counts", "episode >= 1 AND seq >= 1 AND place >= 0"),
        Index(
            "fact_record_consents",
            *("path_id", "seq", "place"),
            sqlite_where=text("fact = 'consent_data'"),
            postgresql_where=text("fact = 'consent_data'"),
        ),
        CLUSTERED,
    )

    path_id: str = of_path(primary_key=True)
    record_id: str = words(primary_key=True)
    fact: str = words()
    value: str = words()
    effective_at: str = words()
    recorded_at: int = whole()
    status: str = words()
    source: str = words()
    actor: str = words()
    episode: int = whole()
    supersedes: str | None = words()
    seq: int = whole()
    place: int = whole()


class JournalRow(SQLModel, table=True):
    """One thing that happened to a path, for ever, chained to the one before by its hash."""

    __tablename__: ClassVar[Any] = "journal"
    __table_args__ = (
        check("journal_seq", "seq >= 1"),
        one_of("journal_role", "role", ACTING),
        check("journal_named", "length(actor) >= 1 AND length(kind) >= 1"),
        check(
            "journal_hash_length",
            "length(hash) = 64 AND length(previous) = 64 AND length(pathway_hash) = 64",
        ),
        check("journal_date", "length(effective_on) = 10"),
        Index(
            "journal_variances",
            *("at", "path_id", "seq"),
            sqlite_where=text("kind IN ('step_overridden', 'care_explained')"),
            postgresql_where=text("kind IN ('step_overridden', 'care_explained')"),
        ),
        Index(
            "journal_data_uses",
            *("path_id", "seq"),
            sqlite_where=text("kind = 'data_use_recorded'"),
            postgresql_where=text("kind = 'data_use_recorded'"),
        ),
        CLUSTERED,
    )

    path_id: str = of_path(primary_key=True)
    seq: int = whole(primary_key=True)
    kind: str = words()
    at: int = whole()
    actor: str = words()
    role: str = words()
    os_user: str = words()
    pathway_hash: str = words()
    state_from: str = words()
    state_to: str = words()
    track: str = words()
    rule: str = words()
    option: str | None = words()
    reason: str = words()
    note: str = words()
    effective_on: str | None = words()
    facts_digest: str = words()
    decision_digest: str = words()
    detail: str = words()
    previous: str = words()
    hash: str = words()


class CheckpointRow(SQLModel, table=True):
    """One occurrence of something expected; live until an entry of the journal closes it."""

    __tablename__: ClassVar[Any] = "checkpoint"
    __table_args__ = (
        one_of("checkpoint_status", "status", (*LIVE_STATUSES, *CLOSED_STATUSES)),
        check("checkpoint_window", "opens_at <= due_at AND due_at <= overdue_at"),
        check("checkpoint_counts", "opened_seq >= 1 AND occurrence >= 1 AND level >= 0"),
        check(
            "checkpoint_closed",
            "(closed_seq IS NOT NULL) = (status IN ('met', 'waived', 'expired', 'cancelled'))",
        ),
        check("checkpoint_expires", "expires_at >= overdue_at"),
        check("checkpoint_quiet", "(quiet_until IS NULL) = (quiet IS NULL)"),
        one_of("checkpoint_quiet_kind", "quiet", get_args(QuietKind)),
        check("checkpoint_rests", "closed_seq IS NULL OR next_at IS NULL"),
        check("checkpoint_dates", "length(anchor_on) = 10 AND length(met_on) = 10"),
        Index(
            "checkpoint_live",
            *("overdue_at", "due_at", "path_id", "checkpoint", "opened_seq", "occurrence"),
            sqlite_where=text("closed_seq IS NULL"),
            postgresql_where=text("closed_seq IS NULL"),
        ),
        CLUSTERED,
    )

    path_id: str = of_path(primary_key=True)
    checkpoint: str = words(primary_key=True)
    opened_seq: int = whole(primary_key=True)
    occurrence: int = whole(primary_key=True)
    owner: str = words()
    status: str = words()
    anchor_on: str = words()
    opens_at: int = whole()
    due_at: int = whole()
    overdue_at: int = whole()
    due_rule: str = words()
    next_at: int | None = whole()
    level: int = whole()
    closed_seq: int | None = whole()
    met_on: str | None = words()
    ideal_at: int | None = whole()
    expires_at: int | None = whole()
    reminded_at: int | None = whole()
    quiet_until: int | None = whole()
    quiet: str | None = words()
    quiet_by: str = words()


class NoticeRow(SQLModel, table=True):
    """Something to tell somebody, in the order it was written; carries no name."""

    __tablename__: ClassVar[Any] = "notice"
    __table_args__ = (
        check("notice_seq", "seq >= 1"),
        one_of("notice_role", "to_role", (*ACTING, "laboratory")),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    notice_id: str = words(unique=True)
    path_id: str = of_path()
    seq: int = whole()
    topic: str = words()
    to_role: str = words()
    body: str = words()
    created_at: int = whole()


class AuditRow(SQLModel, table=True):
    """Who saw or did what, for ever, in the order it was written."""

    __tablename__: ClassVar[Any] = "audit_event"
    __table_args__ = (
        one_of("audit_event_role", "role", ROLES),
        check("audit_event_named", "length(actor) >= 1 AND length(action) >= 1"),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    at: int = whole()
    actor: str = words()
    role: str = words()
    os_user: str = words()
    action: str = words()
    path_id: str = words()
    detail: str = words()


class AnsweredRow(SQLModel, table=True):
    """The answer once given to an actor's request, so that asking twice acts once."""

    __tablename__: ClassVar[Any] = "answered"
    __table_args__ = (
        check("answered_key_given", "length(key) >= 1"),
        Index("answered_at", "at"),
        CLUSTERED,
    )

    actor: str = words(primary_key=True)
    key: str = words(primary_key=True)
    request_digest: str = words()
    answer: str = words()
    at: int = whole()


class VersionRow(SQLModel, table=True):
    """One version of a pathway by the hash of its content, for ever unchanged."""

    __tablename__: ClassVar[Any] = "pathway_version"
    __table_args__ = (
        check("pathway_version_hash_length", "length(hash) = 64"),
        check("pathway_version_named", "length(pathway_id) >= 1 AND length(version) >= 1"),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    hash: str = words(unique=True)
    pathway_id: str = words()
    version: str = words()
    content: str = words()
    kept_at: int = whole()


class PlanRow(SQLModel, table=True):
    """One migration plan that was put to a second person, by the digest of its content."""

    __tablename__: ClassVar[Any] = "migration_plan"
    __table_args__ = (
        check("migration_plan_digest_length", "length(digest) = 64"),
        CLUSTERED,
    )

    digest: str = words(primary_key=True)
    content: str = words()
    kept_at: int = whole()


class SignatureRow(SQLModel, table=True):
    """One thing a person signed, for ever: a version by its hash, a plan by its digest."""

    __tablename__: ClassVar[Any] = "signature"
    __table_args__ = (
        check("signature_subject_length", "length(subject) = 64"),
        one_of("signature_kind", "kind", get_args(SigningKind)),
        one_of("signature_role", "role", ACTING),
        check("signature_named", "length(actor) >= 1"),
        Index("signature_of_subject", "subject"),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    subject: str = words()
    kind: str = words()
    actor: str = words()
    role: str = words()
    os_user: str = words()
    at: int = whole()
    reason: str = words()


class MetaRow(SQLModel, table=True):
    """One thing that is true of the database as a whole."""

    __tablename__: ClassVar[Any] = "meta"
    __table_args__ = (CLUSTERED,)

    key: str = words(primary_key=True)
    value: str = words()


APPEND_ONLY: Final = (
    "assignment",
    "audit_event",
    "emergency_entry",
    "fact_record",
    "journal",
    "log_head",
    "log_leaf",
    "mdt_attendance",
    "mdt_entry",
    "mdt_meeting",
    "migration_plan",
    "pathway_version",
    "signature",
    "site_plan",
)
"""The tables whose rows are never changed and never removed."""
