"""Drafts: what is typed about a patient outlives the browser, sealed, and for its author alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.web.client import Answer, Browser
from tests.web.conftest import OURS, PASSWORD, THEIRS, House, open_house

CONTACT = f"/patients/{OURS}/contact"
SAID = "rings on Monday"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for this file; each test begins with no draft."""
    made = open_house(tmp_path_factory.mktemp("drafts"))
    made.account("cora", "coordinator", "North")
    made.account("cleo", "coordinator", "North")
    yield made
    made.allpath.store.close()


@pytest.fixture
def cora(house: House) -> Browser:
    """Cora, signed in, with no draft of before."""
    house.allpath.store.drafts.drop("cora", CONTACT)
    return house.browser("cora")


def keep(browser: Browser, form: str = CONTACT, **typed: str) -> Answer:
    """What the script of the page sends while somebody types."""
    pairs = list({"agreed": SAID, "password": "secret!", "key": "k", **typed}.items())
    return browser.post(f"/patients/{OURS}/draft", form=form, typed=json.dumps(pairs))


def test_a_draft_is_offered_again_used_and_gone_once_it_is_sent(
    house: House, cora: Browser
) -> None:
    """Given a browser that broke off, the form is there as it was, and is sent once."""
    kept = json.loads(keep(cora).body)
    began = house.at
    house.wait(minutes=1)
    keep(cora, remind_on="01-Dec-2026")

    offered = cora.get(CONTACT).text
    used = cora.get(f"{CONTACT}?draft=use")
    form = {"agreed": SAID, "key": "k", "version": _version(house), "remind_on": "01-Dec-2026"}
    sent = cora.post(CONTACT, **form)

    assert kept == {"seconds": 900, "kept": f"Draft kept at {began:%H:%M}."}
    assert "You began this form at" in offered
    assert f"{began:%H:%M}" in offered.partition("You began this form at")[2][:120]
    assert SAID not in offered
    assert f">\n{SAID}</textarea>" in used.text
    assert "secret!" not in used.text
    assert sent.goes_to == f"/patients/{OURS}?done=contact"
    assert "You began this form" not in cora.get(CONTACT).text


def test_a_draft_of_an_mdt_form_is_kept_as_that_of_any_form_about_the_patient(
    house: House, cora: Browser
) -> None:
    """A question for the MDT is typed about one patient: sealed under their key, offered again."""
    put = f"/patients/{OURS}/mdt"
    cora.get("/mdt")
    cora.post("/mdt", on="25-Nov-2026", title="Leukaemia MDT", site="North")
    keep(cora, put, question=SAID)

    offered, used = cora.get(put).text, cora.get(f"{put}?draft=use").text
    rows = house.allpath.store._rows("SELECT * FROM form_draft", ())
    house.allpath.store.drafts.drop("cora", put)

    assert "You began this form at" in offered
    assert f">\n{SAID}</textarea>" in used
    assert SAID not in str(rows)


def test_a_draft_is_thrown_away_on_demand_and_after_a_day(house: House, cora: Browser) -> None:
    """Typed text about a patient stays no longer than somebody may still want it."""
    keep(cora)
    thrown = cora.post(f"/patients/{OURS}/draft/away", form=CONTACT)
    without = cora.get(CONTACT).text
    keep(cora)
    house.wait(minutes=24 * 60)
    cora.sign_in("cora", PASSWORD)

    assert thrown.goes_to == CONTACT
    assert "You began this form" not in without
    assert "You began this form" not in cora.get(CONTACT).text


def test_nobody_else_is_offered_it_and_the_file_does_not_tell_it(
    house: House, cora: Browser
) -> None:
    """Not a colleague at the same form, and not whoever reads the database."""
    keep(cora)

    assert "You began this form" not in house.browser("cleo").get(CONTACT).text
    rows = house.allpath.store._rows("SELECT * FROM form_draft", ())
    assert len(rows) == 1
    assert SAID not in str(rows)


@pytest.mark.parametrize(
    "form", [f"/patients/{THEIRS}/contact", "//elsewhere.test/", "/worklist", ""]
)
def test_a_draft_of_no_form_of_this_patient_is_refused(cora: Browser, form: str) -> None:
    """Nothing is kept under the wrong patient, and no button leads to somebody else's site."""
    assert keep(cora, form).status == 422
    assert cora.post(f"/patients/{OURS}/draft/away", form=form).status == 422


def test_an_erasure_takes_the_drafts_along(house: House, cora: Browser) -> None:
    """What is forgotten about somebody is forgotten everywhere."""
    keep(cora)

    with house.allpath.store.begin() as transaction:
        transaction._identities.erase(transaction.cursor, OURS, house.at)

    assert house.allpath.store.drafts.find("cora", CONTACT, house.at) is None
    assert house.allpath.store.counts(["form_draft"]) == {"form_draft": 0}


def _version(house: House) -> str:
    return str(house.allpath.store.case(OURS).path.version)
