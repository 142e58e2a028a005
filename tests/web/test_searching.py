"""The search over every patient of the own sites."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.web.conftest import OURS, THEIRS, House


def test_the_search_finds_the_patients_of_the_own_site_alone(full_house: House) -> None:
    """By part of a name, in any case, and by number; those of other sites are not there at all."""
    vic = full_house.browser("viewer-of-north")
    vic.get("/search")
    ours = vic.post("/search", text="nORTH").text
    theirs = [vic.post("/search", text=text).text for text in ("southern", "9990000002", THEIRS)]

    assert "1 patient fits." in ours.replace("<strong>", "").replace("</strong>", "")
    assert f'<a href="/patients/{OURS}">NORTHERN, Sam</a>' in ours
    for text in theirs:
        assert "Nobody of your sites fits." in text
        assert "SOUTHERN" not in text


def test_a_search_is_on_record_without_what_was_searched_for(full_house: House) -> None:
    """Who looks for people is asked about afterwards; the name itself goes into no list."""
    leo = full_house.browser("lead-of-north")
    leo.get("/search")
    leo.post("/search", text="northern")

    database = full_house.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT * FROM audit_event").fetchall()
    mine = [row for row in rows if "Lead-Of-North Sample" in row]
    assert any("patients_searched" in row for row in mine)
    assert not any("northern" in str(row).casefold() for row in rows)
