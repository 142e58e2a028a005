"""Pathways that are wrong in one place are told from the right one."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.mutants.judge import judged
from tests.mutants.mutant import shipped_document
from tests.mutants.operators import OPERATORS
from tests.mutants.sample import EACH, few, mutants
from workflow.pathway import Pathway


@pytest.mark.campaign
@pytest.mark.timeout(600)  # the solver proves some of them equal, on a machine that may be busy
def test_of_twenty_wrong_pathways_every_one_is_noticed_or_proved_to_be_the_same() -> None:
    """A check that lets a lost row or a moved day pass would be none; all: `make mutants`."""
    verdicts = [judged(mutant) for mutant in few()]

    assert [v for v in verdicts if v.fate == "survived"] == []
    assert sum(v.fate == "equivalent" for v in verdicts) <= len(verdicts) // 4


def test_the_twenty_are_of_every_kind() -> None:
    """Each operator has its turn, so that none is left out for being hard."""
    assert set(Counter(mutant.operator for mutant in few()).values()) == {2, 3}


def test_the_mutants_are_about_300_of_every_kind_distinct_and_the_same_each_time() -> None:
    """A figure that changes from run to run would say nothing."""
    made = mutants()

    assert Counter(m.operator for m in made) == dict.fromkeys((o.__name__ for o in OPERATORS), EACH)
    assert len({mutant.id for mutant in made}) == len(made)
    assert made == mutants.__wrapped__()


def test_nothing_but_the_named_place_is_changed() -> None:
    """The shipped content stays what it is, and a mutant differs from it by one thing."""
    content = shipped_document().content
    before = Pathway.model_validate(content).content_hash
    for mutant in few():
        changed = mutant.content
        assert changed != content
        if mutant.at:
            section = mutant.at[0]
            assert [key for key in content if changed[key] != content[key]] == [section]

    assert Pathway.model_validate(content).content_hash == before
