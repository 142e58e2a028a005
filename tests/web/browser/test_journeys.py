"""What people come to do, from the sign-in to the end of it."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.web.browsing import NARROW, Seat, seated
from tests.web.serving import PASSWORD, Served
from workflow.assigning import Assignment
from workflow.records import Actor


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_coordinator_goes_from_the_sign_in_to_a_patient(
    site: Served, browser: Browser, *, script: bool
) -> None:
    """Given nobody is signed in, when Cora signs in and opens the first row, she sees who it is."""
    with seated(browser, site, script=script) as seat:
        seat.open("/")
        seat.sign_in("coordinator")
        assert seat.path == "/worklist"
        first = seat.page.locator("tbody th a").first
        name = first.inner_text()
        with seat.page.expect_navigation():
            first.click()

        assert re.fullmatch(r"/patients/P-[0-9A-Z-]+", seat.path)
        assert seat.page.locator(".ap-banner__name").inner_text() == name
        assert seat.page.get_by_text("What the pathway says").is_visible()
        assert seat.problems == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_the_filter_narrows_the_list_and_the_numbers_add_up(
    site: Served, browser: Browser, *, script: bool
) -> None:
    """Given the worklist, when it is filtered, shown and not shown are everybody together."""
    with seated(browser, site, script=script) as seat:
        seat.open("/worklist")
        seat.sign_in("coordinator")
        seat.page.get_by_label("Due", exact=True).select_option(label="Overdue")
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Apply").click()

        told = seat.page.get_by_role("status").filter(has_text="shown").inner_text()
        shown, *left_out, in_all = map(int, re.findall(r"\d+", told))
        assert len(left_out) == 4
        assert shown + sum(left_out) == in_all
        assert seat.page.locator("tbody tr").count() == shown
        assert "due=overdue" in seat.path


def test_a_session_that_has_ended_leads_back_to_the_same_page(site: Served, seat: Seat) -> None:
    """Given a patient is open and a quarter of an hour goes by, signing in again leads to them."""
    seat.open("/sign-in")
    seat.sign_in("clinician")
    patient = site.patients()["response_assessment"]
    seat.open(f"/patients/{patient}")

    site.wait(minutes=16)
    seat.page.reload()
    asked = seat.path
    seat.sign_in("clinician")

    assert asked == f"/sign-in?next=/patients/{patient}"
    assert seat.path == f"/patients/{patient}"


def test_going_back_after_the_sign_out_shows_nothing(seat: Seat) -> None:
    """Given somebody signed out at a shared computer, the next person sees no patient."""
    seat.open("/worklist")
    seat.sign_in("coordinator")
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Sign out").click()

    seat.page.go_back()

    assert seat.path.startswith("/sign-in")
    assert seat.page.locator("tbody").count() == 0


def test_a_wrong_password_is_told_at_the_top_and_what_was_typed_stays(seat: Seat) -> None:
    """Given a slip of the finger, the page says so, keeps the name and lets one try again."""
    seat.open("/worklist")
    seat.sign_in("coordinator", "not the password of anybody")

    assert "There is a problem" in seat.page.get_by_role("alert").inner_text()
    assert seat.page.get_by_label("Name", exact=True).input_value() == "coordinator"

    seat.sign_in("coordinator")

    assert seat.path == "/worklist"


def test_the_keyboard_alone_is_enough(seat: Seat) -> None:
    """Given no mouse, one signs in, skips to the content and opens the first patient."""
    press, write = seat.page.keyboard.press, seat.page.keyboard.type
    seat.open("/worklist")
    seat.page.get_by_label("Name", exact=True).focus()
    write("coordinator")
    press("Tab")
    write(PASSWORD)
    with seat.page.expect_navigation():
        press("Enter")

    press("Tab")
    press("Enter")
    in_main = seat.page.evaluate("document.activeElement.id")
    for _ in range(40):
        press("Tab")
        if seat.page.evaluate("document.activeElement.matches('tbody a')"):
            break
    with seat.page.expect_navigation():
        press("Enter")

    assert in_main == "main"
    assert seat.path.startswith("/patients/")


@pytest.mark.parametrize("name", ["worklist", "patient"])
def test_a_page_is_printed_without_what_only_a_screen_needs(
    site: Served, seat: Seat, name: str
) -> None:
    """Given a print, the patient and the safety sentence are on it, and no menu and no button."""
    patient = site.patients()["response_assessment"]
    path = {"worklist": "/worklist", "patient": f"/patients/{patient}"}[name]
    seat.open(path)
    seat.sign_in("clinician")

    seat.page.emulate_media(media="print")

    assert not seat.page.get_by_role("button").first.is_visible()
    assert not seat.page.locator(".ap-nav").is_visible()
    assert seat.page.get_by_text("a named clinician confirms every step").is_visible()
    if name == "patient":
        assert seat.page.locator(".ap-banner__name").is_visible()
    assert seat.page.pdf().startswith(b"%PDF")


def test_each_sheet_of_a_printed_page_says_whose_it_is_and_what_it_is_made_of(
    site: Served, seat: Seat
) -> None:
    """Given the patient's page on paper, a sheet that falls to the floor finds its place again."""
    patient = site.patients()["response_assessment"]
    seat.open("/sign-in")
    seat.sign_in("clinician")
    seat.open(f"/patients/{patient}")
    name = seat.page.locator(".ap-banner__name").inner_text()
    born = seat.page.locator(".ap-banner__facts time").first.inner_text()

    reader = PdfReader(BytesIO(seat.page.pdf(prefer_css_page_size=True)))
    sheets = [" ".join(sheet.extract_text().split()) for sheet in reader.pages]

    assert len(sheets) > 1
    for number, sheet in enumerate(sheets, start=1):
        assert f"Page {number} of {len(sheets)}" in sheet
        assert name in sheet
        assert born in sheet
        assert "by Clinician Sample (clinician)" in sheet
        assert f"Path {patient}, record SHA-256" in sheet
        assert "Pathway Relapsed acute lymphoblastic leukaemia 2026.11" in sheet
    assert not any("Sign out" in sheet or "(Link:" in sheet for sheet in sheets)


def test_a_phone_shows_who_it_is_before_anything_else(site: Served, browser: Browser) -> None:
    """Given a narrow screen, the name, the birth date and the state are there at once."""
    with seated(browser, site, NARROW) as seat:
        seat.open(f"/patients/{site.patients()['response_assessment']}")
        seat.sign_in("clinician")

        for what in (".ap-banner__name", ".ap-banner__facts time", "h1"):
            box = seat.page.locator(what).first.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= NARROW[1]
            assert box["x"] + box["width"] <= NARROW[0]


def test_a_list_that_has_changed_says_so_and_nothing_moves(site: Served, seat: Seat) -> None:
    """Given the list is open, when a patient on it changes, a link says so; the rows stay."""
    seat.page.clock.install()
    seat.open("/worklist")
    seat.sign_in("coordinator")
    first = seat.page.locator("tbody tr").first
    patient, before = first.locator("input").input_value(), seat.page.locator("tbody").inner_html()
    with seat.page.expect_response("**/worklist/changes*"):
        seat.page.clock.fast_forward(61_000)
    assert seat.page.locator("#fresh a").count() == 0

    cora = Actor("Cora Coordinator", "coordinator")
    said = Assignment(patient, "Ward 7 nurses", "round", cora, site.at)
    site.allpath.store.assignments.assign(said)
    with seat.page.expect_response("**/worklist/changes*"):
        seat.page.clock.fast_forward(61_000)

    link = seat.page.get_by_role("link", name=re.compile(r"1 changed since \d\d:\d\d - Show"))
    link.wait_for()
    assert seat.page.locator("tbody").inner_html() == before
    with seat.page.expect_navigation():
        link.click()
    assert "Ward 7 nurses" in seat.page.locator("tbody tr").first.inner_text()
    assert seat.problems == []
