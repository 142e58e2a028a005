"""How long one decision over the shipped pathway takes, without and with its explanation."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Final

from benchmarks.figures import MICROSECOND, Figure, Goal, Run, Timings
from workflow.decide import decide
from workflow.facts import FactSheet, sheet_from_case
from workflow.loading import load_shipped
from workflow.pathway import Pathway
from workflow.reading import Position

CASES: Final = Path(__file__).parent.parent / "tests" / "data" / "second_opinion.ndjson.gz"
WITHOUT: Final = Goal(300, "at most")
EXPLAINED: Final = Goal(2_000, "at most")
CHUNK: Final = 100


def cases() -> Iterator[dict[str, Any]]:  # Any: a case is plain data
    """The cases of the second opinion: up to 45 for every rule."""
    with gzip.open(CASES, "rt") as lines:
        for line in lines:
            yield json.loads(line, parse_float=Decimal)


def measure(run: Run) -> list[Figure]:
    """The time of a decision; both kinds take turns on the same cases."""
    pathway = load_shipped("relapsed_all")
    work = [_ready(pathway, case) for case in cases()]
    run.chance.shuffle(work)
    rounds = run.scaled(5, 1)
    without, explained = Timings(), Timings()
    _decide_all(pathway, work[:CHUNK], Timings(), explained=True)
    for number in range(rounds):
        run.tell(f"decide: round {number + 1} of {rounds}, {len(work)} cases each way")
        for start in range(0, len(work), CHUNK):
            chunk = work[start : start + CHUNK]
            _decide_all(pathway, chunk, without, explained=False)
            _decide_all(pathway, chunk, explained, explained=True)
    return [
        *_figures("decide", without, WITHOUT),
        *_figures("decide, explained", explained, EXPLAINED),
        Figure("explained : not explained", explained.median / without.median, "x"),
    ]


def _ready(pathway: Pathway, case: dict[str, Any]) -> tuple[Position, FactSheet]:
    settings = {"active_set": case["active_set"], "region": case.get("region")}
    as_of = date.fromisoformat(case["asof"])
    sheet = sheet_from_case(pathway, case["facts"], settings, as_of)
    return Position(case["state"]), sheet


def _decide_all(
    pathway: Pathway,
    work: Sequence[tuple[Position, FactSheet]],
    timings: Timings,
    *,
    explained: bool,
) -> None:
    for position, sheet in work:
        began = perf_counter_ns()
        decision = decide(pathway, position, sheet, explained=explained)
        timings.durations.append(perf_counter_ns() - began)
        assert (decision.explanation is not None) == explained


def _figures(what: str, timings: Timings, goal: Goal) -> list[Figure]:
    count = f"{len(timings.durations):,} decisions"
    return [
        Figure(f"{what}, median", timings.median / MICROSECOND, "us", goal, count),
        Figure(f"{what}, 99 of 100", timings.percentile(99) / MICROSECOND, "us"),
    ]
