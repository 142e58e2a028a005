"""Amends every recorded input of a cohort once, and disturbs it at random, and counts mistakes.

    python -m tests.corrections.campaign [--patients 500] [--decisions 10000] [--acts 2000]
        [--one-in 1] [--part 0]

The cohort is carried on at random, by confirmed and overridden steps, until it has so many
decisions. With `--one-in 2` only every second input is amended; `--part 1` takes the others, so
that two runs amend every input once. Every recorded decision is made again at the end.

What the product finds is compared with a brute force that decides every entry with and without the
change. A missed entry is one the product did not bring up, a false alarm one it should not have.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.conftest import CLINICIAN, COORDINATOR, SECOND_CLINICIAN
from tests.corrections.amending import amended, in_memory, standing
from tests.corrections.cohort import Cohort, cohort
from tests.corrections.oracle import must_be_open, past
from tests.faults.verifier import Finding, verify
from workflow.commands import (
    ConfirmStep,
    CorrectFact,
    Countersign,
    NewFact,
    OverrideStep,
    RecordFacts,
    UndoStep,
)
from workflow.errors import RefusedError
from workflow.found import Found
from workflow.loading import load_shipped
from workflow.off_pathway import CARE
from workflow.replaying import replays
from workflow.retracing import is_taken
from workflow.reviewing import look_back
from workflow.steps import ALLOWED

NOW: Final = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@dataclass
class Tally:
    """What was done and what went wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)

    def compare(self, what: str, found: set[str], wanted: set[str]) -> None:
        """Both answers are the same, or the mistakes are written down."""
        self.counts["found"] += len(found)
        self.counts["missed"] += len(wanted - found)
        self.counts["false alarms"] += len(found - wanted)
        if found != wanted:
            text = f"missed {sorted(wanted - found)}, false alarms {sorted(found - wanted)}"
            self.mistakes.append(f"{what}: {text}")


def amend_every_input(
    made: Cohort, chance: random.Random, tally: Tally, *, one_in: int = 1, part: int = 0
) -> None:
    """Each recorded input is amended once, by itself, and nothing of it is kept.

    With `one_in` only every so many, another one with each patient and each `part`.
    """
    for number, path in enumerate(list(made.store.paths())):
        found = made.orchestrator.look(path.path_id, made.now)
        history = made.orchestrator.history(found)
        mine = len(list(past(made, path.path_id)))
        tally.counts["patients"] += 1
        for record in list(standing(found))[(number + part) % one_in :: one_in]:
            command = amended(found, record, chance)
            if command is None:
                tally.counts["without another value"] += 1
                continue
            act = in_memory(found, command)
            look_back(act, history)
            brought_up = {item.about for item in act.reviews.values() if item.is_open}
            wanted = must_be_open(made, path.path_id, (*found.case.facts, *act.facts))
            tally.compare(f"{record.record_id} {record.fact}", brought_up, wanted)
            tally.counts["amended"] += 1
            tally.counts["decided again"] += mine


def disturb(made: Cohort, chance: random.Random, tally: Tally, acts: int) -> None:
    """Random corrections, back-dated records and undone steps, each committed for good."""
    ids = [path.path_id for path in made.store.paths()]
    for number in range(acts):
        now = made.now + timedelta(minutes=number + 1)
        path_id = chance.choice(ids)
        found = made.orchestrator.look(path_id, now)
        kind = chance.choice((_correct, _correct, _insert, _undo))
        try:
            kind(made, found, chance, now)
            tally.counts[kind.__name__.strip("_")] += 1
        except RefusedError:
            tally.counts[f"{kind.__name__.strip('_')} refused"] += 1
        is_open = {
            item.about
            for item in made.store.reviews(path_id)
            if item.is_open and item.kind != CARE  # the brute force knows nothing of other care
        }
        tally.compare(f"{path_id} {kind.__name__}", is_open, must_be_open(made, path_id))
        made.orchestrator.attend(path_id, COORDINATOR, now)


def deepen(made: Cohort, chance: random.Random, tally: Tally, decisions: int) -> None:
    """The cohort goes on at random, by open steps and overridden ones, to so many decisions."""
    ids = [path.path_id for path in made.store.paths()]
    count = sum(len(list(past(made, path_id))) for path_id in ids)
    while count < decisions:
        path_id = chance.choice(ids)
        found = made.orchestrator.look(path_id, made.now)
        final = found.rules.final_states
        steps = [s for s in found.decision().steps if not s.is_exit and s.target not in final]
        if not steps:
            continue
        step = chance.choice(steps)
        try:
            if step.status in ALLOWED:
                command = ConfirmStep(
                    actor=CLINICIAN, path_id=path_id, step=step.key, reason="the MDT agreed"
                )
                outcome = made.orchestrator.confirm(command, made.now)
            else:
                outcome = made.orchestrator.override(_override(path_id, step.key, made), made.now)
            count += 1
            if outcome.is_pending:
                second = Countersign(actor=SECOND_CLINICIAN, path_id=path_id)
                made.orchestrator.countersign(second, made.now)
                count += 1
        except RefusedError:
            tally.counts["carrying on refused"] += 1
            second = Countersign(actor=SECOND_CLINICIAN, path_id=path_id, decline="not now")
            if made.store.case(path_id).path.pending is not None:
                made.orchestrator.countersign(second, made.now)


def _override(path_id: str, step: str, made: Cohort) -> OverrideStep:
    return OverrideStep(
        actor=CLINICIAN,
        path_id=path_id,
        step=step,
        code="mdt_judgement",
        reason="the MDT agreed",
        valid_until=made.now.date() + timedelta(days=30),
    )


def replayed(made: Cohort, tally: Tally) -> None:
    """Every recorded decision is made again; one that is not as stored is a mistake."""
    for path in made.store.paths():
        found = made.orchestrator.look(path.path_id, made.now)
        for made_again in replays(found.case, made.orchestrator.history(found)):
            tally.counts["decisions replayed"] += 1
            if not made_again.is_as_stored:
                tally.counts["not as stored"] += 1
                tally.mistakes.append(f"{path.path_id} entry {made_again.entry.seq}: not as stored")


def _correct(made: Cohort, found: Found, chance: random.Random, now: datetime) -> None:
    """A record is corrected, voided or dated otherwise; now and then a correction itself."""
    records = list(standing(found))
    before = [record for record in records if record.supersedes]
    record = chance.choice(before if before and chance.random() < 0.3 else records)
    command = amended(found, record, chance)
    if record.supersedes and chance.random() < 0.5:
        first = next(r for r in found.case.facts if r.record_id == record.supersedes)
        command = CorrectFact(
            actor=COORDINATOR,
            path_id=found.case.path.path_id,
            record_id=record.record_id,
            value=first.value,
            effective_at=first.effective_at,
            reason="it was right before",
        )
    if command is not None:
        made.orchestrator.correct(command, now)


def _insert(made: Cohort, found: Found, chance: random.Random, now: datetime) -> None:
    """A value is recorded late, for a day shortly before a step, or on its day."""
    record = chance.choice(list(standing(found)))
    command = amended(found, record, chance)
    path_id = found.case.path.path_id
    days = [e.effective_on for e in made.store.journal(path_id) if is_taken(e) and e.effective_on]
    if command is None or not days:
        return
    on = chance.choice(days) - timedelta(days=chance.choice((0, 1, 1, 5)))
    late = NewFact(fact=record.fact, value=command.value, effective_at=on)
    made.orchestrator.record(RecordFacts(actor=COORDINATOR, path_id=path_id, facts=(late,)), now)


def _undo(made: Cohort, found: Found, chance: random.Random, now: datetime) -> None:
    """A confirmed step is undone, the last one or an earlier one."""
    path_id = found.case.path.path_id
    steps = [e.seq for e in made.store.journal(path_id) if is_taken(e)]
    seq = chance.choice([None, *steps[-3:]])
    command = UndoStep(actor=CLINICIAN, path_id=path_id, seq=seq, reason="confirmed by mistake")
    if made.orchestrator.undo(command, now).is_pending:
        made.orchestrator.countersign(Countersign(actor=SECOND_CLINICIAN, path_id=path_id), now)


def verified(made: Cohort) -> list[Finding]:
    """What the reader who does not know the product finds in the file."""
    names = {path.pathway_id for path in made.store.paths()}
    final = {s for name in names for s, m in load_shipped(name).states.items() if m.final}
    return verify(made.file, final_states=frozenset(final)).findings


def main() -> int:
    """The campaign as the command line asks for it; answers 1 when there was a mistake."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=500)
    parser.add_argument("--acts", type=int, default=2_000)
    parser.add_argument("--one-in", type=int, default=1)
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--decisions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started, tally = time.monotonic(), Tally()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        made = cohort(Path(folder), given.patients, given.seed, NOW)
        deepen(made, chance, tally, given.decisions)
        tally.counts["decisions on record"] = sum(
            len(list(past(made, path.path_id))) for path in made.store.paths()
        )
        amend_every_input(made, chance, tally, one_in=given.one_in, part=given.part)
        disturb(made, chance, tally, given.acts)
        replayed(made, tally)
        findings = verified(made)
        made.store.close()
    tally.mistakes += [str(finding) for finding in findings]
    seconds = round(time.monotonic() - started, 1)
    answer = {**tally.counts, "mistakes": tally.mistakes[:20], "seconds": seconds}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if tally.mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
