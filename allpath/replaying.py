"""Every path decided twice: as its version does, and as another one would; nothing is written."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from allpath.tasks import MERGED
from workflow.comparing import Change, compare
from workflow.data_use import LEFT_OUT, withdrawn
from workflow.decide import decide
from workflow.errors import AllpathError, RefusedError
from workflow.found import Found
from workflow.orchestrator import Orchestrator
from workflow.pathway import Pathway
from workflow.records import Case, PathRecord
from workflow.rehearsal import Alike
from workflow.store import Store

FINAL: Final = "in a final state"
NOT_YET: Final = "not yet in the present state"
OTHER: Final = "on another pathway"
UNREADABLE: Final = "cannot be decided then"
ELSEWHERE: Final = "of other sites"


@dataclass
class Tally:
    """What became of every path: it adds up to the census."""

    changed: list[tuple[str, Change]] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def kinds(self) -> Counter[str]:
        """How many changes of each kind."""
        return Counter(change.kind for _, change in self.changed)


def everybody(
    orchestrator: Orchestrator,
    store: Store,
    new: Pathway,
    now: datetime,
    *,
    state: str = "",
    done: Callable[[int], None] = lambda _count: None,
    old: Pathway | None = None,
    is_visible: Callable[[PathRecord], bool] = lambda _path: True,
) -> Tally:
    """Every path decided both ways, or those in one state; `done` is told how many are.

    Without `old` the one way is that of the version each path is on. Those that are not visible to
    whoever asks are counted and not looked at.
    """
    rehearsal = Rehearsal(orchestrator, new, withdrawn(store.consents()), old, is_visible)
    tally = Tally()
    gc.freeze()  # what is there already need not be looked through for garbage again and again
    try:
        for number, case in enumerate(store.cases(rehearsal.concerns), start=1):
            rehearsal.look(case, now, state, tally)
            if number % 100 == 0:
                done(number)
    finally:
        gc.unfreeze()
    return tally


class Rehearsal:
    """Decides one path after the other twice, as cheaply as the versions allow."""

    def __init__(
        self,
        orchestrator: Orchestrator,
        new: Pathway,
        left_out: frozenset[str] = frozenset(),
        old: Pathway | None = None,
        is_visible: Callable[[PathRecord], bool] = lambda _path: True,
    ) -> None:
        self._left_out = left_out
        self._is_visible = is_visible
        self._found: Callable[[Case, datetime], Found] = orchestrator.found
        self._pinned: Callable[[PathRecord], Pathway] = orchestrator.library.pinned
        if old is not None:
            self._found = lambda case, now: Found(old, case, now)
            self._pinned = lambda _path: old
        self._new = new
        self._alike: dict[str, Alike] = {}

    def concerns(self, path: PathRecord) -> bool:
        """Whether the facts of a path can matter: not where both versions read the same table."""
        if path.pathway_id != self._new.id or path.path_id in self._left_out:
            return False
        if not self._is_visible(path):
            return False
        alike = self._alike_with(path)
        return alike is None or not (alike.has_same_sheet and path.state in alike.same_states)

    def look(self, case: Case, now: datetime, state: str, tally: Tally) -> None:
        """One path is decided both ways and counted."""
        path = case.path
        if not self._is_visible(path):
            tally.counts[ELSEWHERE] += 1
            return
        if path.path_id in self._left_out:
            tally.counts[LEFT_OUT] += 1
            return
        if path.pathway_id != self._new.id:
            tally.counts[OTHER] += 1
            return
        if state and path.state != state:
            tally.counts[f"not in {state}"] += 1
            return
        try:
            found = self._found(case, now)
            if path.state not in found.pathway.states:
                raise RefusedError(f"{found.pathway.version} has no state {path.state}")
            if path.merged_into:
                tally.counts[MERGED] += 1
            elif found.pathway.states[path.state].final:
                tally.counts[FINAL] += 1
            elif found.today < path.entered["main"]:
                tally.counts[NOT_YET] += 1
            else:
                self._compare(found, tally)
        except AllpathError as error:
            tally.counts[UNREADABLE] += 1
            tally.unreadable.append((path.path_id, str(error)))

    def _compare(self, found: Found, tally: Tally) -> None:
        if found.position.state not in self._new.states:
            raise RefusedError(f"{self._new.version} has no state {found.position.state}")
        alike = self._alike[found.pathway.content_hash]
        if not self.concerns(found.case.path):
            tally.counts["unchanged"] += 1
            return
        sheet = found.passing_sheet()
        if alike.has_same_sheet and alike.say_the_same(found.position, sheet):
            tally.counts["unchanged"] += 1
            return
        then = sheet if alike.has_same_sheet else Found(self._new, found.case, found.now).sheet()
        change = compare(
            found.decision(explained=True), decide(self._new, found.position, then, explained=True)
        )
        if change is None:
            tally.counts["unchanged"] += 1
        else:
            tally.counts["changed"] += 1
            tally.changed.append((found.case.path.path_id, change))

    def _alike_with(self, path: PathRecord) -> Alike | None:
        """What the path's own version and the new one read alike; None where it is not here."""
        pinned = path.pathway_hash
        if pinned not in self._alike:
            try:
                self._alike[pinned] = Alike(self._pinned(path), self._new)
            except AllpathError:
                return None  # why is told when the path itself is looked at
        return self._alike[pinned]
