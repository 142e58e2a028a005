"""Enrolling a patient in the browser: once, nobody twice, and only where one may."""

from __future__ import annotations

import pytest

from tests.web.conftest import OURS, House
from workflow.errors import NotFoundError

TYPED = {
    "pathway": "relapsed_all",
    "family": "Sample",
    "given": "Anna",
    "mrn": "9997001",
    "nhs": "999 000 0018",
    "site": "North",
    "on": "",
    "setting_active_set": "COG",
    "setting_region": "EU",
}


def _form(house: House, who: str = "cora", **typed: str) -> dict[str, str]:
    """What the form holds when it is opened, and what is typed into it."""
    browser = house.browser(who)
    opened = browser.get("/enrol").text
    key = opened.partition('name="key" value="')[2].partition('"')[0]
    on = opened.partition('id="on"')[2].partition('value="')[2].partition('"')[0]
    return {**TYPED, "key": key, "on": on, **typed}


def test_an_enrolled_patient_is_on_the_worklist_and_may_be_opened(house: House) -> None:
    """Whoever enrols goes on to the patient, and a second click enrols nobody else."""
    typed = _form(house)
    cora = house.browser("cora")
    cora.get("/enrol")

    first = cora.post("/enrol", **typed)
    again = cora.post("/enrol", **typed)

    assert first.status == again.status == 303
    assert first.goes_to == again.goes_to
    path_id = first.goes_to.removeprefix("/patients/").partition("?")[0]
    path = house.allpath.store.case(path_id).path
    assert (path.settings["site"], path.settings["active_set"]) == ("North", "COG")
    assert house.allpath.store.person(path_id).identifiers == {
        "mrn": "9997001",
        "nhs": "9990000018",
    }
    assert "SAMPLE, Anna" in cora.get(first.goes_to).text
    assert "SAMPLE, Anna" in cora.get("/worklist").text


def test_a_title_is_shown_wherever_the_name_is_and_needed_nowhere(house: House) -> None:
    """A name is read as FAMILY, Given (Title); the stop of an abbreviation is no part of it."""
    typed = _form(house, title=" Dr. ", family="Titled", mrn="9997044", nhs="")
    cora = house.browser("cora")
    cora.get("/enrol")

    wrong = cora.post("/enrol", **{**typed, "title": "<b>(Dr)"})
    done = cora.post("/enrol", **typed)

    assert wrong.status == 422
    assert "A title is a short word as Dr or Ms" in wrong.text
    assert 'href="#title"' in wrong.text
    page = cora.get(done.goes_to).text
    assert "TITLED, Anna (Dr)" in page
    assert "Titled, Anna, Dr" in page
    assert "TITLED, Anna (Dr)" in cora.get("/worklist").text
    path_id = done.goes_to.removeprefix("/patients/").partition("?")[0]
    assert house.allpath.store.person(path_id).title == "Dr"


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("family", "", "Enter the family name."),
        ("nhs", "999 000 0019", "the check digit of the NHS number does not agree"),
        ("on", "01-Jan-2199", "lies in the future"),
        ("site", "South", "Choose one of your sites: North."),
        ("setting_active_set", "XYZ", "Choose one of: COG"),
        ("pathway", "nowhere", "Choose a pathway."),
        ("given", "An\u200bna", "This holds a character that nobody can see"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_saved(
    house: House, field: str, typed: str, told: str
) -> None:
    """What was right stays typed, and nobody is half enrolled."""
    before = house.allpath.store.paths_per_version()
    fields = _form(house, mrn="9997002", nhs="", **({field: typed} if field != "nhs" else {}))
    if field == "nhs":
        fields["nhs"] = typed
    cora = house.browser("cora")
    cora.get("/enrol")

    answer = cora.post("/enrol", **fields)

    assert answer.status == 422
    assert told in answer.text
    assert 'value="9997002"' in answer.text
    assert house.allpath.store.paths_per_version() == before


def test_somebody_of_a_similar_name_is_shown_before_anybody_is_enrolled(house: House) -> None:
    """One human enrolled twice has two half histories; another human is enrolled all the same."""
    known = house.allpath.store.person(OURS)
    typed = _form(house, family=known.family_name, given=known.given_name, mrn="9997003", nhs="")
    cora = house.browser("cora")
    cora.get("/enrol")

    asked = cora.post("/enrol", **typed)
    enrolled = cora.post("/enrol", **typed, another="yes")

    assert "Somebody of a similar name is here already" in asked.text
    assert f'href="/patients/{OURS}"' in asked.text
    assert enrolled.status == 303


def test_a_number_that_is_taken_enrols_nobody_and_tells_nothing_of_other_sites(
    house: House,
) -> None:
    """A patient of another site stays unknown; that the number is taken has to be told."""
    cora = house.browser("cora")
    cora.get("/enrol")

    answer = cora.post("/enrol", **_form(house, mrn="9990000002", nhs=""))

    assert answer.status == 422
    assert "already enrolled" in answer.text
    assert "SOUTHERN" not in answer.text
    with pytest.raises(NotFoundError):
        house.allpath.store.person("P-NOBODY")
