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


def _searched(_site: Served, seat: Seat) -> None:
    seat.page.get_by_label("Name or number").fill("test")
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Search").click()


def _nobody_looks(site: Served, seat: Seat) -> None:
    site.at += timedelta(minutes=10)
    seat.page.reload()
    site.at -= timedelta(minutes=10)


SIGHTS: Final = (
    Sight("sign-in", "", "/sign-in"),
    Sight("sign-in-refused", "", "/sign-in", after=_wrong_password),
    Sight("worklist", "coordinator", "/worklist"),
    Sight("worklist-filtered", "coordinator", "/worklist?due=overdue", is_pictured=False),
    Sight("worklist-empty", "coordinator", "/worklist?text=nobody-of-this-name"),
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
    Sight("patients", "coordinator", "/search"),
    Sight("patients-found", "coordinator", "/search", after=_searched),
    Sight("help", "coordinator", "/help"),
    Sight("help-before-sign-in", "", "/help", is_pictured=False),
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
