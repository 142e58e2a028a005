"""Every page in every state worth a look: who sees it, and what they did before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tests.web.browsing import Seat
from tests.web.serving import Served

STATES: Final = (
    *("referred", "assessment", "reinduction", "response_assessment", "consolidation"),
    *("maintenance", "hsct_workup", "hsct", "cart_apheresis", "cart_bridging", "cart_infusion"),
    *("fu_chemo", "fu_hsct", "fu_cart", "relapse_next", "supportive", "lost", "transferred"),
    *("withdrawn", "dead"),
)
PICTURED: Final = frozenset({"response_assessment", "hsct_workup", "dead"})
"""States of which one picture is kept."""


@dataclass(frozen=True)
class Sight:
    """One page in one state: `role` is who looks, nobody where empty; `state` is a patient's."""

    name: str
    role: str
    path: str
    status: int = 200
    state: str = ""
    after: Callable[[Served, Seat], None] | None = None
    is_pictured: bool = True

    def seen(self, site: Served, seat: Seat) -> int:
        """The page is opened as this person would; answers the status."""
        if self.role:
            seat.open("/sign-in")
            seat.sign_in(self.role)
            seat.page.wait_for_load_state()
        seat.problems.clear()
        patient = site.patients()[self.state] if self.state else ""
        status = seat.open(self.path.replace("{patient}", patient))
        if self.after is not None:
            self.after(site, seat)
        return status


def _wrong_password(_site: Served, seat: Seat) -> None:
    seat.sign_in("coordinator", "not the password of anybody")


def _no_name(_site: Served, seat: Seat) -> None:
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Add account").click()


def _nobody_looks(site: Served, seat: Seat) -> None:
    site.at += timedelta(minutes=10)
    seat.page.reload()
    site.at -= timedelta(minutes=10)


def _first_two(seat: Seat, act: str) -> None:
    for box in seat.page.locator("tbody input").all()[:2]:
        box.check()
    with seat.page.expect_navigation():
        seat.page.locator(f"button[value={act}]").click()


def _assign(_site: Served, seat: Seat) -> None:
    _first_two(seat, "assign")


def _snooze_of_the_past(_site: Served, seat: Seat) -> None:
    _first_two(seat, "snooze")
    seat.page.fill("#until", "01-Jan-2020")
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Snooze").click()


def _on_paper(_site: Served, seat: Seat) -> None:
    _first_two(seat, "print")


def _assigned(site: Served, seat: Seat) -> None:
    _assign(site, seat)
    seat.page.fill("#other", "Ward 3 nurses")
    seat.page.fill("#reason", "Round")
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Assign").click()


def _save_without_a_name(_site: Served, seat: Seat) -> None:
    seat.page.get_by_text("Save this view").click()
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Save view").click()


SIGHTS: Final = (
    Sight("sign-in", "", "/sign-in"),
    Sight("sign-in-refused", "", "/sign-in", after=_wrong_password),
    Sight("worklist", "coordinator", "/worklist"),
    Sight("worklist-filtered", "coordinator", "/worklist?due=overdue", is_pictured=False),
    Sight("worklist-empty", "coordinator", "/worklist?text=nobody-of-this-name"),
    Sight("worklist-chosen-assign", "coordinator", "/worklist", after=_assign),
    # Says what became of each, which is another thing the second time.
    Sight("worklist-chosen-done", "coordinator", "/worklist", after=_assigned, is_pictured=False),
    Sight("worklist-chosen-snooze", "coordinator", "/worklist", after=_snooze_of_the_past),
    Sight("worklist-chosen-paper", "coordinator", "/worklist", after=_on_paper),
    Sight("worklist-view-refused", "coordinator", "/worklist?due=week", after=_save_without_a_name),
    Sight("worklist-all-chosen", "coordinator", "/worklist?choose=all", is_pictured=False),
    Sight("worklist-views", "coordinator", "/worklist/views"),
    Sight("worklist-calendar", "coordinator", "/worklist/calendar"),
    Sight("patient-assign", "coordinator", "/patients/{patient}/assign", state="assessment"),
    Sight("worklist-nobody-looks", "coordinator", "/worklist", after=_nobody_looks),
    *(
        Sight(
            f"patient-{state}",
            "clinician",
            "/patients/{patient}",
            state=state,
            is_pictured=state in PICTURED,
        )
        for state in STATES
    ),
    Sight("home", "admin", "/"),
    Sight("admin", "admin", "/admin"),
    Sight("admin-refused", "admin", "/admin", after=_no_name),
    Sight("admin-account", "admin", "/admin/accounts/viewer"),
    # Names the file of the database, so that every picture would be another one.
    Sight("admin-doctor", "admin", "/admin/doctor", is_pictured=False),
    Sight("not-for-you", "admin", "/worklist", 403),
    Sight("nothing-here", "coordinator", "/nowhere", 404),
    Sight("unreadable", "coordinator", "/worklist?page=x", 422, is_pictured=False),
)
"""A new page brings its rows; they are looked at wide, narrow, with axe and as pictures."""
