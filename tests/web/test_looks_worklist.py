"""The worklist: everybody on it or counted beside it, filters in the address, and the table."""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path

import pytest

from tests.cli.conftest import COORDINATOR, Desk
from tests.web.looking import Page, browsing

FOUND = 200
GO_ON = 303


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two patients of similar names, one of another site, one whose path has ended."""
    desk = Desk(tmp_path)
    desk.in_assessment()
    desk.enrol(mrn="9990000002")
    desk.enrol("--site", "Elsewhere", mrn="9990000003", family="Third")
    died = desk.enrol(mrn="9990000004", family="Fourth")
    assert desk.record(died, "death_date=2026-11-22").code == 0
    assert desk.confirm(died, "dead").code == 0
    return desk


def test_shown_and_not_shown_always_add_up_to_everybody(desk: Desk) -> None:
    """The sentence counts whoever a filter, a site or an ending leaves out, each once."""
    with browsing(desk) as browser:
        pages = [
            browser.get("/worklist", **choice)
            for choice in ({}, {"state": "relapsed_all/assessment"}, {"only": "similar"})
        ]

    assert [_adds_up(page) for page in pages] == [(3, 4), (1, 4), (2, 4)]


def test_a_name_is_looked_for_without_standing_in_an_address(desk: Desk) -> None:
    """Proxies and browsers keep addresses; the other choices are kept there to be opened again."""
    with browsing(desk) as browser:
        browser.get("/worklist")
        found = browser.post("/worklist", text="third")
        choice = browser.post("/worklist", text=" ", due="overdue", state="relapsed_all/referred")
        ignored = browser.get("/worklist", text="third")

    assert found.status == FOUND
    assert "THIRD, Sam" in found.text
    assert "SAMPLE, Sam" not in found.text
    assert 'value="third"' in found.html
    assert (choice.status, choice.headers["location"]) == (
        GO_ON,
        "/worklist?state=relapsed_all%2Freferred&due=overdue",
    )
    assert "SAMPLE, Sam" in ignored.text


def test_similar_names_carry_a_warning_and_the_number(desk: Desk) -> None:
    """Two people of one name are told apart by what stands beside it."""
    with browsing(desk) as browser:
        page = browser.get("/worklist", only="similar")

    assert page.html.count("Similar name</strong>") == 2
    assert "<strong>Not known</strong>" in page.html
    assert "MRN 9990000001" in page.text
    assert "MRN 9990000002" in page.text


@pytest.mark.parametrize("family", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", 'Quote"d, comma'])
def test_no_cell_of_the_table_is_a_formula(tmp_path: Path, family: str) -> None:
    """A name that begins like a formula is text for every spreadsheet."""
    desk = Desk(tmp_path)
    enrolled = desk.run(
        "enrol", f"--family={family}", "--given", "Sam", "--identifier", "mrn=9990000001",
        "--active-set", "COG", "--actor", COORDINATOR,
    )  # fmt: skip
    assert enrolled.code == 0, enrolled.err
    with browsing(desk) as browser:
        answer = browser.get("/worklist.csv")

    rows = list(csv.reader(StringIO(answer.body.decode("utf-8-sig"))))
    assert answer.headers["content-disposition"] == 'attachment; filename="worklist.csv"'
    assert all(len(row) == len(rows[0]) for row in rows)
    assert all(not cell or cell[0] not in "=+-@\t\r" for row in rows for cell in row)
    assert family.upper() in rows[1][1]


def test_the_table_holds_what_the_filter_shows_and_is_on_record(desk: Desk) -> None:
    """Who took a list away can be asked later."""
    with browsing(desk) as browser:
        page = browser.get("/worklist", state="relapsed_all/assessment")
        table = browser.get("/worklist.csv", state="relapsed_all/assessment")

    assert "/worklist.csv?state=relapsed_all%2Fassessment" in page.html
    assert len(table.body.decode().splitlines()) == 2
    taken = desk.ask("audit", "list", "--action", "worklist_exported")
    assert [event["actor"] for event in taken] == ["A coordinator"]


def _adds_up(page: Page) -> tuple[int, int]:
    """How many are shown, and of how many, where the sentence adds up."""
    text = page.text.partition("most pressing first. Not shown:")
    shown = int(re.findall(r"(\d+) patients? shown", page.text)[0])
    sentence = text[2].partition(" in all.")[0]
    *apart, in_all = map(int, re.findall(r"\d+", sentence))
    assert shown + sum(apart) == in_all
    return shown, in_all


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Pacific/Auckland"])
def test_a_day_is_due_by_the_calendar_of_the_patients_site(tmp_path: Path, zone: str) -> None:
    """Whatever the clock of the installation, list and patient's page name the same day."""
    desk = Desk(tmp_path)
    path_id = desk.enrol("--time-zone", zone)
    with browsing(desk) as browser:
        listed = browser.get("/worklist").text
        shown = browser.get(f"/patients/{path_id}").text

    expected = re.search(r"(?:Due|Overdue)[\w ]*? (\d\d-\w{3}-\d{4})", shown)
    assert expected
    assert re.search(rf"(?:Due|Overdue)[\w ]*? {expected[1]}", listed)


@pytest.mark.parametrize(
    ("zone", "referred", "today"),
    [("Pacific/Auckland", "20", 1), ("Europe/Berlin", "20", 1), ("Europe/Berlin", "21", 0)],
)
def test_today_is_counted_by_the_calendar_of_the_patients_site(
    tmp_path: Path, zone: str, referred: str, today: int
) -> None:
    """Their days begin and end while the clock of the installation shows another one."""
    desk = Desk(tmp_path)
    desk.enrol("--time-zone", zone, "--on", f"2026-11-{referred}")
    with browsing(desk) as browser:
        page = browser.get("/worklist", due="today")

    assert f" {today} due today " in page.text
    assert ("SAMPLE, Sam" in page.text) == bool(today)
