"""What a sweep does at one path: rows agree with the zone data, and what came due is told, once.

Everything is decided again with what is known now: a result that has expired since closes its gate
and is asked for again. No clock moves a patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from workflow.act import Act
from workflow.canonical import canonical
from workflow.checkpoints import after_closing, counted_from, definition_of
from workflow.ladder import EXPIRED, REMINDED, Happening, advance, ladder, next_at
from workflow.recomputing import recompute
from workflow.records import CheckpointRecord, Notice, iso
from workflow.windows import EXPIRED as ENDED
from workflow.windows import dues

PUNCTUAL: Final = timedelta(minutes=15)
"""What is told later than this after its moment is marked late: nobody had looked."""


def attend(act: Act) -> None:
    """The path's checkpoints stand as they should at the act's moment; a second call adds nothing.

    What is told more than a quarter of an hour after its moment says by how many seconds. Of a
    checkpoint that was missed over and over while nobody looked, people are told once.
    """
    recompute(act)
    _count_from_now(act)
    _plan(act)
    missed: dict[str, Happening] = {}
    for row in _pressing(act):
        definition = definition_of(act.found.rules, row, act.found.site_plan)
        steps = ladder(act.found.pathway, act.path, definition, act.found.site_plan)
        advanced, happened = advance(row, steps, act.found.now)
        act.put([advanced])
        has_expired = bool(happened) and happened[-1].kind == EXPIRED
        for item in happened:
            if item.kind != REMINDED:
                _write(act, item)
            if item.to_role and not has_expired:
                act.notices.append(_notice(act, item))
        if has_expired:
            missed[row.checkpoint] = happened[-1]
            _follow(act, advanced, happened[-1])
    act.notices += [_notice(act, item) for item in missed.values() if item.to_role]


def _follow(act: Act, row: CheckpointRecord, item: Happening) -> None:
    """What has expired is closed; the next counts from that day, however late anybody looks."""
    ended_on = item.at.astimezone(act.found.zone).date()
    act.put([row.closed("expired", act.path.version, None)])
    act.put(after_closing(act.context(), row, ended_on, ENDED))


def _plan(act: Act) -> None:
    """What opens, is met or ends by the passing of days alone has an entry of its own."""
    asked = {row.key for row in act.live_rows()}
    changed = act.planned()
    if changed:
        opened = [row.checkpoint for row in changed if row.key not in asked and row.is_live]
        ended = [row.checkpoint for row in changed if not row.is_live]
        detail = {"opened": sorted(opened), "ended": sorted(ended)}
        act.write("checkpoints_reviewed", decision=act.decision(act.today), detail=detail)
    act.plan()


def _count_from_now(act: Act) -> None:
    """Nothing is counted from the future, where a wrong clock once was; nobody waits for nothing.

    A repeat that counts from a day to come counts from today, a reminder that was given in the
    future was given now, and what should be brought to somebody is.
    """
    now, context = act.found.now, act.context()
    for row in act.live_rows():
        definition = definition_of(act.found.rules, row, act.found.site_plan)
        mended = row
        if row.anchor_on > act.today and row.occurrence > len(dues(definition)):
            mended = counted_from(context, row, definition, act.today)
        if mended.reminded_at is not None and mended.reminded_at > now:
            mended = replace(mended, reminded_at=now)
        if mended != row or row.next_at is None:
            steps = ladder(act.found.pathway, act.path, definition, act.found.site_plan)
            mended = replace(mended, next_at=next_at(mended, steps))
        if mended != row:
            act.put([mended])


def _pressing(act: Act) -> Iterator[CheckpointRecord]:
    """The rows with something to do, in the order of their moments; also those that follow."""
    seen = set()
    while rows := [
        row
        for row in act.live_rows()
        if row.next_at is not None and row.next_at <= act.found.now and row.key not in seen
    ]:
        first = min(rows, key=lambda row: (row.next_at, row.key))
        seen.add(first.key)
        yield first


def _write(act: Act, item: Happening) -> None:
    act.write(item.kind, decision=act.decision(act.today), detail=_detail(item, act.found.now))


def _detail(item: Happening, now: datetime) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "checkpoint": item.row.checkpoint,
        "occurrence": item.row.occurrence,
        "opened_seq": item.row.opened_seq,
        "to": item.to_role,
        "due_at": iso(item.row.due_at),
    }
    if now - item.at > PUNCTUAL:
        detail["late_seconds"] = int((now - item.at).total_seconds())
    return detail


def _notice(act: Act, item: Happening) -> Notice:
    """What a role is told; where several share an entry, each is named by its row and moment."""
    row, seq = item.row, act.path.version
    name = f"{act.path.path_id}/{seq}"
    if item.kind in {REMINDED, EXPIRED}:
        name += f"/{row.checkpoint}/{row.opened_seq}.{row.occurrence}/{iso(act.found.now)}"
    return Notice(
        notice_id=name,
        path_id=act.path.path_id,
        seq=seq,
        topic=item.kind,
        to_role=item.to_role,
        body=canonical(
            {
                "checkpoint": row.checkpoint,
                "occurrence": row.occurrence,
                "opened_seq": row.opened_seq,
                "path_id": act.path.path_id,
            }
        ),
        created_at=act.found.now,
    )
