"""Made-up patients for measurements: one enrolment, and twelve steps of one care path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from workflow.commands import ConfirmStep, Enrol, NewFact, RecordFacts
from workflow.records import Actor, Person

COORDINATOR: Final = Actor("Cora Coordinator", "coordinator")
CLINICIAN: Final = Actor("Dr Ada Sample", "clinician")
BEGINNING: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
BETWEEN_ACTS: Final = timedelta(hours=9)
CYCLES: Final = 4

FINDINGS: Final[dict[str, Any]] = {  # Any: one type per fact
    "birth_date": "2014-05-10",
    "sex": "female",
    "dx_date": "2019-03-01",
    "cr1_date": "2019-04-05",
    "frontline_status": "completed",
    "eot_date": "2021-06-15",
    "relapse_date": "2026-02-20",
    "relapse_number": 1,
    "marrow_blast_pct": 62,
    "cns_status": "CNS1",
    "testicular": "not_applicable",
    "other_em": "negative",
    "lineage": "B",
    "ph_status": "negative",
    "cd19": "positive",
    "cd22": "positive",
    "performance": {"scale": "lansky", "value": 90},
    "organ_function": "adequate",
    "active_infection": "none",
    "pregnancy": "negative",
    "goals": "curative",
    "trial_available": "no",
    "prior_hsct_date": "none",
    "prior_blina": "none",
    "prior_ino_cycles": 0,
    "prior_cart": "none",
}
RESPONSE: Final[dict[str, Any]] = {
    "marrow_response": "M1",
    "em_response": "complete",
    "mrd": {
        "result": "quantified",
        "value": "0.00005",
        "raw_unit": "fraction",
        "sensitivity": "0.00001",
        "method": "flow",
        "specimen": "marrow",
    },
}


@dataclass(frozen=True)
class Timed:
    """One command and the instant it is given at."""

    now: datetime
    command: Enrol | RecordFacts | ConfirmStep


def enrolment(number: int) -> Timed:
    """A patient is enrolled, with the two facts known at the door."""
    now = BEGINNING + timedelta(minutes=number)
    path_id = f"B-{number:06d}"
    person = Person(path_id, f"Made-up {number}", "Pat", {"mrn": f"{number:07d}"})
    command = Enrol(
        actor=COORDINATOR,
        key=f"{path_id}/enrol",
        person=person,
        pathway_id="relapsed_all",
        settings={"active_set": "COG"},
        entered_on=now.date(),
        facts=_facts(now, identity_checked="yes"),
    )
    return Timed(now, command)


def story(number: int) -> Iterator[Timed]:
    """The enrolment and what follows: facts are recorded, steps are confirmed."""
    yield (first := enrolment(number))
    now, path_id = first.now, f"B-{number:06d}"
    for step, findings in _course():
        now += BETWEEN_ACTS
        key = f"{path_id}/{now.isoformat()}"
        if step:
            command = ConfirmStep(actor=CLINICIAN, key=key, path_id=path_id, step=step)
            yield Timed(now, command)
            continue
        values = {
            name: now.date().isoformat() if value == "today" else value
            for name, value in findings.items()
        }
        facts = _facts(now, **values)
        yield Timed(now, RecordFacts(actor=COORDINATOR, key=key, path_id=path_id, facts=facts))


def _course() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "assessment", {}
    yield "", FINDINGS
    yield "reinduction", {}
    yield "", {"reinduction_start_date": "today", "reinduction_status": "count_recovery"}
    yield "response_assessment", {}
    yield "", {**RESPONSE, "reinduction_end_date": "today"}
    for _ in range(CYCLES):
        yield "consolidation", {}
        yield "", {"consolidation_status": "block_complete", "new_relapse": "none"}
        yield "response_assessment", {}
    yield "consolidation", {}


def _facts(now: datetime, **values: Any) -> tuple[NewFact, ...]:  # noqa: ANN401 - one type per fact
    return tuple(
        NewFact(fact=name, value=value, effective_at=now.date()) for name, value in values.items()
    )
