"""Many workers on one PostgreSQL database, killed and paused at random, the server restarted.

    python -m tests.faults.workers [--paths 20000] [--workers 4] [--queue] [--restart] [--seed N]

Every path was enrolled a month ago and nobody has looked since: four things are to be told of each,
in this order: due, overdue, brought to the coordinator, brought to the lead. Workers are real
processes. Each lives for a random time and is killed with signal 9, or is paused until its lease is
over and goes on then. At the end the database alone says what was told, how often, and whether
every history is whole.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from storage.chain import verify_chain
from storage.engine import store_on
from storage.postgresql import PostgresDatabase
from storage.sql_store import SqlStore
from tests import postgresql
from workflow.commands import Enrol
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.records import Actor, Person

LEASE_SECONDS: Final = 3
PATIENCE_SECONDS: Final = 600
A_MONTH: Final = timedelta(days=30)
EXPECTED: Final = (
    ("checkpoint_due", ""),
    ("checkpoint_overdue", ""),
    ("checkpoint_escalated", "coordinator"),
    ("checkpoint_escalated", "lead"),
)
START: Final = "from allpath.cli import main; main()"


@dataclass
class Campaign:
    """The workers at work, and what was done to them."""

    url: str
    queue: bool
    chance: random.Random
    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    paused: dict[int, float] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    def start(self, number: int) -> None:
        """A worker starts, as a person would start it."""
        clean = {name: text for name, text in os.environ.items() if "ALLPATH" not in name}
        dispatcher = "procrastinate" if self.queue else "local"
        self.processes[number] = subprocess.Popen(
            [
                *(sys.executable, "-c", START, "worker", "--every", "0.2"),
                *("--lease", str(LEASE_SECONDS), "--name", f"w{number}"),
            ],
            env={**clean, "ALLPATH_DATABASE": self.url, "ALLPATH_DISPATCHER": dispatcher},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def disturbances(self) -> int:
        """How often a worker was killed or paused."""
        return self.done["killed"] + self.done["paused"]

    def disturb(self, *, only_wake: bool) -> None:
        """One worker is killed and another started for it, or one is paused past its lease."""
        for number, until in list(self.paused.items()):
            if time.monotonic() >= until:
                self.processes[number].send_signal(signal.SIGCONT)
                del self.paused[number]
        if only_wake:
            return
        free = [number for number in self.processes if number not in self.paused]
        number = self.chance.choice(free)
        if self.chance.random() < 0.5 or len(free) == 1:
            self.processes[number].kill()
            self.processes[number].wait()
            self.done["killed"] += 1
            self.start(number)
        else:
            self.processes[number].send_signal(signal.SIGSTOP)
            self.paused[number] = time.monotonic() + LEASE_SECONDS * 1.5
            self.done["paused"] += 1

    def end(self) -> None:
        """Nobody works any more."""
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


def main() -> int:
    """Run one campaign and print its figures as JSON; answers 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--queue", action="store_true", help="through procrastinate's queue")
    parser.add_argument("--restart", action="store_true", help="restart the server under load")
    parser.add_argument("--every", type=float, default=1.5, help="seconds between disturbances")
    parser.add_argument("--most", type=int, default=1000, help="disturbances at most")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    given = parser.parse_args()
    figures = run(
        given.paths,
        given.workers,
        queue=given.queue,
        restart=given.restart,
        every=given.every,
        most=given.most,
        seed=given.seed,
    )
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 1 if figures["wrong"] else 0


def run(
    paths: int, workers: int, *, queue: bool, restart: bool, every: float, most: int, seed: int
) -> dict[str, Any]:
    """The figures of one campaign; `wrong` names the paths told of otherwise than once."""
    with _database(queue=queue) as database:
        store = store_on(database)
        _enrol(store, paths)
        campaign = Campaign(database.address.render_as_string(), queue, random.Random(seed))
        began = time.monotonic()
        try:
            for number in range(workers):
                campaign.start(number)
            back_after = _until_done(store, campaign, restart=restart, every=every, most=most)
        finally:
            campaign.end()
        took = time.monotonic() - began
        figures = _figures(store, paths)
        store.close()
    return {
        **figures,
        **campaign.done,
        "back_after_restart_seconds": back_after and round(back_after, 2),
        "seconds": round(took, 1),
        "seed": seed,
        "workers": workers,
    }


@contextmanager
def _database(*, queue: bool) -> Iterator[PostgresDatabase]:
    """A fresh database as the application's role sees it, with the queue's tables where wanted."""
    with postgresql.fresh() as name:
        server = postgresql.server()
        if queue:
            from scheduler.distributed import schema  # noqa: PLC0415 - only where it is wanted
            from storage.rights import grant  # noqa: PLC0415 - see above

            owner = PostgresDatabase(server.url(name, postgresql.OWNER))
            connection = owner.connect()
            connection.execute(schema())
            connection.close()
            grant(owner, postgresql.APPLICATION)
        yield PostgresDatabase(server.url(name, postgresql.APPLICATION))


def _enrol(store: SqlStore, paths: int) -> None:
    """So many patients were referred a month ago."""
    orchestrator = Orchestrator(store, load_shipped)
    then = datetime.now(UTC) - A_MONTH  # noqa: TID251 - the workers are real and go by the machine's clock
    for first in range(0, paths, 500):
        with store.begin() as transaction:
            for number in range(first, min(first + 500, paths)):
                command = Enrol(
                    actor=Actor("Cora Coordinator", "coordinator"),
                    person=Person(f"P-{number:06d}", "Sample", "Sam", {"mrn": f"999{number:07d}"}),
                    pathway_id="relapsed_all",
                    settings={"active_set": "COG", "region": "US"},
                    entered_on=then.date(),
                )
                orchestrator.enrol_within(transaction, command, then)


def _until_done(
    store: SqlStore, campaign: Campaign, *, restart: bool, every: float, most: int
) -> float | None:
    """Disturbs until nothing waits; answers how long after a restart something was told again."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    back_after = None
    at = store.waiting_since()
    while at is not None and at <= datetime.now(UTC) + timedelta(minutes=6):  # noqa: TID251 - see above
        if time.monotonic() > give_up_at:
            break
        time.sleep(every)
        if restart and back_after is None and _told(store) > 0:
            back_after = _restart(store)
        elif any(process.poll() is not None for process in campaign.processes.values()):
            for number, process in list(campaign.processes.items()):
                if process.poll() is not None:  # the server was away when it started: exit 7
                    campaign.done[f"ended by itself with {process.returncode}"] += 1
                    campaign.start(number)
        else:
            campaign.disturb(only_wake=campaign.disturbances >= most)
        at = store.waiting_since()
    return back_after


def _restart(store: SqlStore) -> float:
    """The server is stopped at once, without a word, and started; seconds until work goes on."""
    server = postgresql.server()
    data = server.socket_folder
    owner = pwd.getpwuid(data.stat().st_uid).pw_name
    before = _told(store)
    subprocess.run(
        [server.programs / "pg_ctl", "restart", "-D", data, "-m", "immediate", "-w", "-t", "60"],
        user=owner if os.getuid() == 0 else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    began = time.monotonic()
    while time.monotonic() < began + 60:
        try:
            if _told(store) > before:
                return time.monotonic() - began
        except Exception:  # noqa: BLE001, S110 - the line of this process broke as well; it connects anew
            pass
        time.sleep(0.05)
    return float("inf")


def _told(store: SqlStore) -> int:
    ((count,),) = store._rows("SELECT count(*) FROM journal WHERE kind <> 'enrolled'", ())
    return int(count)


def _figures(store: SqlStore, paths: int) -> dict[str, Any]:
    """What the database alone says."""
    told: dict[str, list[tuple[str, str]]] = {}
    rows = store._rows(
        "SELECT path_id, kind, detail FROM journal WHERE kind <> 'enrolled' ORDER BY path_id, seq",
        (),
    )
    for path_id, kind, detail in rows:
        told.setdefault(path_id, []).append((kind, json.loads(detail)["to"]))
    wrong = [name for name, entries in told.items() if tuple(entries) != EXPECTED]
    notices = dict(store._rows("SELECT path_id, count(*) FROM notice GROUP BY path_id", ()))
    wrong += [path_id for path_id in told if notices.get(path_id) != 2]
    statuses = Counter(row.status for row in store.live_checkpoints())
    return {
        "paths": paths,
        "told_once": len(told) - len(set(wrong)),
        "lost": paths - len(told),
        "wrong": sorted(set(wrong))[:20] + ["lost"] * (paths - len(told)),
        "broken_histories": len(verify_chain(store)),
        "statuses": dict(statuses),
        "incidents": len(store.incidents()),
    }


if __name__ == "__main__":
    sys.exit(main())
