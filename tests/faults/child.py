"""The process that is killed: it carries made-up patients through the full product.

`child.py work DATABASE` is a nursery. It reads the pathway once and then, for each line it is
given, forks a worker that opens the database by itself, carries its patients on from where they
were acknowledged, and writes one line for every commit after the commit returned. The worker is a
process of its own in every respect that matters here; only the two seconds of reading the program
are saved. `child.py reference DATABASE` carries the patients named on its input through the same
acts, undisturbed, until each has as many commits as is asked.

A patient's story depends on the patient's number alone, instants included. So two databases with
the same commits hold the same rows, hashes and all.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from storage.engine import open_store
from workflow.carrying_out import Outcome
from workflow.commands import (
    Command,
    ConfirmStep,
    CorrectFact,
    Countersign,
    Enrol,
    NewFact,
    RecordFacts,
)
from workflow.loading import load_shipped
from workflow.machine import edges
from workflow.orchestrator import Orchestrator
from workflow.records import Actor, Person
from workflow.rules import rules_of

PATHWAY: Final = "relapsed_all"
COORDINATOR: Final = Actor("Cora Coordinator", "coordinator")
CLINICIAN: Final = Actor("Dr Ada Sample", "clinician")
SECOND_CLINICIAN: Final = Actor("Dr Ben Second", "clinician")
SCHEDULER: Final = Actor("scheduler", "service")
BEGINNING: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
BETWEEN_ACTS: Final = timedelta(hours=9)
"""A story ends within 30 days of the beginning, as long as an answer once given is kept."""
AT_ONCE: Final = 4
"""So many patients are under way in one worker."""
WHOLE_LINE: Final = 4096
"""A write of at most so many bytes arrives in a pipe as a whole, or not at all."""

RELAPSE: Final[dict[str, Any]] = {  # Any: one type per fact
    "birth_date": "2014-05-10",
    "sex": "male",
    "dx_date": "2019-03-01",
    "cr1_date": "2019-04-05",
    "frontline_status": "completed",
    "eot_date": "2021-06-15",
    "relapse_date": "2026-02-20",
    "relapse_number": 1,
    "marrow_blast_pct": 62,
    "cns_status": "CNS1",
    "testicular": "negative",
    "other_em": "negative",
    "lineage": "B",
    "ph_status": "negative",
    "cd19": "positive",
    "cd22": "positive",
    "performance": {"scale": "lansky", "value": 90},
    "organ_function": "adequate",
    "active_infection": "none",
    "pregnancy": "not_applicable",
    "goals": "curative",
    "trial_available": "no",
    "prior_hsct_date": "none",
    "prior_blina": "none",
    "prior_ino_cycles": 0,
    "prior_cart": "none",
}
MRD: Final = {
    "result": "quantified",
    "value": "0.00005",
    "raw_unit": "fraction",
    "sensitivity": "0.00001",
    "method": "flow",
    "specimen": "marrow",
}


@dataclass(frozen=True, slots=True)
class Act:
    """One commit of a story: what is done, at which instant. A sweep has no command."""

    now: datetime
    kind: str
    path_id: str
    command: Command | None

    def carry_out(self, orchestrator: Orchestrator) -> Outcome:
        """The act is committed; done a second time it changes nothing."""
        command = self.command
        if command is None:
            return orchestrator.attend(self.path_id, SCHEDULER, self.now)
        if isinstance(command, Enrol):
            return orchestrator.enrol(command, self.now)
        if isinstance(command, RecordFacts):
            return orchestrator.record(command, self.now)
        if isinstance(command, CorrectFact):
            return orchestrator.correct(command, self.now)
        if isinstance(command, ConfirmStep):
            return orchestrator.confirm(command, self.now)
        assert isinstance(command, Countersign)
        return orchestrator.countersign(command, self.now)


class Story:
    """Everything that happens to one patient: an act every nine hours, and days of waiting."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.path_id = f"P-{number:05d}"
        self.acts: list[Act] = []
        self._waited = timedelta()
        self._enrol()
        self._first_line()
        for cycle in range(2 + number % 3):
            self._consolidate(cycle)
        (self._end_by_death, self._end_in_supportive_care, self._end_elsewhere)[number % 3]()

    @property
    def _now(self) -> datetime:
        entered = BEGINNING + timedelta(minutes=self.number)
        return entered + len(self.acts) * BETWEEN_ACTS + self._waited

    def _do(self, kind: str, make: Callable[[str], Command] | None) -> None:
        key = f"{self.path_id}/{len(self.acts)}"
        self.acts.append(Act(self._now, kind, self.path_id, make(key) if make else None))

    def _facts(self, **values: Any) -> tuple[NewFact, ...]:  # noqa: ANN401 - one type per fact
        today = self._now.date()
        return tuple(
            NewFact(fact=name, value=value, effective_at=today) for name, value in values.items()
        )

    def _record(self, **values: Any) -> None:  # noqa: ANN401 - one type per fact
        facts = self._facts(**values)
        self._do(
            "record",
            lambda key: RecordFacts(actor=COORDINATOR, key=key, path_id=self.path_id, facts=facts),
        )

    def _confirm(self, step: str, reason: str = "") -> None:
        self._do(
            "confirm",
            lambda key: ConfirmStep(
                actor=CLINICIAN, key=key, path_id=self.path_id, step=step, reason=reason
            ),
        )

    def _countersign(self, decline: str = "") -> None:
        self._do(
            "countersign",
            lambda key: Countersign(
                actor=SECOND_CLINICIAN, key=key, path_id=self.path_id, decline=decline
            ),
        )

    def _sweep(self, *, after_days: int = 0) -> None:
        self._waited += timedelta(days=after_days)
        self._do("sweep", None)

    def _enrol(self) -> None:
        person = Person(
            self.path_id, f"Made-up {self.number}", "Pat", {"mrn": f"{self.number:07d}"}
        )
        first = self._facts(identity_checked="yes", first_mdt_date="2026-03-09")
        self._do(
            "enrol",
            lambda key: Enrol(
                actor=COORDINATOR,
                key=key,
                person=person,
                pathway_id=PATHWAY,
                settings={"active_set": "COG", "time_zone": "Europe/London"},
                entered_on=BEGINNING.date(),
                facts=first,
            ),
        )

        # The enrolment is entry 1 of the journal, its two facts are entries 2 and 3.
        self._correct(f"{self.path_id}/3", "2026-03-10")

    def _first_line(self) -> None:
        self._confirm("assessment")
        # Half of the patients also open the tracks that run beside the main state.
        sites = {"cns_status": "CNS3", "testicular": "positive"} if self.number // 3 % 2 else {}
        self._record(**RELAPSE | sites)
        self._confirm("reinduction")
        self._sweep(after_days=5)
        self._record(
            reinduction_start_date=self._now.date().isoformat(), reinduction_status="count_recovery"
        )
        self._sweep()
        self._confirm("response_assessment")
        self._record(
            marrow_response="M1",
            em_response="complete",
            reinduction_end_date=self._now.date().isoformat(),
            mrd=MRD,
        )
        self._sweep()

    def _correct(self, record_id: str, value: str) -> None:
        self._do(
            "correct",
            lambda key: CorrectFact(
                actor=COORDINATOR,
                key=key,
                path_id=self.path_id,
                record_id=record_id,
                value=value,
                reason="the day was read wrongly",
            ),
        )

    def _consolidate(self, cycle: int) -> None:
        self._confirm("consolidation")
        self._record(consolidation_status="block_complete", new_relapse="none")
        if cycle == 0:
            self._sweep()
        self._confirm("response_assessment")

    def _end_by_death(self) -> None:
        self._confirm("consolidation")
        self._record(consolidation_status="therapy_complete", new_relapse="none")
        self._confirm("fu_chemo")
        self._sweep(after_days=5)
        self._confirm("dead", "died at home")

    def _end_in_supportive_care(self) -> None:
        self._record(goals="palliative")
        self._confirm("supportive")
        self._countersign(decline="the family asked for a day")
        self._confirm("supportive")
        self._countersign()
        self._sweep(after_days=15)

    def _end_elsewhere(self) -> None:
        self._confirm("lost", "no contact after three attempts")
        self._sweep(after_days=11)
        self._sweep(after_days=3)
        self._confirm("transferred", "hand-over to another centre")


# -- the worker --------------------------------------------------------------------------------


def tell(*line: object) -> None:
    """One line to whoever started this process, as a whole or not at all."""
    text = json.dumps(line).encode() + b"\n"
    assert len(text) <= WHOLE_LINE
    os.write(1, text)


def work(database: str, worker: int, seed: int, under_way: dict[int, int], fresh: int) -> None:
    """Patients are carried on until this process ends by force.

    `under_way` says how many acts of each patient were acknowledged. The last of them is asked for
    once more: a request that is repeated must not be done again. `fresh` is the next new number.
    """
    orchestrator = Orchestrator(open_store(f"sqlite:///{database}"), load_shipped)
    chance = random.Random(seed)
    stories = {number: Story(number) for number in under_way}
    reached = dict(under_way)
    for number, done in under_way.items():
        again, *later = stories[number].acts[done - 1 :]
        if again.command is None and later and later[0].command is None:
            # The look after it may have been committed, and was not acknowledged: asked again, this
            # one would be a look by a clock that was put back, of which people are told anew.
            continue
        outcome = again.carry_out(orchestrator)
        assert outcome.replayed or not outcome.entries, again
    while True:
        while len(stories) < AT_ONCE:
            stories[fresh], reached[fresh] = Story(fresh), 0
            fresh += 2
        number = chance.choice([*stories])
        act = stories[number].acts[reached[number]]
        outcome = act.carry_out(orchestrator)
        path = outcome.path
        entries = [[e.seq, e.hash] for e in outcome.entries] or [[path.version, path.head]]
        is_last = reached[number] + 1 == len(stories[number].acts)
        tell("done", worker, number, reached[number], is_last, act.kind, act.path_id, entries)
        reached[number] += 1
        if is_last:
            del stories[number]


def nursery(database: str) -> None:
    """Forks a worker for each line of the input; tells who started and who is gone."""
    open_store(f"sqlite:///{database}").close()
    edges(load_shipped(PATHWAY))
    rules_of(load_shipped(PATHWAY))
    signal.signal(signal.SIGCHLD, _tell_who_is_gone)
    tell("ready")
    for line in sys.stdin:
        order = json.loads(line)
        under_way = {int(number): done for number, done in order["under_way"].items()}
        # Nobody is gone before the line that says who started.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            work(database, order["worker"], order["seed"], under_way, order["fresh"])
        tell("started", order["worker"], pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _tell_who_is_gone(*_: object) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        tell("gone", pid, status)


def refer(database: str, commits: dict[str, int]) -> None:
    """Each patient, by path id, has made so many commits in this database, one after the other."""
    store = open_store(f"sqlite:///{database}")
    orchestrator = Orchestrator(store, load_shipped)
    for path_id, wanted in commits.items():
        made = 0
        for act in Story(int(path_id.removeprefix("P-"))).acts:
            if made == wanted:
                break
            before = store.case(path_id).checkpoints if act.command is None else None
            outcome = act.carry_out(orchestrator)
            made += bool(outcome.entries) or before != outcome.case.checkpoints
    tell("final", *sorted(rules_of(load_shipped(PATHWAY)).final_states))


if __name__ == "__main__":
    if sys.argv[1] == "work":
        nursery(sys.argv[2])
    else:
        refer(sys.argv[2], json.load(sys.stdin))
