"""The tables of MDT meetings: the meetings, who took part, and every record about a patient there.

All three are append-only, and so the meeting is named without a reference: a table that others
refer to would answer an attempt to empty it before its own trigger does. What is said of a patient
stands in `mdt_entry` alone.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import SQLModel

from storage.columns import CLUSTERED, check, of_path, one_of, whole, words
from workflow.mdt import MDT_KINDS


class MeetingRow(SQLModel, table=True):
    """One meeting: when, of which site, and who called it."""

    __tablename__: ClassVar[Any] = "mdt_meeting"  # Any: the base class declares it as an attribute
    __table_args__ = (
        check("mdt_meeting_named", "length(meeting_id) >= 1 AND length(title) >= 1"),
        check("mdt_meeting_date", "length(held_on) = 10"),
        CLUSTERED,
    )

    meeting_id: str = words(primary_key=True)
    site: str = words()
    held_on: str = words()
    title: str = words()
    actor: str = words()
    role: str = words()
    at: int = whole()


class AttendanceRow(SQLModel, table=True):
    """Who took part in a meeting, as written down once; the last row of a meeting counts."""

    __tablename__: ClassVar[Any] = "mdt_attendance"
    __table_args__ = (check("mdt_attendance_seq", "seq >= 1"), CLUSTERED)

    meeting_id: str = words(primary_key=True)
    seq: int = whole(primary_key=True)
    people: str = words()
    actor: str = words()
    role: str = words()
    at: int = whole()


class MdtEntryRow(SQLModel, table=True):
    """One record about a patient at a meeting, for ever."""

    __tablename__: ClassVar[Any] = "mdt_entry"
    __table_args__ = (
        check("mdt_entry_seq", "seq >= 1"),
        one_of("mdt_entry_kind", "kind", MDT_KINDS),
        check("mdt_entry_about", "(about IS NULL) = (kind = 'put')"),
        check("mdt_entry_named", "length(actor) >= 1"),
        Index("mdt_entry_of_meeting", "meeting_id"),
        CLUSTERED,
    )

    path_id: str = of_path(primary_key=True)
    seq: int = whole(primary_key=True)
    meeting_id: str = words()
    kind: str = words()
    about: int | None = whole()
    content: str = words()
    actor: str = words()
    role: str = words()
    os_user: str = words()
    at: int = whole()
