"""Pictures of a patient's time and of the cohort: on pages, as files, and at the command line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html import unescape
from io import StringIO
from xml.etree import ElementTree as ET

import pytest

from allpath.figures.catalogue import FIGURES
from allpath.pictures.picture import FORMS, require_face
from allpath.pictures.png import pdf, png
from tests.cli.conftest import Desk
from tests.web.looking import Browser, browsing
from workflow.errors import RefusedError

FOUND = 200
NOWHERE = 404
BEGINS = {"csv": '\ufeff"'.encode(), "svg": b"<svg", "png": b"\x89PNG\r\n", "pdf": b"%PDF"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk on a database with made-up patients in every state, which tests only look at."""
    made = Desk(tmp_path_factory.mktemp("cohort"))
    answer = made.run("demo", "--database", str(made.database), "--patients", "66")
    assert answer.code == 0, answer.err
    return made


@pytest.fixture(scope="module")
def browser(desk: Desk) -> Iterator[Browser]:
    """A clinician of all sites."""
    with browsing(desk, "clinician") as made:
        yield made


@pytest.fixture(scope="module")
def patient(desk: Desk) -> str:
    """Somebody with results, at the response assessment."""
    tasks = desk.ask("worklist")["rows"]
    return str(next(t["path_id"] for t in tasks if t["state"] == "hsct_workup"))


def rows(text: str) -> list[list[str]]:
    """The lines of a table, without their head."""
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"))))[1:]


def test_each_picture_of_a_patient_is_there_in_four_forms(browser: Browser, patient: str) -> None:
    """Whoever brings a picture to a meeting takes it as the meeting needs it, with its table."""
    page = browser.get(f"/patients/{patient}")
    links = set(re.findall(r'href="(/patients/[^"]+/pictures/[^"]+)"', page.html))

    names = {link.rpartition("/")[2].partition(".")[0] for link in links}
    assert {"way", "pathway", "timeline", "trend-mrd"} <= names
    assert len(links) == len(names) * len(FORMS)
    # One way makes every file: each form of one picture, and each picture in one form.
    for link in links:
        form = link.rpartition(".")[2]
        if form != "svg" and "/trend-mrd." not in link:
            continue
        answer = browser.get(link)
        assert answer.status == FOUND
        assert answer.body.startswith(BEGINS[form]), link
    assert browser.get(f"/patients/{patient}/pictures/none.csv").status == NOWHERE
    assert browser.get(f"/patients/{patient}/pictures/way.exe").status == NOWHERE


def test_the_timeline_and_its_table_tell_the_same(
    browser: Browser, desk: Desk, patient: str
) -> None:
    """Every stay, result and checkpoint has a place in the picture and a line of the table."""
    table = rows(browser.get(f"/patients/{patient}/pictures/timeline.csv").html)
    picture = browser.get(f"/patients/{patient}/pictures/timeline.svg").html

    root = ET.fromstring(picture)  # noqa: S314 - our own text
    told = root.findtext("{http://www.w3.org/2000/svg}desc") or ""
    kinds = [row[3] for row in table]
    assert {"Anchor", "State", "Result", "Checkpoint"} <= set(kinds)
    assert all(cell for row in table for cell in row)
    assert all(row[0] in told for row in table)
    stays = [row[2] for row in table if row[3] == "State"]
    entered = [
        entry["state_to"]
        for entry in desk.ask("history", patient)["entries"]
        if entry["kind"] in {"enrolled", "step_confirmed", "step_countersigned"}
    ]
    assert len(stays) == len(entered)
    assert f"Today is {desk.at:%d-%b-%Y}" in told


def test_a_patients_pictures_are_there_for_nobody_of_another_site(desk: Desk, patient: str) -> None:
    """A picture is a look at a patient like any other."""
    with browsing(desk, "viewer", ("Elsewhere",)) as stranger:
        answer = stranger.get(f"/patients/{patient}/pictures/timeline.svg")
        cohort = stranger.get("/cohort/swimmer")

    assert answer.status == NOWHERE
    assert "n = 0 patients" in cohort.text
    assert patient not in cohort.text


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_each_figure_has_its_definition_picture_and_table(browser: Browser, name: str) -> None:
    """A number without its definition, its n and its day is no number."""
    page = browser.get(f"/cohort/{name}")
    picture = browser.get(f"/cohort/{name}.svg")

    assert page.status == FOUND
    assert re.search(r"n = \d+ patients, data of 23-Nov-2026 07:00", page.text)
    assert 'class="ap-definition"' in page.html
    assert page.html.count("<svg") == 1
    assert 'id="figure-table"' in page.html
    assert "style=" not in page.html
    assert "data of 23-Nov-2026" in picture.html
    definition = re.search(r'class="ap-definition">([^<]+)<', page.html)
    assert definition
    assert unescape(definition[1])[:60] in picture.html
    assert all(f'href="/cohort/{name}.{form}?' in page.html for form in FORMS)


@pytest.mark.parametrize("name", ["states", "overdue", "blocked", "flow", "cycle-times"])
def test_a_file_that_leaves_shows_no_count_from_one_to_four(browser: Browser, name: str) -> None:
    """Inside, everything is counted; what leaves could point at a person, in table and picture."""
    counts = {"states": [1], "overdue": [1, 2], "blocked": [2], "flow": [2], "cycle-times": [2, 6]}[
        name
    ]
    table = rows(browser.get(f"/cohort/{name}.csv").html)
    picture = browser.get(f"/cohort/{name}.svg").html
    page = browser.get(f"/cohort/{name}").html

    cells = [row[at] for row in table for at in counts]
    assert "<5" in cells
    assert not {"1", "2", "3", "4"} & set(cells)
    assert re.search(r'data-label="(Times|Patients|Overdue checkpoints)">[1-4]<', page)
    told = ET.fromstring(picture).findtext("{http://www.w3.org/2000/svg}desc") or ""  # noqa: S314 - our own text
    assert not re.search(r"(: |n |and )[1-4]( times| patients?|;|\.$)", told, re.MULTILINE)


def test_the_states_somebody_left_are_not_told_by_a_sum(browser: Browser) -> None:
    """Of all who left a state, those shown and a sum would give away those not shown."""
    table = rows(browser.get("/cohort/flow.csv").html)

    hidden = {row[0] for row in table if row[2] == "<5"}
    assert hidden
    assert all(row[3] == "Not shown" for row in table if row[0] in hidden)
    assert any(row[3].endswith("%") for row in table if row[0] not in hidden)


def test_a_lane_leads_to_its_patient(browser: Browser, patient: str) -> None:
    """Whoever sees a lane that stands out looks at who it is, where that is allowed."""
    pages = [browser.get("/cohort/swimmer", page=str(number)).html for number in (1, 2)]

    assert sum(f'<a href="/patients/{patient}">{patient}</a>' in page for page in pages) == 1


def test_what_blocks_leads_to_those_it_blocks(browser: Browser) -> None:
    """The number of the ranking is the number of the list behind it."""
    page = browser.get("/cohort/blocked").html
    found = re.findall(
        r'href="(/worklist\?waits=[^"]+)">.*?data-label="Patients">(\d+)<', page, re.DOTALL
    )

    assert len(found) > 5
    for link, count in found[:6]:
        listed = browser.get(link.partition("?")[0], waits=link.partition("=")[2])
        assert re.search(rf"\b{count} patients? shown", listed.text), link


def test_the_overdue_of_now_are_those_of_the_worklist(browser: Browser, desk: Desk) -> None:
    """The last column of the trend is today's, and today's is what everybody sees."""
    now = desk.ask("cohort", "--figure", "overdue")["rows"][-1]
    late = desk.ask("cohort")["states"]

    assert now[0] == "23-Nov-2026 07:00 (now)"
    assert int(now[2]) >= sum(state["overdue"] for state in late) > 0
    assert int(now[1]) >= int(now[2])
    assert "(now)" in browser.get("/cohort/overdue").text


def test_a_target_is_the_pathways_or_is_none(desk: Desk) -> None:
    """A number nobody has set would be taken for a rule."""
    table = desk.ask("cohort", "--figure", "cycle-times")["rows"]

    targets = {(row[0], row[1]): row[5] for row in table}
    assert targets["CAR-T infusion", "Follow-up after CAR-T"] == "42 days"
    assert targets["HSCT work-up", "HSCT"] == "None set"


def test_days_can_be_counted_between_any_two_moments(browser: Browser) -> None:
    """Whoever has another question than the usual ones asks it, and gets no number nobody set."""
    asked = browser.get("/cohort/cycle-times", start="dx_date", end="relapse_date")
    table = rows(browser.get("/cohort/cycle-times.csv", start="dx_date", end="relapse_date").html)
    nothing = browser.get("/cohort/cycle-times", start="dx_date", end="no_such_moment")

    assert 'value="dx_date" selected' in asked.html
    assert [row[:2] for row in table] == [
        ["Date of first diagnosis", "Date of relapse (first confirming sample)"]
    ]
    assert int(table[0][2]) > 20
    assert table[0][5] == "None set"
    assert "start=dx_date&amp;end=relapse_date" in asked.html
    assert nothing.status == NOWHERE


def test_a_figure_is_a_file_by_the_ending_of_its_name(desk: Desk) -> None:
    """The command writes what the page gives, and no other form."""
    for form in ("csv", "pdf"):
        file = desk.folder / f"swimmer.{form}"
        answer = desk.run("cohort", "--figure", "swimmer", "--out", str(file))
        assert answer.code == 0, answer.err
        assert file.read_bytes().startswith(BEGINS[form])
    other = desk.run("cohort", "--figure", "swimmer", "--out", str(desk.folder / "a.exe"))
    unknown = desk.run("cohort", "--figure", "nothing")
    alone = desk.run("cohort", "--out", str(desk.folder / "a.svg"))

    assert "CSV, SVG, PNG and PDF" in other.err
    assert "cycle-times" in unknown.err
    assert "--figure" in alone.err
    assert {other.code, unknown.code, alone.code} & {0} == set()


def test_the_whole_pathway_is_a_file_in_each_form_too(desk: Desk) -> None:
    """One way of making files serves every picture."""
    for form in ("pdf", "csv"):
        file = desk.folder / f"pathway.{form}"
        answer = desk.run("pathway", "draw", "relapsed_all", "--out", str(file))
        assert answer.code == 0, answer.err
        assert file.read_bytes().startswith(BEGINS[form])


def test_a_renderer_without_the_face_is_refused() -> None:
    """It leaves all words out and says nothing; a picture without words could kill."""
    box = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"'
    drawn = f'<svg {box} font-family="{{}}"><text x="5" y="20" font-size="16">MRD</text></svg>'

    with pytest.raises(RefusedError, match="face"):
        require_face("No Such Face At All")
    for render in (png, pdf):
        assert render(drawn.format("Liberation Sans")) != render(drawn.format("No Such Face"))
