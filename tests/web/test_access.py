"""Who may open what: every route of the site, for every role, at the own and at another site."""

from __future__ import annotations

import re

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from allpath.web.access import ACCESS, GuardedRoute
from allpath.web.site import all_routes, require_rows
from tests.web.client import Answer, Browser
from tests.web.conftest import OURS, THEIRS, House
from workflow.accounts import ACCOUNT_ROLES

ALL = "coordinator clinician lead director auditor viewer service admin"
CLINICAL = "coordinator clinician lead director auditor viewer"
RECORDERS = "coordinator clinician lead director"
SIGNERS = "clinician lead director"
NAMES = ("Northern", "Southern", "NORTHERN", "SOUTHERN")

EXPECTED: dict[str, str] = {
    # Written by hand and read by a second pair of eyes: never computed from the program's table.
    "GET /livez": f"{ALL} nobody",
    "GET /sign-in": f"{ALL} nobody",
    "POST /sign-in": f"{ALL} nobody",
    "POST /form-again": f"{ALL} nobody",
    "POST /sign-out": ALL,
    "GET /": ALL,
    "GET /sign-in/organisation": f"{ALL} nobody",
    "GET /sign-in/organisation/back": f"{ALL} nobody",
    "GET /show-who-you-are": ALL,
    "GET /show-who-you-are/done": ALL,
    "GET /account": ALL,
    "POST /account/stay": ALL,
    "POST /patients/{path_id}/draft": RECORDERS,
    "POST /patients/{path_id}/draft/away": RECORDERS,
    "POST /account/sessions": ALL,
    "GET /account/password": ALL,
    "POST /account/password": ALL,
    "GET /account/second-factor": ALL,
    "POST /account/second-factor": ALL,
    "GET /worklist": CLINICAL,
    "POST /worklist": CLINICAL,
    "GET /worklist.csv": CLINICAL,
    "GET /enrol": RECORDERS,
    "POST /enrol": RECORDERS,
    "GET /search": CLINICAL,
    "POST /search": CLINICAL,
    "GET /emergency": RECORDERS,
    "POST /emergency": RECORDERS,
    "POST /emergency/{access}/end": RECORDERS,
    "GET /audit/emergency/{access}": "auditor",
    "POST /audit/emergency/{access}": "auditor",
    "GET /help": f"{ALL} nobody",
    "POST /worklist/chosen": CLINICAL,
    "POST /worklist/assign": RECORDERS,
    "POST /worklist/snooze": RECORDERS,
    "GET /patients/{path_id}/assign": RECORDERS,
    "GET /worklist/calendar": "coordinator lead director",
    "POST /worklist/calendar": "coordinator lead director",
    "POST /worklist/calendar/revoke": "coordinator lead director",
    "GET /calendar/{secret}": f"{ALL} nobody",  # whoever knows the secret address of a feed
    "GET /worklist/changes": CLINICAL,
    "GET /worklist.ics": CLINICAL,
    "GET /worklist/views": CLINICAL,
    "POST /worklist/views": CLINICAL,
    "POST /worklist/views/{view_id}": CLINICAL,
    "POST /worklist/views/{view_id}/delete": CLINICAL,
    "GET /cohort": CLINICAL,
    "GET /cohort/{figure}": CLINICAL,
    "GET /cohort/{figure}.{form}": CLINICAL,
    "GET /rehearsal": CLINICAL,
    "GET /rehearsal.csv": CLINICAL,
    "GET /variances": CLINICAL,
    "GET /mdt": CLINICAL,
    "POST /mdt": RECORDERS,
    "GET /mdt/{meeting}": CLINICAL,
    "GET /mdt/{meeting}/meeting.ics": CLINICAL,
    "GET /mdt/{meeting}/attendance": RECORDERS,
    "POST /mdt/{meeting}/attendance": RECORDERS,
    "GET /patients/{path_id}/mdt": RECORDERS,
    "POST /patients/{path_id}/mdt": RECORDERS,
    "GET /patients/{path_id}/mdt/{item}/off": RECORDERS,
    "POST /patients/{path_id}/mdt/{item}/off": RECORDERS,
    "GET /patients/{path_id}/mdt/{item}/decision": SIGNERS,
    "POST /patients/{path_id}/mdt/{item}/decision": SIGNERS,
    "GET /patients/{path_id}/mdt/{item}/actions": RECORDERS,
    "POST /patients/{path_id}/mdt/{item}/actions": RECORDERS,
    "GET /patients/{path_id}/mdt/{item}/actions/{action}": RECORDERS,
    "POST /patients/{path_id}/mdt/{item}/actions/{action}": RECORDERS,
    "GET /audit": "auditor",
    "GET /pathways": ALL,
    "GET /pathways/{version}": ALL,
    "GET /pathways/{version}/overview.{form}": ALL,
    "GET /pathways/{version}/compared": ALL,
    "POST /pathways/{version}/proof": f"{SIGNERS} auditor",
    "GET /patients/{path_id}": CLINICAL,
    "GET /patients/{path_id}/path.svg": CLINICAL,
    "GET /patients/{path_id}/pictures/{picture}.{form}": CLINICAL,
    "GET /patients/{path_id}/summary.pdf": CLINICAL,
    "GET /patients/{path_id}/history": CLINICAL,
    "GET /patients/{path_id}/history/{number}": CLINICAL,
    "GET /patients/{path_id}/what-if": CLINICAL,
    "POST /patients/{path_id}/what-if": CLINICAL,
    "GET /patients/{path_id}/record": RECORDERS,
    "POST /patients/{path_id}/record": RECORDERS,
    "POST /patients/{path_id}/record/check": RECORDERS,
    "GET /patients/{path_id}/facts/{number}": CLINICAL,
    "GET /patients/{path_id}/facts/{number}/correct": RECORDERS,
    "POST /patients/{path_id}/facts/{number}/correct": RECORDERS,
    "POST /patients/{path_id}/facts/{number}/correct/check": RECORDERS,
    "GET /patients/{path_id}/facts/{number}/move": RECORDERS,
    "POST /patients/{path_id}/facts/{number}/move": RECORDERS,
    "GET /patients/{path_id}/checkpoints/{checkpoint}/{occurrence}": RECORDERS,
    "POST /patients/{path_id}/checkpoints/{checkpoint}/{occurrence}": RECORDERS,
    "GET /patients/{path_id}/contact": RECORDERS,
    "POST /patients/{path_id}/contact": RECORDERS,
    "GET /patients/{path_id}/pause": RECORDERS,
    "POST /patients/{path_id}/pause": RECORDERS,
    "GET /patients/{path_id}/steps/{step}": SIGNERS,
    "POST /patients/{path_id}/steps/{step}": SIGNERS,
    "GET /patients/{path_id}/steps/{step}/override": SIGNERS,
    "POST /patients/{path_id}/steps/{step}/override": SIGNERS,
    "GET /patients/{path_id}/countersign": SIGNERS,
    "POST /patients/{path_id}/countersign": SIGNERS,
    "GET /patients/{path_id}/undo": SIGNERS,
    "POST /patients/{path_id}/undo": SIGNERS,
    "GET /patients/{path_id}/reviews/{number}": CLINICAL,
    "POST /patients/{path_id}/reviews/{number}": SIGNERS,
    "GET /admin": "admin",
    "GET /admin/recipients": "admin",
    "GET /admin/recipients/new": "admin",
    "POST /admin/recipients/new": "admin",
    "GET /admin/recipients/{recipient}": "admin",
    "POST /admin/recipients/{recipient}": "admin",
    "POST /admin/recipients/{recipient}/remove": "admin",
    "POST /admin/recipients/{recipient}/test": "admin",
    "GET /admin/notices": "admin",
    "POST /admin/notices/replay": "admin",
    "GET /admin/calendars": "admin",
    "POST /admin/calendars/revoke": "admin",
    "GET /sites": "admin lead director",
    "GET /sites/plan": "admin lead director",
    "GET /sites/plan/file": "admin lead director",
    "POST /sites/plan": "admin lead director",
    "POST /sites/plan/set": "lead director",
    "GET /admin/installation": "admin",
    "GET /admin/doctor": "admin",
    "POST /admin/doctor": "admin",
    "POST /admin/accounts": "admin",
    "GET /admin/accounts/{name}": "admin",
    "POST /admin/accounts/{name}": "admin",
    "POST /admin/accounts/{name}/password": "admin",
    "POST /admin/accounts/{name}/disable": "admin",
    "POST /admin/accounts/{name}/let-in": "admin",
    "POST /admin/accounts/{name}/factor": "admin",
    "POST /admin/accounts/{name}/sessions": "admin",
}
"""Method and address of every route, with the roles that may; whoever adds a route adds its row."""
GIVEN = {"path_id": OURS, "figure": "flow", "form": "csv", "picture": "timeline"}
"""Something to stand in each place of an address; a place that is not here stands for itself."""


def routes() -> dict[str, APIRoute]:
    """Every route of the site, by method and address."""
    found = [route for route in all_routes().routes if isinstance(route, APIRoute)]
    return {f"{method} {route.path}": route for route in found for method in route.methods or ()}


def address(route: APIRoute, path_id: str) -> str:
    """The address of a route, filled in for a patient."""
    given = {**GIVEN, "path_id": path_id}
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: given.get(m[1], m[1]), route.path)


def opened(browser: Browser, name: str, path_id: str) -> Answer:
    """A route is asked for as its page would ask: with the token, and with an empty form."""
    where = address(routes()[name], path_id)
    return browser.post(where) if name.startswith("POST") else browser.get(where)


@pytest.fixture(scope="session")
def people(full_house: House) -> dict[str, Browser]:
    """A browser for each role, and one for nobody."""
    found = {role: full_house.browser(f"{role}-of-north") for role in ACCOUNT_ROLES}
    return {**found, "nobody": full_house.browser()}


def test_every_route_stands_in_the_table_of_the_test() -> None:
    """Whoever adds a page says here, a second time and by hand, who may open it."""
    assert set(routes()) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.parametrize("role", [*ACCOUNT_ROLES, "nobody"])
def test_each_role_opens_what_is_its_own_and_nothing_else(
    full_house: House, people: dict[str, Browser], role: str, name: str
) -> None:
    """A refusal is a refusal in every answer: 403, or the way to the sign-in for nobody."""
    browser = people[role]
    if name == "POST /sign-out" and role != "nobody":  # whoever signs out is needed by the rest
        browser = full_house.browser(f"{role}-of-north")

    answer = opened(browser, name, OURS)

    if role in EXPECTED[name].split():
        assert answer.status in {200, 303, 404, 409, 422}, answer.text
        assert not answer.goes_to.startswith("/sign-in") or name == "POST /sign-out"
    elif role == "nobody" and name.startswith("GET"):
        assert (answer.status, answer.goes_to.partition("?")[0]) == (303, "/sign-in")
    else:
        assert answer.status == 403
        assert not any(patient in answer.text for patient in NAMES)


@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if "{path_id}" in name))
@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_a_patient_of_another_site_is_not_there_for_any_role(
    people: dict[str, Browser], role: str, name: str
) -> None:
    """Nothing is told of them, and nothing tells them from somebody who never was."""
    theirs = opened(people[role], name, THEIRS)
    nobodys = opened(people[role], name, "P-NOBODY-1")

    assert theirs.status in ({404, 422} if role in EXPECTED[name].split() else {403})
    assert theirs.status == nobodys.status
    assert _without_tokens(theirs, THEIRS) == _without_tokens(nobodys, "P-NOBODY-1")
    assert not any(patient in theirs.text for patient in NAMES)


def _without_tokens(answer: Answer, path_id: str) -> str:
    return re.sub(r'(value|data-token)="[^"]{80,}"', "", answer.text).replace(path_id, "")


@pytest.mark.parametrize("role", CLINICAL.split())
def test_the_worklist_shows_the_patients_of_the_own_site_alone(
    people: dict[str, Browser], role: str
) -> None:
    """Those of other sites are counted, so that the numbers add up, and not named."""
    text = people[role].get("/worklist").text

    assert "NORTHERN, Sam" in text
    assert "SOUTHERN" not in text
    assert "1 of other sites; 2 in all" in text


def test_a_route_without_a_row_stops_the_start() -> None:
    """A page that somebody forgot to think about is open to nobody, not to everybody."""
    router = all_routes()
    router.add_api_route("/forgotten", lambda: None, methods=["GET"], name="forgotten")

    with pytest.raises(AssertionError, match="forgotten"):
        require_rows(router)


def test_a_row_without_a_route_stops_the_start() -> None:
    """A row that is left over would be taken for a rule about the next page of that name."""
    with pytest.raises(AssertionError, match=next(iter(ACCESS))):
        require_rows(APIRouter(route_class=GuardedRoute))
