"""The sweep: checkpoints that came due are due, overdue or escalated, each once.

Due moments are rows. A sweep

1. claims the paths that wait to be looked at, the longest waiting first, for the length of a lease,
2. takes them some at a time in one transaction, each under a savepoint of its own,
3. gives up a path whose lease has run out: somebody else has claimed it since,
4. reads the path again and does only what is still due there,
5. sets aside a path that cannot be handled: an incident everybody sees, tried again later.

Any number of sweepers may work at once, on one machine or on several. Sweeping twice has the effect
of sweeping once, because step 4 looks at the path, not at the list. One that is killed loses
nothing: what it had claimed can be claimed again when the lease is over.

A path whose checkpoints no longer agree with the zone data is attended to as well, when the caller
names it: to find it every stored checkpoint has to be read, which is not for every minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from workflow.carrying_out import Outcome
from workflow.errors import AllpathError, StoreError
from workflow.orchestrator import Orchestrator
from workflow.records import Actor
from workflow.store import Claim, Store, Transaction
from workflow.watch import Incident

ACTOR: Final = Actor("scheduler", "service")
LEASE: Final = timedelta(seconds=60)
"""How long a sweeper has for what it claimed; nobody waits longer for one that was killed."""
CLAIMED: Final = 500
TOGETHER: Final = 50
"""How many paths share a transaction: enough to be quick, few enough that nobody waits for it."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep did: checkpoints that became due and overdue, escalations, paths touched.

    `late` counts what was told later than it should have been, `expired` what was missed for good
    and `recomputed` the checkpoints whose instants were computed again from their rules. `given_up`
    counts paths that somebody else had claimed meanwhile. `failed` names the paths that could not
    be handled, with the sentence why.
    """

    due: int = 0
    overdue: int = 0
    escalated: int = 0
    paths: int = 0
    expired: int = 0
    late: int = 0
    recomputed: int = 0
    given_up: int = 0
    failed: tuple[tuple[str, str], ...] = ()

    @property
    def has_done_something(self) -> bool:
        """Whether there was anything to tell."""
        return self != SweepReport(paths=self.paths)


@dataclass
class Sweeper:
    """Whoever sweeps: over which store, as whom, and what it counted so far."""

    store: Store
    orchestrator: Orchestrator
    actor: Actor = ACTOR
    lease: timedelta = LEASE
    counts: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)

    def claim(self, now: datetime, limit: int = CLAIMED) -> Sequence[Claim]:
        """Paths that wait to be looked at and are now nobody else's, for the length of a lease."""
        with self.store.begin() as transaction:
            return transaction.claim(now, now + self.lease, limit)

    def handle(self, claims: Iterable[Claim], now: datetime) -> None:
        """The claimed paths stand as they should at `now`; those that had run out are given up."""
        left = iter(claims)
        while some := tuple(islice(left, TOGETHER)):
            with self.store.begin() as transaction:
                told = [self._handle(transaction, claim, now) for claim in some]
            # Counted once it is on the disk.
            for counted in told:
                self.counts.update(counted)

    def attend(self, path_id: str, now: datetime) -> None:
        """A path that is not waiting stands as it should; what keeps it from that is reported."""
        try:
            outcome = self.orchestrator.attend(path_id, self.actor, now)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - see `_handle`
            problem = _problem(error)
            with self.store.begin() as transaction:
                earlier = transaction.incident(path_id)
                transaction.keep_incident(Incident.after(earlier, path_id, problem, now))
            self.failed[path_id] = problem
        else:
            with self.store.begin() as transaction:
                transaction.wait(path_id, outcome.path.next_at)  # whatever became of its timer
            self.counts.update(_counted(outcome))
            self.counts["paths"] += 1

    def report(self) -> SweepReport:
        """What was done so far."""
        counts = self.counts
        return SweepReport(
            due=counts["checkpoint_due"],
            overdue=counts["checkpoint_overdue"],
            escalated=counts["checkpoint_escalated"],
            paths=counts["paths"],
            expired=counts["checkpoint_expired"],
            late=counts["late"],
            recomputed=counts["checkpoint_recomputed"],
            given_up=counts["given_up"],
            failed=tuple(self.failed.items()),
        )

    def _handle(self, transaction: Transaction, claim: Claim, now: datetime) -> Counter[str]:
        try:
            with transaction.savepoint():
                if not transaction.finish(claim, None):
                    return Counter(given_up=1)
                outcome = self.orchestrator.attend_within(
                    transaction, claim.path_id, self.actor, now
                )
                transaction.wait(claim.path_id, outcome.path.next_at)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one poisoned record must not stop the others
            return self._set_aside(transaction, claim, error, now)
        if transaction.end_incident(claim.path_id):
            self.failed.pop(claim.path_id, None)
        return _counted(outcome) + Counter(paths=1)

    def _set_aside(
        self, transaction: Transaction, claim: Claim, error: Exception, now: datetime
    ) -> Counter[str]:
        problem = _problem(error)
        earlier = transaction.incident(claim.path_id)
        incident = Incident.after(earlier, claim.path_id, problem, now)
        transaction.keep_incident(incident)
        transaction.finish(claim, incident.next_at)
        self.failed[claim.path_id] = problem
        return Counter(paths=1)


def sweep(
    store: Store,
    orchestrator: Orchestrator,
    now: datetime,
    *,
    actor: Actor = ACTOR,
    lease: timedelta = LEASE,
    also: Iterable[str] = (),
    progress: Callable[[int], None] | None = None,
    pause: Callable[[], None] | None = None,
) -> SweepReport:
    """Everything due at `now` has been attended to, and before it the paths that `also` names.

    `progress` hears how many paths were handled; `pause` is called between two claims, so that
    others who wait for the database have their turn.
    """
    sweeper = Sweeper(store, orchestrator, actor, lease)
    for path_id in dict.fromkeys(also):
        sweeper.attend(path_id, now)
    while claims := sweeper.claim(now):
        sweeper.handle(claims, now)
        if progress:
            progress(sweeper.counts["paths"])
        if pause:
            pause()
    return sweeper.report()


def _problem(error: Exception) -> str:
    """What went wrong; an unexpected error is named only: its text may quote a patient's data."""
    return str(error) if isinstance(error, AllpathError) else type(error).__name__


def _counted(outcome: Outcome) -> Counter[str]:
    """How many checkpoints the entries tell of, by kind: one each, unless they list several."""
    counts: Counter[str] = Counter()
    for entry in outcome.entries:
        counts[entry.kind] += len(entry.detail.get("recomputed", ("one",)))
        counts["late"] += "late_seconds" in entry.detail
    return counts
