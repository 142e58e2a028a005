"""The tables, their keys and what each row must satisfy, whoever writes it.

Who a path belongs to is kept in `person` and `identifier` alone; every other table knows the opaque
`path_id`. Instants are whole microseconds since 1970 in UTC, civil dates are ISO texts, structured
values are JSON texts: they sort and read the same on every database. A table model does not
validate what it is given, so the CHECK constraints do.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, get_args

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text, text
from sqlmodel import Field, SQLModel

from workflow.measurement import STATUSES
from workflow.records import CLOSED_STATUSES, LIVE_STATUSES, QuietKind, Role
from workflow.versions import SigningKind

BIG: Final = BigInteger().with_variant(Integer, "sqlite")
TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Texts sort by their code points on every database, as they do in Python."""
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
"""Rows lie in the order of their key, so that those of one path are neighbours."""
APPENDED: Final = {"sqlite_strict": True}
"""Rows lie in the order they came."""


def _words(**options: Any) -> Any:  # noqa: ANN401 - a column stands where its value's type is named
    return Field(sa_type=TEXT, **options)


def _whole(**options: Any) -> Any:  # noqa: ANN401 - see above
    return Field(sa_type=BIG, **options)


def _of_path(**options: Any) -> Any:  # noqa: ANN401 - see above
    return Field(sa_type=TEXT, sa_column_args=(ForeignKey("path.path_id"),), **options)


def _check(name: str, rule: str) -> CheckConstraint:
    return CheckConstraint(rule, name=name)


def _one_of(name: str, column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return _check(name, f"{column} IN ({listed})")


class PathRow(SQLModel, table=True):
    """Where a path stands now; the one row that is updated, and only from the version it had.

    Its pathway version moves with a journal entry that says so; a trigger refuses anything else.
    `site` is the one of the settings, where the server can look: it shows a session its own sites.
    """

    __tablename__: ClassVar[Any] = "path"  # Any: the base class declares it as an attribute
    __table_args__ = (
        _check("path_id_given", "length(path_id) >= 1"),
        _check("path_hash_length", "length(pathway_hash) = 64 AND length(head) = 64"),
        _check("path_counts", "episode >= 1 AND line >= 0 AND version >= 0"),
        CLUSTERED,
    )

    path_id: str = _words(primary_key=True)
    pathway_id: str = _words()
    pathway_version: str = _words()
    pathway_hash: str = _words()
    state: str = _words()
    entered: str = _words()
    settings: str = _words()
    episode: int = _whole()
    line: int = _whole()
    version: int = _whole()
    head: str = _words()
    pending: str | None = _words()
    asked: str = _words()
    since: str = _words()
    next_at: int | None = _whole()
    paused_until: int | None = _whole()
    paused: str = _words(sa_column_kwargs={"server_default": ""})
    site: str = _words(sa_column_kwargs={"server_default": ""})


class PersonRow(SQLModel, table=True):
    """Who a path belongs to. `folded_name` is what a search by part of the name looks at."""

    __tablename__: ClassVar[Any] = "person"
    __table_args__ = (CLUSTERED,)

    path_id: str = _of_path(primary_key=True)
    family_name: str = _words()
    given_name: str = _words()
    contact: str = _words()
    folded_name: str = _words()


class IdentifierRow(SQLModel, table=True):
    """One number of a person in one system; nobody else has it."""

    __tablename__: ClassVar[Any] = "identifier"
    __table_args__ = (
        _check("identifier_given", "length(system) >= 1 AND length(value) >= 1"),
        Index("identifier_of_path", "path_id"),
        CLUSTERED,
    )

    system: str = _words(primary_key=True)
    value: str = _words(primary_key=True)
    path_id: str = _of_path()


class FactRow(SQLModel, table=True):
    """One recorded value, for ever; `seq` is the path's version it came with."""

    __tablename__: ClassVar[Any] = "fact_record"
    __table_args__ = (
        _one_of("fact_record_status", "status", STATUSES),
        _check("fact_record_date", "length(effective_at) = 10"),
        _check("fact_record_counts", "episode >= 1 AND seq >= 1 AND place >= 0"),
        CLUSTERED,
    )

    path_id: str = _of_path(primary_key=True)
    record_id: str = _words(primary_key=True)
    fact: str = _words()
    value: str = _words()
    effective_at: str = _words()
    recorded_at: int = _whole()
    status: str = _words()
    source: str = _words()
    actor: str = _words()
    episode: int = _whole()
    supersedes: str | None = _words()
    seq: int = _whole()
    place: int = _whole()


class JournalRow(SQLModel, table=True):
    """One thing that happened to a path, for ever, chained to the one before by its hash."""

    __tablename__: ClassVar[Any] = "journal"
    __table_args__ = (
        _check("journal_seq", "seq >= 1"),
        _one_of("journal_role", "role", get_args(Role)),
        _check("journal_named", "length(actor) >= 1 AND length(kind) >= 1"),
        _check(
            "journal_hash_length",
            "length(hash) = 64 AND length(previous) = 64 AND length(pathway_hash) = 64",
        ),
        _check("journal_date", "length(effective_on) = 10"),
        Index(
            "journal_overrides",
            *("at", "path_id", "seq"),
            sqlite_where=text("kind = 'step_overridden'"),
            postgresql_where=text("kind = 'step_overridden'"),
        ),
        CLUSTERED,
    )

    path_id: str = _of_path(primary_key=True)
    seq: int = _whole(primary_key=True)
    kind: str = _words()
    at: int = _whole()
    actor: str = _words()
    role: str = _words()
    os_user: str = _words()
    pathway_hash: str = _words()
    state_from: str = _words()
    state_to: str = _words()
    track: str = _words()
    rule: str = _words()
    option: str | None = _words()
    reason: str = _words()
    note: str = _words()
    effective_on: str | None = _words()
    facts_digest: str = _words()
    decision_digest: str = _words()
    detail: str = _words()
    previous: str = _words()
    hash: str = _words()


class CheckpointRow(SQLModel, table=True):
    """One occurrence of something expected; live until an entry of the journal closes it."""

    __tablename__: ClassVar[Any] = "checkpoint"
    __table_args__ = (
        _one_of("checkpoint_status", "status", (*LIVE_STATUSES, *CLOSED_STATUSES)),
        _check("checkpoint_window", "opens_at <= due_at AND due_at <= overdue_at"),
        _check("checkpoint_counts", "opened_seq >= 1 AND occurrence >= 1 AND level >= 0"),
        _check(
            "checkpoint_closed",
            "(closed_seq IS NOT NULL) = (status IN ('met', 'waived', 'expired', 'cancelled'))",
        ),
        _check("checkpoint_expires", "expires_at >= overdue_at"),
        _check("checkpoint_quiet", "(quiet_until IS NULL) = (quiet IS NULL)"),
        _one_of("checkpoint_quiet_kind", "quiet", get_args(QuietKind)),
        _check("checkpoint_rests", "closed_seq IS NULL OR next_at IS NULL"),
        _check("checkpoint_dates", "length(anchor_on) = 10 AND length(met_on) = 10"),
        Index(
            "checkpoint_live",
            *("overdue_at", "due_at", "path_id", "checkpoint", "opened_seq", "occurrence"),
            sqlite_where=text("closed_seq IS NULL"),
            postgresql_where=text("closed_seq IS NULL"),
        ),
        CLUSTERED,
    )

    path_id: str = _of_path(primary_key=True)
    checkpoint: str = _words(primary_key=True)
    opened_seq: int = _whole(primary_key=True)
    occurrence: int = _whole(primary_key=True)
    owner: str = _words()
    status: str = _words()
    anchor_on: str = _words()
    opens_at: int = _whole()
    due_at: int = _whole()
    overdue_at: int = _whole()
    due_rule: str = _words()
    next_at: int | None = _whole()
    level: int = _whole()
    closed_seq: int | None = _whole()
    met_on: str | None = _words()
    ideal_at: int | None = _whole()
    expires_at: int | None = _whole()
    reminded_at: int | None = _whole()
    quiet_until: int | None = _whole()
    quiet: str | None = _words()
    quiet_by: str = _words()


class NoticeRow(SQLModel, table=True):
    """Something to tell somebody, in the order it was written; carries no name."""

    __tablename__: ClassVar[Any] = "notice"
    __table_args__ = (
        _check("notice_seq", "seq >= 1"),
        _one_of("notice_role", "to_role", (*get_args(Role), "laboratory")),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    notice_id: str = _words(unique=True)
    path_id: str = _of_path()
    seq: int = _whole()
    topic: str = _words()
    to_role: str = _words()
    body: str = _words()
    created_at: int = _whole()


class AuditRow(SQLModel, table=True):
    """Who saw or did what, for ever, in the order it was written."""

    __tablename__: ClassVar[Any] = "audit_event"
    __table_args__ = (
        _one_of("audit_event_role", "role", get_args(Role)),
        _check("audit_event_named", "length(actor) >= 1 AND length(action) >= 1"),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    at: int = _whole()
    actor: str = _words()
    role: str = _words()
    os_user: str = _words()
    action: str = _words()
    path_id: str = _words()
    detail: str = _words()


class AnsweredRow(SQLModel, table=True):
    """The answer once given to an actor's request, so that asking twice acts once."""

    __tablename__: ClassVar[Any] = "answered"
    __table_args__ = (
        _check("answered_key_given", "length(key) >= 1"),
        Index("answered_at", "at"),
        CLUSTERED,
    )

    actor: str = _words(primary_key=True)
    key: str = _words(primary_key=True)
    request_digest: str = _words()
    answer: str = _words()
    at: int = _whole()


class VersionRow(SQLModel, table=True):
    """One version of a pathway by the hash of its content, for ever unchanged."""

    __tablename__: ClassVar[Any] = "pathway_version"
    __table_args__ = (
        _check("pathway_version_hash_length", "length(hash) = 64"),
        _check("pathway_version_named", "length(pathway_id) >= 1 AND length(version) >= 1"),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    hash: str = _words(unique=True)
    pathway_id: str = _words()
    version: str = _words()
    content: str = _words()
    kept_at: int = _whole()


class PlanRow(SQLModel, table=True):
    """One migration plan that was put to a second person, by the digest of its content."""

    __tablename__: ClassVar[Any] = "migration_plan"
    __table_args__ = (
        _check("migration_plan_digest_length", "length(digest) = 64"),
        CLUSTERED,
    )

    digest: str = _words(primary_key=True)
    content: str = _words()
    kept_at: int = _whole()


class SignatureRow(SQLModel, table=True):
    """One thing a person signed, for ever: a version by its hash, a plan by its digest."""

    __tablename__: ClassVar[Any] = "signature"
    __table_args__ = (
        _check("signature_subject_length", "length(subject) = 64"),
        _one_of("signature_kind", "kind", get_args(SigningKind)),
        _one_of("signature_role", "role", get_args(Role)),
        _check("signature_named", "length(actor) >= 1"),
        Index("signature_of_subject", "subject"),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    subject: str = _words()
    kind: str = _words()
    actor: str = _words()
    role: str = _words()
    os_user: str = _words()
    at: int = _whole()
    reason: str = _words()


class MetaRow(SQLModel, table=True):
    """One thing that is true of the database as a whole."""

    __tablename__: ClassVar[Any] = "meta"
    __table_args__ = (CLUSTERED,)

    key: str = _words(primary_key=True)
    value: str = _words()


APPEND_ONLY: Final = (
    "audit_event",
    "fact_record",
    "journal",
    "log_head",
    "log_leaf",
    "migration_plan",
    "pathway_version",
    "signature",
    "site_plan",
)
"""The tables whose rows are never changed and never removed."""
