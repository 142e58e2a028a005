"""Over a whole cohort a brute force agrees with what a correction brings up, to the entry."""

from __future__ import annotations

import random

import pytest

from tests.corrections.campaign import Tally, amend_every_input, disturb, verified
from tests.corrections.cohort import Cohort
from tests.corrections.oracle import must_be_open

pytestmark = pytest.mark.campaign


def test_every_amended_input_brings_up_what_would_differ_and_nothing_else(
    small_cohort: Cohort,
) -> None:
    """A missed decision is a patient nobody looks at again; a false alarm wears people out."""
    tally = Tally()

    amend_every_input(small_cohort, random.Random(1), tally, one_in=6)

    assert tally.mistakes == []
    assert tally.counts["amended"] > 300
    assert tally.counts["found"] > 100


def test_every_decision_on_record_is_reached_again_from_what_was_known(
    small_cohort: Cohort,
) -> None:
    """The brute force compares each digest; in an undisturbed cohort nothing waits for review."""
    waiting = {
        path.path_id: must_be_open(small_cohort, path.path_id)
        for path in small_cohort.store.paths()
    }

    assert not any(waiting.values())


def test_random_corrections_late_records_and_undone_steps_leave_everything_sound(
    small_cohort: Cohort,
) -> None:
    """Whatever people change their minds about, history, checkpoints and facts hold together."""
    tally = Tally()

    disturb(small_cohort, random.Random(2), tally, 150)

    assert tally.mistakes == []
    assert verified(small_cohort) == []
    assert tally.counts["undo"] > 10
