"""Each row of the shipped pathways, where it leads, and the tests that reach or name it."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tests.evidence.collected import ROOT, words_of_tests
from tests.trace import CASES, FIRST, FIRST_CASES, PROVED, SECOND
from workflow.loading import load_shipped
from workflow.pathway import Pathway, Route
from workflow.strict_yaml import read_yaml

DATA: Final = ROOT / "tests" / "data"
EARLY: Final = "before every table"
NAME: Final = 3
"""A shorter text in a test need not be the name of a row."""
REACHED: Final = DATA / "reached.ndjson"
SHOWN: Final = "tests/evidence/test_rows.py::test_the_row_answers_the_patient_who_was_found_for_it"
FIRST_PROVED: Final = (
    "tests/proof/test_a_proof_that_runs_out.py::"
    "test_a_shipped_pathway_is_proved_in_a_minute_and_a_gigabyte"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a state's table, of a gate, or of those before every table.

    `tests` has, for each test, the cases of it that reach the row; empty where it has none.
    """

    place: str
    route: Route
    answers: tuple[str, ...]
    leads: tuple[str, ...]
    statements: tuple[str, ...]
    tests: dict[str, tuple[str, ...]]


def rows_of(pathway_id: str) -> Iterator[Row]:
    """Every row of a shipped pathway in the order of its file."""
    pathway = load_shipped(pathway_id)
    for place, route in _routes(pathway):
        answers = tuple(dict.fromkeys((route.rule or route.id, *route.rules.values())))
        mine = {route.id, *answers}
        yield Row(
            place,
            route,
            answers,
            tuple(_leads(pathway, place, route)),
            tuple(
                name
                for name, statement in pathway.statements.items()
                if mine & {part.removeprefix("rule:") for part in statement.implemented_by}
            ),
            _tests(pathway, route, mine),
        )


def _routes(pathway: Pathway) -> Iterator[tuple[str, Route]]:
    for route in pathway.early_routes:
        yield EARLY, route
    for gate, routes in pathway.gates.items():
        for route in routes:
            yield f"gate {gate}", route
    for name, state in pathway.states.items():
        for route in state.routes:
            yield name, route


def _leads(pathway: Pathway, place: str, route: Route) -> Iterator[str]:
    """Where the row leads: from each state that reads it, by recommendation, decision or stop."""
    for state in _states(pathway, place):
        if route.go:
            yield f"{state} → {route.go}"
        elif route.mdt:
            may = tuple(dict.fromkeys((*route.may_go, *pathway.states[state].may_go)))
            yield f"{state} → MDT ({route.mdt})" + (f", may go to {', '.join(may)}" if may else "")
        elif route.block:
            yield f"{state}: stays ({route.block})"
        elif route.gate:
            yield f"{state} → gate {route.gate}"
        elif route.leave:
            yield f"{state}: goes on behind the gate"
        else:
            yield f"{state}: warns, and the next row is read"


def _states(pathway: Pathway, place: str) -> list[str]:
    if place == EARLY:
        states = pathway.states.items()
        return [name for name, state in states if state.early_routes and state.routes]
    gate = place.removeprefix("gate ")
    if gate == place:
        return [place]
    inside = [name for name, routes in pathway.gates.items() if any(r.gate == gate for r in routes)]
    found = [
        name
        for name, state in pathway.states.items()
        if any(route.gate == gate for route in state.routes)
    ]
    for outer in inside:
        found += _states(pathway, f"gate {outer}")
    if any(route.gate == gate for route in pathway.early_routes):
        found += _states(pathway, EARLY)
    return list(dict.fromkeys(found))


def _tests(pathway: Pathway, route: Route, mine: set[str]) -> dict[str, tuple[str, ...]]:
    is_first = pathway.id == FIRST
    warned = {w if isinstance(w, str) else next(iter(w)) for w in route.warn}
    is_note = not (route.go or route.mdt or route.block or route.gate or route.leave)
    found: dict[str, list[str]] = defaultdict(list)
    for case in _cases(pathway.id):
        told = set(case["expected"].get("warnings") or ())
        if mine & set(case["rules"]) or (is_note and warned & told):
            name, _, _ = (FIRST_CASES if is_first else CASES).partition("[")
            found[name].append(case["id"])
    if is_first:
        rules, warnings = _second()
        if mine & rules or (is_note and warned & warnings):
            found[SECOND] = []
    for test, words in words_of_tests().items():
        if {name for name in mine if len(name) >= NAME} & words and (
            is_first or any(pathway.id in word for word in words)
        ):
            found.setdefault(test, [])
    reached = _found()
    if (pathway.id, route.id) in reached:
        found[SHOWN] = [reached[pathway.id, route.id]]
    if route.safety_net or route.leave:
        found[FIRST_PROVED if is_first else PROVED.partition("[")[0]] = []
    return {test: tuple(cases) for test, cases in sorted(found.items())}


@cache
def _found() -> dict[tuple[str, str], str]:
    """The state in which the solver found somebody for a row, by pathway and row."""
    cases = [json.loads(line) for line in REACHED.read_text("utf-8").splitlines()]
    return {(case["pathway"], case["row"]): case["id"] for case in cases}


@cache
def _cases(pathway_id: str) -> list[dict[str, Any]]:  # Any: plain data
    name = "vignettes" if pathway_id == FIRST else pathway_id
    content: Any = read_yaml((DATA / f"{name}.yaml").read_bytes(), name).content
    return list(content["vignettes"])


@cache
def _second() -> tuple[set[str], set[str]]:
    """The rules and the warnings that cases of the second implementation expect."""
    rules, warnings = set(), set()
    with gzip.open(DATA / "second_opinion.ndjson.gz", "rt") as lines:
        for line in lines:
            expected = json.loads(line)["expected"]
            rules.add(expected["rule"])
            warnings.update(expected["warnings"])
    return rules, warnings
