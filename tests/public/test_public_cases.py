"""The shipped pathway says what was written down from the rules text, apart from the program."""

from __future__ import annotations

from decimal import Decimal

import pytest

from allpath.cases import differences, judge
from tests.mutants.mutant import shipped_document
from tests.mutants.operators import move_boundary
from tests.public import checkpoints, declared
from tests.public.cases import TODAY, written
from workflow.pathway import Pathway

NUMBERS = [mutant for mutant in move_boundary() if mutant.where[0] == "parameters"]


def _differing(pathway: Pathway) -> list[str]:
    """Every way in which a case on or beside a boundary is answered otherwise."""
    return [
        difference
        for number, case in enumerate(written("boundaries"))
        for difference in differences(judge(pathway, case, number, TODAY, explained=False))
    ]


def test_every_case_on_and_beside_a_boundary_is_decided_by_the_rules_text(
    pathway: Pathway,
) -> None:
    """Thresholds, days, months, month ends, leap days and ages: a day early or late is noticed."""
    assert _differing(pathway) == []
    assert len(written("boundaries")) > 500


def test_the_checkpoints_are_those_of_the_rules_text(pathway: Pathway) -> None:
    """What is due when, for whom and on whose desk, typed in twice: the two have to agree."""
    assert list(checkpoints.disagreements(pathway)) == []


def test_validity_exits_and_invariants_are_those_of_the_rules_text(pathway: Pathway) -> None:
    """How long a fact counts, where a state may lead and what is never recommended, typed twice."""
    assert list(declared.disagreements(pathway)) == []


@pytest.mark.campaign
@pytest.mark.timeout(400)  # some seventy pathways are read and asked on a machine that may be busy
def test_a_number_moved_by_one_unit_changes_the_answer_to_a_boundary_case() -> None:
    """Every number of the file has cases so close to it that no other number will do."""
    content = shipped_document().content
    unread = [name for name in content["kept"] if name in content["parameters"]]

    unnoticed = [
        mutant.id
        for mutant in NUMBERS
        if mutant.where[1] not in unread and not _differing(Pathway.model_validate(mutant.content))
    ]

    assert unnoticed == []
    assert len(NUMBERS) == 2 * len(content["parameters"])
    assert all(isinstance(mutant.value, Decimal) for mutant in NUMBERS)
