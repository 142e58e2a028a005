"""A path with everything kept about it, seen at an instant: what is known and decided then."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from workflow.decide import Decision, decide
from workflow.facts import FactSheet, sheet_from_records
from workflow.pathway import Pathway
from workflow.reading import Position
from workflow.records import Case
from workflow.rules import Rules, rules_of


class Found:
    """A path with everything kept about it, seen at an instant.

    `zone` and `today` are those of the patient's site.
    """

    __slots__ = ("case", "now", "pathway", "today", "zone")

    def __init__(self, pathway: Pathway, case: Case, now: datetime) -> None:
        self.pathway = pathway
        self.case = case
        self.now = now
        self.zone = ZoneInfo(case.path.settings.get("time_zone", "UTC"))
        self.today = now.astimezone(self.zone).date()

    @property
    def rules(self) -> Rules:
        """The compiled pathway."""
        return rules_of(self.pathway)

    @property
    def position(self) -> Position:
        """Where the path is, as `decide` wants it."""
        path = self.case.path
        return Position(path.state, path.open_tracks, path.episode, path.line)

    def sheet(self, as_of: date | None = None, known_at: datetime | None = None) -> FactSheet:
        """What is known as of a civil date (today), as known at an instant (now)."""
        path = self.case.path
        day = as_of or self.today
        key = (
            self.pathway.content_hash,
            path.path_id,
            path.head,
            path.state,
            path.episode,
            tuple(path.entered.items()),
            tuple(path.settings.items()),
            len(self.case.facts),
            day,
            known_at,
        )
        found = _SHEETS.get(key)
        if found is None:
            if len(_SHEETS) >= _SHEETS_AT_MOST:
                _SHEETS.clear()
            found = _SHEETS[key] = self._sheet(day, known_at)
        return found

    def _sheet(self, as_of: date, known_at: datetime | None) -> FactSheet:
        path = self.case.path
        entered = path.entered
        since = {"state": entered["main"]}
        if "line" in entered:
            since["line"] = entered["line"]
        return sheet_from_records(
            self.pathway,
            self.case.facts,
            settings={name: path.settings.get(name) for name in self.pathway.settings},
            state=path.state,
            episode=path.episode,
            since=since,
            as_of=as_of,
            known_at=known_at,
        )

    def decision(self, as_of: date | None = None, *, explained: bool = False) -> Decision:
        """What is recommended as of a civil date (default: today)."""
        return decide(self.pathway, self.position, self.sheet(as_of), explained=explained)


# The hash of a path's last journal entry pins everything recorded before it, so a sheet worked out
# for that hash, place and day is the sheet for ever; recording and confirming look at the same one.
_SHEETS_AT_MOST: Final = 256
_SHEETS: dict[tuple[object, ...], FactSheet] = {}
