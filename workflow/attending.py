"""What a sweep does at one path: rows agree with the zone data, and what came due is told, once.

Everything is decided again with what is known now: a result that has expired since closes its gate
and is asked for again. No clock moves a patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from workflow.act import Act
from workflow.canonical import canonical
from workflow.checkpoints import after_closing, definition_of
from workflow.ladder import EXPIRED, REMINDED, Happening, advance, ladder
from workflow.recomputing import recompute
from workflow.records import CheckpointRecord, Notice, iso

PUNCTUAL: Final = timedelta(minutes=15)
"""What is told later than this after its moment is marked late: nobody had looked."""


def attend(act: Act) -> None:
    """The path's checkpoints stand as they should at the act's moment; a second call adds nothing.

    What is told more than a quarter of an hour after its moment says by how many seconds.
    """
    recompute(act)
    act.plan()
    for row in _pressing(act):
        definition = definition_of(act.found.rules, row, act.found.site_plan)
        steps = ladder(act.found.pathway, act.path, definition, act.found.site_plan)
        advanced, happened = advance(row, steps, act.found.now)
        act.put([advanced])
        for item in happened:
            _tell(act, item)
        if happened and happened[-1].kind == EXPIRED:
            # The next counts from the day this one ended, however late anybody looks.
            ended_on = happened[-1].at.astimezone(act.found.zone).date()
            act.put([advanced.closed("expired", act.path.version, None)])
            act.put(after_closing(act.context(), advanced, ended_on))


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


def _tell(act: Act, item: Happening) -> None:
    if item.kind != REMINDED:
        act.write(item.kind, decision=act.decision(act.today), detail=_detail(item, act.found.now))
    if item.to_role:
        act.notices.append(_notice(act, item))


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
    """What a role is told; a reminder has no entry of its own and is named by its row and day."""
    row, seq = item.row, act.path.version
    name = f"{act.path.path_id}/{seq}"
    if item.kind == REMINDED:
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
