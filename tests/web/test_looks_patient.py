"""The patient's page answers where, since when, what next and why not."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import AT_RELAPSE, Desk
from tests.web.looking import browsing

FOUND = 200
NOWHERE = 404
NOT_FOR_YOU = 403


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk on a fresh database."""
    return Desk(tmp_path)


def test_the_page_says_where_since_when_and_what_is_next(desk: Desk) -> None:
    """A coordinator with ten seconds reads state, day, due tag and proposal at the top."""
    path_id = desk.assessed()
    with browsing(desk) as browser:
        page = browser.get(f"/patients/{path_id}")

    assert page.status == FOUND
    top = page.text.partition("Why:")[0]
    assert "SAMPLE, Sam Born 10-May-2014 (12y) Sex male" in top
    assert "Initial assessment Due" in top
    assert "Day 0, since 23-Nov-2026" in top
    assert "Pathway supports: Reinduction" in top
    assert "nhsuk-warning-callout" not in page.html


def test_a_callout_stands_there_only_for_what_is_missing_or_late(desk: Desk) -> None:
    """What always shouts is not read: nothing shouts while all is well, and lateness does."""
    path_id = desk.in_assessment()
    with browsing(desk) as browser:
        missing = browser.get(f"/patients/{path_id}").text
        desk.record(path_id, *AT_RELAPSE)
        well = browser.get(f"/patients/{path_id}").html
    desk.at += timedelta(days=60)
    with browsing(desk, "viewer") as browser:
        late = browser.get(f"/patients/{path_id}").text

    assert "Facts are missing Not enough data" in missing
    assert "nhsuk-warning-callout" not in well
    assert re.search(r"checkpoints? (is|are) overdue", late)


def test_unknown_is_its_own_third_result_with_who_can_supply_it(desk: Desk) -> None:
    """Unknown never looks like no, and the page says whom to ask."""
    path_id = desk.in_assessment()
    with browsing(desk) as browser:
        page = browser.get(f"/patients/{path_id}")

    why = page.html.partition('id="why"')[2].partition("</section>")[0]
    assert 'nhsuk-tag--yellow">Unknown' in why
    assert "Supplied by" in why
    assert "Not recorded" in why
    assert "<td></td>" not in page.html


def test_no_cell_of_the_page_is_blank(desk: Desk) -> None:
    """A blank cell could mean no, unknown or forgotten; words say which."""
    path_id = desk.assessed()
    with browsing(desk) as browser:
        html = browser.get(f"/patients/{path_id}").html

    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", html, re.DOTALL)
    assert len(cells) > 20
    assert all(re.sub(r"<[^>]*>", "", cell).strip() for cell in cells)


def test_key_facts_name_the_sets_and_mark_the_active_one(desk: Desk) -> None:
    """Sets disagree, so each stands with its name, and the one that counts here is marked."""
    path_id = desk.assessed()
    with browsing(desk) as browser:
        text = browser.get(f"/patients/{path_id}").text

    keys = text.partition("Key facts")[2].partition("Last in the history")[0]
    assert "Active timing set COG" in keys
    assert "Timing by COG (active set)" in keys
    assert "Risk by INTREALL" in keys
    assert "Relapse site isolated marrow" in keys


def test_a_step_that_is_not_open_says_which_clauses_keep_it_shut(desk: Desk) -> None:
    """Blocked without a reason is a dead end; each such step unfolds its clauses."""
    path_id = desk.assessed()
    with browsing(desk) as browser:
        html = browser.get(f"/patients/{path_id}").html

    steps = html.partition("<h2>Steps</h2>")[2].partition("<h2>Checkpoints</h2>")[0]
    assert steps.count("<summary>Why not</summary>") == steps.count(">Blocked</strong>") + (
        steps.count(">Unknown</strong></div>") + steps.count(">Forbidden</strong>")
    )
    assert ">Recommended</strong>" in steps


def test_the_picture_of_the_way_has_its_text_beside_it(desk: Desk) -> None:
    """Whoever sees no picture reads the same: the states, the day, and how each step stands."""
    path_id = desk.assessed()
    with browsing(desk) as browser:
        page = browser.get(f"/patients/{path_id}")
        whole = browser.get(f"/patients/{path_id}/path.svg")

    assert 'aria-labelledby="way-title way-desc"' in page.html
    assert "The patient is in Initial assessment since 23-Nov-2026." in page.html
    assert "The step to Reinduction is recommended now" in page.text
    assert whole.headers["content-type"] == "image/svg+xml"
    assert "style=" not in whole.html + page.html
    assert "SAMPLE" not in whole.html


def test_results_below_detection_are_a_triangle_at_their_limit_and_never_joined(
    desk: Desk,
) -> None:
    """Not detected is no number, so no line leads to it; the table says the limit in words."""
    path_id = desk.assessed()
    for number, result in enumerate(("0.3 %", "0.2 %", "not_detected"), start=1):
        desk.at += timedelta(days=2)
        sample = ("--method", "flow", "--specimen", "marrow", "--sensitivity", "0.001 %")
        day = f"2026-11-{23 + 2 * number}"
        taken = desk.record(path_id, f"mrd={result}@{day}", *sample)
        assert taken.code == 0, taken.err
    with browsing(desk) as browser:
        page = browser.get(f"/patients/{path_id}")

    picture = page.html.partition('<div class="ap-picture ap-picture--trend">')[2]
    picture = picture.partition("</svg>")[0]
    assert picture.count("<circle") == 3
    picture = picture.replace("\N{NO-BREAK SPACE}", " ")
    limit = "1 \N{MULTIPLICATION SIGN} 10⁻⁵"
    assert f"The threshold is 0.01 % ({limit[:-1]}⁴)." in picture
    assert f"29-Nov-2026: not detected (sensitivity 0.001 % ({limit})), flow." in picture
    assert f"not detected (sensitivity 0.001 % ({limit})) flow marrow" in page.text.replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_a_patient_of_another_site_is_not_found(desk: Desk) -> None:
    """Neither page nor picture tells that such a patient exists."""
    path_id = desk.enrol("--site", "Elsewhere")
    with browsing(desk, sites=("Here",)) as browser:
        pages = [browser.get(f"/patients/{path_id}{more}") for more in ("", "/path.svg")]

    assert [page.status for page in pages] == [NOWHERE, NOWHERE]
    assert "Sample" not in pages[0].text


def test_an_admin_sees_no_patient_and_every_look_is_on_record(desk: Desk) -> None:
    """Looking after accounts shows nobody's results, and who looked can be asked afterwards."""
    path_id = desk.assessed()
    with browsing(desk, "admin") as browser:
        refused = browser.get(f"/patients/{path_id}")
    with browsing(desk, "viewer") as browser:
        browser.get(f"/patients/{path_id}")
        browser.get(f"/patients/{path_id}/path.svg")

    assert refused.status == NOT_FOR_YOU
    events = desk.ask("audit", "list", "--patient", path_id, "--who", "viewer")
    assert [event["action"] for event in events] == ["patient_shown", "patient_drawn"]
