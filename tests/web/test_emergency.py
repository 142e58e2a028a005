"""Emergency access: one patient of another site, for a while, with a reason and an alarm."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.client import Answer, Browser
from tests.web.conftest import OURS, PASSWORD, THEIRS, House, open_house
from workflow.erasing import mentions
from workflow.outbox import Recipient
from workflow.telling import told_at

WHY = "no reply from the other ward, fever and no blood count"
NUMBER = "9990000002"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for this file: an access of one test is over before the next one begins."""
    made = open_house(tmp_path_factory.mktemp("emergency"))
    made.account("cora", "coordinator", "North")
    made.account("alan", "auditor", "South")
    made.account("nils", "auditor", "North")
    yield made
    made.allpath.store.close()


@pytest.fixture
def cora(house: House) -> Browser:
    """Cora of the northern site, at the form, with no access of before."""
    house.wait(minutes=61)
    browser = house.browser("cora")
    browser.get("/emergency")
    return browser


def ask(browser: Browser, **typed: str) -> Answer:
    """The form is filled in and sent, but for what is typed otherwise."""
    fields = {"number": NUMBER, "code": "on_call", "note": WHY, "password": PASSWORD, **typed}
    return browser.post("/emergency", **fields)


def test_a_patient_of_another_site_is_opened_by_number_for_a_while(
    house: House, cora: Browser
) -> None:
    """One patient alone, with a stripe on each page, until the time is over."""
    assert cora.get(f"/patients/{THEIRS}").status == 404

    opened = ask(cora)

    assert opened.goes_to == f"/patients/{THEIRS}"
    for page in ("", "/history", "/contact"):
        shown = cora.get(f"/patients/{THEIRS}{page}")
        assert (shown.status, "Emergency access until" in shown.text) == (200, True)
    assert "Emergency access until" not in cora.get(f"/patients/{OURS}").text
    assert "SOUTHERN" not in cora.get("/worklist").text

    for _ in range(6):
        house.wait(minutes=10)
        cora.get("/")
    assert cora.get(f"/patients/{THEIRS}").status == 404


def test_whoever_has_access_acts_as_their_role_may_and_can_end_it(
    house: House, cora: Browser
) -> None:
    """To see the patient and not be able to write down what was agreed would be no help."""
    ask(cora)
    form = cora.get(f"/patients/{THEIRS}/contact")
    access = house.allpath.store.emergencies.every()[0]

    ended = cora.post(f"/emergency/{access.begun.access_id}/end")

    assert form.status == 200
    assert cora.get(f"/patients/{THEIRS}/steps/lost").status == 403
    assert ended.goes_to == "/emergency?done=ended"
    assert cora.get(f"/patients/{THEIRS}").status == 404


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"number": ""}, "Enter the patient's whole number."),
        ({"code": "curious"}, "Choose the reason."),
        ({"note": "urgent"}, "Write at least 20 letters"),
        ({"password": "wrong"}, "That is not right"),
        ({"number": "Southern"}, "There is no patient with this number."),
        ({"number": THEIRS}, "There is no patient with this number."),
        ({"number": "9990000001"}, "This patient belongs to your sites"),
    ],
)
def test_what_is_missing_is_told_and_nobody_is_opened(
    house: House, cora: Browser, typed: dict[str, str], told: str
) -> None:
    """Neither a name nor an id of a path opens anybody, and what was typed is kept."""
    before = len(house.allpath.store.outbox.unaddressed())

    answer = ask(cora, **typed)

    assert (answer.status, told in answer.text) == (422, True)
    assert typed.get("note", WHY) in answer.text
    assert PASSWORD not in answer.text
    assert cora.get(f"/patients/{THEIRS}").status == 404
    assert house.allpath.store.outbox.unaddressed()[before:] == ()


def test_an_unfinished_form_tells_nothing_of_a_number(cora: Browser) -> None:
    """Whoever wants to know whether another site knows somebody has to break the glass."""
    known, unknown = (ask(cora, number=number, note="").text for number in (NUMBER, "1234567890"))

    assert _without(known, NUMBER) == _without(unknown, "1234567890")


def _without(text: str, number: str) -> list[str]:
    own = ("csrf", "data-token")
    lines = [line for line in text.splitlines() if not any(word in line for word in own)]
    return [line.replace(number, "") for line in lines]


def test_the_alarm_goes_to_lead_and_auditor_at_once_without_a_name(
    house: House, cora: Browser
) -> None:
    """Whatever the hour: somebody can still ask while the access lasts."""
    before = len(house.allpath.store.outbox.unaddressed())
    ask(cora)
    ask(cora)  # a button pressed twice tells nobody twice

    found = house.allpath.store.outbox.unaddressed()[before:]
    assert {(item.notice.topic, item.notice.to_role) for item in found} == {
        ("emergency_access", "lead"),
        ("emergency_access", "auditor"),
    }
    assert len(found) == 2
    assert not any(word in item.notice.body for item in found for word in ("Southern", NUMBER, WHY))
    asleep = Recipient("r", "Lea", "lead", "email", "lea@ward.example", digest=True)
    assert told_at(asleep, found[0].notice, house.at) == house.at


def test_the_auditor_of_the_site_sees_it_and_says_once_what_they_found(
    house: House, cora: Browser
) -> None:
    """Who, whom, why, until when; and that somebody looked."""
    ask(cora)
    access = house.allpath.store.emergencies.every()[0]
    at = f"/audit/emergency/{access.begun.access_id}"
    alan, nils = house.browser("alan"), house.browser("nils")

    listed = alan.get("/audit").text
    refused = alan.post(at, code="", note="")
    found = {"code": "justified", "note": "the rota names her for both sites"}
    said, again = alan.post(at, **found), alan.post(at, **found)

    assert all(text in listed for text in ("Cora Sample", THEIRS, "On call for the other", WHY))
    assert (refused.status, "Choose what you found." in refused.text) == (422, True)
    assert (said.goes_to, again.status) == ("/audit#emergency", 409)
    assert "the rota names her for both sites" in alan.get("/audit").text
    assert nils.get(at).status == 404
    assert WHY not in nils.get("/audit").text


def test_an_erasure_tells_of_a_name_in_a_reason(house: House, cora: Browser) -> None:
    """The form asks for no names; where somebody wrote one all the same, it is not forgotten."""
    ask(cora, note="Mr Southern has come to us with fever")
    store = house.allpath.store
    found = house.allpath.orchestrator.look(THEIRS, house.at)
    access = store.emergencies.every()[0].begun.access_id

    named = mentions(
        store.person(THEIRS), found, store.journal(THEIRS), (), store.emergencies.of_path(THEIRS)
    )

    assert named == (f"emergency access {access}",)
