"""Nobody is woken who asked not to be, and a digest comes at seven, summer time or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from tests.notices.conftest import Bench, Tray, refusal
from workflow.outbox import Recipient
from workflow.records import Notice
from workflow.telling import next_digest, quiet_until, told_at

NIGHT = {"quiet_from": time(20), "quiet_until": time(7)}


def _recipient(**more: Any) -> Recipient:  # noqa: ANN401 - any field
    given = {"time_zone": "Europe/Berlin", **NIGHT, **more}
    return Recipient("R-1", "The lead", "lead", "email", "lead@ward.example", **given)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-10T18:59", None),
        ("2026-01-10T19:00", "2026-01-11T06:00"),
        ("2026-01-11T05:59", "2026-01-11T06:00"),
        ("2026-01-11T06:00", None),
        # Clocks go forward in the night of 29-Mar-2026 and back in that of 25-Oct-2026.
        ("2026-03-28T20:00", "2026-03-29T05:00"),
        ("2026-10-24T20:00", "2026-10-25T06:00"),
    ],
)
def test_quiet_hours_end_when_the_recipients_clock_says_so(now: str, until: str | None) -> None:
    """Seven in the morning is seven in the morning, however long the night was."""
    found = quiet_until(_recipient(), _utc(now))

    assert found == (None if until is None else _utc(until))


def test_quiet_hours_that_end_in_the_hour_that_exists_twice_end_once() -> None:
    """At the second 02:15 the quiet hours until 02:30 are over, though the clock reads less."""
    recipient = _recipient(quiet_from=time(22), quiet_until=time(2, 30))

    first = quiet_until(recipient, _utc("2026-10-25T00:15"))
    second = quiet_until(recipient, _utc("2026-10-25T01:15"))

    assert (first, second) == (_utc("2026-10-25T00:30"), None)


def test_quiet_hours_that_end_in_the_hour_that_does_not_exist_end_with_it() -> None:
    """02:30 is skipped in spring; the first instant after it counts."""
    recipient = _recipient(quiet_from=time(22), quiet_until=time(2, 30))

    assert quiet_until(recipient, _utc("2026-03-29T00:59")) == _utc("2026-03-29T01:00")


def test_quiet_hours_in_the_middle_of_the_day_work_too() -> None:
    """A ward round from nine to eleven is a quiet time as well."""
    recipient = _recipient(quiet_from=time(9), quiet_until=time(11))

    assert quiet_until(recipient, _utc("2026-01-10T08:30")) == _utc("2026-01-10T10:00")
    assert quiet_until(recipient, _utc("2026-01-10T10:00")) is None


def test_an_escalation_comes_in_the_night_only_to_who_asked_for_it() -> None:
    """A lead may be on call, or asleep; the lead says which."""
    night = _utc("2026-01-10T23:00")
    notice = Notice("P-1/1", "P-1", 1, "checkpoint_escalated", "lead", "{}", night)
    on_call = _recipient(urgent_any_time=True, digest=True)

    assert told_at(_recipient(), notice, night) == _utc("2026-01-11T06:00")
    assert told_at(on_call, notice, night) == night
    assert told_at(on_call, replace(notice, to_role="coordinator"), night) > night
    assert told_at(on_call, replace(notice, topic="something_else"), night) > night


@pytest.mark.parametrize(
    ("now", "at"),
    [
        ("2026-03-28T05:00", "2026-03-28T06:00"),
        ("2026-03-28T06:00", "2026-03-29T05:00"),
        ("2026-10-24T12:00", "2026-10-25T06:00"),
    ],
)
def test_a_digest_comes_at_seven_on_the_recipients_clock(now: str, at: str) -> None:
    """Through both changes of the clock."""
    assert next_digest(_recipient(), _utc(now)) == _utc(at)


def test_nothing_is_sent_in_quiet_hours_and_everything_after_them(bench: Bench, tray: Tray) -> None:
    """What came in the night lies there in the morning."""
    bench.tell("coordinator", **NIGHT)
    evening = bench.sweep(30) + timedelta(hours=14)

    asleep = bench.round(evening)
    awake = bench.round(evening + timedelta(hours=10))

    assert (asleep.sent, asleep.failed) == (0, 0)
    assert awake.sent == len(tray.messages) == 1


def test_a_second_attempt_does_not_fall_into_the_night(bench: Bench, tray: Tray) -> None:
    """What failed in the evening is not tried again at two o'clock, and loses no attempt by it."""
    bench.tell("coordinator", **NIGHT)
    bench.sweep(30)
    evening = bench.sweep(30) + timedelta(hours=12, minutes=59, seconds=55)
    tray.refuse = lambda _message: refusal()
    bench.round(evening)
    tray.refuse = lambda _message: None

    at_night = bench.round(evening + timedelta(hours=6))
    morning = bench.round(evening + timedelta(hours=12))

    assert (at_night.sent, at_night.failed, morning.sent) == (0, 0, 1)
    assert bench.ward.store.outbox.told()[0].attempts == 2


def test_a_digest_is_one_message_with_everything_collected(bench: Bench, tray: Tray) -> None:
    """Four patients are late: one message in the morning, not four in the night."""
    for number in range(2, 5):
        bench.enrol(f"P-00000{number}")
    bench.tell("coordinator", digest=True)
    now = bench.sweep(30) + timedelta(hours=5)

    before = bench.round(now)
    after = bench.round(now + timedelta(days=1))

    (message,) = tray.messages
    assert (before.sent, after.sent) == (0, 4)
    assert message.subject == "Allpath: 4 notices this morning"
    assert all(f"P-00000{number}" in message.text for number in range(1, 5))


def test_a_digest_that_failed_comes_again_as_it_was(bench: Bench, tray: Tray) -> None:
    """Under the same id and with the same content, so that a receiver knows it."""
    bench.enrol("P-000002")
    bench.tell("coordinator", digest=True)
    now = bench.sweep(30) + timedelta(days=1)
    bench.round(now - timedelta(hours=3))
    tried: list[str] = []

    def refuse(message: Any) -> Exception:  # noqa: ANN401 - a message
        tried.append(message.message_id)
        return refusal()

    tray.refuse = refuse
    bench.round(now)
    tray.refuse = lambda _message: None
    bench.enrol("P-000003")
    bench.sweep(61)

    bench.round(now + timedelta(hours=1))

    (message,) = tray.messages
    assert tried == [message.message_id]
    assert "P-000002" in message.text
    assert "P-000003" not in message.text


def test_a_digest_leaves_out_whoever_has_left(bench: Bench, tray: Tray) -> None:
    """One patient died in the night; the others are still late."""
    bench.enrol("P-000002")
    bench.tell("coordinator", digest=True)
    now = bench.sweep(30)
    bench.round(now)
    bench.ward.confirm("dead", now)

    bench.round(now + timedelta(days=1))

    (message,) = tray.messages
    assert message.subject == "Allpath: 1 notice this morning"
    assert "P-000001" not in message.text


def test_a_time_zone_that_this_machine_does_not_know_keeps_nobody_uninformed(
    bench: Bench, tray: Tray
) -> None:
    """The message comes at once and says UTC, which is better than not coming."""
    bench.tell("coordinator", time_zone="Mars/Olympus", digest=True, **NIGHT)

    bench.round(bench.sweep(30))

    assert "(UTC), 27 days ago" in tray.messages[0].text
