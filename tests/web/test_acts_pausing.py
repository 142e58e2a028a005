"""Pausing and resuming reminders in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from tests.conftest import COORDINATOR
from tests.orchestrator.conftest import Ward
from tests.web.acting_desk import Browser, Desk, a_desk
from workflow.commands import PauseReminders

AT = f"/patients/{Ward.path_id}"
PAUSE = f"{AT}/pause"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with one patient who was just referred; each test ends with no pause running."""
    with a_desk(tmp_path_factory.mktemp("pausing")) as found:
        found.ward.enrol()
        yield found


@pytest.fixture(scope="module")
def cora(desk: Desk) -> Browser:
    """The coordinator at her screen."""
    return desk.signed_in("cora")


def test_a_pause_says_until_when_by_whom_and_why_and_is_resumed(cora: Browser) -> None:
    """Whoever meets silence on the patient's page sees that somebody wanted it."""
    cora.get(PAUSE)
    assert cora.send(PAUSE, act="pause", until="15-Dec-2026", reason="treated abroad").status == 303
    page = cora.get(f"{AT}?done=paused")
    told = "Reminders paused until 15-Dec-2026 , of what is organised"
    assert told in page.words
    assert "By Cora Coordinator (coordinator)" in page.words
    assert "treated abroad" in page.words
    cora.get(PAUSE)
    assert cora.send(PAUSE, act="resume").status == 303
    assert told not in cora.get(AT).words


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"until": "23-Nov-2026", "reason": "abroad"}, "is not after today"),
        ({"until": "soon", "reason": "abroad"}, "This is not a day"),
        ({"until": "15-Dec-2026"}, "Enter why"),
    ],
)
def test_a_pause_without_a_day_to_come_or_a_reason_is_refused_at_its_field(
    cora: Browser, typed: dict[str, str], told: str
) -> None:
    """A pause for ever, or for nobody knows why, is how patients are lost."""
    cora.get(PAUSE)
    page = cora.send(PAUSE, act="pause", **typed)
    assert page.status == 422
    assert told in page.words
    assert page.form(PAUSE)["until"] == typed["until"]


def test_nobody_resumes_what_does_not_rest_and_a_stale_pause_is_told(
    desk: Desk, cora: Browser
) -> None:
    """Two people at one patient see each other's pause before they write their own."""
    fields = cora.get(PAUSE).form(PAUSE)
    assert "Nothing of" in cora.post(PAUSE, {**fields, "act": "resume"}).words
    desk.clock[0] += timedelta(minutes=1)
    command = PauseReminders(
        actor=COORDINATOR, path_id=Ward.path_id, reason="moved house", until=date(2026, 12, 1)
    )
    desk.ward.orchestrator.pause(command, desk.clock[0])
    typed = {**fields, "act": "pause", "until": "15-Dec-2026", "reason": "treated abroad"}
    stale = cora.post(PAUSE, typed)
    assert stale.status == 409
    assert "moved house" in stale.words
    assert stale.form(PAUSE)["reason"] == "treated abroad"
    cora.get(PAUSE)
    assert cora.send(PAUSE, act="resume").status == 303
