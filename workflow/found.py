"""A path with everything kept about it, seen at an instant: what is known and decided then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from workflow.decide import Decision, decide
from workflow.facts import FactSheet, sheet_from_records
from workflow.pathway import Pathway
from workflow.reading import Position
from workflow.records import Case
from workflow.rules import Rules, rules_of


@dataclass(frozen=True)
class Found:
    """A path with everything kept about it, seen at an instant."""

    pathway: Pathway
    case: Case
    now: datetime

    @property
    def rules(self) -> Rules:
        """The compiled pathway."""
        return rules_of(self.pathway)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the patient's site."""
        return ZoneInfo(self.case.path.settings.get("time_zone", "UTC"))

    @cached_property
    def today(self) -> date:
        """The civil date at the patient's site."""
        return self.now.astimezone(self.zone).date()

    @property
    def position(self) -> Position:
        """Where the path is, as `decide` wants it."""
        path = self.case.path
        return Position(path.state, path.open_tracks, path.episode, path.line)

    @cached_property
    def _sheets(self) -> dict[tuple[date, datetime | None], FactSheet]:
        return {}

    def sheet(self, as_of: date | None = None, known_at: datetime | None = None) -> FactSheet:
        """What is known as of a civil date (today), as known at an instant (now)."""
        key = (as_of or self.today, known_at)
        found = self._sheets.get(key)
        if found is None:
            found = self._sheets[key] = self._sheet(*key)
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
