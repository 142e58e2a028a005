"""Every form under fire: what nobody means well is refused in words, kept as typed, never run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest
from fastapi.routing import APIRoute

from allpath.demo.cohort import build
from allpath.demo.meetings import hold
from tests.conftest import CLINICIAN, COORDINATOR, NOW
from tests.notices.conftest import LEAD
from tests.orchestrator.conftest import Ward
from tests.web.conftest import House, open_house
from tests.web.firing import (
    FORMULA,
    LAST,
    ROUTER,
    SCRIPT,
    UNSEEN,
    WALKERS,
    Range,
    fire_at_all,
    look_at_every_page,
)
from tests.web.test_access import EXPECTED
from workflow.accounts import ACCOUNT_ROLES
from workflow.commands import ConfirmStep, CorrectFact, Enrol, OverrideStep
from workflow.outbox import Mark, NewDelivery, Recipient
from workflow.records import Person

pytestmark = pytest.mark.campaign

_ROUTES: Final = [route for route in ROUTER.routes if isinstance(route, APIRoute)]


def _stocked(house: House) -> None:
    """There is something to be done with every form: a review, a recipient, a dead delivery."""
    store = house.allpath.store
    build(store, house.allpath.orchestrator, 24, 1, NOW)
    hold(house.allpath, NOW)
    ward = Ward(store)
    ward.mrn = "9990000777"
    ward.to_assessment()
    ward.orchestrator.confirm(
        ConfirmStep(actor=CLINICIAN, path_id=Ward.path_id, step="reinduction"), NOW
    )
    (record,) = [each for each in store.case(Ward.path_id).facts if each.fact == "lineage"]
    ward.orchestrator.correct(
        CorrectFact(
            actor=COORDINATOR,
            path_id=Ward.path_id,
            record_id=record.record_id,
            value="T",
            reason="read from the wrong report",
        ),
        NOW,
    )
    person = Person("P-FIRE-1", FORMULA, SCRIPT, {"mrn": "9990000666"})
    settings = {"active_set": "COG", "region": "US", "time_zone": "UTC", "site": "North"}
    house.allpath.orchestrator.enrol(
        Enrol(
            actor=COORDINATOR,
            person=person,
            pathway_id="relapsed_all",
            settings=settings,
            entered_on=NOW.date(),
        ),
        NOW,
    )
    house.allpath.orchestrator.override(
        OverrideStep(
            actor=CLINICIAN,
            path_id="P-FIRE-1",
            step="supportive",
            code="mdt_judgement",
            reason="waits for the second signature",
            valid_until=NOW.date() + timedelta(days=7),
        ),
        NOW,
    )
    told = store.recipients.add(Recipient("", "Lea", "lead", "email", "l@w.example"), LEAD, NOW)
    store.feeds.new_feed("ward-3", "0" * 64, "", LEAD, NOW)
    outbox = store.outbox
    outbox.address(outbox.unaddressed()[0], [NewDelivery(told.recipient_id, "email", NOW)], NOW)
    claim = outbox.claim(told.recipient_id, "t", NOW, NOW)
    assert claim is not None
    outbox.mark(claim, [Mark(claim.deliveries[0].number, "dead", 12, error="no answer")], NOW)


@pytest.fixture(scope="module")
def fired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Range]:
    """The site after every form was found and fired at."""
    house = open_house(tmp_path_factory.mktemp("fire"))
    _stocked(house)
    house.account("aaa-target", "viewer")
    house.account("elsewhere", "director", "Nowhere")
    for role in ACCOUNT_ROLES:
        house.account(role, role)
    made = Range(house, {role: house.browser(role) for role in WALKERS})
    house.browser("lead")  # a second session, to be ended from the first
    foreign = house.browser("elsewhere")
    look_at_every_page(made)
    fire_at_all(made, foreign, [name for name in made.forms if not name.startswith(LAST)])
    before = set(made.forms)
    look_at_every_page(made)  # what was typed is shown now, and what was done has brought new forms
    fire_at_all(made, foreign, [name for name in made.forms if name not in before])
    last = [name for name in made.forms if name.startswith(LAST)]
    fire_at_all(made, foreign, sorted(last, key=lambda name: "factor" in name or "out" in name))
    yield made
    house.allpath.store.close()


def test_every_form_of_the_site_was_fired_at(fired: Range) -> None:
    """A form that nobody finds by walking is found here: it has a route and no shot."""
    reached = {name.split()[0] for name in fired.forms}
    posts = {
        name: next(route.name for route in _ROUTES if _is(route, name))
        for name in EXPECTED
        if name.startswith("POST")
    }
    assert {name for name, route in posts.items() if route not in reached} - UNSEEN == set()


def _is(route: APIRoute, name: str) -> bool:
    method, _, path = name.partition(" ")
    return route.path == path and method in (route.methods or ())


def test_nothing_that_was_fired_broke_ran_or_was_lost(fired: Range) -> None:
    """Refused in words, kept where the form comes back, and closed to whoever has no business."""
    assert fired.shots > 500
    assert fired.kept > 30
    assert fired.wrong == []


def test_no_page_runs_what_was_typed_and_no_table_takes_it_for_a_formula(fired: Range) -> None:
    """Some of it was saved, as names and reasons: it is shown everywhere as the letters it is."""
    browser, cells = fired.house.browser("viewer"), 0
    for address in ("/worklist.csv", "/cohort/flow.csv", "/cohort/swimmer.csv"):
        for row in csv.reader(io.StringIO(browser.get(address).body.decode("utf-8-sig"))):
            cells += any("HYPERLINK" in cell for cell in row)
            assert not any(re.match(r"[=+@\t\r]|-\D", cell) for cell in row), row
    assert fired.shown > 10
    assert cells


def test_the_walkers_may_open_every_page_between_them() -> None:
    """A page that none of them may open would have forms that nobody fires at."""
    assert [name for name, roles in EXPECTED.items() if not set(WALKERS) & set(roles.split())] == []
