"""What people keep of the worklist: filters by name, and calendars that follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.web.client import Answer, Browser
from tests.web.conftest import ELSEWHERE, HERE, OURS, THEIRS, House, open_house
from workflow.records import Actor

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all tests here."""
    made = open_house(tmp_path_factory.mktemp("views"))
    for name in ("cora", "dan", "eve"):
        made.account(name, "coordinator", HERE)
    made.account("sue", "coordinator", ELSEWHERE)
    made.account("vic", "viewer", HERE)
    yield made
    made.allpath.store.close()


@pytest.fixture(scope="module")
def cora(house: House) -> Browser:
    """The coordinator at her screen."""
    return house.browser("cora")


def save(browser: Browser, title: str, key: str, shared_with: str = "") -> Answer:
    """The present filter is kept."""
    fields = {"title": title, "key": key, "query": "due=week&by=mine", "shared_with": shared_with}
    return browser.post("/worklist/views", **fields)


def test_a_filter_is_kept_once_opened_renamed_and_deleted(house: House, cora: Browser) -> None:
    """What is looked at every morning is one click away, and can be put right."""
    first, doubled = (save(cora, "My week", "key-1") for _ in range(2))
    assert (first.status, first.goes_to) == (303, "/worklist?due=week&by=mine")
    assert (doubled.status, doubled.goes_to) == (303, first.goes_to)
    page = cora.get("/worklist").text
    assert page.count(">My week</a>") == 1

    taken = save(cora, "my WEEK", "key-2")
    assert taken.status == 422
    assert "You have a view of this name already" in taken.words
    assert 'value="my WEEK"' in taken.text

    cora.post("/worklist/views/key-1", title=SCRIPT, shared_with="viewer")
    shown = cora.get("/worklist/views")
    assert SCRIPT.encode() not in shown.body
    assert f"{SCRIPT} Shared with: Every viewer at my sites." in shown.text.replace(
        '</strong></a><br><span class="ap-quiet">', " "
    )
    assert cora.post("/worklist/views/key-1/delete").status == 303
    assert "alert(1)" not in cora.get("/worklist").text
    with house.allpath.store.begin() as transaction:
        asked = "SELECT action FROM audit_event WHERE action LIKE 'view_%' ORDER BY number"
        found = [action for (action,) in transaction.cursor.execute(asked).fetchall()]
    assert found == ["view_saved", "view_changed", "view_removed"]


def test_a_shared_filter_is_seen_by_those_it_is_shared_with_and_nobody_else(house: House) -> None:
    """Shared means with the role or the site that was named; and only its owner changes it."""
    eve = house.browser("eve")
    save(eve, "For viewers", "key-v", "viewer")
    save(eve, "For the site", "key-s", "everybody")
    save(eve, "Mine alone", "key-m")

    seen = {
        name: set(re.findall(r">(For viewers|For the site|Mine alone) ?<", page))
        for name in ("dan", "vic", "sue")
        for page in [house.browser(name).get("/worklist").text]
    }

    assert seen == {"dan": {"For the site"}, "vic": {"For viewers", "For the site"}, "sue": set()}
    dan = house.browser("dan")
    for act in ("", "/delete"):
        assert dan.post(f"/worklist/views/key-s{act}", title="x", shared_with="").status == 404
    assert "For the site" in eve.get("/worklist").text


def test_a_calendar_is_read_by_its_secret_alone_until_it_is_revoked(
    house: House, cora: Browser
) -> None:
    """A calendar program has no session; its address is shown once and can be made worthless."""
    (secret,) = re.findall(r'name="secret" value="([^"]+)"', cora.get("/worklist/calendar").text)
    pages = [cora.post("/worklist/calendar", secret=secret, site=HERE) for _ in range(2)]
    program = house.browser()

    feed = program.get(f"/calendar/{secret}")

    assert all(f"/calendar/{secret}" in page.text for page in pages)
    assert [f.name for f in house.allpath.store.feeds.feeds()] == ["cora/1"]
    assert f"/calendar/{secret}" not in cora.get("/worklist/calendar").text
    assert (feed.status, feed.header("content-type")) == (200, "text/calendar; charset=utf-8")
    assert OURS in feed.text
    assert THEIRS not in feed.text
    assert not re.search("northern|999000", feed.text, re.IGNORECASE)
    assert cora.post("/worklist/calendar/revoke", name="cora/1").status == 303
    assert program.get(f"/calendar/{secret}").status == 404
    assert house.browser("dan").post("/worklist/calendar/revoke", name="cora/1").status == 404


def test_a_calendar_ends_with_the_account_it_was_made_by(house: House) -> None:
    """Whoever left must not go on reading; nor may anybody follow a site they do not see."""
    dan = house.browser("dan")
    (secret,) = re.findall(r'name="secret" value="([^"]+)"', dan.get("/worklist/calendar").text)
    other = dan.post("/worklist/calendar", secret=secret, site=ELSEWHERE)
    weak = dan.post("/worklist/calendar", secret="short", site=HERE)
    assert (other.status, weak.status) == (422, 422)
    dan.post("/worklist/calendar", secret=secret, site=HERE)
    program = house.browser()
    assert program.get(f"/calendar/{secret}").status == 200

    accounts = house.allpath.store.accounts
    gone = replace(accounts.one("dan"), disabled_at=house.at)
    accounts.change(gone, "account_disabled", Actor("Ada Admin", "admin"), house.at)

    assert program.get(f"/calendar/{secret}").status == 404


def test_a_list_is_taken_into_a_calendar_without_name_or_number(cora: Browser) -> None:
    """Calendars lie open on telephones."""
    taken = cora.get("/worklist.ics")
    none = cora.get("/worklist.ics?by=mine")

    assert taken.header("content-disposition") == 'attachment; filename="worklist.ics"'
    assert taken.text.count("BEGIN:VEVENT") == 1
    assert OURS in taken.text
    assert not re.search("northern|999000", taken.text, re.IGNORECASE)
    assert "BEGIN:VEVENT" not in none.text


def test_an_empty_list_says_when_it_was_looked_at_and_by_whom(cora: Browser) -> None:
    """No work and nobody looking are two different things."""
    text = cora.get("/worklist?by=mine").words

    assert re.search(r"Nobody fits the filter\. Checked 23-Nov-2026 \d\d:\d\d", text)
    assert "no worker has looked yet" in text
