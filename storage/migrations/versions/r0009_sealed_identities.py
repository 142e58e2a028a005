"""Names, contacts and numbers are sealed under a key of each person; a search compares tokens."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

# How an identity is sealed has had one form only; a revision that changes it keeps this one.
from storage.identities import rows_of
from storage.sealing import new_key, searched_name, unsealed
from workflow.records import Person

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
SITES: Final = "(SELECT current_setting('allpath.sites', true))"
BATCH: Final = 1000
NOBODY: Final = "(no identity)"
"""The family name, on the way back, of those whose identity was erased or has lost its key."""
WORDS: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DATA_USE: Final = (
    ("fact_record_consents", "fact_record", ["path_id", "seq", "place"], "fact = 'consent_data'"),
    ("journal_data_uses", "journal", ["path_id", "seq"], "kind = 'data_use_recorded'"),
)
"""Where what patients said about the use of their data is found without reading everything."""
CLEAR: Final = ("path_id", "family_name", "given_name", "contact", "folded_name")


def upgrade() -> None:
    """Everybody is sealed under a new key; nothing of them is left in clear in the tables."""
    op.create_table(
        "search_key",
        *(_whole("number"), _words("key")),
        sa.PrimaryKeyConstraint("number"),
        sa.CheckConstraint("number = 1", name="search_key_single"),
        sa.CheckConstraint("length(key) = 64", name="search_key_length"),
        **CLUSTERED,
    )
    op.create_table(
        "person_key",
        *(_words("path_id"), _words("key")),
        sa.PrimaryKeyConstraint("path_id"),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        sa.CheckConstraint("length(key) = 64", name="person_key_length"),
        **CLUSTERED,
    )
    op.create_table(
        "name_token",
        *(_whole("token"), _words("path_id")),
        sa.PrimaryKeyConstraint("token", "path_id"),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        **CLUSTERED,
    )
    # Written beside the old tables, whose names the new ones then take with all their rules.
    op.create_table("person_new", _words("path_id"), _words("sealed"), _erased_at())
    op.create_table("identifier_new", *map(_words, ("token", "system", "path_id")))
    _seal_everybody()
    op.drop_table("person")
    op.drop_table("identifier")
    _create_person()
    _create_identifier(_words("token"), _words("system"), "length(token) = 32")
    for table in ("person", "identifier"):
        op.execute(f"INSERT INTO {table} SELECT * FROM {table}_new")  # noqa: S608 - our own names
        op.drop_table(f"{table}_new")
    for table in ("person", "identifier", "name_token", "person_key"):
        _show_to_its_sites(table)
    for name, table, columns, rule in DATA_USE:
        where = sa.text(rule)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Everybody who has a key stands in clear again; those without have no name any more."""
    for name, table, _, _ in DATA_USE:
        op.drop_index(name, table)
    op.create_table("person_old", *map(_words, CLEAR))
    op.create_table("identifier_old", *map(_words, ("system", "value", "path_id")))
    _open_everybody()
    for table in ("person", "identifier", "name_token", "person_key", "search_key"):
        op.drop_table(table)
    op.create_table(
        "person",
        *map(_words, CLEAR),
        sa.PrimaryKeyConstraint("path_id"),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        **CLUSTERED,
    )
    _create_identifier(_words("system"), _words("value"), "length(value) >= 1")
    for table in ("person", "identifier"):
        op.execute(f"INSERT INTO {table} SELECT * FROM {table}_old")  # noqa: S608 - our own names
        op.drop_table(f"{table}_old")
        _show_to_its_sites(table)


def _create_person() -> None:
    op.create_table(
        "person",
        *(_words("path_id"), _words("sealed"), _erased_at()),
        sa.PrimaryKeyConstraint("path_id"),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        sa.CheckConstraint(
            "(length(sealed) = 0) = (erased_at IS NOT NULL)", name="person_sealed_or_erased"
        ),
        **CLUSTERED,
    )


def _create_identifier(first: sa.Column[str], second: sa.Column[str], rule: str) -> None:
    op.create_table(
        "identifier",
        *(first, second, _words("path_id")),
        sa.PrimaryKeyConstraint(first.name, second.name),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        sa.CheckConstraint(f"length(system) >= 1 AND {rule}", name="identifier_given"),
        **CLUSTERED,
    )
    op.create_index("identifier_of_path", "identifier", ["path_id"])


def _seal_everybody() -> None:
    connection, search_key = op.get_bind(), new_key()
    connection.execute(
        sa.text("INSERT INTO search_key (number, key) VALUES (1, :key)"), {"key": search_key}
    )
    insert = {
        "person": "INSERT INTO person_new VALUES (:a, :b, :c)",
        "person_key": "INSERT INTO person_key VALUES (:a, :b)",
        "identifier": "INSERT INTO identifier_new VALUES (:a, :b, :c)",
        "name_token": "INSERT INTO name_token VALUES (:a, :b)",
    }
    asked = "SELECT path_id, family_name, given_name, contact FROM person"
    for page in _pages(asked, "path_id"):
        numbers = _numbers(page[0][0], page[-1][0])
        rows: dict[str, list[dict[str, Any]]] = {table: [] for table in insert}
        for path_id, family, given, contact in page:
            person = Person(path_id, family, given, numbers.get(path_id, {}), contact)
            for table, found in rows_of(person, bytes.fromhex(search_key)).items():
                rows[table] += [dict(zip("abc", row, strict=False)) for row in found]
        rows["name_token"].sort(key=lambda row: int(row["a"]))  # neighbours in the table
        for table, statement in insert.items():
            if rows[table]:
                connection.execute(sa.text(statement), rows[table])


def _numbers(first: str, last: str) -> dict[str, dict[str, str]]:
    """The numbers of the paths from the first to the last, by path."""
    asked = sa.text(
        "SELECT path_id, system, value FROM identifier WHERE path_id BETWEEN :first AND :last"
    )
    found: dict[str, dict[str, str]] = {}
    for path_id, system, value in op.get_bind().execute(asked, {"first": first, "last": last}):
        found.setdefault(path_id, {})[system] = value
    return found


def _open_everybody() -> None:
    connection = op.get_bind()
    asked = (
        "SELECT person.path_id, sealed, erased_at, key FROM person "
        "LEFT JOIN person_key ON person_key.path_id = person.path_id"
    )
    for page in _pages(asked, "person.path_id"):
        people = [unsealed(*row) for row in page]
        rows = [dict(zip("abcde", _in_clear(person), strict=True)) for person in people]
        connection.execute(sa.text("INSERT INTO person_old VALUES (:a, :b, :c, :d, :e)"), rows)
        numbers = [
            {"a": system, "b": value, "c": person.path_id}
            for person in people
            for system, value in person.identifiers.items()
        ]
        if numbers:
            connection.execute(sa.text("INSERT INTO identifier_old VALUES (:a, :b, :c)"), numbers)


def _in_clear(person: Person) -> tuple[str, ...]:

    family = person.family_name if person.is_known else NOBODY
    named = Person(person.path_id, family, person.given_name, {}, person.contact)
    return (named.path_id, family, named.given_name, named.contact, searched_name(named))


def _pages(asked: str, key: str) -> Iterator[Sequence[Any]]:
    """The rows asked for, so many at a time, by path."""
    seen = ""
    page = f"{asked} WHERE {key} > :seen ORDER BY {key} LIMIT {BATCH}"
    while rows := op.get_bind().execute(sa.text(page), {"seen": seen}).all():
        yield rows
        seen = rows[-1][0]


def _show_to_its_sites(table: str) -> None:
    """On a server a session sees the rows of the paths of its own sites."""
    if op.get_context().dialect.name == "sqlite":
        return
    rule = f"EXISTS (SELECT 1 FROM path WHERE path.path_id = {table}.path_id)"  # noqa: S608 - our own names
    op.execute(
        f"CREATE POLICY {table}_of_its_sites ON {table} USING ({SITES} = '*' OR {rule}) "
        f"WITH CHECK ({SITES} = '*' OR {rule})"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, WORDS, nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, WHOLE, nullable=False)


def _erased_at() -> sa.Column[int]:
    return sa.Column("erased_at", WHOLE, nullable=True)
