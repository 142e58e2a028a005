"""What if, in a browser: what would follow stands beside what is so, and nothing is saved."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.orchestrator.conftest import Ward
from tests.web.acting_desk import Browser, Desk, a_desk

AT = f"/patients/{Ward.path_id}"
ASK = f"{AT}/what-if"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with one patient under assessment; these tests only look at it."""
    with a_desk(tmp_path_factory.mktemp("what-if")) as found:
        found.ward.to_assessment()
        yield found


@pytest.fixture(scope="module")
def vic(desk: Desk) -> Browser:
    """Somebody who may only look."""
    return desk.signed_in("vic")


def supposed(vic: Browser, fact: str, **typed: str) -> Browser:
    """A fact is chosen and supposed."""
    vic.send(ASK, fact=fact, act="show")
    vic.send(ASK, act="suppose", **typed)
    return vic


def test_a_supposed_fact_shows_both_answers_and_writes_nothing_but_the_look(
    desk: Desk, vic: Browser
) -> None:
    """A what-if that left a trace in the path would be a way to change it without a name."""
    before = desk.ward.store.case(Ward.path_id)
    assert f'href="{ASK}"' in vic.get(AT).content
    vic.get(ASK)
    page = supposed(vic, "active_infection", value="uncontrolled").last
    assert page.status == 200
    assert "Simulation - nothing saved" in page.words
    assert "active infection : uncontrolled" in page.words
    assert "The pathway would say something else." in page.words
    assert "Now Supposed" in page.words
    assert "Reinduction" in page.words
    assert desk.ward.store.case(Ward.path_id) == before
    with closing(sqlite3.connect(desk.file)) as database:
        asked = "select action, path_id, actor from audit_event order by number desc limit 1"
        assert database.execute(asked).fetchone() == ("what_if_asked", Ward.path_id, "Vic Viewer")


def test_facts_are_added_to_one_another_and_taken_away_again(vic: Browser) -> None:
    """A question is rarely about one fact alone, and never right at the first try."""
    vic.get(ASK)
    supposed(vic, "active_infection", value="uncontrolled")
    page = supposed(vic, "cd19", value="negative").last
    assert [each["fact"] for each in json.loads(page.form(ASK)["supposed"])] == [
        "active_infection",
        "cd19",
    ]
    page = vic.send(ASK, act="drop:0")
    assert "active infection : uncontrolled" not in page.words
    assert "CD19 on the relapse sample : negative" in page.words


def test_a_fact_is_supposed_not_to_be_known(vic: Browser) -> None:
    """What is missing then stops the pathway, and says for want of what."""
    vic.get(ASK)
    vic.send(ASK, fact="lineage", act="show")
    page = vic.send(ASK, act="without")
    assert "lineage of the relapse sample : not known" in page.words
    assert "Not enough data" in page.words


def test_another_day_alone_can_be_supposed(vic: Browser) -> None:
    """Waiting changes answers too: results go stale and checkpoints become overdue."""
    vic.get(ASK)
    page = vic.send(ASK, day="20-Dec-2026", act="day")
    assert page.status == 200
    assert "Day 23-Nov-2026 Otherwise 20-Dec-2026" in page.words
    assert "Overdue" in page.words


@pytest.mark.parametrize(
    ("act", "typed", "told"),
    [
        ("day", {"day": "soon"}, "This is not a day"),
        ("day", {"day": "01-Jan-2020"}, "not enrolled yet then"),
        ("show", {}, "Choose a fact, or enter a day."),
        ("drop:0", {"supposed": "[[1]]"}, "cannot be read any more"),
        ("day", {"supposed": '[{"fact": "cd19", "value": "purple"}]'}, "Choose one."),
    ],
)
def test_what_cannot_be_supposed_is_told(
    vic: Browser, act: str, typed: dict[str, str], told: str
) -> None:
    """The form comes back with the fault in words, whatever somebody sends."""
    vic.get(ASK)
    page = vic.send(ASK, act=act, **typed)
    assert page.status == 422
    assert told in page.words


def test_a_value_outside_its_range_is_refused(vic: Browser) -> None:
    """What could never be recorded need not be supposed."""
    vic.get(ASK)
    page = supposed(vic, "marrow_blast_pct", value="620").last
    assert page.status == 422
    assert "is outside 0 to 100" in page.words
    assert 'href="#value"' in page.content
    assert page.form(ASK)["supposed"] == "[]"
