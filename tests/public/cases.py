"""The public cases: what a pathway should answer, written down apart from the program.

`vignettes.yaml` are the clinicians' cases, `second_opinion.ndjson.gz` the answers of an
independent implementation, `boundaries.yaml` the cases on and beside every threshold.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from allpath.answers import decision_answer
from allpath.cases import differences, judge
from workflow.decide import decide
from workflow.errors import FactError
from workflow.flat_case import read_case
from workflow.pathway import Pathway
from workflow.strict_yaml import read_yaml

DATA: Final = Path(__file__).parent.parent / "data"
TODAY: Final = date(2026, 11, 23)


def disagreements(pathway: Pathway) -> Iterator[str]:
    """Each way in which the pathway answers a public case otherwise, the few cases first."""
    for number, case in enumerate((*written("vignettes"), *written("boundaries"))):
        yield from differences(judge(pathway, case, number, TODAY, explained=False))
    for case in second_opinion():
        if answer_of(pathway, case) != case["expected"]:
            yield f"{case['id']}: the second opinion is another"


def answer_of(pathway: Pathway, case: dict[str, Any]) -> dict[str, Any]:
    """What the pathway answers to a case, or the fact that it cannot read."""
    try:
        position, sheet = read_case(pathway, case, TODAY)
    except FactError as error:
        return {"error": error.fact}
    return decision_answer(decide(pathway, position, sheet))


@cache
def written(name: str) -> tuple[dict[str, Any], ...]:
    """The cases of one file of written cases."""
    path = DATA / f"{name}.yaml"
    return tuple(read_yaml(path.read_bytes(), name).content["vignettes"])


@cache
def second_opinion() -> tuple[dict[str, Any], ...]:
    """The 2,700 cases of the independent implementation."""
    with gzip.open(DATA / "second_opinion.ndjson.gz", "rt") as lines:
        return tuple(json.loads(line, parse_float=Decimal) for line in lines)
