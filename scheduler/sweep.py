"""The sweep: checkpoints that came due are due, overdue or escalated, each once.

Due moments are rows. A sweep

1. asks the store for the keys of what is due, earliest first,
2. takes the paths they belong to one by one, each in a transaction of its own,
3. reads the path again and does only what is still due there,
4. goes on with the next path when one cannot be handled, and reports it.

A path whose checkpoints no longer agree with the zone data is attended to as well, when the caller
names it: to find it every stored checkpoint has to be read, which is not for every minute.

Sweeping twice has the effect of sweeping once, because step 3 looks at the rows, not at the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workflow.errors import AllpathError
from workflow.orchestrator import Orchestrator, Outcome
from workflow.records import Actor
from workflow.store import Store

ACTOR: Final = Actor("scheduler", "service")
BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep did: checkpoints that became due and overdue, escalations, paths touched.

    `recomputed` counts the checkpoints whose instants were computed again from their rules.
    `failed` names the paths that could not be handled, with the sentence why.
    """

    due: int
    overdue: int
    escalated: int
    paths: int
    recomputed: int = 0
    failed: tuple[tuple[str, str], ...] = ()


def sweep(
    store: Store,
    orchestrator: Orchestrator,
    now: datetime,
    *,
    actor: Actor = ACTOR,
    also: Iterable[str] = (),
    progress: Callable[[int], None] | None = None,
) -> SweepReport:
    """Everything due at `now` has been attended to, and before it the paths that `also` names.

    `progress` hears of each path handled.
    """
    counts: Counter[str] = Counter()
    failed: dict[str, str] = {}
    handled: set[str] = set()
    paths = dict.fromkeys(also) or _due(store, failed, now)
    while paths:
        for path_id in paths:
            try:
                outcome = orchestrator.attend(path_id, actor, now)
            except AllpathError as error:
                failed[path_id] = str(error)
            else:
                counts.update(_counted(outcome))
            handled.add(path_id)
            if progress:
                progress(len(handled))
        paths = _due(store, failed, now)
    return SweepReport(
        due=counts["checkpoint_due"],
        overdue=counts["checkpoint_overdue"],
        escalated=counts["checkpoint_escalated"],
        paths=len(handled),
        recomputed=counts["checkpoint_recomputed"],
        failed=tuple(failed.items()),
    )


def _due(store: Store, failed: Mapping[str, str], now: datetime) -> dict[str, None]:
    """The paths with something due, most pressing first, without those that failed."""
    with store.begin() as transaction:
        keys = transaction.due(now, BATCH + len(failed))
    return dict.fromkeys(key[0] for key in keys if key[0] not in failed)


def _counted(outcome: Outcome) -> Counter[str]:
    """How many checkpoints the entries tell of, by kind: one each, unless they list several."""
    counts: Counter[str] = Counter()
    for entry in outcome.entries:
        counts[entry.kind] += len(entry.detail.get("recomputed", ("one",)))
    return counts
