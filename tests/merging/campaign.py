"""Merges and parts paths at random among other acts, and has two independent readers look.

    python -m tests.merging.campaign [--patients 300] [--acts 1500] [--seed 1]

After each parting the path stands as it did before its merge, and the survivor knows what it would
have known without it; a brute force says which reviews have to be open. At the end the reader who
does not know the product, and the verifier an auditor uses, find nothing.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from allpath.mdt.meetings import Meetings
from allpath.merging import Merging
from allpath.verifier.checks import verify
from allpath.verifier.reader import opened
from tests.conftest import COORDINATOR
from tests.corrections.campaign import NOW, Tally, _correct, _insert, _undo, verified
from tests.corrections.cohort import Cohort, cohort
from tests.corrections.oracle import must_be_open
from tests.merging.conftest import LEAD
from workflow.assigning import Assignment
from workflow.commands import MergePaths, UnmergePaths
from workflow.errors import FactError, RefusedError
from workflow.mdt import agenda_items
from workflow.mdt_acts import AgendaError, PutOnAgenda
from workflow.off_pathway import CARE
from workflow.records import CheckpointRecord, PathRecord

DISTURBING: Final[tuple[Callable[..., None], ...]] = (_correct, _insert, _undo)
Standing = frozenset[tuple[str, str, str]]


@dataclass
class Merges:
    """The cohort, what was merged when, and how both stood just before."""

    made: Cohort
    chance: random.Random
    tally: Tally
    before: dict[str, tuple[tuple[CheckpointRecord, ...], Standing]] = field(default_factory=dict)
    grown: dict[str, Standing] = field(default_factory=dict)
    asked: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._merging = Merging(self.made.store, self.made.orchestrator)

    def act(self, now: datetime) -> None:
        """One random act, and what has to be so after it."""
        kind = self.chance.choice((self.merge, self.merge, self.part, self.disturb, self.disturb))
        try:
            kind(now)
            self.tally.counts[kind.__name__] += 1
        except (RefusedError, FactError):
            self.tally.counts[f"{kind.__name__} refused"] += 1

    def merge(self, now: datetime) -> None:
        """Two paths that stand alike, now and then any two."""
        one, other = self._pair()
        case, theirs = self.made.store.case(one), self._standing(other)
        asked = self._asked(one), self._asked(other)
        command = MergePaths(actor=LEAD, path_id=one, into=other, reason="one passport")
        self._merging.merge(command, now)
        self.asked[one] = asked
        if self._asked(one) or self._asked(other) != sorted(asked[0] + asked[1]):
            self.tally.mistakes.append(f"{other}: is not asked about what {one} was asked about")
        self.before[one] = (case.checkpoints, theirs)
        self.grown[one] = self._standing(other)
        self._reviews(other)

    def part(self, now: datetime) -> None:
        """A merged path is parted again, whatever became of the other meanwhile."""
        merged = [path.path_id for path in self.made.store.paths() if path.merged_into]
        one = self.chance.choice(merged or [self._any().path_id])
        other = self.made.store.case(one).path.merged_into
        is_untouched = bool(other) and self._standing(other) == self.grown[one]
        command = UnmergePaths(actor=LEAD, path_id=one, reason="they are cousins")
        kept = self._asked(other) if other else []
        self._merging.unmerge(command, now)
        mine, _ = self.asked.pop(one)
        if self._asked(one) != mine or sorted(self._asked(other) + mine) != kept:
            self.tally.mistakes.append(f"{one} and {other}: a question was lost or is there twice")
        checkpoints, theirs = self.before.pop(one)
        if self.made.store.case(one).checkpoints != checkpoints:
            self.tally.mistakes.append(f"{one}: its checkpoints are not those before the merge")
        if is_untouched and self._standing(other) != theirs:
            self.tally.mistakes.append(f"{other}: knows otherwise than before {one} was merged")
        self._reviews(one)
        self._reviews(other)

    def disturb(self, now: datetime) -> None:
        """A correction, a late record or an undo, on any path: merged ones refuse."""
        path = self._any()
        found = self.made.orchestrator.look(path.path_id, now)
        try:
            self.chance.choice(DISTURBING)(self.made, found, self.chance, now)
        finally:
            if not path.merged_into:
                self._reviews(path.path_id)
        self.made.orchestrator.attend(path.path_id, COORDINATOR, now)

    def _pair(self) -> tuple[str, str]:
        alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
        for path in self.made.store.paths():
            if not path.merged_into and path.pending is None:
                site = path.settings.get("site", "")
                key = (path.pathway_hash, site, path.state, path.episode, path.open_tracks)
                alike[key].append(path.path_id)
        several = [names for names in alike.values() if len(names) > 1]
        if not several or self.chance.random() < 0.2:
            return self._any().path_id, self._any().path_id
        one, other = self.chance.sample(self.chance.choice(several), 2)
        return one, other

    def _any(self) -> PathRecord:
        return self.chance.choice(list(self.made.store.paths()))

    def _asked(self, path_id: str) -> list[str]:
        """The questions about a path that a meeting has not decided yet."""
        items = agenda_items(self.made.store.meetings.entries(path_id))
        return sorted(item.question for item in items if item.is_open)

    def _standing(self, path_id: str) -> Standing:
        facts = self.made.store.case(path_id).facts
        replaced = {record.supersedes for record in facts}
        return frozenset(
            (record.fact, record.effective_at.isoformat(), repr(record.value))
            for record in facts
            if record.record_id not in replaced and record.status != "entered_in_error"
        )

    def _reviews(self, path_id: str) -> None:
        is_open = {
            item.about
            for item in self.made.store.reviews(path_id)
            if item.is_open and item.kind != CARE  # the brute force knows nothing of other care
        }
        self.tally.compare(f"{path_id}", is_open, must_be_open(self.made, path_id))


def read_by_auditors(file: Path) -> list[str]:
    """What the verifier of the product's auditors finds in the histories and beside them."""
    with opened(f"sqlite:///{file}") as rows:
        report = verify(rows, {}, {})
    return [str(finding) for finding in report.found]


def discuss(made: Cohort, chance: random.Random) -> None:
    """About half of the patients are on an agenda, and somebody looks after about half."""
    meetings = Meetings(made.store, made.orchestrator, UTC)  # type: ignore[arg-type] # a fixed zone will do
    meeting = meetings.call(COORDINATOR, made.now.date(), "MDT", "", made.now).meeting_id
    for path in list(made.store.paths()):
        question = f"What of {path.path_id}?"
        put = PutOnAgenda(
            actor=COORDINATOR, path_id=path.path_id, meeting_id=meeting, question=question
        )
        if chance.random() < 0.5:
            with suppress(AgendaError):  # whose path has ended, or is of another site
                meetings.do(put, made.now)
        if chance.random() < 0.5:
            said = Assignment(path.path_id, f"Ward {chance.randint(1, 3)}", "round", LEAD, made.now)
            made.store.assignments.assign(said)


def run(made: Cohort, seed: int, acts: int) -> Tally:
    """So many random acts; what is wrong afterwards is among the mistakes."""
    tally = Tally()
    discuss(made, random.Random(seed))
    merges = Merges(made, random.Random(seed), tally)
    for number in range(acts):
        merges.act(made.now + timedelta(minutes=number + 1))
    tally.mistakes += [str(finding) for finding in verified(made)]
    tally.mistakes += read_by_auditors(made.file)
    return tally


def main() -> int:
    """The campaign as the command line asks for it; answers 1 when there was a mistake."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=300)
    parser.add_argument("--acts", type=int, default=1_500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        made = cohort(Path(folder), given.patients, given.seed, NOW)
        tally = run(made, given.seed, given.acts)
        made.store.close()
    seconds = round(time.monotonic() - started, 1)
    answer = {**tally.counts, "mistakes": tally.mistakes[:20], "seconds": seconds}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if tally.mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
