"""A ward of 1,000 patients: enrolling them, their worklist, and a sweep in which all are due."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter_ns
from typing import Final

from benchmarks.figures import MICROSECOND, MILLISECOND, SECOND, Figure, Run, Timings
from benchmarks.patients import BEGINNING, enrolment
from scheduler.sweep import sweep
from storage.engine import open_store
from workflow.commands import Enrol
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator

PATIENTS: Final = 1_000


def measure(run: Run) -> list[Figure]:
    """Informative: there is no goal for these."""
    store = open_store(f"sqlite:///{run.folder / 'ward.db'}")
    orchestrator = Orchestrator(store, load_shipped)
    enrolling, looking = Timings(), Timings()
    run.tell(f"ward: {PATIENTS:,} enrolments, each with its first decision")
    for number in range(PATIENTS):
        timed = enrolment(number)
        assert isinstance(timed.command, Enrol)
        began = perf_counter_ns()
        decision = orchestrator.enrol(timed.command, timed.now).decision
        enrolling.durations.append(perf_counter_ns() - began)
        assert decision.explanation is not None
    run.tell("ward: worklist, then a sweep")
    for _ in range(run.scaled(9, 3)):
        began = perf_counter_ns()
        rows = store.worklist.every()
        looking.durations.append(perf_counter_ns() - began)
        assert len(rows) == PATIENTS
    now = BEGINNING + timedelta(days=3, hours=23)
    began = perf_counter_ns()
    report = sweep(store, orchestrator, now)
    swept = perf_counter_ns() - began
    began = perf_counter_ns()
    again = sweep(store, orchestrator, now)
    idle = perf_counter_ns() - began
    assert report.due == PATIENTS
    assert again.paths == 0
    store.close()
    return [
        Figure(
            "enrolment with first decision, median",
            enrolling.median / MILLISECOND,
            "ms",
            note=f"{enrolling.a_second:,.0f}/s, 99 of 100 "
            f"{enrolling.percentile(99) / MILLISECOND:.1f} ms",
        ),
        Figure(f"worklist of {PATIENTS:,} patients", looking.median / MILLISECOND, "ms"),
        Figure(
            f"sweep of {report.due:,} due checkpoints",
            swept / SECOND,
            "s",
            note=f"{report.due / (swept / SECOND):,.0f}/s, each a commit of its own",
        ),
        Figure("sweep with nothing due", idle / MICROSECOND, "us"),
    ]
