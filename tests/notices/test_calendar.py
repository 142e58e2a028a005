"""The calendar tells what is expected, moves what was moved and cancels what is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from allpath.bootstrap import Allpath
from allpath.notify.calendar import TOLD_AFTER, feed_text, new_secret
from allpath.settings import read_settings
from storage.engine import open_store
from tests.conftest import NOW
from tests.notices.conftest import LEAD
from tests.orchestrator.conftest import Ward
from workflow.errors import ConflictError, NotFoundError


class Desk:
    """A ward with a calendar of its own."""

    def __init__(self, folder: Path) -> None:
        self.store = open_store(f"sqlite:///{folder / 'ward.db'}")
        self.ward = Ward(self.store)
        self.ward.enrol()
        settings = read_settings({})
        self.allpath = Allpath(settings, self.store, self.ward.orchestrator, lambda: NOW)
        self.secret, secret_hash = new_secret()
        self.store.feeds.new_feed("ward", secret_hash, "", LEAD, NOW)

    def events(self, days: float = 0) -> dict[str, dict[str, str]]:
        """The events of the feed so many days later, by uid."""
        text = feed_text(self.allpath, self.secret, NOW + timedelta(days=days))
        found = {}
        for event in Calendar.from_ical(text).walk("VEVENT"):
            found[str(event["UID"])] = {
                "start": f"{event.decoded('DTSTART'):%Y%m%dT%H%M%SZ}",
                "sequence": str(event["SEQUENCE"]),
                "status": str(event["STATUS"]),
                "summary": str(event["SUMMARY"]),
            }
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A ward with a calendar of its own."""
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()


def test_a_checkpoint_stands_at_its_due_moment(desk: Desk) -> None:
    """The feed is what a calendar program can read, and no more than it needs."""
    (event,) = desk.events().values()

    assert event == {
        "start": "20261126T000000Z",
        "sequence": "0",
        "status": "CONFIRMED",
        "summary": "P-000001: C-RF-1, identity checked and first MDT date set",
    }


def test_nothing_changes_while_nothing_changes(desk: Desk) -> None:
    """A calendar that looks every hour is told the same each time, byte for byte."""
    first = feed_text(desk.allpath, desk.secret, NOW)

    assert feed_text(desk.allpath, desk.secret, NOW + timedelta(hours=1)) == first


def test_a_moved_checkpoint_keeps_its_uid_and_raises_its_number(desk: Desk) -> None:
    """The calendar moves the event instead of showing two."""
    ((uid, before),) = desk.events().items()
    with desk.store.begin() as transaction:
        transaction.cursor.execute("UPDATE checkpoint SET due_at = due_at + 3600000000")

    after = desk.events(1)

    assert list(after) == [uid]
    assert (before["sequence"], after[uid]["sequence"]) == ("0", "1")
    assert after[uid]["start"] == "20261126T010000Z"


def test_a_closed_checkpoint_is_cancelled_and_forgotten_later(desk: Desk) -> None:
    """What is done disappears from the calendars of everybody who looks within three months."""
    (uid,) = desk.events()
    desk.ward.record({"identity_checked": "yes"})
    desk.ward.confirm("assessment")

    cancelled = desk.events(1)[uid]
    later = desk.events(1 + TOLD_AFTER.days + 1)

    assert (cancelled["status"], cancelled["sequence"]) == ("CANCELLED", "1")
    assert uid not in later
    assert later


def test_a_revoked_calendar_is_read_by_nobody(desk: Desk) -> None:
    """A secret that got about is worth nothing any more, and its name is not used again."""
    desk.store.feeds.revoke_feed("ward", LEAD, NOW)

    with pytest.raises(NotFoundError, match="No calendar in use has this secret"):
        desk.events()
    with pytest.raises(NotFoundError, match="no calendar ward in use"):
        desk.store.feeds.revoke_feed("ward", LEAD, NOW)
    with pytest.raises(ConflictError, match="take another name"):
        desk.store.feeds.new_feed("ward", "0" * 64, "", LEAD, NOW)


def test_a_secret_is_not_kept(desk: Desk, tmp_path: Path) -> None:
    """Whoever reads the database reads no calendar with it."""
    desk.store.close()

    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())

    assert desk.secret.encode() not in kept


def test_a_calendar_of_a_site_shows_that_site_alone(desk: Desk) -> None:
    """The ward over there sees its own patients."""
    secret, secret_hash = new_secret()
    desk.store.feeds.new_feed("there", secret_hash, "St Elsewhere", LEAD, NOW)

    assert "BEGIN:VEVENT" not in feed_text(desk.allpath, secret, NOW)
