"""A path with everything kept about it, seen at an instant: what is known and decided then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from workflow.civil_time import site_zone
from workflow.decide import Decision, decide
from workflow.facts import FactRecord, FactSheet, sheet_from_standing
from workflow.pathway import Pathway
from workflow.reading import Position
from workflow.records import Case
from workflow.rules import Rules, rules_of
from workflow.site_plan import SitePlan
from workflow.standing import Standing, standing_records, with_records


@dataclass(frozen=True, slots=True)
class _Seen:
    """What stands when these are all the records, none of them for a day after `until`."""

    facts: tuple[FactRecord, ...]
    until: date
    standing: dict[str, Standing]

    def followed_by(
        self, facts: tuple[FactRecord, ...], day: date
    ) -> tuple[FactRecord, ...] | None:
        """The records that came after those seen; None when more than that has changed."""
        count = len(self.facts)
        later = facts[count:]
        if day < self.until or facts[:count] != self.facts:
            return None
        return None if any(record.supersedes for record in later) else later


class Found:
    """A path with everything kept about it, seen at an instant.

    `zone` and `today` are those of the patient's site, and so is `site_plan`, if it has set one.
    """

    __slots__ = ("case", "now", "pathway", "site_plan", "today", "zone")

    def __init__(
        self, pathway: Pathway, case: Case, now: datetime, site_plan: SitePlan | None = None
    ) -> None:
        self.pathway = pathway
        self.site_plan = site_plan
        self.case = case
        self.now = now
        self.zone = site_zone(case.path.settings)
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
            tuple(path.since.items()),
            tuple(path.settings.items()),
            len(self.case.facts),
            day,
            known_at,
        )
        found = _SHEETS.get(key)
        if found is None:
            if len(_SHEETS) >= _SHEETS_AT_MOST:
                _SHEETS.clear()
            standing = self.standing(day, known_at)
            found = _SHEETS[key] = self._sheet(standing, day, known_at)
        return found

    def passing_sheet(self) -> FactSheet:
        """Today's sheet of a path that is looked at in passing: nothing is remembered for it."""
        path = self.case.path
        standing = standing_records(self.pathway, self.case.facts, path.episode, self.today)
        return self._sheet(standing, self.today, None)

    def _sheet(
        self, standing: dict[str, Standing], as_of: date, known_at: datetime | None
    ) -> FactSheet:
        path = self.case.path
        entered = path.entered
        since = {"state": (entered["main"], path.since.get("state", 0))}
        if "line" in entered:
            since["line"] = (entered["line"], path.since.get("line", 0))
        return sheet_from_standing(
            self.pathway,
            standing,
            settings={name: path.settings.get(name) for name in self.pathway.settings},
            state=path.state,
            since=since,
            as_of=as_of,
            known_at=known_at,
        )

    def standing(
        self, as_of: date | None = None, known_at: datetime | None = None
    ) -> dict[str, Standing]:
        """Per fact what stands on record as of a civil date (today), as known at an instant."""
        facts, episode, day = self.case.facts, self.case.path.episode, as_of or self.today
        key = (self.pathway.content_hash, self.case.path.path_id, episode)
        seen = _STANDING.get(key)
        later = None if known_at or seen is None else seen.followed_by(facts, day)
        if seen is None or later is None:
            standing = standing_records(self.pathway, facts, episode, day, known_at)
        elif later:
            standing = with_records(self.pathway, seen.standing, later, episode, day)
        else:
            return seen.standing
        if known_at is None and all(record.effective_at <= day for record in facts):
            if len(_STANDING) >= _SHEETS_AT_MOST:
                _STANDING.clear()
            until = max((record.effective_at for record in facts), default=date.min)
            _STANDING[key] = _Seen(facts, until, standing)
        return standing

    def decision(self, as_of: date | None = None, *, explained: bool = False) -> Decision:
        """What is recommended as of a civil date (default: today)."""
        return decide(self.pathway, self.position, self.sheet(as_of), explained=explained)


# What stands is kept with the very records it was worked out from, and compared with them.
_STANDING: Final[dict[tuple[str, str, int], _Seen]] = {}
# The hash of a path's last journal entry pins everything recorded before it, so a sheet worked out
# for that hash, place and day is the sheet for ever; recording and confirming look at the same one.
_SHEETS_AT_MOST: Final = 256
_SHEETS: dict[tuple[object, ...], FactSheet] = {}
