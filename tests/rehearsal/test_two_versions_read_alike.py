"""Deciding a patient twice may be skipped only where both versions must say the same."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from workflow.comparing import compare
from workflow.decide import decide
from workflow.errors import NotFoundError, RefusedError
from workflow.facts import FactSheet
from workflow.flat_case import read_case
from workflow.loading import load_shipped
from workflow.pathway import Pathway
from workflow.reading import Position
from workflow.rehearsal import Alike, with_parameters

SHIPPED = load_shipped("relapsed_all")
TODAY = date(2026, 11, 23)
DATA = Path(__file__).parent.parent / "data" / "second_opinion.ndjson.gz"


def _patients(count: int) -> list[tuple[Position, FactSheet]]:
    with gzip.open(DATA, "rt") as lines:
        cases = [json.loads(line, parse_float=Decimal) for line in lines]
    chosen = random.Random(7).sample(cases, count)
    return [read_case(SHIPPED, case, TODAY) for case in chosen]


PATIENTS = _patients(400)


def _changed(change: Callable[[dict[str, Any]], None]) -> Pathway:
    content = SHIPPED.model_dump(by_alias=True)
    change(content)
    return Pathway.model_validate(content)


def _drop_the_second_note(content: dict[str, Any]) -> None:
    content["early_routes"] = content["early_routes"][:1] + content["early_routes"][2:]


def _open_a_track_for_everybody(content: dict[str, Any]) -> None:
    content["tracks"]["cns_directed"]["when"] = {"not": {"cns_status": "CNS1"}}


def _warn_of_less(content: dict[str, Any]) -> None:
    for route in content["states"]["response_assessment"]["routes"]:
        if route["id"] == "RA-23":
            route["warn"] = ()


VERSIONS = [
    *(
        with_parameters(SHIPPED, {name: value})
        for name, value in (
            ("mrd_valid", "21 d"),
            ("marrow_involved", "20"),
            ("cog_early_marrow", "24"),
            ("tisa_max_age", "17"),
            ("ino_cycles_max", "1"),
            ("mrd_end_tolerance", "0"),
        )
    ),
    *map(_changed, (_drop_the_second_note, _open_a_track_for_everybody, _warn_of_less)),
]


@pytest.mark.parametrize("new", VERSIONS, ids=range(len(VERSIONS)))
def test_they_say_the_same_exactly_where_both_decisions_agree(new: Pathway) -> None:
    """Every patient of 400, each decided twice in full beside it."""
    alike = Alike(SHIPPED, new)

    for position, sheet in PATIENTS:
        change = compare(decide(SHIPPED, position, sheet), decide(new, position, sheet))
        assert alike.say_the_same(position, sheet) == (change is None)
        if position.state in alike.same_states:
            assert change is None


def test_some_of_the_versions_do_answer_somebody_otherwise() -> None:
    """The comparison above would be worth little if nothing ever changed."""
    changed = [
        sum(
            compare(decide(SHIPPED, *patient), decide(new, *patient)) is not None
            for patient in PATIENTS
        )
        for new in VERSIONS
    ]

    assert sum(count > 0 for count in changed) >= 7


def test_a_number_of_another_unit_is_refused() -> None:
    """28 months for 28 days would look like a small change."""
    with pytest.raises(RefusedError, match="mrd_valid is in d, not in mo"):
        with_parameters(SHIPPED, {"mrd_valid": "28 mo"})


def test_a_parameter_that_is_not_there_is_named() -> None:
    """A slip in the name must not rehearse the old number."""
    with pytest.raises(NotFoundError, match="has no parameter mrd_vaild"):
        with_parameters(SHIPPED, {"mrd_vaild": "28"})
