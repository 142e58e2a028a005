"""Real workers on a real server, killed and paused: everything is told once, nothing is lost."""

from __future__ import annotations

import pytest

from tests.faults.workers import run

pytestmark = pytest.mark.campaign

RESTART_SECONDS = 5.0
# Few disturbances: on a busy machine a worker that starts takes seconds, and has to get somewhere.


@pytest.mark.timeout(300)
def test_four_workers_killed_paused_and_restarted_under_tell_everything_once() -> None:
    """The short form of `make workers`, with the server restarted while they work."""
    figures = run(600, 4, queue=False, restart=True, every=1.5, most=8, seed=20261126)

    assert (figures["wrong"], figures["lost"], figures["broken_histories"]) == ([], 0, 0)
    assert figures["told_once"] == 600
    assert figures["back_after_restart_seconds"] <= RESTART_SECONDS


@pytest.mark.timeout(300)
def test_workers_that_take_from_a_queue_tell_everything_once_too() -> None:
    """A job that comes twice or too late does nothing; one whose worker died is done by another."""
    figures = run(200, 3, queue=True, restart=False, every=1.5, most=8, seed=20261126)

    assert (figures["wrong"], figures["lost"], figures["broken_histories"]) == ([], 0, 0)
    assert figures["told_once"] == 200
