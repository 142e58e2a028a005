"""Notices that reached nobody: the worklist shows them whatever the filter, until somebody acts.

A notice reached nobody when no recipient has its role at the patient's site, when every delivery of
it was given up, or when nothing has delivered for an hour although it was due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from allpath import words
from allpath.tasks import is_final
from scheduler.delivery import is_for
from workflow.emergency import OPENED as EMERGENCY
from workflow.outbox import Recipient
from workflow.records import Notice, PathRecord, iso
from workflow.review import OPENED

if TYPE_CHECKING:  # bootstrap opens the database; those who only count rows need it not
    from allpath.bootstrap import Allpath

SILENT_AFTER: Final = timedelta(hours=1)
SHOWN: Final = 5
"""How many of them one sentence names."""


@dataclass(frozen=True, slots=True)
class Untold:
    """One notice that reached nobody, and why."""

    notice: Notice
    why: str


def untold(allpath: Allpath, now: datetime) -> Sequence[Untold]:
    """The notices that reached nobody, oldest first, of paths on which something is expected."""
    outbox = allpath.store.outbox
    found = outbox.undelivered()
    if not found:
        return ()
    everybody = [item for item in outbox.recipients() if item.active]
    waiting = {review.review_id for review in allpath.store.open_reviews()}
    paths: dict[str, PathRecord] = {}
    shown = []
    for item in found:
        if item.notice.topic == OPENED and item.notice.notice_id not in waiting:
            continue  # somebody has looked at it again without being told
        path_id = item.notice.path_id
        path = paths.get(path_id) or allpath.store.case(path_id).path
        paths[path_id] = path
        why = item.why or _nobody(item.notice, path, everybody, now)
        is_alarm = item.notice.topic == EMERGENCY  # whatever became of the path
        if why and (is_alarm or not is_final(allpath.shown_by(path), path)):
            shown.append(Untold(item.notice, why))
    return tuple(shown)


def silent_since(allpath: Allpath, now: datetime) -> datetime | None:
    """Since when the longest-waiting delivery is due, if that is longer than a round may take."""
    due = allpath.store.outbox.due_since()
    return due if due is not None and now - due >= SILENT_AFTER else None


def sentence(found: Sequence[Untold]) -> str:
    """`2 notices reached nobody: P-000001 to lead (nobody is told as lead); ...`."""
    parts = list(
        dict.fromkeys(f"{i.notice.path_id} to {i.notice.to_role} ({i.why})" for i in found)
    )
    more = f"; and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    return (
        f"{words.counted(len(found), 'notice')} reached nobody: {'; '.join(parts[:SHOWN])}{more}. "
        "See `allpath notice list --undelivered`."
    )


def answer(found: Sequence[Untold]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "notice_id": item.notice.notice_id,
            "path_id": item.notice.path_id,
            "topic": item.notice.topic,
            "to_role": item.notice.to_role,
            "created_at": iso(item.notice.created_at),
            "why": item.why,
        }
        for item in found
    ]


def _nobody(notice: Notice, path: PathRecord, everybody: Sequence[Recipient], now: datetime) -> str:
    """Why nobody was chosen; empty while the next round will choose somebody."""
    if any(is_for(recipient, notice, path) for recipient in everybody):
        is_silent = now - notice.created_at >= SILENT_AFTER
        return "nothing has delivered since; run `allpath notice deliver`" if is_silent else ""
    site = path.settings.get("site", "")
    return f"nobody is told as {notice.to_role}" + (f" at {site}" if site else "")
