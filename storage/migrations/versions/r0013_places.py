"""Every path has its place on the worklist beside it, and names that are alike are found."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

# How an identity is sealed has had one form only; a revision that changes it keeps this one.
from storage.sealing import likeness, unsealed
from workflow.errors import IntegrityError
from workflow.records import Person

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LIVING: Final = "is_ended = 0"
INDEXES: Final = (
    ("path_by_overdue_at", ("overdue_at", "due_at", "quiet_until", "site"), LIVING),
    ("path_by_due_at", ("due_at", "overdue_at", "quiet_until", "site"), LIVING),
    ("path_by_state", ("pathway_id", "state", "overdue_at", "due_at", "quiet_until"), LIVING),
    ("path_quiet", ("quiet_until",), f"{LIVING} AND quiet_until IS NOT NULL"),
    ("path_ended", ("site", "merged_into"), "is_ended = 1"),
)
BATCH: Final = 1000
WHOLE: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nobody moves: each place is the one that the path and its live checkpoints say."""
    op.add_column("path", sa.Column("is_ended", WHOLE, server_default="0", nullable=False))
    for name in ("due_at", "overdue_at", "quiet_until"):
        op.add_column("path", sa.Column(name, WHOLE, nullable=True))
    op.add_column("person", sa.Column("likeness", WHOLE, nullable=True))
    _place_everybody()
    _liken_everybody()
    for name, columns, rule in INDEXES:
        where = sa.text(rule)
        op.create_index(name, "path", list(columns), sqlite_where=where, postgresql_where=where)
    op.create_index("person_likeness", "person", ["likeness"])
    if op.get_context().dialect.name == "sqlite":
        _tell_changes()


def downgrade() -> None:
    """The older program works out every place each time it shows the worklist."""
    if op.get_context().dialect.name == "sqlite":
        for change in ("insert", "update"):
            op.execute(f"DROP TRIGGER path_tells_{change}")
        op.execute("DELETE FROM meta WHERE key = 'path_changes'")
    op.drop_index("person_likeness", "person")
    for name, _, _ in INDEXES:
        op.drop_index(name, "path")
    op.drop_column("person", "likeness")
    for name in ("quiet_until", "overdue_at", "due_at", "is_ended"):
        op.drop_column("path", name)


def _tell_changes() -> None:
    """A mark tells whether any path was changed; on a server it would make writers wait.

    It is drawn anew each time, so that a file brought back from a backup never has a mark that
    another content had.
    """
    op.execute("INSERT INTO meta (key, value) VALUES ('path_changes', hex(randomblob(16)))")
    for change in ("insert", "update"):
        op.execute(
            f"CREATE TRIGGER path_tells_{change} AFTER {change} ON path BEGIN UPDATE meta SET "  # noqa: S608 - our own words
            "value = hex(randomblob(16)) WHERE key = 'path_changes'; END"
        )


def _place_everybody() -> None:
    """As `workflow.place` says; what somebody has put off counts after what nobody has."""
    connection = op.get_bind()
    put_off = "(quiet IS NOT NULL AND quiet <> 'acknowledged')"
    connection.execute(
        sa.text(
            "UPDATE path SET due_at = live.due_at, overdue_at = live.overdue_at, "  # noqa: S608 - our own words
            "quiet_until = CASE WHEN live.put_off = 0 THEN path.paused_until "
            "WHEN path.paused_until > live.quiet_until THEN path.paused_until "
            "ELSE live.quiet_until END "
            "FROM (SELECT path_id, due_at, overdue_at, quiet_until, "
            f"CASE WHEN {put_off} THEN 1 ELSE 0 END AS put_off, row_number() OVER "
            f"(PARTITION BY path_id ORDER BY CASE WHEN {put_off} THEN 1 ELSE 0 END, overdue_at, "
            "due_at, checkpoint, opened_seq, occurrence) AS place "
            "FROM checkpoint WHERE closed_seq IS NULL) AS live "
            "WHERE live.path_id = path.path_id AND live.place = 1"
        )
    )
    connection.execute(sa.text("UPDATE path SET is_ended = 1 WHERE merged_into <> ''"))
    ended = sa.text("UPDATE path SET is_ended = 1 WHERE pathway_hash = :hash AND state = :state")
    for content_hash, content in connection.execute(
        sa.text("SELECT hash, content FROM pathway_version")
    ).all():
        for name, state in json.loads(content)["states"].items():
            if state.get("final"):
                connection.execute(ended, {"hash": content_hash, "state": name})


def _liken_everybody() -> None:
    """Those whose key is there; nobody can be mistaken for a name that cannot be read."""
    connection = op.get_bind()
    key = connection.execute(sa.text("SELECT key FROM search_key")).scalar()
    if key is None:
        return
    search_key = bytes.fromhex(key)
    put = sa.text("UPDATE person SET likeness = :likeness WHERE path_id = :path_id")
    for page in _pages():
        rows = [
            {"path_id": row[0], "likeness": likeness(search_key, person)}
            for row in page
            if (person := _read(row)) is not None
        ]
        if rows:
            connection.execute(put, rows)


def _read(row: Sequence[Any]) -> Person | None:
    try:
        return unsealed(*row)
    except IntegrityError:
        return None  # as before: `allpath doctor` tells of it, the upgrade loses nothing


def _pages() -> Iterator[Sequence[Any]]:
    """Everybody with a key, so many at a time, by path."""
    seen = ""
    page = sa.text(
        "SELECT person.path_id, sealed, erased_at, key FROM person JOIN person_key "  # noqa: S608 - our own words
        "ON person_key.path_id = person.path_id WHERE person.path_id > :seen "
        f"ORDER BY person.path_id LIMIT {BATCH}"
    )
    while rows := op.get_bind().execute(page, {"seen": seen}).all():
        yield rows
        seen = rows[-1][0]
