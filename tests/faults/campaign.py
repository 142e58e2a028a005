"""Kills the product with signal 9 at random moments while it works, and has the rest verified.

    python campaign.py [--kills 100] [--steps 2000] [--seed N]

Two workers carry made-up patients on one database file. Each lives for a random time and is then
killed, alone or both at once; now and then the whole family of processes goes. A worker that is
gone is replaced at once and goes on from what was acknowledged. At the end a process that does not
know the product reads the database, beside one in which the same acts were never disturbed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlcipher3 import dbapi2

HERE: Final = Path(__file__).parent
MEAN_LIFE_SECONDS: Final = 0.4
BOTH_AT_ONCE: Final = 0.3
"""The share of kills that take both workers, so that nobody is left to tidy the log."""
COLD_STARTS: Final = 3
"""So often the whole family is killed, and the program starts from nothing."""
RULE_OF_THREE: Final = 3
"""When nothing was found in n trials, the rate is below 3/n with 95 % confidence."""
PATIENCE_SECONDS: Final = 100


@dataclass
class Patients:
    """How far one worker's patients were acknowledged."""

    worker: int
    under_way: dict[int, int] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)

    @property
    def fresh(self) -> int:
        """The next number nobody has acknowledged; the two workers take turns."""
        return max([*self.under_way, *self.ended, self.worker - 2]) + 2


@dataclass
class Campaign:
    """The processes, what they acknowledged, and when the next of them dies."""

    database: Path
    chance: random.Random
    kills: int = 0
    cold_starts: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    acknowledged: list[tuple[str, int, str]] = field(default_factory=list)
    patients: dict[int, Patients] = field(default_factory=lambda: {w: Patients(w) for w in (0, 1)})
    alive: dict[int, int] = field(default_factory=dict)
    dies_at: dict[int, float] = field(default_factory=dict)
    stopped: list[int] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """The steps that were acknowledged as confirmed or countersigned."""
        return self.acts["confirm"] + self.acts["countersign"]

    def run(self, kills: int, steps: int) -> None:
        """At least so many kills and confirmed steps have happened."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        every = max(1, kills // COLD_STARTS)
        while (self.kills < kills or self.steps < steps) and not self.stopped:
            assert time.monotonic() < give_up_at, "the workers make no headway"
            wanted = min(kills, (self.cold_starts + 1) * every)
            self._one_family(min(kills, wanted), steps, last=wanted == kills)
            self.cold_starts += 1

    def _one_family(self, kills: int, steps: int, *, last: bool) -> None:
        with subprocess.Popen(
            [sys.executable, HERE / "child.py", "work", self.database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as nursery:
            try:
                lines = _Lines(nursery)
                assert lines.next(within=30) == ["ready"]
                for worker in self.patients:
                    self._order(nursery, worker)
                while (self.kills < kills or (last and self.steps < steps)) and not self.stopped:
                    self._kill_whose_time_has_come()
                    line = lines.next(within=self._until_next_death())
                    if line is not None:
                        self._hear(line, nursery)
            finally:
                os.killpg(nursery.pid, signal.SIGKILL)
                self.kills += len(self.alive)
                self.alive.clear()
                self.dies_at.clear()
            # What was written before the end is still in the pipe, and was acknowledged.
            while (line := lines.next(within=5)) is not None:
                self._hear(line, nursery)

    def _order(self, nursery: subprocess.Popen[bytes], worker: int) -> None:
        patients = self.patients[worker]
        order = {
            "worker": worker,
            "seed": self.chance.getrandbits(32),
            "under_way": patients.under_way,
            "fresh": patients.fresh,
        }
        assert nursery.stdin is not None
        nursery.stdin.write(json.dumps(order).encode() + b"\n")
        nursery.stdin.flush()

    def _hear(self, line: list[Any], nursery: subprocess.Popen[bytes]) -> None:
        told, *rest = line
        if told == "started":
            worker, pid = rest
            if nursery.poll() is None:
                self.alive[worker] = pid
                life = self.chance.expovariate(1 / MEAN_LIFE_SECONDS)
                self.dies_at[worker] = time.monotonic() + life
        elif told == "gone":
            self._was_killed(rest, nursery)
        else:
            worker, number, index, is_last, kind, path_id, entries = rest
            self.acts[kind] += 1
            self.acknowledged += [(path_id, seq, known) for seq, known in entries]
            patients = self.patients[worker]
            patients.under_way[number] = index + 1
            if is_last:
                del patients.under_way[number]
                patients.ended.add(number)

    def _was_killed(self, rest: list[int], nursery: subprocess.Popen[bytes]) -> None:
        pid, status = rest
        died_of = os.waitstatus_to_exitcode(status)
        if died_of != -signal.SIGKILL:
            # What it could not do is told on standard error; what it left behind is verified.
            self.stopped.append(died_of)
            return
        for worker in [worker for worker, its in self.alive.items() if its == pid]:
            del self.alive[worker]
            self.kills += 1
            self._order(nursery, worker)

    def _kill_whose_time_has_come(self) -> None:
        now = time.monotonic()
        due = [worker for worker, at in self.dies_at.items() if at <= now]
        if due and self.chance.random() < BOTH_AT_ONCE:
            due = [*self.dies_at]
        for worker in due:
            del self.dies_at[worker]
            # One that ended by itself is gone already; its own line tells how, and is heard.
            with suppress(ProcessLookupError):
                os.kill(self.alive[worker], signal.SIGKILL)

    def _until_next_death(self) -> float:
        return max(0.0, min([at - time.monotonic() for at in self.dies_at.values()], default=1.0))


class _Lines:
    """The lines a process writes, as they come."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._pipe = process.stdout.fileno()
        self._read = b""

    def next(self, *, within: float) -> list[Any] | None:
        """The next line, or None when there is none in time or never again."""
        until = time.monotonic() + within
        while b"\n" not in self._read:
            ready, _, _ = select.select([self._pipe], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                return None
            more = os.read(self._pipe, 1 << 16)
            if not more:
                return None
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        told: list[Any] = json.loads(line)
        return told


def commits_of(database: Path) -> dict[str, int]:
    """How many commits each path has, by its audit events."""
    connection = dbapi2.connect(str(database))
    counts = connection.execute("SELECT path_id, count(*) FROM audit_event GROUP BY path_id")
    commits = dict(counts.fetchall())
    connection.close()
    return commits


def reference(database: Path, commits: dict[str, int]) -> list[str]:
    """The same patients went the same way in this database, undisturbed; the final states."""
    done = subprocess.run(
        [sys.executable, HERE / "child.py", "reference", database],
        input=json.dumps(commits).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    _, *final_states = json.loads(done.stdout)
    return list(final_states)


def verified(
    database: Path, acknowledged: Path, undisturbed: Path, final_states: list[str]
) -> dict[str, Any]:
    """What a process that does not know the product says of the database."""
    done = subprocess.run(
        [
            *(sys.executable, HERE / "verifier.py", database),
            *("--acknowledged", acknowledged, "--reference", undisturbed),
            *("--final", *final_states),
        ],
        stdout=subprocess.PIPE,
        check=False,
    )
    verdict: dict[str, Any] = json.loads(done.stdout)
    return verdict


def campaign(folder: Path, kills: int, steps: int, seed: int) -> dict[str, Any]:
    """All of it, in an empty folder; the figures and whatever was found."""
    began = time.monotonic()
    run = Campaign(folder / "killed.db", random.Random(seed))
    run.run(kills, steps)
    worked = time.monotonic() - began
    acknowledged = folder / "acknowledged.ndjson"
    acknowledged.write_text("".join(json.dumps(entry) + "\n" for entry in run.acknowledged))
    final_states = reference(folder / "undisturbed.db", commits_of(run.database))
    verdict = verified(run.database, acknowledged, folder / "undisturbed.db", final_states)
    verdict["findings"] += [
        {"kind": "stopped", "path_id": "", "what": f"a worker ended by itself with {code}"}
        for code in run.stopped
    ]
    found = Counter(finding["kind"] for finding in verdict["findings"])
    return {
        "seed": seed,
        "kills": run.kills,
        "cold_starts": run.cold_starts,
        "confirmed_steps": run.steps,
        "commits_acknowledged": run.acts.total(),
        "entries_acknowledged": len(run.acknowledged),
        "lost": found["lost"],
        "half_done": found["half"],
        "doubled": found["doubled"],
        "chain_broken": found["tampered"],
        "damaged": found["damaged"],
        "bound_per_kill_95": RULE_OF_THREE / max(1, run.kills),
        "bound_per_commit_95": RULE_OF_THREE / max(1, run.acts.total()),
        "seconds_working": round(worked, 1),
        "seconds_in_all": round(time.monotonic() - began, 1),
        "counted": verdict["counted"],
        "findings": verdict["findings"][:20],
    }


def main() -> int:
    """Run a campaign and print its figures; answers 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = campaign(Path(folder), given.kills, given.steps, given.seed)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 1 if figures["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
