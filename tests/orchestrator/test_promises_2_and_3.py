"""Promises 2 and 3: only a named person moves a patient, and nobody is forgotten.

Random lives: a patient is carried through whatever the pathway allows, with facts made up from
their declarations, for years. Whatever happens, the promises hold after every act.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from scheduler.sweep import sweep
from storage.chain import verify_chain
from tests.conftest import CLINICIAN, NOW, SECOND_CLINICIAN
from tests.orchestrator.conftest import AT_RELAPSE, Ward
from workflow.commands import ConfirmStep, Countersign, NewFact, RecordFacts
from workflow.errors import AllpathError, RefusedError
from workflow.loading import load_shipped
from workflow.pathway import Fact
from workflow.records import Case
from workflow.steps import ALLOWED

PATHWAY = load_shipped("relapsed_all")
PEOPLE = {"step_confirmed", "step_countersigned"}


def _made_up(fact: Fact, chance: random.Random, now: datetime) -> Any:  # noqa: ANN401 - any fact value
    if chance.random() < 0.05:
        return "unknown"
    if fact.type == "one_of":
        return chance.choice(fact.values)
    if fact.type == "date":
        day = now.date() - timedelta(days=chance.randrange(0, 900))
        return "none" if fact.none and chance.random() < 0.5 else day.isoformat()
    if fact.type in {"integer", "number"}:
        low, high = fact.range or (Decimal(0), Decimal(5))
        return chance.randrange(int(low), min(int(high), int(low) + 4) + 1)
    if fact.type == "score":
        return chance.randrange(0, 3)
    if fact.type == "measurement":
        return {
            "result": chance.choice(["quantified", "not_detected", "below_quantification"]),
            "value": chance.choice(["0.00001", "0.0001", "0.01"]),
            "sensitivity": chance.choice(["0.001", "0.0001"]),
            "loq": "0.0001",
            "raw_unit": "fraction",
            "specimen": chance.choice(["marrow", "marrow", "blood"]),
        }
    return "none" if fact.none and chance.random() < 0.5 else "done"


def _live(case: Case) -> list[str]:
    return [row.checkpoint for row in case.checkpoints if row.is_live]


class Life:
    """One patient, one seed: acts at random, always by the rules of the house."""

    def __init__(self, ward: Ward, seed: int) -> None:
        self.ward = ward
        self.chance = random.Random(seed)
        self.now = NOW
        self.acts: Counter[str] = Counter()
        ward.enrol()
        ward.record(AT_RELAPSE | {"identity_checked": "yes"})

    def act(self) -> None:
        """Time passes, then somebody does something the system allows (or is refused)."""
        self.now += timedelta(days=self.chance.choice([0, 1, 3, 10, 30, 100]))
        asked = self.chance.choice([self.record, self.record, self.step, self.step, self.sweep])
        try:
            asked()
            self.acts[asked.__name__] += 1
        except AllpathError as refusal:
            self.acts[type(refusal).__name__] += 1

    def record(self) -> None:
        """Some of the facts this state asks for are recorded, whatever they say."""
        state = self.ward.store.case(self.ward.path_id).path.state
        asked = [n for n, f in PATHWAY.facts.items() if state in f.asked_in and not f.follows]
        names = self.chance.sample(asked or ["genetics"], k=min(6, len(asked) or 1))
        facts = tuple(
            NewFact(
                fact=name,
                value=_made_up(PATHWAY.facts[name], self.chance, self.now),
                effective_at=self.now.date(),
            )
            for name in names
        )
        command = RecordFacts(actor=CLINICIAN, path_id=self.ward.path_id, facts=facts)
        self.ward.orchestrator.record(command, self.now)

    def step(self) -> None:
        """An open step is confirmed, or the waiting one countersigned or declined."""
        found = self.ward.orchestrator.look(self.ward.path_id, self.now)
        if found.case.path.pending:
            self.ward.orchestrator.countersign(
                Countersign(
                    actor=SECOND_CLINICIAN,
                    path_id=self.ward.path_id,
                    decline=self.chance.choice(["", "", "not now"]),
                ),
                self.now,
            )
            return
        steps = found.decision().steps
        if not steps:
            return
        open_steps = [step for step in steps if step.status in ALLOWED and not step.is_exit]
        if not open_steps or self.chance.random() < 0.02:
            open_steps = [step for step in steps if step.status in ALLOWED]
        step = self.chance.choice(open_steps or list(steps))
        choice = step.option or self.chance.choice([None, *PATHWAY.options])
        self.ward.orchestrator.confirm(
            ConfirmStep(
                actor=CLINICIAN,
                path_id=self.ward.path_id,
                step=step.key,
                option=choice.split("|")[0] if choice else None,
                reason="MDT of the day",
            ),
            self.now,
        )

    def sweep(self) -> None:
        """The scheduler looks."""
        report = sweep(self.ward.store, self.ward.orchestrator, self.now)
        assert report.failed == ()


@pytest.mark.parametrize("seed", range(24))
def test_nobody_is_forgotten_in_a_random_life(ward: Ward, seed: int) -> None:
    """After every act: a live checkpoint unless the state is final, an answer, an intact chain."""
    life = Life(ward, seed)

    for _ in range(40):
        life.act()
        found = ward.orchestrator.look(ward.path_id, life.now)
        final = PATHWAY.states[found.case.path.state].final
        assert bool(_live(found.case)) is not final, (seed, found.case.path.state)
        assert final or found.decision(explained=True).route.reason != "no_route"

    assert verify_chain(ward.store) == []
    assert life.acts["record"] + life.acts["step"] >= 15


@pytest.mark.parametrize("seed", range(24, 30))
def test_only_a_named_clinician_moves_a_patient(ward: Ward, seed: int) -> None:
    """Every change of state in the journal is a step signed by a person, never by the clock."""
    life = Life(ward, seed)
    for _ in range(40):
        life.act()

    journal = ward.store.journal(ward.path_id)

    moved = [entry for entry in journal if entry.state_from != entry.state_to]
    assert {entry.kind for entry in moved} <= PEOPLE | {"enrolled"}
    assert {entry.role for entry in moved if entry.kind != "enrolled"} == {"clinician"}
    assert all(entry.facts_digest and entry.decision_digest for entry in moved[1:])


def test_a_year_of_sweeps_moves_nobody(ward: Ward) -> None:
    """No clock moves a patient: overdue is told, not acted upon."""
    ward.to_assessment()

    for day in range(0, 400, 7):
        sweep(ward.store, ward.orchestrator, NOW + timedelta(days=day))

    assert ward.store.case(ward.path_id).path.state == "assessment"


def test_no_result_moves_a_patient(ward: Ward) -> None:
    """A recorded fact changes what is recommended, never where the patient is."""
    ward.to_assessment()

    outcome = ward.record({"goals": "palliative"}, NOW + timedelta(days=1))

    assert outcome.decision.route.next_state == "supportive"
    assert outcome.path.state == "assessment"
    with pytest.raises(RefusedError):
        ward.confirm("hsct", NOW + timedelta(days=1))
