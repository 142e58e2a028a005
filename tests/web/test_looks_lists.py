"""Cohort, variances, audit and pathways: the pages about many."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from allpath.web.access import ACCESS
from tests.cli.conftest import CLINICIAN, LEAD, Desk
from tests.web.looking import browsing

FOUND = 200
NOT_FOR_YOU = 403
NOWHERE = 404
REFUSED = 422


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk on a fresh database."""
    return Desk(tmp_path)


def test_the_cohort_adds_up_to_everybody(desk: Desk) -> None:
    """Who is in no row is counted beside the table, so that nobody is lost between two lists."""
    desk.in_assessment()
    desk.enrol(mrn="9990000002", family="Other")
    desk.enrol("--site", "Elsewhere", mrn="9990000003", family="Third")
    here = desk.enrol("--site", "Here", mrn="9990000004", family="Fourth")
    with browsing(desk) as browser:
        everybody = browser.get("/cohort").text
    with browsing(desk, sites=("Here",)) as browser:
        mine = browser.get("/cohort").text

    assert "4 patients in the table" in everybody
    assert "All in the table 4" in everybody
    assert "1 patient in the table" in mine
    assert "3 of other sites; 4 in all" in mine
    assert here not in mine


def test_the_cohort_of_a_past_day_says_so_and_counts_who_was_not_enrolled(desk: Desk) -> None:
    """A number without its day would be taken for today's."""
    desk.in_assessment()
    with browsing(desk) as browser:
        then = browser.get("/cohort", as_of="20-Nov-2026")
        wrong = browser.get("/cohort", as_of="soon")

    assert "This is not now. As it was on 20-Nov-2026" in then.text
    assert "1 not enrolled yet; 1 in all" in then.text
    assert wrong.status == REFUSED
    assert 'value="soon"' in wrong.html


def test_an_override_stands_in_the_register_with_what_was_not_met(desk: Desk) -> None:
    """Whoever reviews variances sees the reason, both signers and what was known then."""
    path_id = desk.assessed()
    overridden = desk.run(
        "step", "override", path_id, "supportive", "--code", "patient_or_family_decision",
        "--valid-until", "2026-11-30", "--reason", "the family and the team decided together",
        "--actor", CLINICIAN,
    )  # fmt: skip
    assert overridden.code == 0, overridden.err
    signed = desk.run("step", "countersign", path_id, "--actor", LEAD)
    assert signed.code == 0, signed.err
    with browsing(desk) as browser:
        page = browser.get("/variances")
        other = browser.get("/variances", code="nothing_of_that_kind")

    assert "1 shown of 1: 1 override, 0 times other care" in page.text
    assert "Initial assessment to Supportive care" in page.text
    assert "Dr Ada Sample, Dr Lea Lead" in page.text
    assert "What was not met" in page.text
    assert "0 shown of 1" in other.text


def test_an_auditor_finds_who_did_what_and_how_far_it_is_sealed(desk: Desk) -> None:
    """Events are found by patient, person, action and day, and how much is sealed is told."""
    path_id = desk.in_assessment()
    assert desk.run("audit", "seal").code == 0
    with browsing(desk, "auditor") as browser:
        page = browser.get("/audit", patient=path_id, action="fact_recorded")
        nothing = browser.get("/audit", since="24-Nov-2026")
        wrong = browser.get("/audit", since="31-Feb-2026", who="cora")

    assert re.search(r"Sealed [1-9]\d* entr", page.text)
    assert "No head was signed yet" in page.text
    assert "1 of 1 that fit" in page.text
    assert "Nothing of that kind is on record" in nothing.text
    assert wrong.status == REFUSED
    assert 'value="31-Feb-2026"' in wrong.html
    assert 'value="cora"' in wrong.html


def test_only_an_auditor_opens_the_audit_page(desk: Desk) -> None:
    """Who looked at whom is itself about people."""
    with browsing(desk, "viewer") as browser:
        page = browser.get("/audit")

    assert page.status == NOT_FOR_YOU
    assert ACCESS["audit"] == {"auditor"}
    assert "/audit" not in page.html


def test_a_pathway_is_shown_as_a_picture_and_in_words(desk: Desk) -> None:
    """Rules are read by clinicians: every state of the table stands there in sentences."""
    shipped = desk.ask("pathway", "list")
    chosen = next(item for item in shipped if item["id"] == "relapsed_all")["hash"]
    with browsing(desk, "viewer") as browser:
        every = browser.get("/pathways")
        page = browser.get(f"/pathways/{chosen}")
        picture = browser.get(f"/pathways/{chosen}/overview.svg")
        none = browser.get("/pathways/0123456789ab")

    assert all(item["version"] in every.text for item in shipped)
    assert f'src="/pathways/{chosen}/overview.svg"' in page.html
    assert "Read the picture as text" in page.text
    assert "Response assessment" in page.text
    assert "The first row that holds" in page.text or "first row that holds" in page.text
    assert "style=" not in page.html
    assert picture.headers["content-type"] == "image/svg+xml"
    assert none.status == NOWHERE
