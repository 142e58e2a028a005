"""Checks the rows kept beside the journal: meetings, who looks after whom, emergency access.

Each was written together with an audit event, which the log seals. The event says who wrote the
row and when, and keeps a digest of what was typed; so a row that was changed, removed or put in
behind the program is named with its table, its key and the column that differs. No value is shown.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from allpath.verifier.findings import Report
from allpath.verifier.reader import Rows
from allpath.verifier.standalone import canonical

Row = Mapping[str, Any]  # Any: what a driver answers
Key = tuple[Any, ...]
MDT: Final = {f"mdt_{kind}": kind for kind in ("put", "taken_off", "decided", "action", "outcome")}
EMERGENCY: Final = {f"emergency_access_{kind}": kind for kind in ("begun", "ended", "reviewed")}
CALLED, ATTENDED, ASSIGNED = "mdt_meeting_called", "mdt_attendance_recorded", "assigned"
ACTIONS: Final = frozenset({*MDT, *EMERGENCY, CALLED, ATTENDED, ASSIGNED})
"""The audit events that tell of such a row."""
DIGEST: Final = "digest"


@dataclass(frozen=True, slots=True)
class Told:
    """What an audit event tells of the row it was written with, column by column.

    `digest` is of the columns named in the table's `digested`; empty where none was kept yet.
    """

    columns: Row
    position: int | None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, what names a row of it, and the columns that only a digest vouches for."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    covered: tuple[str, ...]
    digested: str
    order: str = ""

    def rows(self, rows: Rows) -> Iterator[dict[str, Any]]:
        """Every row, in the order the rows were written where that matters."""
        order = f" ORDER BY {self.order}" if self.order else ""
        for row in rows(f"SELECT {', '.join(self.columns)} FROM {self.name}{order}"):  # noqa: S608 - our own names
            yield dict(zip(self.columns, row, strict=True))

    def digest(self, row: Row) -> str:
        """What the event that was written with this row has to keep of it."""
        content = canonical([row[name] for name in self.covered])
        return hashlib.sha256(content.encode()).hexdigest()


BY: Final = ("actor", "role", "at")
MEETING: Final = Table(
    "mdt_meeting",
    ("meeting_id",),
    ("meeting_id", "site", "held_on", "title", *BY),
    ("meeting_id", "site", "held_on", "title"),
    "title",
)
ATTENDANCE: Final = Table(
    "mdt_attendance",
    ("meeting_id", "seq"),
    ("meeting_id", "seq", "people", *BY),
    ("meeting_id", "seq", "people"),
    "people",
)
ENTRY: Final = Table(
    "mdt_entry",
    ("path_id", "seq"),
    ("path_id", "seq", "meeting_id", "kind", "about", "content", "os_user", *BY),
    ("path_id", "seq", "meeting_id", "kind", "content"),
    "content",
)
ASSIGNMENT: Final = Table(
    "assignment",
    ("path_id", "place"),
    ("path_id", "looked_after_by", "reason", "key", "os_user", *BY),
    ("path_id", "looked_after_by", "reason", "key"),
    "reason or key",
    "path_id, number",
)
ACCESS: Final = Table(
    "emergency_entry",
    ("access_id", "kind"),
    ("access_id", "kind", "path_id", "account", "code", "note", "until", *BY),
    ("access_id", "kind", "path_id", "note"),
    "note",
)
KEPT_BY: Final = "SELECT path_id, looked_after_by FROM path WHERE looked_after_by <> ''"


def check_beside(rows: Rows, events: Sequence[Sequence[Any]], report: Report) -> None:
    """Each row is the one its audit event tells of, and each event has its row."""
    told: dict[str, list[Told]] = defaultdict(list)
    for event in events:
        try:
            table, row = _told(event)
        except (ValueError, KeyError, TypeError, AttributeError):
            report.add(f"audit event {event[0]}", "does not say which row it tells of", event[8])
        else:
            told[table.name].append(row)
    for table in (MEETING, ATTENDANCE, ENTRY, ACCESS):
        kept = {_key(table, row): row for row in table.rows(rows)}
        expected = {_key(table, each.columns): each for each in told[table.name]}
        _compare(table, kept, expected, report)
    assigned = told[ASSIGNMENT.name]
    _check_assignments(rows, assigned, report)


def _told(event: Sequence[Any]) -> tuple[Table, Told]:
    _, at, action, actor, detail, os_user, path_id, role, position = event[:9]
    content = json.loads(detail)
    digest = content.get(DIGEST, "")
    by = {"actor": actor, "role": role, "at": at}
    if action == CALLED:
        named = {name: content[name] for name in ("site", "held_on")}
        return MEETING, Told({"meeting_id": content["meeting"], **named, **by}, position, digest)
    if action == ATTENDED:
        held = {"meeting_id": content["meeting"], "seq": content["seq"]}
        return ATTENDANCE, Told({**held, **by}, position, digest)
    by["path_id"] = path_id
    if action in MDT:
        put = {name: content[name] for name in ("seq", "about")}
        put |= {"meeting_id": content["meeting"], "kind": MDT[action], "os_user": os_user}
        return ENTRY, Told({**put, **by}, position, digest)
    if action == ASSIGNED:
        said = {"looked_after_by": content["looked_after_by"], "os_user": os_user}
        return ASSIGNMENT, Told({**said, **by}, position, digest)
    had = {name: content[name] for name in ("account", "code", "until") if name in content}
    had |= {"access_id": content["access"], "kind": EMERGENCY[action]}
    return ACCESS, Told({**had, **by}, position, digest)


def _check_assignments(rows: Rows, told: Sequence[Told], report: Report) -> None:
    """The nth row of a path is that of its nth event; where one is too many, the moment decides."""
    kept, expected = list(ASSIGNMENT.rows(rows)), [each.columns for each in told]
    counts = [Counter(row["path_id"] for row in side) for side in (kept, expected)]
    uneven = {
        path_id for path_id in counts[0] | counts[1] if counts[0][path_id] != counts[1][path_id]
    }
    by_key = dict(zip(_placed(kept, uneven), kept, strict=True))
    _compare(ASSIGNMENT, by_key, dict(zip(_placed(expected, uneven), told, strict=True)), report)
    last = {row["path_id"]: row["looked_after_by"] for row in expected}
    now: dict[str, str] = {path_id: keeper for path_id, keeper in rows(KEPT_BY)}  # noqa: C416 - tuples of any
    for path_id in sorted(last.keys() | now.keys()):
        if last.get(path_id, "") != now.get(path_id, ""):
            what = "has another looked_after_by than the last assignment"
            report.add(f"path, {path_id},", what)


def _placed(rows: Sequence[Row], uneven: set[str]) -> list[Key]:
    seen: Counter[Key] = Counter()
    keys: list[Key] = []
    for row in rows:
        by = (row["path_id"], row["at"]) if row["path_id"] in uneven else (row["path_id"],)
        seen[by] += 1
        keys.append((*by, seen[by]))
    return keys


def _compare(
    table: Table, kept: Mapping[Key, Row], told: Mapping[Key, Told], report: Report
) -> None:
    bare = 0
    for key, each in told.items():
        where = _where(table, key)
        row = kept.get(key)
        if row is None:
            report.add(where, "is gone, and an audit event tells of it", each.position)
            continue
        differing = [name for name, value in each.columns.items() if row[name] != value]
        if each.digest and not differing and table.digest(row) != each.digest:
            differing = [table.digested]
        if differing:
            report.add(where, f"was changed: {', '.join(sorted(differing))}", each.position)
        bare += not each.digest
    for key in sorted(kept.keys() - told.keys(), key=str):
        report.add(_where(table, key), "was put in: no audit event tells of it")
    if bare:
        report.notes.append(
            f"{bare} of the rows of {table.name} were written before the log kept a digest of "
            f"them; whether their {table.digested} is as it was written, nobody can tell."
        )


def _key(table: Table, row: Row) -> Key:
    return tuple(row[name] for name in table.key)


def _where(table: Table, key: Key) -> str:
    return f"{table.name}, {' '.join(map(str, key))},"
