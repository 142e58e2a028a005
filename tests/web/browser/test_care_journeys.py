"""A patient's care in the browser: enrolled, supplied, confirmed, overridden, corrected."""

from __future__ import annotations

from itertools import count

import pytest
from playwright.sync_api import Browser

from tests.conftest import CLINICIAN, COORDINATOR
from tests.web.browsing import Seat, seated
from tests.web.serving import PASSWORD, Served
from workflow.commands import ConfirmStep, Enrol, NewFact
from workflow.records import Person

_NUMBERS = count(9_990_100)


@pytest.fixture
def patient(site: Served) -> str:
    """Somebody whose identity was checked and whose assessment was confirmed by that."""
    number = next(_NUMBERS)
    path_id = f"P-ZZ{number}"
    today = site.at.date()
    enrol = Enrol(
        actor=COORDINATOR,
        person=Person(path_id, f"Test-Journey {number}", "Sam", {"mrn": str(number)}),
        pathway_id="relapsed_all",
        settings={"active_set": "COG", "region": "EU", "time_zone": "UTC", "site": "Demo site"},
        entered_on=today,
        facts=(NewFact(fact="identity_checked", value="yes", effective_at=today),),
    )
    site.allpath.orchestrator.enrol(enrol, site.at)
    confirm = ConfirmStep(actor=CLINICIAN, path_id=path_id, step="assessment")
    site.allpath.orchestrator.confirm(confirm, site.at)
    return path_id


def come_in(seat: Seat, name: str, path: str) -> None:
    """Somebody signs in and is on a page."""
    seat.open(path)
    seat.sign_in(name)


def press(seat: Seat, name: str) -> None:
    """A button of the page is pressed, and the next page is there."""
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name=name, exact=True).click()


def follow(seat: Seat, name: str) -> None:
    """A link of the page is followed."""
    with seat.page.expect_navigation():
        seat.page.get_by_role("link", name=name).first.click()


def heading(seat: Seat) -> str:
    """What the page is about."""
    return seat.page.locator("h1").inner_text()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_patient_is_enrolled_supplied_with_what_is_missing_and_confirmed(
    site: Served, browser: Browser, *, script: bool
) -> None:
    """Given a referral, the coordinator enrols and records, then a clinician can confirm."""
    number = str(next(_NUMBERS))
    with seated(browser, site, script=script) as cora:
        come_in(cora, "coordinator", "/worklist")
        follow(cora, "Enrol a patient")
        cora.page.get_by_label("Family name").fill(f"Test-Enrolled {number}")
        cora.page.get_by_label("Given names").fill("Anna")
        cora.page.get_by_label("Hospital number (MRN)").fill(number)
        cora.page.get_by_label("Active timing set").select_option("COG")
        press(cora, "Enrol patient")
        where = cora.path.partition("?")[0]
        assert heading(cora) == "Referred"

        with seated(browser, site, script=script) as ada:
            come_in(ada, "clinician", f"{where}/steps/assessment")
            assert ada.page.get_by_role("button", name="Sign and confirm").count() == 0
            assert ada.page.get_by_text("Unknown", exact=True).count() >= 1

            cora.open(f"{where}/record?fact=identity_checked")
            cora.page.locator("[name=value][value=yes]").check()
            press(cora, "Check before saving")
            assert "Check before saving" in heading(cora)
            press(cora, "Save")

            ada.open(f"{where}/steps/assessment")
            ada.page.get_by_label("Your password").fill(PASSWORD)
            press(ada, "Sign and confirm")
            assert heading(ada) == "Initial assessment"
            assert ada.problems == []
        assert cora.problems == []
    path = site.allpath.store.case(where.removeprefix("/patients/")).path
    assert path.state == "assessment"


def test_an_override_waits_for_a_second_clinician_who_is_another(
    site: Served, browser: Browser, patient: str
) -> None:
    """Given a step that is not open, one clinician answers for it and another signs as well."""
    with seated(browser, site) as ada:
        come_in(ada, "clinician", f"/patients/{patient}/steps/supportive/override")
        ada.page.locator("[name=code]").first.check()
        reason = "The family asked for supportive care in the MDT of today."
        ada.page.get_by_label("Reason, kept in the record").fill(reason)
        ada.page.get_by_label("Second signature until").fill("30-Nov-2026")
        ada.page.get_by_label("Your password").fill(PASSWORD)
        press(ada, "Sign override")
        assert heading(ada) == "Initial assessment"
        ada.open(f"/patients/{patient}/countersign")
        assert ada.page.get_by_role("button", name="Sign second").count() == 0
        assert ada.problems == []

    with seated(browser, site) as lea:
        come_in(lea, "lead", f"/patients/{patient}/countersign")
        assert reason in lea.page.locator("main").inner_text()
        lea.page.get_by_label("Your password").fill(PASSWORD)
        press(lea, "Sign second")
        assert heading(lea) == "Supportive care"
        assert lea.problems == []


def test_a_corrected_fact_brings_up_the_step_it_was_for(
    site: Served, browser: Browser, patient: str
) -> None:
    """Given a step that rested on a fact, its correction is looked at again by a clinician."""
    records = site.allpath.store.case(patient).facts
    (number,) = [r.record_id.rpartition("/")[2] for r in records if r.fact == "identity_checked"]
    with seated(browser, site) as cora:
        come_in(cora, "coordinator", f"/patients/{patient}/facts/{number}/correct")
        cora.page.locator("[name=status][value=corrected]").check()
        cora.page.locator("[name=value][value=no]").check()
        cora.page.get_by_label("Why", exact=True).fill("The wristband was of somebody else.")
        press(cora, "Check before saving")
        assert "Past decisions to look at again (1)" in cora.page.locator("main").inner_text()
        with cora.page.expect_navigation():
            cora.page.locator("button[name=act][value=save]").click()
        assert cora.problems == []

    with seated(browser, site) as ada:
        come_in(ada, "clinician", f"/patients/{patient}")
        with ada.page.expect_navigation():
            ada.page.locator("main a[href*='/reviews/']").first.click()
        ada.page.locator("[name=verdict][value=compensated]").check()
        ada.page.get_by_label("What was found, and what was done about it").fill("Checked anew.")
        ada.page.get_by_label("Your password").fill(PASSWORD)
        press(ada, "Sign and close")
        assert ada.problems == []
    (item,) = site.allpath.store.reviews(patient)
    assert (item.status, item.closed_by.partition(":")[0]) == ("compensated", "Clinician Sample")
