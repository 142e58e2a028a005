"""What happens when somebody is slow, doubly quick, or needs a patient who is not theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.web.browsing import Seat, seated
from tests.web.serving import PASSWORD, Served
from tests.web.sights import ask_emergency

SAID = "rings on Monday about the donor"


@pytest.fixture
def patient(site: Served) -> Iterator[str]:
    """Somebody in care, and no draft of a contact with them afterwards."""
    found = site.patients()["reinduction"]
    yield found
    for name in ("coordinator", "clinician"):
        site.allpath.store.drafts.drop(name, f"/patients/{found}/contact")


def entries(site: Served, patient: str) -> int:
    """How long the history of a patient is."""
    return site.allpath.store.case(patient).path.version


def at_contact(seat: Seat, patient: str, name: str = "coordinator") -> None:
    """Signed in, with the form of a contact open and half filled in."""
    seat.open("/sign-in")
    seat.sign_in(name)
    seat.open(f"/patients/{patient}/contact")
    seat.page.get_by_label("What was agreed").fill(SAID)


def save(seat: Seat) -> None:
    """The button of the form is pressed."""
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Save").click()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_half_filled_form_outlives_its_session(
    site: Served, browser: Browser, patient: str, *, script: bool
) -> None:
    """Given the session ends before the form is sent, it comes back as it was, and is sent once."""
    with seated(browser, site, script=script) as seat:
        at_contact(seat, patient)
        before = entries(site, patient)
        site.wait(minutes=16)

        save(seat)
        faults = seat.faults() if script else []
        told = seat.page.get_by_role("heading", level=1).inner_text()
        seat.page.get_by_label("Password").fill(PASSWORD)
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Sign in").click()
        kept = seat.page.get_by_label("What was agreed").input_value()
        unsent = entries(site, patient)
        save(seat)

        assert (told, kept, unsent) == ("Your session has ended", SAID, before)
        assert faults == []
        assert entries(site, patient) == before + 1
        assert seat.path == f"/patients/{patient}?done=contact"


def test_the_end_of_a_session_is_told_before_and_can_be_put_off(
    site: Served, seat: Seat, patient: str
) -> None:
    """Given two minutes are left, a banner says so without moving the page; a button keeps on."""
    seat.page.clock.install()
    at_contact(seat, patient)
    seat.page.clock.fast_forward("00:03")
    seat.page.get_by_text("Draft kept at").wait_for()  # which was a sign of life
    warning = seat.page.locator("#session-warning")
    quiet = warning.is_visible()
    site.wait(minutes=14)
    seat.page.clock.fast_forward("14:00")

    warned = warning.is_visible()
    faults = seat.faults()
    with seat.page.expect_response("**/account/stay") as stayed:
        seat.page.get_by_role("button", name="Stay signed in").click()
    warning.wait_for(state="hidden")

    assert (quiet, warned, stayed.value.status) == (False, True, 200)
    assert faults == []
    assert seat.page.get_by_label("What was agreed").input_value() == SAID


def test_a_browser_that_broke_off_finds_its_draft_again(
    site: Served, browser: Browser, patient: str
) -> None:
    """Given a crash in the middle of a sentence, the form offers what was begun."""
    with seated(browser, site) as seat:
        at_contact(seat, patient)
        seat.page.get_by_text("Draft kept at").wait_for()
    with seated(browser, site) as seat:
        seat.open("/sign-in")
        seat.sign_in("coordinator")
        seat.open(f"/patients/{patient}/contact")
        offered = seat.page.get_by_role("heading", name="You began this form at").is_visible()
        faults = seat.faults()
        with seat.page.expect_navigation():
            seat.page.get_by_role("link", name="Use it").click()

        assert (offered, faults) == (True, [])
        assert seat.page.get_by_label("What was agreed").input_value() == SAID


def test_a_button_pressed_twice_saves_once(site: Served, seat: Seat, patient: str) -> None:
    """Given an impatient double click, one entry is in the history."""
    at_contact(seat, patient)
    before = entries(site, patient)

    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Save").dblclick(no_wait_after=True)
    seat.page.wait_for_url("**done=contact")

    assert entries(site, patient) == before + 1


def test_a_stale_tab_shows_both_sides_and_keeps_what_was_typed(
    site: Served, browser: Browser, patient: str
) -> None:
    """Given a colleague was quicker, the form says what changed, and nothing of it is lost."""
    with seated(browser, site) as seat, seated(browser, site) as quicker:
        at_contact(seat, patient)
        at_contact(quicker, patient, "clinician")
        save(quicker)

        save(seat)

        assert seat.page.get_by_role("heading", name="Changed since you opened").is_visible()
        assert seat.page.get_by_label("What was agreed").input_value() == SAID
        assert seat.faults() == []


def test_emergency_access_opens_one_patient_and_the_auditor_sees_it(
    site: Served, browser: Browser
) -> None:
    """Given a patient of another site, one number opens them, in red, and it is looked at."""
    site.wait(minutes=61)  # what another test opened in an emergency is over
    with seated(browser, site) as seat:
        seat.open("/sign-in")
        seat.sign_in("bound")
        patient = site.patients()["response_assessment"]
        closed = seat.open(f"/patients/{patient}")
        seat.open("/emergency")
        ask_emergency(site, seat)
        stripe = seat.page.get_by_role("region", name="Emergency access").inner_text()
        opened = seat.path
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="End it now").click()
        after = seat.open(f"/patients/{patient}")
    with seated(browser, site) as seat:
        seat.open("/sign-in")
        seat.sign_in("auditor")
        seat.open("/audit")
        listed = seat.page.locator("tr", has_text="Bo Bound").first.inner_text()

    assert (closed, opened, after) == (404, f"/patients/{patient}", 404)
    assert "Emergency access until" in stripe
    assert all(text in listed for text in (patient, "On call for the other site", "Not yet"))
    told = {item.notice.to_role for item in site.allpath.store.outbox.unaddressed()}
    assert {"lead", "auditor"} <= told
