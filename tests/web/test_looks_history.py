"""The history of a path, the past of it, and each recorded decision explained."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import COORDINATOR, Desk
from tests.web.looking import browsing

FOUND = 200
NOWHERE = 404
REFUSED = 422
DAY = timedelta(days=1)


@pytest.fixture
def treated(tmp_path: Path) -> tuple[Desk, str]:
    """Assessed on the first day, a result corrected on the third, treated since the fourth."""
    desk = Desk(tmp_path)
    path_id = desk.assessed()
    desk.at += 2 * DAY
    records = desk.ask("fact", "list", path_id, "--fact", "performance")
    number, reason = records[0]["record_id"], ("--reason", "read from the wrong line")
    corrected = desk.run("fact", "correct", path_id, number, "2", *reason, "--actor", COORDINATOR)
    assert corrected.code == 0, corrected.err
    desk.at += DAY
    assert desk.confirm(path_id, "reinduction").code == 0
    desk.at += DAY
    return desk, path_id


def test_the_history_tells_every_entry_with_who_and_why_and_that_it_is_whole(
    treated: tuple[Desk, str],
) -> None:
    """Whoever reads it sees each act once, and whether the record of it was touched."""
    desk, path_id = treated
    with browsing(desk) as browser:
        page = browser.get(f"/patients/{path_id}/history")

    assert page.status == FOUND
    assert f"{desk.kept(path_id)} entries, the newest first" in page.text
    assert "Step confirmed Initial assessment -> Reinduction" in page.text
    assert "read from the wrong line" in page.text
    assert "The hash chain verifies" in page.text
    assert "Dr Ada Sample (clinician)" in page.text.partition("Signatures")[2]
    assert "This is not now" not in page.text


def test_the_banner_says_which_past_is_shown(treated: tuple[Desk, str]) -> None:
    """A past that looks like the present would be acted on."""
    desk, path_id = treated
    where = f"/patients/{path_id}/history"
    with browsing(desk) as browser:
        known = browser.get(where, known_at="24-Nov-2026").text
        so = browser.get(where, as_of="2026-11-24").text
        coming = browser.get(where, as_of="01-Dec-2026").text

    assert "This is not now. As it was known on 24-Nov-2026" in known
    assert "Initial assessment Day 1, since 23-Nov-2026" in known
    assert "Step confirmed Initial assessment -> Reinduction" not in known
    assert "read from the wrong line" not in known
    assert "As it was on 24-Nov-2026" in so
    assert "by what was known on 27-Nov-2026" in so
    assert "As it will be on 01-Dec-2026" in coming


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("as_of", "31-Feb-2026", "31-Feb-2026 is not a day"),
        ("known_at", "yesterday", "yesterday is not a day"),
        ("known_at", "01-Jan-2030", "nobody can tell what will be known"),
        ("as_of", "01-Jan-2020", "was not enrolled yet"),
        ("as_of", '"><script>', '"><script> is not a day'),
    ],
)
def test_a_day_that_cannot_be_asked_about_is_refused_at_its_field(
    treated: tuple[Desk, str], field: str, typed: str, said: str
) -> None:
    """What was typed is kept, the problem stands at the field, and the history is still there."""
    desk, path_id = treated
    with browsing(desk) as browser:
        page = browser.get(f"/patients/{path_id}/history", **{field: typed})

    assert page.status == REFUSED
    assert said in page.text
    assert f'href="#{field}"' in page.html
    assert "<script>" not in page.html
    assert "<title>Error:" in page.html


def test_a_recorded_decision_is_made_again_and_explained(treated: tuple[Desk, str]) -> None:
    """Later a person asks why it was done: clause by clause, on what was known then."""
    desk, path_id = treated
    entries = desk.ask("history", path_id)["entries"]
    number = next(e["seq"] for e in entries if e["state_to"] == "reinduction")
    with browsing(desk) as browser:
        page = browser.get(f"/patients/{path_id}/history/{number}")
        nothing = browser.get(f"/patients/{path_id}/history/1")
        none = browser.get(f"/patients/{path_id}/history/999")

    assert "Pathway supports: Reinduction" in page.text
    assert f"it is what entry {number} recorded, to the letter" in page.text
    assert "State then Initial assessment" in page.text
    assert "Needed Found Source Result" in page.text
    assert (nothing.status, none.status) == (REFUSED, NOWHERE)


def test_a_history_that_was_changed_behind_the_program_says_so(
    treated: tuple[Desk, str],
) -> None:
    """Somebody with the file in hand changes an entry; the page tells everybody to stop."""
    desk, path_id = treated
    with browsing(desk) as browser:
        with closing(sqlite3.connect(desk.database)) as file:
            triggers = file.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for (name,) in triggers:
                file.execute(f'DROP TRIGGER "{name}"')
            file.execute("UPDATE journal SET actor = 'Somebody' WHERE seq = 2")
            file.commit()
        page = browser.get(f"/patients/{path_id}/history")

    assert "The record is not as it was written" in page.text
    assert "The hash chain does not verify" in page.text


def test_the_history_of_another_sites_patient_is_not_found(tmp_path: Path) -> None:
    """Who may not see a patient learns nothing from the past either."""
    desk = Desk(tmp_path)
    path_id = desk.enrol("--site", "Elsewhere")
    with browsing(desk, sites=("Here",)) as browser:
        pages = [browser.get(f"/patients/{path_id}/history{more}") for more in ("", "/1")]

    assert [page.status for page in pages] == [NOWHERE, NOWHERE]
