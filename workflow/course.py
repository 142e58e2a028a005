"""The course of a path: every stay in a state or track, what was undone included, from its journal.

Days are civil days at the patient's site. A stay that goes on has no end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from workflow.civil_time import site_zone
from workflow.pathway import Pathway
from workflow.records import MERGED_INTO, JournalEntry, PathRecord
from workflow.retracing import UNDONE, is_taken, retraced, standing_entries
from workflow.steps import MAIN


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay: `name` is a state of the main track, or the open track itself.

    `undone_on` says when the step that began it was undone; it never counts then.
    """

    track: str
    name: str
    since: date
    until: date | None = None
    undone_on: date | None = None

    @property
    def is_main(self) -> bool:
        """Whether it is a stay in a state, and not in a track beside it."""
        return self.track == MAIN

    def days(self, today: date) -> int:
        """How many days it lasted, up to a day where it goes on."""
        return max(0, ((self.until or today) - self.since).days)


@dataclass(frozen=True, slots=True)
class Course:
    """The stays of one path: those that stand in the order they began, and those undone."""

    path_id: str
    stays: tuple[Stay, ...]
    undone: tuple[Stay, ...] = ()

    @property
    def states(self) -> tuple[Stay, ...]:
        """The stays of the main track."""
        return tuple(stay for stay in self.stays if stay.is_main)

    @property
    def moves(self) -> Iterator[tuple[Stay, Stay]]:
        """Each stay that was left, with the one that came next."""
        return pairwise(self.states)


def course_of(
    entries: Sequence[JournalEntry],
    path: PathRecord,
    version_of: Callable[[str], Pathway | None],
) -> Course:
    """The course as its journal tells it; `version_of` finds a pathway version by its hash."""
    zone = site_zone(path.settings)
    here: tuple[str, date] | None = None
    states: list[Stay] = []
    tracks: list[Stay] = []
    ended: date | None = None
    for stage in retraced(standing_entries(entries), path, version_of):
        after, entry = stage.after, stage.entry
        on = entry.effective_on or entry.at.astimezone(zone).date()
        place = (after.state, after.entered[MAIN])
        if place != here:
            _end(states, place[1], lambda _stay: True)
            states.append(Stay(MAIN, *place))
            here = place
        open_now = {name: after.entered[name] for name in after.open_tracks}
        _end(tracks, on, lambda stay: open_now.get(stay.name) != stay.since)  # noqa: B023 - asked at once, within this turn of the loop
        known = {(stay.name, stay.since) for stay in tracks}
        tracks += [Stay(n, n, since) for n, since in open_now.items() if (n, since) not in known]
        ended = on if after.merged_into and entry.kind == MERGED_INTO else ended
        ended = ended if after.merged_into else None
    if ended is not None:
        for stays in (states, tracks):
            _end(stays, ended, lambda _stay: True)
    stays = sorted([*states, *tracks], key=lambda stay: stay.since)
    return Course(path.path_id, tuple(stays), tuple(_undone(entries, path)))


def _end(stays: list[Stay], on: date, is_over: Callable[[Stay], bool]) -> None:
    """The stays that go on and are over now end on this day, never before they began."""
    for place, stay in enumerate(stays):
        if stay.until is None and is_over(stay):
            stays[place] = replace(stay, until=max(on, stay.since))


def _undone(entries: Sequence[JournalEntry], path: PathRecord) -> Iterator[Stay]:
    """The stays whose step was undone, each up to the next one or to the day it was undone."""
    zone = site_zone(path.settings)
    for undoing in entries:
        if undoing.kind != UNDONE:
            continue
        first, on = int(undoing.detail["undone"][0]), undoing.at.astimezone(zone).date()
        taken = [e for e in entries if first <= e.seq < undoing.seq and is_taken(e)]
        for place, entry in enumerate(taken):
            since = entry.effective_on or entry.at.astimezone(zone).date()
            later = (e.effective_on for e in taken[place + 1 :] if e.track == entry.track)
            until = next((day for day in later if day is not None), on)
            name = entry.state_to if entry.track == MAIN else entry.track
            yield Stay(entry.track, name, since, max(since, until), on)
