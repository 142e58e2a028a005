"""The sweep: checkpoints that came due are due, overdue or escalated, each once.

Due moments are rows. A sweep

1. asks the store for the keys of what is due, earliest first,
2. takes the paths they belong to one by one, each in a transaction of its own,
3. reads the path again and does only what is still due there,
4. goes on with the next path when one cannot be handled, and reports it.

Sweeping twice has the effect of sweeping once, because step 3 looks at the rows, not at the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workflow.errors import AllpathError
from workflow.orchestrator import Orchestrator
from workflow.records import Actor
from workflow.store import Store

ACTOR: Final = Actor("scheduler", "service")
BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep did: checkpoints that became due and overdue, escalations, paths touched.

    `failed` names the paths that could not be handled, with the sentence why.
    """

    due: int
    overdue: int
    escalated: int
    paths: int
    failed: tuple[tuple[str, str], ...] = ()


def sweep(
    store: Store,
    orchestrator: Orchestrator,
    now: datetime,
    *,
    actor: Actor = ACTOR,
    progress: Callable[[int], None] | None = None,
) -> SweepReport:
    """Everything due at `now` has been attended to; `progress` hears of each path handled."""
    counts: Counter[str] = Counter()
    failed: dict[str, str] = {}
    handled: set[str] = set()
    while True:
        with store.begin() as transaction:
            keys = transaction.due(now, BATCH + len(failed))
        paths = dict.fromkeys(key[0] for key in keys if key[0] not in failed)
        if not paths:
            break
        for path_id in paths:
            try:
                outcome = orchestrator.attend(path_id, actor, now)
            except AllpathError as error:
                failed[path_id] = str(error)
            else:
                counts.update(entry.kind for entry in outcome.entries)
            handled.add(path_id)
            if progress:
                progress(len(handled))
    return SweepReport(
        due=counts["checkpoint_due"],
        overdue=counts["checkpoint_overdue"],
        escalated=counts["checkpoint_escalated"],
        paths=len(handled),
        failed=tuple(failed.items()),
    )
