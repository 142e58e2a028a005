"""The courses of many paths with their lateness and their moments: what figures are made of.

A path's life is worked out once for each head of its journal, for the head pins all before it.
Who withdrew the use of their data is in no figure, nor is a path that was merged into another.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from allpath.bootstrap import Allpath
from allpath.figures.moments import moments_of
from workflow.course import Course, course_of
from workflow.data_use import withdrawn
from workflow.errors import NotFoundError
from workflow.facts import FactRecord
from workflow.figures import Lateness
from workflow.pathway import Pathway
from workflow.records import CheckpointRecord, JournalEntry, PathRecord

_KEPT: Final = 4096
"""The lives of so many paths are remembered; each is a few kilobytes."""
_LIVES: OrderedDict[tuple[str, str, str], Life] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Life:
    """One path: where it was and when, when its checkpoints were late, its dated facts by name."""

    path: PathRecord
    course: Course
    late: tuple[Lateness, ...]
    moments: Mapping[str, tuple[date, ...]]


@dataclass(frozen=True, slots=True)
class Lives:
    """Those a figure counts, and how many it leaves out because of their word, or as merged."""

    every: tuple[Life, ...]
    versions: tuple[Pathway, ...]
    left_out: int
    merged: int

    @property
    def pathways(self) -> dict[str, Pathway]:
        """Each pathway in the version most of them are on; `versions` begin with those."""
        found: dict[str, Pathway] = {}
        for version in self.versions:
            found.setdefault(version.id, version)
        return found

    def on(self, pathway_id: str) -> Lives:
        """Those on one pathway alone; all where none is named."""
        if not pathway_id:
            return self
        every = tuple(life for life in self.every if life.path.pathway_id == pathway_id)
        versions = tuple(version for version in self.versions if version.id == pathway_id)
        return replace(self, every=every, versions=versions)

    @property
    def courses(self) -> tuple[Course, ...]:
        """The course of each."""
        return tuple(life.course for life in self.every)


def lives_of(allpath: Allpath, is_visible: Callable[[PathRecord], bool]) -> Lives:
    """Every path that may be seen and counted, by its id."""
    unused = withdrawn(allpath.store.consents())
    found: list[Life] = []
    versions: Counter[str] = Counter()
    read: dict[str, Pathway] = {}
    left_out = merged = 0
    for path in allpath.store.paths():
        if not is_visible(path):
            continue
        if path.path_id in unused:
            left_out += 1
        elif path.merged_into:
            merged += 1
        else:
            found.append(_life(allpath, path))
            pathway = allpath.shown_by(path)
            if pathway is not None:
                versions[pathway.content_hash] += 1
                read[pathway.content_hash] = pathway
    ordered = tuple(read[content] for content, _ in versions.most_common())
    return Lives(tuple(found), ordered, left_out, merged)


def _life(allpath: Allpath, path: PathRecord) -> Life:
    key = (allpath.settings.database, path.path_id, path.head)
    life = _LIVES.pop(key, None)
    if life is None:
        store, pathway = allpath.store, allpath.shown_by(path)
        entries = store.journal(path.path_id)
        life = Life(
            path,
            course_of(entries, path, allpath.orchestrator.library.by_hash),
            tuple(_lateness(store.checkpoints(path.path_id), entries)),
            moments_of(pathway, _facts(allpath, path.path_id)) if pathway else {},
        )
    _LIVES[key] = life
    while len(_LIVES) > _KEPT:
        _LIVES.popitem(last=False)
    return life


def _facts(allpath: Allpath, path_id: str) -> Sequence[FactRecord]:
    try:
        return allpath.store.case(path_id).facts
    except NotFoundError:  # gone since the list of paths was read
        return ()


def _lateness(rows: Sequence[CheckpointRecord], entries: Sequence[JournalEntry]) -> list[Lateness]:
    """When each was overdue as its window stands now, and never before it was asked for."""
    at: dict[int, datetime] = {entry.seq: entry.at for entry in entries}
    found = []
    for row in rows:
        since = max(row.overdue_at, at.get(row.opened_seq, row.overdue_at))
        until = at.get(row.closed_seq) if row.closed_seq else None
        if until is None or until > since:
            found.append(Lateness(since, until))
    return found
