"""Decisions agree with the project's cases, and with a second implementation of the same rules.

`second_opinion.ndjson.gz` holds 2,700 generated cases, up to 45 for every rule, with the answers
of an independent implementation that was written from the rules text alone.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from allpath.answers import decision_answer
from workflow.decide import Decision, decide
from workflow.facts import sheet_from_case
from workflow.pathway import Pathway
from workflow.reading import Position, evaluation
from workflow.rules import rules_of
from workflow.strict_yaml import read_yaml

DATA = Path(__file__).parent.parent / "data"
VIGNETTES = read_yaml((DATA / "vignettes.yaml").read_bytes(), "vignettes").content["vignettes"]


def _second_opinion() -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / "second_opinion.ndjson.gz", "rt") as lines:
        for line in lines:
            yield json.loads(line, parse_float=Decimal)


def _decide(pathway: Pathway, case: dict[str, Any]) -> Decision:
    settings = {"active_set": case["active_set"], "region": case.get("region")}
    sheet = sheet_from_case(pathway, case["facts"], settings, date.fromisoformat(case["asof"]))
    return decide(pathway, Position(case["state"]), sheet)


@pytest.mark.parametrize("case", VIGNETTES, ids=lambda case: case["id"])
def test_each_public_case_is_decided_as_its_clinicians_expect(
    pathway: Pathway, case: dict[str, Any]
) -> None:
    """Site, timing, risk, route, warnings and missing facts, every field of all 25 cases."""
    decided = decision_answer(_decide(pathway, case))

    assert {key: decided[key] for key in case["expected"]} == case["expected"]
    assert decided["rule"] in case["rules"]


def test_a_second_implementation_of_the_rules_decides_every_case_alike(pathway: Pathway) -> None:
    """Two readings of the same text, written apart, give the same answer 2,700 times."""
    differing = [
        case["id"]
        for case in _second_opinion()
        if decision_answer(_decide(pathway, case)) != case["expected"]
    ]

    assert differing == []


def test_the_second_opinion_reaches_every_row_of_the_three_tables(pathway: Pathway) -> None:
    """No rule of assessment, response assessment or HSCT work-up is left without cases."""
    reached = Counter(case["expected"]["rule"] for case in _second_opinion())
    states = ("assessment", "response_assessment", "hsct_workup")
    rules = {
        route.rule or route.id
        for state in states
        for route in pathway.states[state].routes
        if any((route.go, route.mdt, route.block))
    }

    assert rules <= set(reached)
    assert min(reached.values()) >= 5


def test_every_shipped_condition_answers_quickly_what_it_explains(pathway: Pathway) -> None:
    """Over 180 cases, each row's compiled test and its clause by clause explanation agree."""
    rules = rules_of(pathway)
    for number, case in enumerate(_second_opinion()):
        if number % 15:
            continue
        settings = {"active_set": case["active_set"], "region": case.get("region")}
        as_of = date.fromisoformat(case["asof"])
        sheet = sheet_from_case(pathway, case["facts"], settings, as_of)
        for state, rows in rules.rows.items():
            quick, slow = (evaluation(sheet, Position(state)) for _ in range(2))
            differing = [
                row.route.id
                for row in rows
                if row.test(quick) is not row.condition.explain(slow).truth
            ]
            assert differing == [], (case["id"], state)
