"""The first tables: identity, paths, facts, journal, checkpoints, notices, audit and answers."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
APPENDED: Final = {"sqlite_strict": True}
ROLES: Final = "'coordinator', 'clinician', 'lead', 'director', 'auditor', 'service'"
APPEND_ONLY: Final = ("audit_event", "fact_record", "journal")
TABLES: Final = (
    *("answered", "audit_event", "notice", "checkpoint", "journal", "fact_record"),
    *("identifier", "person", "path", "meta"),
)
"""Those that point at others come before them."""


def upgrade() -> None:
    """The tables, indexes and triggers exist, and `meta` says whose database this is."""
    _create_paths_and_people()
    _create_facts_and_journal()
    _create_checkpoints()
    _create_notices_audit_and_answers()
    for table in APPEND_ONLY:
        _refuse_changes(table)


def downgrade() -> None:
    """Nothing is left of the tables, nor of what was kept in them."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_context().dialect.name != "sqlite":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_refuses()")


def _create_paths_and_people() -> None:
    meta = op.create_table(
        "meta", *_words("key", "value"), sa.PrimaryKeyConstraint("key"), **CLUSTERED
    )
    op.bulk_insert(meta, [{"key": "application", "value": "allpath"}])
    op.create_table(
        "path",
        *_words("path_id", "pathway_id", "pathway_version", "pathway_hash", "state"),
        *_words("entered", "settings"),
        *_whole("episode", "line", "version"),
        *_words("head", "pending?", "asked", "since"),
        sa.PrimaryKeyConstraint("path_id"),
        _check("path_id_given", "length(path_id) >= 1"),
        _check("path_hash_length", "length(pathway_hash) = 64 AND length(head) = 64"),
        _check("path_counts", "episode >= 1 AND line >= 0 AND version >= 0"),
        **CLUSTERED,
    )
    op.create_table(
        "person",
        *_words("path_id", "family_name", "given_name", "contact", "folded_name"),
        sa.PrimaryKeyConstraint("path_id"),
        _of_path(),
        **CLUSTERED,
    )
    op.create_table(
        "identifier",
        *_words("system", "value", "path_id"),
        sa.PrimaryKeyConstraint("system", "value"),
        _check("identifier_given", "length(system) >= 1 AND length(value) >= 1"),
        _of_path(),
        **CLUSTERED,
    )
    op.create_index("identifier_of_path", "identifier", ["path_id"])


def _create_facts_and_journal() -> None:
    op.create_table(
        "fact_record",
        *_words("path_id", "record_id", "fact", "value", "effective_at"),
        *_whole("recorded_at"),
        *_words("status", "source", "actor"),
        *_whole("episode"),
        *_words("supersedes?"),
        *_whole("seq", "place"),
        sa.PrimaryKeyConstraint("path_id", "record_id"),
        _check(
            "fact_record_status",
            "status IN ('registered', 'preliminary', 'final', 'amended', 'corrected', "
            "'cancelled', 'entered_in_error')",
        ),
        _check("fact_record_date", "length(effective_at) = 10"),
        _check("fact_record_counts", "episode >= 1 AND seq >= 1 AND place >= 0"),
        _of_path(),
        **CLUSTERED,
    )
    op.create_table(
        "journal",
        *_words("path_id"),
        *_whole("seq"),
        *_words("kind"),
        *_whole("at"),
        *_words("actor", "role", "os_user", "pathway_hash", "state_from", "state_to", "track"),
        *_words("rule", "option?", "reason", "note", "effective_on?", "facts_digest"),
        *_words("decision_digest", "detail", "previous", "hash"),
        sa.PrimaryKeyConstraint("path_id", "seq"),
        _check("journal_seq", "seq >= 1"),
        _check("journal_role", f"role IN ({ROLES})"),
        _check("journal_named", "length(actor) >= 1 AND length(kind) >= 1"),
        _check(
            "journal_hash_length",
            "length(hash) = 64 AND length(previous) = 64 AND length(pathway_hash) = 64",
        ),
        _check("journal_date", "length(effective_on) = 10"),
        _of_path(),
        **CLUSTERED,
    )


def _create_checkpoints() -> None:
    op.create_table(
        "checkpoint",
        *_words("path_id", "checkpoint"),
        *_whole("opened_seq", "occurrence"),
        *_words("owner", "status", "anchor_on"),
        *_whole("opens_at", "due_at", "overdue_at"),
        *_words("due_rule"),
        *_whole("next_at?", "level", "closed_seq?"),
        *_words("met_on?"),
        sa.PrimaryKeyConstraint("path_id", "checkpoint", "opened_seq", "occurrence"),
        _check(
            "checkpoint_status",
            "status IN ('scheduled', 'open', 'due', 'overdue', 'escalated', 'met', 'cancelled')",
        ),
        _check("checkpoint_window", "opens_at <= due_at AND due_at <= overdue_at"),
        _check("checkpoint_counts", "opened_seq >= 1 AND occurrence >= 1 AND level >= 0"),
        _check("checkpoint_closed", "(closed_seq IS NOT NULL) = (status IN ('met', 'cancelled'))"),
        _check("checkpoint_rests", "closed_seq IS NULL OR next_at IS NULL"),
        _check("checkpoint_dates", "length(anchor_on) = 10 AND length(met_on) = 10"),
        _of_path(),
        **CLUSTERED,
    )
    _create_partial_index("checkpoint_next", ["next_at"], "next_at IS NOT NULL")
    _create_partial_index("checkpoint_live", ["overdue_at", "due_at"], "closed_seq IS NULL")


def _create_partial_index(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name,
        "checkpoint",
        [*columns, "path_id", "checkpoint", "opened_seq", "occurrence"],
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _create_notices_audit_and_answers() -> None:
    op.create_table(
        "notice",
        *_whole("number"),
        *_words("notice_id", "path_id"),
        *_whole("seq"),
        *_words("topic", "to_role", "body"),
        *_whole("created_at"),
        sa.PrimaryKeyConstraint("number"),
        _check("notice_seq", "seq >= 1"),
        _check("notice_role", f"to_role IN ({ROLES}, 'laboratory')"),
        sa.UniqueConstraint("notice_id"),
        _of_path(),
        **APPENDED,
    )
    op.create_table(
        "audit_event",
        *_whole("number", "at"),
        *_words("actor", "role", "os_user", "action", "path_id", "detail"),
        sa.PrimaryKeyConstraint("number"),
        _check("audit_event_role", f"role IN ({ROLES})"),
        _check("audit_event_named", "length(actor) >= 1 AND length(action) >= 1"),
        **APPENDED,
    )
    op.create_table(
        "answered",
        *_words("actor", "key", "request_digest", "answer"),
        *_whole("at"),
        sa.PrimaryKeyConstraint("actor", "key"),
        _check("answered_key_given", "length(key) >= 1"),
        **CLUSTERED,
    )
    op.create_index("answered_at", "answered", ["at"])


def _refuse_changes(table: str) -> None:
    """Rows of the table can be added and read, and nothing else."""
    sentence = f"{table} is append-only: to correct is to add"
    if op.get_context().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN RAISE EXCEPTION '{sentence}'; END$$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuses()"
    )


def _words(*names: str) -> list[sa.Column[str]]:
    """Text columns; a name with a question mark may stay empty."""
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return [sa.Column(n.rstrip("?"), kind, nullable=n.endswith("?")) for n in names]


def _whole(*names: str) -> list[sa.Column[int]]:
    """Whole-number columns of 64 bits; a name with a question mark may stay empty."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return [sa.Column(n.rstrip("?"), kind, nullable=n.endswith("?")) for n in names]


def _check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=name)


def _of_path() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["path_id"], ["path.path_id"])
