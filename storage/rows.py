"""Records as rows and back: instants as microseconds, dates as ISO texts, structure as JSON text.

Rows are plain tuples in the order of the table's columns. What a record held comes back equal, but
for decimals and dates inside fact values, answers and details: they come back as the exact text
that was stored, since JSON has neither.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from workflow.assigning import NOBODY
from workflow.facts import FactRecord
from workflow.place import NEW, Place
from workflow.records import (
    Answered,
    AuditEvent,
    CheckpointRecord,
    JournalEntry,
    Notice,
    PathRecord,
    PendingStep,
    iso,
)
from workflow.versions import Signature, Version

Row = tuple[Any, ...]  # Any: what a driver binds and answers, checked by the tables

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
SECOND: Final = 1_000_000
"""In microseconds."""
THIRTY_DAYS: Final = timedelta(days=30) // MICROSECOND
"""How long an answer to a request and the heartbeat of a scheduler are kept, in microseconds."""


def micros(at: datetime) -> int:
    """The instant in whole microseconds since 1970 in UTC; a naive one is refused by TypeError."""
    return (at - EPOCH) // MICROSECOND


@lru_cache(maxsize=4096)  # what is recorded together has one instant
def instant(count: int) -> datetime:
    """The UTC instant of so many microseconds."""
    return EPOCH + timedelta(microseconds=count)


def micros_or_none(at: datetime | None) -> int | None:
    """As `micros`, nothing for nothing."""
    return None if at is None else micros(at)


def instant_or_none(count: int | None) -> datetime | None:
    """As `instant`, nothing for nothing."""
    return None if count is None else instant(count)


def seconds(at: datetime) -> int:
    """The instant in whole seconds since 1970, as timers have it; a rest is left out."""
    return micros(at) // SECOND


def folded(name: str) -> str:
    """The name as a search compares it: any case, one form of each letter."""
    return unicodedata.normalize("NFKC", name).casefold()


def json_text(content: object) -> str:
    """Canonical JSON; decimals and dates become their exact text, NaN and infinity are refused."""
    return _SORTED.encode(content)


def _as_text(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return iso(value.astimezone(UTC))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    msg = f"a {type(value).__name__} is not plain data and cannot be kept"
    raise TypeError(msg)


# Made once: building an encoder takes longer than encoding a row.
_SORTED: Final = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    allow_nan=False,
    default=_as_text,
)
_IN_ORDER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def _date_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _read_date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def path_row(path: PathRecord, place: Place = NEW) -> Row:
    """The row of a path that is new; of one that moves nobody else is said to look after it.

    The order of `entered` is kept: it is the order tracks were opened in.
    """
    entered = {name: day.isoformat() for name, day in path.entered.items()}
    return (
        path.path_id,
        path.pathway_id,
        path.pathway_version,
        path.pathway_hash,
        path.state,
        _IN_ORDER.encode(entered),
        json_text(path.settings),
        path.episode,
        path.line,
        path.version,
        path.head,
        None if path.pending is None else _pending_text(path.pending),
        json_text(path.asked),
        json_text(path.since),
        micros_or_none(path.next_at),
        micros_or_none(path.paused_until),
        path.paused,
        site_of(path),
        path.merged_into,
        int(place.is_ended),
        micros_or_none(place.due_at),
        micros_or_none(place.overdue_at),
        micros_or_none(place.quiet_until),
        None if place.due_on is None else place.due_on.toordinal(),
        NOBODY,
    )


def site_of(path: PathRecord) -> str:
    """The site a path belongs to, as its settings name it; empty where they name none."""
    return str(path.settings.get("site", ""))


def _pending_text(pending: PendingStep) -> str:
    return json_text(
        {
            "at": micros(pending.at),
            "by": pending.by,
            "effective_on": pending.effective_on.isoformat(),
            "note": pending.note,
            "option": pending.option,
            "reason": pending.reason,
            "step": pending.step,
            "valid_until": _date_text(pending.valid_until),
            "variance": pending.variance,
        }
    )


def _read_pending(text: str) -> PendingStep:
    parts = json.loads(text)
    at, effective_on = instant(parts.pop("at")), date.fromisoformat(parts.pop("effective_on"))
    # What was written by an older version says nothing of overrides.
    valid_until = _read_date(parts.pop("valid_until", None))
    return PendingStep(at=at, effective_on=effective_on, valid_until=valid_until, **parts)


def read_path(row: Row) -> PathRecord:
    """The path of a row."""
    entered = {name: date.fromisoformat(day) for name, day in json.loads(row[5]).items()}
    pending = None if row[11] is None else _read_pending(row[11])
    asked, since = tuple(json.loads(row[12])), json.loads(row[13])
    more = (*map(instant_or_none, row[14:16]), row[16], row[18])
    return PathRecord(
        *(*row[:5], entered, json.loads(row[6]), *row[7:11], pending, asked, since, *more)
    )


def fact_row(path_id: str, record: FactRecord, seq: int, place: int) -> Row:
    """The row of a fact record that came with journal entry `seq`."""
    return (
        path_id,
        record.record_id,
        record.fact,
        json_text(record.value),
        record.effective_at.isoformat(),
        micros(record.recorded_at),
        record.status,
        record.source,
        record.actor,
        record.episode,
        record.supersedes,
        seq,
        place,
    )


def read_fact(row: Row) -> FactRecord:
    """The fact record of a row."""
    text, effective_at, recorded_at = row[3:6]
    # Nearly all values are one of few words or days; only what can be changed is made anew.
    value = json.loads(text) if text[0] in "{[" else _read_scalar(text)
    at = date.fromisoformat(effective_at)
    return FactRecord(row[1], row[2], value, at, instant(recorded_at), *row[6:11])


@lru_cache(maxsize=8192)
def _read_scalar(text: str) -> Any:  # noqa: ANN401 - a text, number, truth or nothing
    return json.loads(text)


def entry_row(entry: JournalEntry) -> Row:
    """The row of a journal entry."""
    return (
        entry.path_id,
        entry.seq,
        entry.kind,
        micros(entry.at),
        entry.actor,
        entry.role,
        entry.os_user,
        entry.pathway_hash,
        entry.state_from,
        entry.state_to,
        entry.track,
        entry.rule,
        entry.option,
        entry.reason,
        entry.note,
        _date_text(entry.effective_on),
        entry.facts_digest,
        entry.decision_digest,
        json_text(entry.detail),
        entry.previous,
        entry.hash,
    )


def read_entry(row: Row) -> JournalEntry:
    """The journal entry of a row."""
    effective_on, detail = _read_date(row[15]), json.loads(row[18])
    return JournalEntry(
        *(*row[:3], instant(row[3]), *row[4:15], effective_on, *row[16:18], detail, *row[19:])
    )


def checkpoint_row(checkpoint: CheckpointRecord) -> Row:
    """The row of a checkpoint."""
    return (
        checkpoint.path_id,
        checkpoint.checkpoint,
        checkpoint.opened_seq,
        checkpoint.occurrence,
        checkpoint.owner,
        checkpoint.status,
        checkpoint.anchor_on.isoformat(),
        micros(checkpoint.opens_at),
        micros(checkpoint.due_at),
        micros(checkpoint.overdue_at),
        checkpoint.due_rule,
        micros_or_none(checkpoint.next_at),
        checkpoint.level,
        checkpoint.closed_seq,
        _date_text(checkpoint.met_on),
        micros_or_none(checkpoint.ideal_at),
        micros_or_none(checkpoint.expires_at),
        micros_or_none(checkpoint.reminded_at),
        micros_or_none(checkpoint.quiet_until),
        checkpoint.quiet,
        checkpoint.quiet_by,
    )


def read_checkpoint(row: Row) -> CheckpointRecord:
    """The checkpoint of a row."""
    anchor_on, window = date.fromisoformat(row[6]), map(instant, row[7:10])
    closing = (instant_or_none(row[11]), *row[12:14], _read_date(row[14]))
    more = map(instant_or_none, row[15:19])
    return CheckpointRecord(*(*row[:6], anchor_on, *window, row[10], *closing, *more, *row[19:21]))


def notice_row(notice: Notice) -> Row:
    """The row of a notice; the database numbers it."""
    return (
        notice.notice_id,
        notice.path_id,
        notice.seq,
        notice.topic,
        notice.to_role,
        notice.body,
        micros(notice.created_at),
    )


def audit_row(event: AuditEvent) -> Row:
    """The row of an audit event; the database numbers it."""
    return (
        micros(event.at),
        event.actor,
        event.role,
        event.os_user,
        event.action,
        event.path_id,
        event.detail,
    )


def version_row(version: Version) -> Row:
    """The row of a pathway version; the database numbers it."""
    return (
        version.hash,
        version.pathway_id,
        version.version,
        version.content,
        micros(version.kept_at),
    )


def read_version_row(row: Row) -> Version:
    """The pathway version of a row."""
    content_hash, pathway_id, version, content, kept_at = row
    return Version(content_hash, pathway_id, version, content, instant(kept_at))


def signature_row(signature: Signature) -> Row:
    """The row of a signature; the database numbers it."""
    return (
        signature.subject,
        signature.kind,
        signature.actor,
        signature.role,
        signature.os_user,
        micros(signature.at),
        signature.reason,
    )


def read_signature(row: Row) -> Signature:
    """The signature of a row."""
    subject, kind, actor, role, os_user, at, reason = row
    return Signature(subject, kind, actor, role, os_user, instant(at), reason)


def answered_row(answered: Answered) -> Row:
    """The row of an answer once given."""
    return (
        answered.actor,
        answered.key,
        answered.request_digest,
        json_text(answered.answer),
        micros(answered.at),
    )


def read_answered(row: Row) -> Answered:
    """The answer of a row."""
    actor, key, request_digest, answer, at = row
    return Answered(actor, key, request_digest, json.loads(answer), instant(at))
