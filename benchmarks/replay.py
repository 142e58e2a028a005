"""A database of 10,000 paths decided under its own version and under another, path by path."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter_ns
from typing import Final

from allpath.replaying import Tally, everybody
from benchmarks.figures import SECOND, Figure, Goal, Run, Timings
from benchmarks.patients import BEGINNING, FINDINGS, RESPONSE
from storage.engine import open_store
from storage.sql_store import SqlStore
from workflow.commands import Enrol, NewFact
from workflow.decide import decide
from workflow.loading import load_shipped
from workflow.orchestrator import TRANSCRIPTION, Orchestrator
from workflow.records import Actor, Case, Person
from workflow.rehearsal import with_parameters

PATHS: Final = 10_000
GOAL: Final = Goal(3_000, "at least")
ROUNDS: Final = 3
NOW: Final = BEGINNING + timedelta(days=2)


def measure(run: Run) -> list[Figure]:
    """Whole passes over the database, in turns with the bare decisions on sheets that are ready."""
    paths = run.scaled(PATHS, 1_000)
    run.tell(f"replay: a database of {paths:,} paths in every state")
    store = open_store(f"sqlite:///{run.folder / 'replay.db'}")
    orchestrator = Orchestrator(store, load_shipped)
    _fill(store, orchestrator, paths)
    old = load_shipped("relapsed_all")
    figures = []
    for name, value in (("mrd_valid", "21"), ("marrow_involved", "6")):
        new = with_parameters(old, {name: value})
        passes, bare = Timings(), Timings()
        tally = Tally()
        for _ in range(ROUNDS):
            began = perf_counter_ns()
            tally = everybody(orchestrator, store, new, NOW)
            passes.durations.append(perf_counter_ns() - began)
            assert sum(tally.counts.values()) == paths
            bare.durations.append(_bare(orchestrator, list(store.cases(lambda _path: True))))
        rate = paths / (passes.median / SECOND)
        figures.append(
            Figure(
                f"paths replayed with another {name}",
                rate,
                "/s",
                GOAL,
                f"{tally.counts['changed']:,} changed; the bare decisions take "
                f"{bare.median / passes.median:.2f} of the time",
            )
        )
    store.close()
    return figures


def _fill(store: SqlStore, orchestrator: Orchestrator, paths: int) -> None:
    """Made-up patients with all their findings, spread over every state that is not final."""
    pathway = load_shipped("relapsed_all")
    states = [name for name, state in pathway.states.items() if not state.final]
    for first in range(0, paths, 500):
        with store.begin() as transaction:
            for number in range(first, min(first + 500, paths)):
                command = _enrolment(number, states[number % len(states)])
                orchestrator.enrol_within(transaction, command, BEGINNING)


def _enrolment(number: int, state: str) -> Enrol:
    path_id, today = f"R-{number:06d}", BEGINNING.date()
    known = {
        **FINDINGS,
        **RESPONSE,
        "reinduction_end_date": today.isoformat(),
        "donor": "matched_sibling",
        "hsct_eligible": "eligible",
        "consent_hsct": "yes",
        "hct_ci": number % 6,
        "marrow_blast_pct": number % 101,
    }
    return Enrol(
        actor=Actor("bench", "service"),
        person=Person(path_id, f"Made-up {number}", "Pat", {"mrn": path_id}),
        pathway_id="relapsed_all",
        settings={"active_set": "COG", "region": "US"},
        entered_on=today,
        state=state,
        reason=TRANSCRIPTION,
        facts=tuple(
            NewFact(fact=name, value=value, effective_at=today) for name, value in known.items()
        ),
    )


def _bare(orchestrator: Orchestrator, cases: list[Case]) -> int:
    """The time of as many decisions when every sheet is ready."""
    found = [orchestrator.found(case, NOW) for case in cases]
    ready = [(item.pathway, item.position, item.sheet()) for item in found]
    began = perf_counter_ns()
    for pathway, position, sheet in ready:
        decide(pathway, position, sheet)
    return perf_counter_ns() - began
