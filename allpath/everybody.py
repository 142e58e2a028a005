"""Everybody on the worklist, now or as they were at a past moment, and the census over all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final

from allpath import words
from allpath.bootstrap import Allpath
from allpath.mdt.late import LateAction, late_of
from allpath.reviews import Waiting, open_reviews
from allpath.tasks import NOT_YET, Census, Task, bucket, census, is_final, pressing, task
from workflow.civil_time import site_zone
from workflow.found import Found
from workflow.store import WorklistRow
from workflow.time_travel import Moment, NotYetError

Done = Callable[[int], None]
Progress = Callable[[str, int], AbstractContextManager[Done]]


@contextmanager
def silently(_what: str, _count: int) -> Iterator[Done]:
    """Progress that nobody watches."""
    yield lambda _done: None


def everybody(
    allpath: Allpath,
    now: datetime,
    moment: Moment | None = None,
    progress: Progress = silently,
) -> tuple[list[Task], Census]:
    """The whole worklist, most pressing first, and the census over every patient.

    At a past `moment` each patient is where they were then; who was not enrolled yet is counted.
    """
    rows = allpath.store.worklist.every()
    seen: dict[str, Found] = {}
    if moment is not None:
        with progress("Looking back", len(rows)) as done:
            rows = _rows_then(allpath, rows, moment, seen, done)
    here = [row for row in rows if moment is None or row.path.path_id in seen]
    living = [row for row in here if not is_final(allpath.shown_by(row.path), row.path)]
    similar = words.similar(row.person for row in living)
    waiting = open_reviews(allpath.store, moment=moment)
    known_at = moment.recorded_by if moment else None
    late = late_of(allpath.store, (row.path for row in living), now, known_at)
    tasks = []

    def look(path_id: str) -> Found:
        return seen[path_id] if moment else allpath.orchestrator.look(path_id, now)

    with progress("Deciding", len(living)) as done:
        for number, row in enumerate(living, start=1):
            pathway = allpath.shown_by(row.path)
            item = task(row, look, pathway, now)
            reviews = len(waiting.get(row.path.path_id, ()))
            is_similar = row.path.path_id in similar
            told = replace(item, is_similar=is_similar, reviews=reviews, keeper=row.keeper)
            if several := late.get(row.path.path_id):
                told = replace(told, late_actions=several)
            tasks.append(told)
            done(number)
    counted = census(here, allpath.shown_by, now)
    counted.counts[NOT_YET] = len(rows) - len(here)
    return sorted(tasks, key=pressing), counted


def tasks_of(
    allpath: Allpath, rows: Iterable[WorklistRow], waiting: Waiting, now: datetime
) -> Iterator[Task]:
    """The tasks of rows that come in their order, each decided as it is asked for."""
    every = iter(rows)
    while some := tuple(islice(every, _AT_ONCE)):
        late = late_of(allpath.store, (row.path for row in some), now)
        for row in some:
            reviews = len(waiting.get(row.path.path_id, ()))
            yield _decided(allpath, row, reviews, late.get(row.path.path_id, ()), now)


# The hash of a path's last entry pins everything recorded before it, so what was decided for that
# hash on a day is decided for ever; how pressing it is goes by the minute and is worked out anew.
_DECIDED: Final[dict[tuple[object, ...], Task]] = {}
_DECIDED_AT_MOST: Final = 1000
_AT_ONCE: Final = 500
"""Of so many rows the late actions are read with one question."""


def _decided(
    allpath: Allpath,
    row: WorklistRow,
    reviews: int,
    late_actions: tuple[LateAction, ...],
    now: datetime,
) -> Task:
    path, checkpoint = row.path, row.to_see_to(now)
    today = now.astimezone(site_zone(path.settings)).date()
    key = (path.head, path.pathway_hash, today, checkpoint.key if checkpoint else None)
    found = _DECIDED.get(key)
    if found is None:
        pathway = allpath.shown_by(path)
        found = task(row, lambda path_id: allpath.orchestrator.look(path_id, now), pathway, now)
        if not found.problem:
            if len(_DECIDED) >= _DECIDED_AT_MOST:
                _DECIDED.clear()
            _DECIDED[key] = found
    return replace(
        found,
        path=path,
        person=row.person,
        checkpoint=checkpoint,
        bucket=bucket(row, now),
        is_similar=row.is_similar,
        reviews=reviews,
        keeper=row.keeper,
        late_actions=late_actions,
    )


def _rows_then(
    allpath: Allpath,
    rows: Sequence[WorklistRow],
    moment: Moment,
    seen: dict[str, Found],
    done: Done,
) -> list[WorklistRow]:
    """The rows as they were; `seen` is filled with each path that was there.

    A patient who was not enrolled yet keeps the present row and is not in `seen`. `done` is told
    how many were looked at.
    """
    past = []
    for number, row in enumerate(rows, start=1):
        path_id = row.path.path_id
        try:
            found = seen[path_id] = allpath.orchestrator.look_then(path_id, moment)
        except NotYetError:
            past.append(row)
            continue
        finally:
            done(number)
        live = sorted(found.case.checkpoints, key=lambda each: (each.overdue_at, each.due_at))
        past.append(WorklistRow(found.case.path, row.person, tuple(live)))
    return past
