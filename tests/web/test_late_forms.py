"""A form that comes after its session has ended: nothing typed is lost, and nobody else sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from tests.web.client import Answer, Browser
from tests.web.conftest import OURS, PASSWORD, House, open_house

CONTACT = f"/patients/{OURS}/contact"
TYPED = 'rings on Monday, "urgent" <b>& soon</b>'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for this file; each test signs in anew."""
    made = open_house(tmp_path_factory.mktemp("late"))
    made.account("cora", "coordinator", "North")
    made.account("cleo", "coordinator", "North")
    made.account("ada", "admin")
    made.account("lea", "lead", "North")
    held = {"on": "25-Nov-2026", "title": "Leukaemia MDT", "site": "North"}
    cora = made.browser("cora")
    cora.get("/mdt")
    assert cora.post("/mdt", **held).status == 303
    yield made
    made.allpath.store.close()


@pytest.fixture
def cora(house: House) -> Browser:
    """Cora, with the form of a contact open."""
    browser = house.browser("cora")
    browser.get(CONTACT)
    return browser


def fields_of(page: Answer) -> dict[str, str]:
    """Every hidden field and every text of a page, by name."""
    tags = re.findall(r"<(?:input|textarea)[^>]*>", page.body.decode())
    found = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in tags]
    return {tag["name"]: _plain(tag.get("value", "")) for tag in found if "name" in tag}


def _plain(text: str) -> str:
    for name, letter in (("&quot;", '"'), ("&#34;", '"'), ("&#39;", "'"), ("&lt;", "<")):
        text = text.replace(name, letter)
    return text.replace("&gt;", ">").replace("&#x27;", "'").replace("&amp;", "&")


def sent_late(house: House, browser: Browser, **typed: str) -> tuple[Answer, dict[str, str]]:
    """The contact is typed, the session ends, and the form is sent."""
    given = {**fields_of(browser.get(CONTACT)), "agreed": TYPED, "password": "secret!", **typed}
    house.wait(minutes=16)
    answer = browser.send(CONTACT, {**given, "csrf": typed.get("csrf", browser.csrf)})
    return answer, given


def signs_in(
    browser: Browser, page: Answer, name: str, password: str = PASSWORD, code: str = ""
) -> Answer:
    """The sign-in form of a page is sent, with what the page takes along."""
    taken = {key: text for key, text in fields_of(page).items() if key != "csrf"}
    return browser.send("/sign-in", {**taken, "name": name, "password": password, "code": code})


def entries(house: House) -> int:
    """How long the patient's history is."""
    return house.allpath.store.case(OURS).path.version


def test_the_same_person_gets_the_form_back_as_they_left_it(house: House, cora: Browser) -> None:
    """After the sign-in all is there but the password; nothing was sent until they send it."""
    before = entries(house)

    late, given = sent_late(house, cora)
    wrong = signs_in(cora, late, "cora", "not it")
    again = signs_in(cora, wrong, "cora")

    assert (late.status, "Your session has ended" in late.text) == (403, True)
    assert (wrong.status, again.status, again.goes_to) == (422, 200, "")
    assert "secret!" not in late.text + again.text
    assert "<b>& soon" not in again.body.decode()
    assert f">\n{TYPED}</textarea>" in again.text
    shown = fields_of(again)
    assert (shown["key"], shown["version"]) == (given["key"], given["version"])
    assert entries(house) == before

    cora.csrf = shown["csrf"]
    sent = {**shown, "agreed": TYPED}
    assert cora.send(CONTACT, sent).goes_to == f"/patients/{OURS}?done=contact"
    assert cora.send(CONTACT, sent).status == 303
    assert entries(house) == before + 1


ABOUT_NOBODY = (
    ("cora", "/mdt", "/mdt", {"title": TYPED}),
    ("cora", "/mdt/M-1/attendance", "/mdt/M-1/attendance", {"people": TYPED, "chair": "Dr Lea"}),
    ("cora", "/emergency", "/emergency", {"number": "9990000002", "note": TYPED}),
    ("ada", "/admin", "/admin/accounts", {"name": "kim", "display": TYPED}),
    ("ada", "/admin/recipients/new", "/admin/recipients/new", {"name": TYPED}),
    ("lea", "/sites/plan?site=North", "/sites/plan", {"site": "North", "plan": TYPED}),
    ("lea", "/sites/plan?site=North", "/sites/plan/set", {"site": "North", "plan": TYPED}),
    ("cora", f"/patients/{OURS}/assign", "/worklist/assign", {"patient": OURS, "reason": TYPED}),
)
"""Who types what into a form about nobody yet, or several: where it stands, where it is sent."""


@pytest.mark.parametrize(("name", "page", "to", "typed"), ABOUT_NOBODY, ids=str)
def test_a_form_about_no_patient_or_several_comes_back_too(
    house: House, name: str, page: str, to: str, typed: dict[str, str]
) -> None:
    """Nothing of it was kept here: it was in the page, and comes back to the same person alone."""
    house.wait(minutes=3)  # an admin shows each code once
    browser = house.browser(name)
    given = {**fields_of(browser.get(page)), **typed, "password": "secret!"}
    house.wait(minutes=16)
    late = browser.send(to, {**given, "csrf": browser.csrf})
    again = signs_in(browser, late, name, code=_code(house, name))

    shown = unescape(again.body.decode())
    assert (late.status, again.status, again.goes_to) == (403, 200, "")
    assert "This is the form as you left it" in again.text
    assert [text for text in typed.values() if text not in shown] == []
    assert "secret!" not in late.text + again.text
    assert TYPED not in str(house.allpath.store._rows("SELECT * FROM form_draft", ()))


def test_a_form_that_stands_on_no_page_is_shown_to_be_copied(house: House) -> None:
    """What was chosen on a list cannot be opened again by an address; the words are not lost."""
    cora = house.browser("cora")
    cora.get("/worklist")
    house.wait(minutes=16)
    fields = {"csrf": cora.csrf, "patient": OURS, "reason": TYPED, "until": "30-Nov-2026"}
    again = signs_in(cora, cora.send("/worklist/snooze", fields), "cora")

    assert again.status == 200
    assert "copy from here what you need" in again.text
    assert TYPED in unescape(again.body.decode())


def test_the_secret_of_a_feed_is_never_taken_along(house: House) -> None:
    """Whoever has it reads the feed: the form comes back with a new one."""
    lea = house.browser("lea")
    given = fields_of(lea.get("/worklist/calendar"))
    house.wait(minutes=16)
    late = lea.send("/worklist/calendar", {**given, "site": "North", "csrf": lea.csrf})
    again = signs_in(lea, late, "lea")

    assert given["secret"] not in late.body.decode() + again.body.decode()
    assert fields_of(again)["secret"] != given["secret"]


def _code(house: House, name: str) -> str:
    secret = house.allpath.store.accounts.one(name).totp_secret
    return house.authenticator.code(name, house.at, secret) if secret else ""


def test_another_person_is_shown_nothing_of_it(house: House, cora: Browser) -> None:
    """At a shared computer the next person goes to their own first page."""
    late, _ = sent_late(house, cora)

    answer = signs_in(cora, late, "cleo")

    assert (answer.status, answer.goes_to) == (303, "/")
    assert TYPED not in answer.text


def test_a_form_without_the_token_of_the_ended_session_is_not_taken_along(
    house: House, cora: Browser
) -> None:
    """What another site made the browser send never stands ready to be sent by the person."""
    late, _ = sent_late(house, cora, csrf="made up")
    forged = {"to": CONTACT, "of": "0" * 64, "of_csrf": "made up", "typed": '[["agreed","forged"]]'}

    answer = cora.send("/sign-in", {"name": "cora", "password": PASSWORD, **forged})

    assert 'name="of_csrf"' not in late.body.decode()
    assert (answer.status, answer.goes_to) == (303, "/")


def test_a_form_of_an_earlier_session_is_shown_again_to_its_author_alone(
    house: House, cora: Browser
) -> None:
    """They signed in in another tab and sent the old one: no attack, and nothing is lost."""
    before, given = entries(house), fields_of(cora.get(CONTACT))
    old = {**given, "agreed": TYPED, "csrf": cora.csrf}
    house.wait(minutes=16)
    cora.sign_in("cora", PASSWORD)
    cleo = house.browser("cleo")

    again, refused = cora.send(CONTACT, old), cleo.send(CONTACT, old)

    assert (again.status, f">\n{TYPED}</textarea>" in again.text) == (200, True)
    assert (refused.status, TYPED in refused.text) == (403, False)
    assert entries(house) == before


def test_a_new_password_is_neither_taken_along_nor_shown(house: House, cora: Browser) -> None:
    """What is secret stands on no page, not even on that of its author."""
    cora.get("/account/password")
    house.wait(minutes=16)

    late = cora.post("/account/password", password="old one", new="new secret", again="new secret")

    assert (late.status, "secret" in late.text.partition("<main")[2]) == (403, False)
    assert "old one" not in late.text


def test_a_form_far_too_long_is_not_taken_along(house: House, cora: Browser) -> None:
    """The page shows it to be copied instead; it does not carry a document to and fro."""
    late, _ = sent_late(house, cora, agreed="x" * 100_001)

    assert late.status == 403
    assert 'name="of_csrf"' not in late.body.decode()
    assert "What you had typed" in late.text
