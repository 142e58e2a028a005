"""The proof is about the engine: what the solver reads is what `decide` answers."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.proof.pinned import holds, model_of
from workflow.civil import add_months
from workflow.decide import decide
from workflow.errors import FactError
from workflow.flat_case import read_case
from workflow.loading import load_shipped
from workflow.pathway import Pathway
from workflow.proof.encoding import Encoding
from workflow.proof.symbols import Symbols
from workflow.proof.tables import read_table
from workflow.reading import evaluation
from workflow.rules import Kind, rules_of
from workflow.strict_yaml import read_yaml

pytestmark = pytest.mark.campaign

DATA = Path(__file__).parent.parent / "data"
TODAY = date(2026, 11, 23)


def _cases() -> Iterator[dict[str, Any]]:
    """The public cases, a sample of the second opinion, and each of them with something changed."""
    yield from read_yaml((DATA / "vignettes.yaml").read_bytes(), "vignettes").content["vignettes"]
    with gzip.open(DATA / "second_opinion.ndjson.gz", "rt") as lines:
        cases = [json.loads(line, parse_float=Decimal) for line in lines]
    chance = random.Random(20261126)
    for case in chance.sample(cases, 110):
        yield case
        yield from (_changed(case, chance) for _ in range(3))


def _changed(case: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The case with facts forgotten, and dates moved onto a boundary, a month end or a leap day."""
    facts = dict(case["facts"])
    for name in chance.sample(sorted(facts), 3):
        facts[name] = None
    days = [name for name, value in facts.items() if _is_day(value)]
    for name in chance.sample(days, min(2, len(days))):
        anchor = date.fromisoformat(facts[chance.choice(days)] or "2020-02-29")
        moved = add_months(anchor, chance.choice([0, 6, 12, 18, 36, 216, 300]))
        facts[name] = (moved + timedelta(days=chance.choice([-1, 0, 1]))).isoformat()
    state = chance.choice([case["state"], "cart_infusion", "cart_bridging", "fu_cart", "hsct"])
    return {**case, "facts": facts, "state": state, "id": f"{case['id']} changed"}


def _is_day(value: object) -> bool:
    return isinstance(value, str) and len(value) == 10 and value[4] == "-"


@pytest.fixture(scope="module")
def reading() -> tuple[Pathway, Encoding]:
    """The shipped pathway as the solver reads it, every table once."""
    pathway = load_shipped("relapsed_all")
    return pathway, Encoding(rules_of(pathway), Symbols(pathway))


def test_every_row_and_derived_fact_is_read_alike(reading: tuple[Pathway, Encoding]) -> None:
    """Hundreds of patients on and off the boundaries: same row, same option, same values left."""
    pathway, encoding = reading
    tables = {name: read_table(encoding, name) for name, s in pathway.states.items() if not s.final}
    derived = {name: encoding.possible(name) for name in _tables_and_conditions(encoding)}
    differing: list[str] = []
    count = 0
    for case in _cases():
        try:
            position, sheet = read_case(pathway, case, TODAY)
        except FactError:
            continue
        count += 1
        ev = evaluation(sheet, position)
        model = model_of(encoding.symbols, ev)
        decision = decide(pathway, position, sheet)
        ends = {
            (row.row.route.id, option or None)
            for row in tables[position.state].rows
            for option, claim in row.options.items()
            if holds(model, claim)
        } | {
            (row.row.route.id, "stops")
            for row in tables[position.state].rows
            if holds(model, row.stops)
        }
        expected = _end_of(decision)
        if ends != {expected}:
            differing.append(f"{case['id']}: solver {ends}, engine {expected}")
        for name, possible in derived.items():
            left = {value for value, claim in possible.items() if holds(model, claim)}
            engine = set(encoding.derived(name).possible(ev))
            if left != engine:
                differing.append(f"{case['id']} {name}: solver {left}, engine {engine}")

    assert count > 400
    assert differing == []


def _tables_and_conditions(encoding: Encoding) -> list[str]:
    derived = encoding.rules.vocabulary.derived
    return [name for name, found in derived.items() if hasattr(found, "possible")]


def _end_of(decision: Any) -> tuple[str, str | None]:  # noqa: ANN401 - a Decision
    """The row that ended the reading, with its option, or that it stopped there."""
    row, truth = decision.trace[-1]
    reading = decision._reading.row
    if truth is None or (
        reading.option is not None
        and decision.route.status == "blocked"
        and reading.kind is Kind.GO
    ):
        return row, "stops"
    return row, decision.route.option


def test_the_solver_knows_a_wrong_reading_when_it_sees_one(
    reading: tuple[Pathway, Encoding],
) -> None:
    """The comparison above can fail: with a boundary moved by one day it does."""
    pathway, _ = reading
    content = pathway.model_dump(by_alias=True)
    content["parameters"]["cog_early_marrow"]["value"] = Decimal(37)
    other = Pathway.model_validate(content)
    encoding = Encoding(rules_of(other), Symbols(other))
    case: Mapping[str, Any] = {
        "state": "assessment",
        "facts": {
            "dx_date": "2020-02-29",
            "relapse_date": "2023-02-28",
            "marrow_blast_pct": 60,
            "cns_status": "CNS1",
            "testicular": "negative",
            "other_em": "negative",
            "birth_date": "2010-01-01",
        },
    }
    position, sheet = read_case(pathway, case, TODAY)
    ev = evaluation(sheet, position)
    possible = encoding.possible("timing_cog")
    model = model_of(encoding.symbols, ev)

    left = {value for value, claim in possible.items() if holds(model, claim)}

    assert left == {"early"}
    assert rules_of(pathway).derived("timing_cog").possible(ev) == {"late"}
