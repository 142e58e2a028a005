"""MDT meetings on a database: read at one moment, and added to within a transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from storage import mdt_tables
from storage.recipients import Writing
from storage.rows import Row, audit_row, instant, json_text, micros
from storage.statements import AUDIT, PATH, insert_if_absent, statement_text, table_of
from workflow.canonical import digest
from workflow.errors import ConflictError, NotFoundError
from workflow.mdt import Attendance, Attendee, MdtEntry, Meeting
from workflow.records import Actor, AuditEvent

MEETING: Final = table_of(mdt_tables.MeetingRow)
ATTENDANCE: Final = table_of(mdt_tables.AttendanceRow)
ENTRY: Final = table_of(mdt_tables.MdtEntryRow)
_MEANWHILE: Final = "Somebody else changed this meanwhile; nothing of yours was saved. Look again."


class SqlMeetings:
    """Reads of meetings on the connections of the store, and writes in a transaction of it.

    Every write leaves an audit event with the digest of what was written, so that the log seals it.
    """

    def __init__(
        self,
        dialect: Dialect,
        read: Callable[[Callable[[Any], Any]], Any],  # Any: a cursor of an untyped driver
    ) -> None:
        key: sa.BindParameter[str] = sa.bindparam("key")
        columns = [column.name for column in list(AUDIT.columns)[1:]]
        self._read = read
        self._audit = statement_text(dialect, sa.insert(AUDIT).inline(), *columns)
        self._add = {table: insert_if_absent(dialect, table) for table in (MEETING, ATTENDANCE)}
        self._add[ENTRY] = insert_if_absent(dialect, ENTRY)
        meetings = sa.select(MEETING)
        every = meetings.order_by(MEETING.c.held_on, MEETING.c.at, MEETING.c.meeting_id)
        self._every = statement_text(dialect, every)
        self._one = statement_text(dialect, meetings.where(MEETING.c.meeting_id == key), "key")
        attendances = sa.select(ATTENDANCE).where(ATTENDANCE.c.meeting_id == key)
        self._attendances = statement_text(dialect, attendances.order_by(ATTENDANCE.c.seq), "key")
        entries = sa.select(ENTRY).order_by(ENTRY.c.path_id, ENTRY.c.seq)
        self._entries = statement_text(dialect, entries)
        self._of_path = statement_text(dialect, entries.where(ENTRY.c.path_id == key), "key")
        is_merged = PATH.c.merged_into != sa.literal_column("''")  # as its index says
        among = (
            "{} IN (SELECT value FROM json_each(?))"
            if dialect.name == "sqlite"
            else "{} = ANY (ARRAY(SELECT jsonb_array_elements_text(%s::jsonb)))"
        )
        some = statement_text(dialect, sa.select(ENTRY))
        self._of_paths = f"{some} WHERE {among.format('path_id')} ORDER BY path_id, seq"
        self._into = (
            "SELECT path_id, merged_into FROM path "  # noqa: S608 - our own words
            f"WHERE merged_into <> '' AND {among.format('merged_into')}"
        )
        merged = sa.select(PATH.c.path_id).where(PATH.c.merged_into == key, is_merged)
        self._merged = statement_text(dialect, merged.order_by(PATH.c.path_id), "key")

    def every(self) -> Sequence[Meeting]:
        """Every meeting that was ever called, by its day."""
        return tuple(map(_read_meeting, self._rows(self._every)))

    def one(self, meeting_id: str) -> Meeting:
        """The meeting of that id; raises NotFoundError."""
        rows = self._rows(self._one, meeting_id)
        if not rows:
            raise NotFoundError("There is no such meeting; see `allpath mdt list`.")
        return _read_meeting(rows[0])

    def attendances(self, meeting_id: str) -> Sequence[Attendance]:
        """Who took part, each time it was written down; the last one counts."""
        return tuple(map(_read_attendance, self._rows(self._attendances, meeting_id)))

    def entries(self, path_id: str = "") -> Sequence[MdtEntry]:
        """Every record about one path or about all, by path and in the order they were made."""
        rows = self._rows(self._of_path, path_id) if path_id else self._rows(self._entries)
        return tuple(map(_read_entry, rows))

    def entries_of(self, path_ids: Iterable[str]) -> Sequence[MdtEntry]:
        """Every record about these paths, by path and in the order they were made."""
        found = self._rows(self._of_paths, json_text(list(path_ids)))
        return tuple(map(_read_entry, found))

    def merged_into(self, path_ids: Iterable[str]) -> dict[str, str]:
        """Every path that is merged into one of these, at once or by way of others, with the one.

        A few rows at most, whatever is asked: hardly anybody is enrolled twice.
        """
        survivors = {path_id: path_id for path_id in path_ids}
        found: dict[str, str] = {}
        asked = list(survivors)
        while rows := self._rows(self._into, json_text(asked)) if asked else ():
            found |= {merged: survivors[into] for merged, into in rows}
            survivors |= found
            asked = [merged for merged, _ in rows]
        return found

    def taken_in(self, path_id: str) -> Sequence[str]:
        """The paths that are merged into this one now, those merged into them included."""
        found: list[str] = []
        for (merged,) in self._rows(self._merged, path_id):
            found += (merged, *self.taken_in(merged))
        return tuple(found)

    def call(self, transaction: Writing, meeting: Meeting, actor: Actor) -> None:
        """The meeting is called."""
        row = (
            meeting.meeting_id,
            meeting.site,
            meeting.held_on.isoformat(),
            meeting.title,
            meeting.by,
            meeting.role,
            micros(meeting.at),
        )
        told = {"meeting": meeting.meeting_id, "held_on": meeting.held_on, "site": meeting.site}
        told["digest"] = digest(list(row[:4]))
        event = _event(actor, "mdt_meeting_called", "", told, meeting.at)
        self._put(transaction, MEETING, row, event)

    def attend(self, transaction: Writing, attendance: Attendance, actor: Actor) -> None:
        """Who took part is written down once more."""
        people = json_text([asdict(person) for person in attendance.people])
        row = (
            attendance.meeting_id,
            attendance.seq,
            people,
            attendance.by,
            attendance.role,
            micros(attendance.at),
        )
        told = {
            "meeting": attendance.meeting_id,
            "seq": attendance.seq,
            "digest": digest([attendance.meeting_id, attendance.seq, people]),
        }
        event = _event(actor, "mdt_attendance_recorded", "", told, attendance.at)
        self._put(transaction, ATTENDANCE, row, event)

    def add(self, transaction: Writing, entry: MdtEntry, actor: Actor) -> None:
        """The record is kept; raises ConflictError where another one came first."""
        content = json_text(entry.content)
        row = (
            entry.path_id,
            entry.seq,
            entry.meeting_id,
            entry.kind,
            entry.about,
            content,
            entry.by,
            entry.role,
            entry.os_user,
            micros(entry.at),
        )
        told = {
            "meeting": entry.meeting_id,
            "seq": entry.seq,
            "about": entry.about,
            "digest": digest([entry.path_id, entry.seq, entry.meeting_id, entry.kind, content]),
        }
        event = _event(actor, f"mdt_{entry.kind}", entry.path_id, told, entry.at)
        self._put(transaction, ENTRY, row, event)

    def _put(self, transaction: Writing, table: sa.Table, row: Row, event: AuditEvent) -> None:
        if transaction.cursor.execute(self._add[table], row).rowcount != 1:
            raise ConflictError(_MEANWHILE)
        transaction.cursor.execute(self._audit, audit_row(event))

    def _rows(self, statement: str, *values: str) -> Sequence[Row]:
        def look(cursor: Any) -> Sequence[Row]:  # noqa: ANN401 - untyped driver
            return tuple(cursor.execute(statement, values).fetchall())

        rows: Sequence[Row] = self._read(look)
        return rows


def _event(actor: Actor, action: str, path_id: str, told: object, at: datetime) -> AuditEvent:
    return AuditEvent(at, actor.name, actor.role, actor.os_user, action, path_id, json_text(told))


def _read_meeting(row: Row) -> Meeting:
    meeting_id, site, held_on, title, actor, role, at = row
    return Meeting(meeting_id, site, date.fromisoformat(held_on), title, actor, role, instant(at))


def _read_attendance(row: Row) -> Attendance:
    meeting_id, seq, people, actor, role, at = row
    read = tuple(Attendee(**person) for person in json.loads(people))
    return Attendance(meeting_id, seq, read, actor, role, instant(at))


def _read_entry(row: Row) -> MdtEntry:
    path_id, seq, meeting_id, kind, about, content, actor, role, os_user, at = row
    told = json.loads(content)
    return MdtEntry(path_id, seq, meeting_id, kind, about, told, actor, role, os_user, instant(at))
