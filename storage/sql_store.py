"""The store on a database: every read, and the one way to write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, TypeVar

from storage.accounts import SqlAccounts
from storage.assignments import SqlAssignments
from storage.cases import Cases
from storage.database import Database
from storage.drafts import SqlDrafts
from storage.emergencies import SqlEmergencies
from storage.errands import SqlErrands
from storage.feeds import SqlFeeds
from storage.identities import Identities
from storage.log import SqlLog
from storage.mdt import SqlMeetings
from storage.outbox import SqlOutbox
from storage.recipients import SqlRecipients
from storage.review_rows import read_review
from storage.rows import (
    SECOND,
    instant,
    micros,
    read_checkpoint,
    read_entry,
    read_fact,
    read_path,
    read_signature,
    read_version_row,
)
from storage.saved_views import SqlSavedViews
from storage.statements import compile_statements
from storage.transaction import SqlTransaction
from storage.watch_rows import read_heartbeat, read_incident, read_site_plan_row
from storage.worklist import SqlWorklist
from workflow.data_use import said_in
from workflow.facts import FactRecord
from workflow.records import Case, CheckpointRecord, JournalEntry, PathRecord, Person
from workflow.review import ReviewItem
from workflow.site_plan import KeptPlan
from workflow.versions import Signature, Version
from workflow.watch import Heartbeat, Incident

T = TypeVar("T")
PAGE: Final = 500
CASES: Final = 50
"""Whole cases are read fewer at a time: what is alive has to be looked at for garbage."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A path's row, None when there is none, and the rows of its journal, oldest first."""

    path: tuple[Any, ...] | None
    entries: Sequence[tuple[Any, ...]]


class SqlStore:
    """Every thread has one connection of its own, kept open with its prepared statements."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = compile_statements(database.dialect)
        self._cases = Cases(self._sql)
        self._identities = Identities(database.dialect)
        self._mine = threading.local()
        self._connections: list[Any] = []  # Any: connections of a driver without types

    def close(self) -> None:
        """Every connection is closed; the store opens new ones when it is used again."""
        while self._connections:
            self._connections.pop().close()
        self._mine = threading.local()

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        """A write transaction that holds the lock; commits when the block ends well, else undoes.

        Raises StoreError when the database is read-only, full, damaged or held for too long.
        """
        connection = self._connection()
        with self._database.complaints():
            try:
                self._database.begin(connection)
                transaction = SqlTransaction(
                    connection.cursor(), self._sql, self._cases, self._identities
                )
                yield transaction
                self._database.commit(connection)
                transaction.committed()
            except BaseException:
                self._undo(connection)
                raise

    @cached_property
    def outbox(self) -> SqlOutbox:
        """Notices on their way, on the same connections."""
        return SqlOutbox(self.begin, self._read, self.recipients)

    @cached_property
    def recipients(self) -> SqlRecipients:
        """Who is told, on the same connections."""
        return SqlRecipients(self._database.dialect, self.begin, self._read)

    @cached_property
    def feeds(self) -> SqlFeeds:
        """Calendar feeds, on the same connections."""
        return SqlFeeds(self._database.dialect, self.begin, self._read)

    @cached_property
    def accounts(self) -> SqlAccounts:
        """Who may sign in, on the same connections."""
        return SqlAccounts(self._database.dialect, self.begin, self._read)

    @cached_property
    def errands(self) -> SqlErrands:
        """Who is on their way to the organisation's sign-in, on the same connections."""
        return SqlErrands(self._database.dialect, self.begin)

    @cached_property
    def emergencies(self) -> SqlEmergencies:
        """Emergency access to patients of other sites, on the same connections."""
        return SqlEmergencies(self._database.dialect, self._read)

    @cached_property
    def drafts(self) -> SqlDrafts:
        """Forms that were begun and not sent, on the same connections."""
        return SqlDrafts(self._database.dialect, self.begin, self._read)

    @cached_property
    def meetings(self) -> SqlMeetings:
        """Meetings of the MDT, on the same connections."""
        return SqlMeetings(self._database.dialect, self._read)

    @cached_property
    def assignments(self) -> SqlAssignments:
        """Who looks after whom, on the same connections."""
        return SqlAssignments(self._database.dialect, self.begin, self._read)

    @cached_property
    def saved_views(self) -> SqlSavedViews:
        """Filters that people keep by name, on the same connections."""
        return SqlSavedViews(self._database.dialect, self.begin, self._read)

    @cached_property
    def worklist(self) -> SqlWorklist:
        """Everybody, most pressing first, on the same connections."""
        return SqlWorklist(self._database.dialect, self._sql, self._read)

    @cached_property
    def log(self) -> SqlLog:
        """The log that shows whether anything was rewritten, on the same connections."""
        return SqlLog(self._database.dialect, self.begin, self._read)

    def case(self, path_id: str) -> Case:
        """The path with its fact records and live checkpoints; raises NotFoundError."""
        return self._read(lambda cursor: self._cases.read(cursor, path_id))

    def person(self, path_id: str) -> Person:
        """Who the path belongs to; raises NotFoundError."""
        return self._read(lambda cursor: self._identities.read(cursor, path_id))

    def find(self, text: str) -> Sequence[str]:
        """Path ids whose id or identifier equals `text`, or whose name contains it (any case).

        Of one or two letters: names in which a word begins with them.
        """
        sought = text.strip()
        if not sought:
            return ()
        return self._read(lambda cursor: self._identities.find(cursor, sought))

    def numbered(self, number: str) -> Sequence[str]:
        """The ids of the paths enrolled under this very number, in whatever system."""
        sought = number.strip()
        return self._read(lambda cursor: self._identities.numbered(cursor, sought))

    def enrolled(self, system: str, value: str) -> str | None:
        """The id of the path enrolled under this identifier, if any."""
        return self._read(lambda cursor: self._identities.enrolled(cursor, system, value))

    def without_key(self) -> Sequence[str]:
        """The paths whose person has no key although nobody erased it, by id."""
        return self._read(self._identities.keyless)

    def consents(self) -> Mapping[str, Sequence[FactRecord]]:
        """The records of what patients said about the use of their data, by path."""
        found: dict[str, list[FactRecord]] = {}
        for row in self._rows(self._sql.consents, ()):
            found.setdefault(row[0], []).append(read_fact(row))
        for row in self._rows(self._sql.data_uses, ()):
            found.setdefault(row[0], []).extend(said_in([read_entry(row)]))
        return found

    def forget_removed(self) -> bool:
        """What was erased is gone from the disk, as far as this program can see to it."""
        return self._database.forget_removed()

    def paths(self) -> Iterator[PathRecord]:
        """Every path, by id. Read a page at a time, so that no reader holds the database long."""
        seen = ""
        while rows := self._rows(self._sql.paths_after, (seen, PAGE)):
            yield from map(read_path, rows)
            seen = rows[-1][0]

    def cases(self, wanted: Callable[[PathRecord], bool]) -> Iterator[Case]:
        """Every path by id, without its checkpoints; the wanted ones with their fact records.

        A page is read at a time, so that no reader holds the database long.
        """
        seen = ""
        while page := self._page_of_cases(seen, wanted):
            yield from page
            seen = page[-1].path.path_id

    def _page_of_cases(self, seen: str, wanted: Callable[[PathRecord], bool]) -> Sequence[Case]:
        def look(cursor: Any) -> Sequence[Case]:  # noqa: ANN401 - untyped driver
            found = cursor.execute(self._sql.paths_after, (seen, CASES)).fetchall()
            paths = [read_path(row) for row in found]
            facts: dict[str, list[FactRecord]] = {p.path_id: [] for p in paths if wanted(p)}
            if facts:
                for row in cursor.execute(self._sql.facts_between, (min(facts), max(facts))):
                    if row[0] in facts:
                        facts[row[0]].append(read_fact(row))
            return tuple(Case(path, tuple(facts.get(path.path_id, ())), ()) for path in paths)

        return self._read(look)

    def ids(self) -> Iterator[str]:
        """Every path id that the paths or the journal know, in order."""
        seen = ""
        while rows := self._rows(self._sql.ids_after, (seen, seen, PAGE)):
            yield from (path_id for (path_id,) in rows)
            seen = rows[-1][0]

    def resembling(self, person: Person) -> Sequence[str]:
        """The paths of people whose names are easily mistaken for this one's, by id."""
        return self._read(lambda cursor: self._identities.resembling(cursor, person))

    def live_checkpoints(self) -> Sequence[CheckpointRecord]:
        """Every checkpoint still expected, of every path, most pressing first."""
        return tuple(map(read_checkpoint, self._rows(self._sql.every_live_checkpoint, ())))

    def journal(self, path_id: str) -> Sequence[JournalEntry]:
        """The path's history, oldest first."""
        return tuple(map(read_entry, self._rows(self._sql.entries_since, (path_id, 0))))

    def variances(self) -> Sequence[JournalEntry]:
        """Every step against the recommendation and all care off the pathway, oldest first."""
        return tuple(map(read_entry, self._rows(self._sql.variances, ())))

    def as_stored(self, path_id: str) -> Stored:
        """The rows of a path and its history as they lie in the database, for those who check."""

        def look(cursor: Any) -> Stored:  # noqa: ANN401 - untyped driver
            path = cursor.execute(self._sql.path, (path_id,)).fetchone()
            return Stored(path, cursor.execute(self._sql.entries_since, (path_id, 0)).fetchall())

        return self._read(look)

    def checkpoints(self, path_id: str) -> Sequence[CheckpointRecord]:
        """Every checkpoint the path ever had, in the order they were opened."""
        return tuple(map(read_checkpoint, self._rows(self._sql.checkpoints, (path_id,))))

    def reviews(self, path_id: str = "") -> Sequence[ReviewItem]:
        """Past decisions to look at again, open and closed, of one path or all, oldest first."""
        statement = self._sql.reviews if path_id else self._sql.every_review
        return tuple(map(read_review, self._rows(statement, (path_id,) if path_id else ())))

    def open_reviews(self) -> Sequence[ReviewItem]:
        """The past decisions nobody has looked at again yet, of every path, oldest first."""
        return tuple(map(read_review, self._rows(self._sql.open_reviews, ())))

    def version(self, content_hash: str) -> Version | None:
        """The kept pathway version with this hash, if any."""
        rows = self._rows(self._sql.version, (content_hash,))
        return read_version_row(rows[0]) if rows else None

    def versions(self) -> Sequence[Version]:
        """Every kept pathway version, by pathway id and in the order they were kept."""
        return tuple(map(read_version_row, self._rows(self._sql.every_version, ())))

    def signatures(self, subject: str) -> Sequence[Signature]:
        """What was signed under a version's hash or a plan's digest, oldest first."""
        return tuple(map(read_signature, self._rows(self._sql.signatures, (subject,))))

    def signatures_of(self, pathway_id: str) -> Sequence[Signature]:
        """What was signed under any version of this pathway, oldest first."""
        return tuple(map(read_signature, self._rows(self._sql.signatures_of, (pathway_id,))))

    def site_plan(self, site: str) -> KeptPlan | None:
        """What the site has set for itself and counts now, if anything."""
        rows = self._rows(self._sql.site_plan, (site,))
        return read_site_plan_row(rows[0]) if rows else None

    def site_plans(self) -> Sequence[KeptPlan]:
        """Every plan any site has set, by site and in the order they were set."""
        return tuple(map(read_site_plan_row, self._rows(self._sql.every_site_plan, ())))

    def heartbeats(self) -> Sequence[Heartbeat]:
        """The schedulers that have ever looked, the latest look first."""
        return tuple(map(read_heartbeat, self._rows(self._sql.every_heartbeat, ())))

    def incidents(self) -> Sequence[Incident]:
        """The paths that sweeps could not handle, the oldest incident first."""
        return tuple(map(read_incident, self._rows(self._sql.every_incident, ())))

    def astray(self, now: datetime) -> frozenset[str]:
        """The paths whose moment no timer keeps, and those with an entry from the future."""
        return frozenset(name for (name,) in self._rows(self._sql.astray, (micros(now),)))

    def waiting_since(self) -> datetime | None:
        """The earliest moment at which any path is to be looked at; None: there is none."""
        ((at,),) = self._rows(self._sql.first_timer, ())
        return None if at is None else instant(at * SECOND)

    def paths_per_version(self) -> Mapping[str, int]:
        """How many paths are pinned to each version, by its hash."""
        return {key: int(count) for key, count in self._rows(self._sql.paths_per_version, ())}

    def counts(self, tables: Sequence[str]) -> dict[str, int]:
        """How many rows each of these tables has, as far as this store may see them."""

        def look(cursor: Any) -> dict[str, int]:  # noqa: ANN401 - untyped driver
            return {
                table: int(cursor.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a name from our tables
                for table in tables
            }

        return self._read(look)

    def meta(self, key: str) -> str:
        """What is true of the database as a whole under this key; empty where nothing is."""
        rows = self._rows(self._sql.meta, (key,))
        return str(rows[0][0]) if rows else ""

    def put_meta(self, key: str, value: str) -> None:
        """This is true of the database as a whole from now on."""
        connection = self._connection()
        with self._database.complaints():
            try:
                self._database.begin(connection)
                connection.execute(self._sql.put_meta, (key, value))
                self._database.commit(connection)
            except BaseException:
                self._undo(connection)
                raise

    def _connection(self) -> Any:  # noqa: ANN401 - untyped driver
        connection = getattr(self._mine, "connection", None)
        if connection is not None and not self._database.is_usable(connection):
            self._give_up(connection)
            connection = None
        if connection is None:
            connection = self._mine.connection = self._database.connect()
            self._connections.append(connection)
        return connection

    def _undo(self, connection: Any) -> None:  # noqa: ANN401 - untyped driver
        """Nothing of the transaction is left; a connection that cannot even do that is given up."""
        try:
            self._database.undo(connection)
        except self._database.driver.Error:
            self._give_up(connection)

    def _give_up(self, connection: Any) -> None:  # noqa: ANN401 - untyped driver
        """The connection is nobody's any more; the next use opens a new one."""
        if connection in self._connections:
            self._connections.remove(connection)
        if getattr(self._mine, "connection", None) is connection:
            del self._mine.connection
        connection.close()

    def _read(self, look: Callable[[Any], T]) -> T:  # Any: a cursor of an untyped driver
        """What `look` sees at one moment; within this thread's own write, what that write sees."""
        connection = self._connection()
        if self._database.is_in_transaction(connection):
            return look(connection.cursor())

        def look_once() -> T:
            try:
                self._database.begin_read(connection)
                return look(connection.cursor())
            finally:
                self._undo(connection)

        with self._database.complaints():
            return self._database.patiently(look_once)

    def _rows(self, statement: str, given: tuple[object, ...]) -> Sequence[tuple[Any, ...]]:
        return self._read(lambda cursor: tuple(cursor.execute(statement, given).fetchall()))
