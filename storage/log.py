"""The log of everything on a database: what waits for it, what is in it, and its signed heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage import log_tables
from storage.log_tables import AUDIT_SOURCE, JOURNAL_SOURCE
from storage.recipients import Writing
from storage.rows import audit_row, instant, micros, read_entry
from storage.statements import AUDIT, FACT, JOURNAL, insert_if_absent, statement_text, table_of
from workflow.errors import IntegrityError
from workflow.heads import Head, SignedHead, audit_content, entry_content
from workflow.merkle import leaf_hash
from workflow.records import AuditEvent, JournalEntry

LEAF: Final = table_of(log_tables.LogLeafRow)
HEAD: Final = table_of(log_tables.LogHeadRow)
BATCH: Final = 5000
"""So many entries are sealed in one transaction, so that nobody waits for long."""
LOOK_BACK: Final = 10_000
"""On a server an event may be committed after later ones; so far back it is looked for."""
ONE_SEALER: Final = 0x73656C
"""The number of the lock that whoever seals holds on a server."""

_LAST_EVENT: Final = "(SELECT coalesce(max(l.seq), 0) FROM log_leaf l WHERE l.source = 'audit')"
_EVENT: Final = (
    "SELECT number, at, actor, role, os_user, action, path_id, detail FROM audit_event e"
)
_NOT_SEALED: Final = (
    "NOT EXISTS (SELECT 1 FROM log_leaf l WHERE l.source = 'audit' AND l.key = '' "
    "AND l.seq = e.number)"
)
_UNSEALED: Final = {
    "sqlite": f"WHERE number > {_LAST_EVENT}",
    "postgresql": f"WHERE number > {_LAST_EVENT} - {LOOK_BACK} AND {_NOT_SEALED}",
}
_ENTRIES: Final = f"""
SELECT {", ".join(f"j.{column.name}" for column in JOURNAL.columns)}
FROM (SELECT p.path_id, p.version, (SELECT coalesce(max(l.seq), 0) FROM log_leaf l
             WHERE l.source = 'journal' AND l.key = p.path_id) AS sealed FROM path p %s) w
JOIN journal j ON j.path_id = w.path_id AND j.seq > w.sealed
WHERE w.version > w.sealed ORDER BY j.path_id, j.seq
"""  # noqa: S608 - the names of our own columns
_NO_EVENT: Final = "SELECT 0 WHERE 1 = 0"
_OF_THESE_EVENTS: Final = "WHERE p.path_id IN (SELECT e.path_id FROM audit_event e %s)"


@dataclass(frozen=True, slots=True)
class Batch:
    """Leaves that came into the log together, from position `first` on, the last of this path."""

    first: int
    leaves: tuple[bytes, ...]
    last_path: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many entries are not in the log yet, and since when the oldest of them waits."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry of one path as it is kept, and its position in the log (None: not there yet)."""

    source: str
    row: dict[str, Any]  # Any: what a driver answers
    position: int | None


class SqlLog:
    """Reads and writes of the log, on the connections and transactions of the store."""

    def __init__(
        self,
        dialect: Dialect,
        begin: Callable[[], AbstractContextManager[Writing]],
        read: Callable[[Callable[[Any], Any]], Any],  # Any: a cursor of an untyped driver
    ) -> None:
        key: sa.BindParameter[str] = sa.bindparam("key")
        names = [column.name for column in LEAF.columns]
        self._begin = begin
        self._read = read
        self._is_server = dialect.name == "postgresql"
        unsealed = _UNSEALED[dialect.name]
        self._events = f"{_EVENT} {unsealed} ORDER BY number"
        mark = "%s" if dialect.name == "postgresql" else "?"
        self._all_entries = _ENTRIES % ""
        self._entries_of_paths = _ENTRIES % f"WHERE p.path_id >= {mark}"
        self._entries_of_events = _ENTRIES % (_OF_THESE_EVENTS % unsealed)
        self._insert = statement_text(dialect, sa.insert(LEAF).inline(), *names)
        self._put_head = insert_if_absent(dialect, HEAD)
        columns = [column.name for column in list(AUDIT.columns)[1:]]
        self._put_event = statement_text(dialect, sa.insert(AUDIT).inline(), *columns)
        page = sa.select(LEAF.c.position, LEAF.c.leaf_hash).where(
            LEAF.c.position >= sa.bindparam("first"), LEAF.c.position < sa.bindparam("end")
        )
        self._page = statement_text(dialect, page.order_by(LEAF.c.position), "first", "end")
        facts = sa.select(FACT).where(FACT.c.path_id == key).order_by(FACT.c.seq, FACT.c.place)
        self._facts = statement_text(dialect, facts, "key")
        self._of_path = {
            JOURNAL_SOURCE: _placed(dialect, "journal", "seq", "l.key = e.path_id"),
            AUDIT_SOURCE: _placed(dialect, "audit_event", "number", "l.key = ''"),
        }

    def seal(self) -> Batch:
        """What audit events tell of is in the log, a batch of it at most; an empty batch: all is.

        Whoever writes an entry leaves an event in the same transaction, so this finds what is new
        at the cost of what is new. Raises IntegrityError when an entry that waits cannot be read.
        """
        return self._seal(self._entries_of_events, (), self._events)

    def seal_paths(self, after: str = "") -> Batch:
        """The same for every path from this one on, whatever events tell; no event is taken."""
        return self._seal(self._entries_of_paths, (after,), _NO_EVENT)

    def _seal(self, entries: str, given: tuple[str, ...], events: str) -> Batch:
        if not (self._rows(f"{entries} LIMIT 1", given) or self._rows(f"{events} LIMIT 1", ())):
            return Batch(self.size(), ())  # found out without the lock that others wait for
        with self._begin() as transaction:
            cursor = transaction.cursor
            if self._is_server:
                cursor.execute(f"SELECT pg_advisory_xact_lock({ONE_SEALER})")
            first = _size(cursor)
            # The events are read before the entries: an event that gets into the log before an
            # entry it came with would leave nobody to tell of that entry.
            waiting = cursor.execute(f"{events} LIMIT {BATCH}").fetchall()
            found = cursor.execute(f"{entries} LIMIT {BATCH}", given).fetchall()
            rows = [(JOURNAL_SOURCE, row[0], row[1], _entry_leaf(row)) for row in found]
            free = BATCH - len(rows)
            rows += [(AUDIT_SOURCE, "", row[0], _event_leaf(row)) for row in waiting[:free]]
            leaves = [(first + n, *row[:3], row[3].hex()) for n, row in enumerate(rows)]
            if leaves:
                cursor.executemany(self._insert, leaves)
        last = found[-1][0] if found else ""
        return Batch(first, tuple(row[3] for row in rows), last)

    def size(self) -> int:
        """How many entries are in the log."""
        return int(self._read(_size))

    def waiting(self) -> Waiting:
        """What is not in the log yet."""

        def look(cursor: Any) -> Waiting:  # noqa: ANN401 - untyped driver
            found = [
                cursor.execute(f"SELECT count(*), min(at) FROM ({query}) w").fetchone()  # noqa: S608 - our own queries
                for query in (self._all_entries, self._events)
            ]
            moments = [at for _, at in found if at is not None]
            return Waiting(
                sum(count for count, _ in found), instant(min(moments)) if moments else None
            )

        waiting: Waiting = self._read(look)
        return waiting

    def leaves(self, first: int = 0) -> Iterator[bytes]:
        """Every leaf from this position on, read a page at a time.

        Raises IntegrityError when a position is missing.
        """
        while page := self._rows(self._page, (first, first + BATCH)):
            for position, leaf in page:
                if position != first:
                    msg = f"Position {first} of the log is missing. Run `allpath audit verify`."
                    raise IntegrityError(msg)
                yield bytes.fromhex(leaf)
                first += 1

    def heads(self, after: int = 0) -> tuple[SignedHead, ...]:
        """Every signed head of a log longer than this, the oldest first."""
        query = f"SELECT * FROM log_head WHERE size > {after:d} ORDER BY size"  # noqa: S608 - a number
        return tuple(map(_read_head, self._rows(query, ())))

    def last_head(self) -> SignedHead | None:
        """The newest signed head, if there is any."""
        rows = self._rows("SELECT * FROM log_head ORDER BY size DESC LIMIT 1", ())
        return _read_head(rows[0]) if rows else None

    def keep_head(self, signed: SignedHead) -> None:
        """The signed head is kept; one that somebody else signed for this size stays."""
        head = signed.head
        row = (head.size, head.root.hex(), micros(head.signed_at), signed.key_id, signed.signature)
        with self._begin() as transaction:
            transaction.cursor.execute(self._put_head, row)

    def of_path(self, path_id: str) -> tuple[Placed, ...]:
        """The journal entries and then the audit events of a path, with their places in the log."""
        return tuple(
            Placed(source, dict(zip(names, row[:-1], strict=True)), row[-1])
            for source, (query, names) in self._of_path.items()
            for row in self._rows(query, (path_id,))
        )

    def facts_of(self, path_id: str) -> tuple[dict[str, Any], ...]:  # Any: what a driver answers
        """The fact records of a path as they are kept."""
        names = [column.name for column in FACT.columns]
        rows = self._rows(self._facts, (path_id,))
        return tuple(dict(zip(names, row, strict=True)) for row in rows)

    def tell(self, event: AuditEvent) -> None:
        """What happened to the log itself is on record, and enters the log with the rest."""
        with self._begin() as transaction:
            transaction.cursor.execute(self._put_event, audit_row(event))

    def events(self) -> Iterator[dict[str, Any]]:  # Any: what a driver answers
        """Every audit event that this session may see, the oldest first."""
        names = ("number", "at", "actor", "role", "os_user", "action", "path_id", "detail")
        seen = 0
        while rows := self._rows(
            f"{_EVENT} WHERE number > {seen:d} ORDER BY number LIMIT {BATCH}",
            (),
        ):
            for row in rows:
                yield dict(zip(names, row, strict=True))
            seen = rows[-1][0]

    def _rows(self, statement: str, given: tuple[object, ...]) -> Sequence[tuple[Any, ...]]:
        def look(cursor: Any) -> Sequence[tuple[Any, ...]]:  # noqa: ANN401 - untyped driver
            return tuple(cursor.execute(statement, given).fetchall())

        rows: Sequence[tuple[Any, ...]] = self._read(look)
        return rows


def _placed(dialect: Dialect, table: str, number: str, key: str) -> tuple[str, tuple[str, ...]]:
    names = tuple(column.name for column in table_of_name(table).columns)
    source = JOURNAL_SOURCE if table == "journal" else AUDIT_SOURCE
    mark = "%s" if dialect.name == "postgresql" else "?"
    query = (
        f"SELECT {', '.join(f'e.{name}' for name in names)}, l.position FROM {table} e "  # noqa: S608 - our own names
        f"LEFT JOIN log_leaf l ON l.source = '{source}' AND {key} AND l.seq = e.{number} "
        f"WHERE e.path_id = {mark} ORDER BY e.{number}"
    )
    return query, names


def table_of_name(name: str) -> sa.Table:
    """The declared table of this name."""
    return LEAF.metadata.tables[name]


def _size(cursor: Any) -> int:  # noqa: ANN401 - untyped driver
    return int(cursor.execute("SELECT coalesce(max(position) + 1, 0) FROM log_leaf").fetchone()[0])


def _entry_leaf(row: tuple[Any, ...]) -> bytes:
    try:
        entry: JournalEntry = read_entry(row)
        return leaf_hash(entry_content(entry))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        msg = (
            f"Entry {row[1]} of path {row[0]} cannot be read, so it was not sealed. Run `allpath "
            "audit verify`."
        )
        raise IntegrityError(msg) from None


def _event_leaf(row: tuple[Any, ...]) -> bytes:
    number, at, *words = row
    return leaf_hash(audit_content(number, AuditEvent(instant(at), *words)))


def _read_head(row: tuple[Any, ...]) -> SignedHead:
    size, root, signed_at, key_id, signature = row
    origin = str(key_id).partition("+")[0]
    return SignedHead(
        Head(origin, size, bytes.fromhex(root), instant(signed_at)), key_id, signature
    )
