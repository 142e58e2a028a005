"""Due work handed to any number of workers through PostgreSQL, by procrastinate.

A due moment stays a row of ours. What is due is claimed and put into the queue in one transaction:
both happen or neither. Each job names some paths and the end of their claim. A worker looks at each
path again and does nothing unless the claim still holds, so a job that comes twice or too late does
no harm; one that is lost is claimed anew when its lease is over, and one whose worker died is given
to another before. The claim and the lock on the path's row keep two jobs from one path; a lock of
the queue for each path would make every take from a long queue look through all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.jobs import DEFAULT_PRIORITY, Job

from scheduler.sweep import ACTOR, TOGETHER, Sweeper, SweepReport
from workflow.orchestrator import Orchestrator
from workflow.store import Claim, Store, Transaction

QUEUE: Final = "allpath"
TASK: Final = "allpath.attend"
RESCUE: Final = "allpath.rescue"
HANDED_OUT: Final = 1000
"""How many paths are put into the queue in one transaction."""
LEASE: Final = timedelta(minutes=5)
"""How long a path may wait in the queue and be handled before it is claimed anew."""

Parameters = Mapping[str, Any]  # Any: what a driver connects with; ports are numbers


@dataclass(frozen=True)
class QueueDispatcher:
    """Puts what is due into the queue, on the connection of our own transaction."""

    store: Store
    connection_of: Callable[[Transaction], Any]  # Any: a connection of a driver
    parameters: Parameters

    def dispatch(self, now: datetime) -> SweepReport:
        """Everything due at `now` is in the queue; the workers that take from it report."""
        app = App(connector=SyncPsycopgConnector(kwargs=dict(self.parameters)))
        while True:
            with self.store.begin() as transaction:
                claims = transaction.claim(now, now + LEASE, HANDED_OUT)
                if not claims:
                    return SweepReport()
                connection = self.connection_of(transaction)
                jobs = [_job(some) for some in _some_at_a_time(claims)]
                app.job_manager.batch_defer_jobs(jobs, connection=connection)


def _some_at_a_time(claims: Sequence[Claim]) -> Iterator[Sequence[Claim]]:
    """As many as share a transaction when they are handled."""
    for first in range(0, len(claims), TOGETHER):
        yield claims[first : first + TOGETHER]


def _job(claims: Sequence[Claim]) -> Job:
    return Job(
        id=None,
        queue=QUEUE,
        lock=None,
        queueing_lock=None,
        task_name=TASK,
        task_kwargs={
            "path_ids": [claim.path_id for claim in claims],
            "until": claims[0].until.isoformat(),
        },
        priority=DEFAULT_PRIORITY,
    )


def work_until_stopped(
    parameters: Parameters,
    store: Store,
    orchestrator: Orchestrator,
    clock: Callable[[], datetime],
    *,
    name: str,
    is_holding: Callable[[], bool],
    side_by_side: int,
    until_empty: bool = False,
) -> None:
    """Jobs are taken from the queue and done, until the process is told to stop.

    While `is_holding` says so a job is let go undone.
    With `until_empty` it ends when there are no more.
    """
    app = App(connector=PsycopgConnector(kwargs=dict(parameters)))

    @app.task(name=TASK, queue=QUEUE, pass_context=False)
    def attend(path_ids: list[str], until: str) -> None:
        if is_holding():  # the clock may be wrong; the claim comes again when its lease is over
            return
        end = datetime.fromisoformat(until)
        claims = [Claim(path_id, end) for path_id in path_ids]
        Sweeper(store, orchestrator, ACTOR).handle(claims, clock())

    @app.periodic(cron="* * * * *")
    @app.task(name=RESCUE, queue=QUEUE, queueing_lock=RESCUE)
    async def rescue(timestamp: int) -> None:  # noqa: ARG001 - the queue tells each its minute
        for job in await app.job_manager.get_stalled_jobs(queue=QUEUE):
            await app.job_manager.retry_job(job)

    with app.open():
        app.run_worker(
            queues=[QUEUE],
            name=name,
            concurrency=side_by_side,
            wait=not until_empty,
            delete_jobs="always",
            fetch_job_polling_interval=1.0,
            install_signal_handlers=True,
        )


def schema() -> str:
    """The tables and functions of the queue, as SQL."""
    return App(connector=SyncPsycopgConnector()).schema_manager.get_schema()
