"""What somebody does before an act is looked at: its form is found, left empty, filled or stale."""

from __future__ import annotations

from collections.abc import Callable

from tests.conftest import CLINICIAN, COORDINATOR
from tests.orchestrator.conftest import Ward
from tests.web.browsing import Seat
from tests.web.serving import Served
from workflow.commands import ConfirmStep, CorrectFact

Doing = Callable[[Served, Seat], None]
PATH_ID = "P-ZZZZZZ"
"""The patient to whom all of this is done; after every other one, so that those stay the first."""


def then(*doings: Doing) -> Doing:
    """One thing after the other."""

    def all_of_them(site: Served, seat: Seat) -> None:
        for doing in doings:
            doing(site, seat)

    return all_of_them


def at(path: str, **typed: str) -> Doing:
    """The page of an act on the patient is opened, and fields are filled in by their names."""

    def opened(site: Served, seat: Seat) -> None:
        _ward(site)
        seat.open(f"/patients/{PATH_ID}{path}")
        filled(**typed)(site, seat)

    return opened


def linked(part: str, **typed: str) -> Doing:
    """The first act is opened whose address on the patient's page has this part."""

    def opened(site: Served, seat: Seat) -> None:
        at("")(site, seat)
        wanted = f"main a[href*='{part}']:not([href$='/override'])"
        where = seat.page.locator(wanted).first.get_attribute("href")
        assert where is not None
        seat.open(where)
        filled(**typed)(site, seat)

    return opened


def filled(**typed: str) -> Doing:
    """Fields are filled in by their names; of choices the one of that value is taken."""

    def fill(_site: Served, seat: Seat) -> None:
        for name, text in typed.items():
            of_name = seat.page.locator(f"[name={name}]")
            if of_name.first.get_attribute("type") == "radio":
                seat.page.locator(f"[name={name}][value='{text}']").check()
            else:
                of_name.fill(text)

    return fill


def pressed(button: str) -> Doing:
    """A button is pressed."""

    def press(_site: Served, seat: Seat) -> None:
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name=button, exact=True).click()

    return press


def meanwhile(site: Served, _seat: Seat) -> None:
    """Somebody else puts something on record while a form is open."""
    _ward(site).record({"organ_function": "adequate"}, site.at)


def at_the_second_signature(site: Served, seat: Seat) -> None:
    """The form is opened for a patient whose step waits for another name."""
    waiting = min(path.path_id for path in site.allpath.store.paths() if path.pending)
    seat.open(f"/patients/{waiting}/countersign")


def _ward(site: Served) -> Ward:
    """The patient, in reinduction, of whom a fact that decided so was corrected since."""
    ward = Ward(site.allpath.store)
    ward.path_id, ward.mrn = PATH_ID, "9990000888"
    if any(path.path_id == PATH_ID for path in ward.store.paths()):
        return ward
    ward.to_assessment()
    step = ConfirmStep(actor=CLINICIAN, path_id=PATH_ID, step="reinduction")
    ward.orchestrator.confirm(step, site.at)
    (lineage,) = [each for each in ward.store.case(PATH_ID).facts if each.fact == "lineage"]
    ward.orchestrator.correct(
        CorrectFact(
            actor=COORDINATOR,
            path_id=PATH_ID,
            record_id=lineage.record_id,
            value="T",
            reason="read from the wrong report",
        ),
        site.at,
    )
    return ward
