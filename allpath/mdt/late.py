"""Actions of the MDT that are late, for many patients at once, as a list shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from allpath import words
from workflow.civil_time import site_zone
from workflow.mdt import MdtAction, agenda_items
from workflow.records import PathRecord

if TYPE_CHECKING:  # opened when it is needed
    from storage.sql_store import SqlStore


@dataclass(frozen=True, slots=True)
class LateAction:
    """An action whose day has passed; `path_id` and `item` say where it stands."""

    path_id: str
    item: int
    action: MdtAction

    @property
    def told(self) -> str:
        """`MDT action late since 24-Nov-2026: HLA typing (Dr Ben Second)`."""
        since = words.day(self.action.due_on)
        return f"MDT action late since {since}: {self.action.what} ({self.action.owner})"


def late_of(
    store: SqlStore, paths: Iterable[PathRecord], now: datetime, known_at: datetime | None = None
) -> dict[str, tuple[LateAction, ...]]:
    """The late actions of each of these paths, the longest late first; no path without one.

    Those of paths that were merged into it are among them. Of a past moment, `known_at` says how
    much of the record counts.
    """
    asked = {path.path_id: path for path in paths}
    merged = store.meetings.merged_into(asked)
    entries = store.meetings.entries_of([*asked, *merged])
    found: dict[str, list[LateAction]] = {}
    for item in agenda_items(e for e in entries if known_at is None or e.at <= known_at):
        survivor = merged.get(item.path_id, item.path_id)
        today = now.astimezone(site_zone(asked[survivor].settings)).date()
        late = [action for action in item.actions if action.is_late(today)]
        for action in late:
            found.setdefault(survivor, []).append(LateAction(item.path_id, item.seq, action))
    return {
        path_id: tuple(sorted(late, key=lambda each: each.action.due_on))
        for path_id, late in found.items()
    }
