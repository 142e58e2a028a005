"""Everybody as they were at a past moment."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence

from allpath.bootstrap import Allpath
from workflow.found import Found
from workflow.store import WorklistRow
from workflow.time_travel import Moment, NotYetError


def rows_then(
    allpath: Allpath,
    rows: Sequence[WorklistRow],
    moment: Moment,
    seen: MutableMapping[str, Found],
    done: Callable[[int], None],
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
