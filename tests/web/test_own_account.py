"""What somebody does to their own account, and what comes before every other page."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from allpath.accounts.passwords import hashed
from allpath.accounts.second_factor import code_at
from allpath.accounts.signing_in import Reception
from tests.conftest import NOW
from tests.web.client import Browser
from tests.web.conftest import ADMIN, PASSWORD, QUICK, House
from tests.web.test_signing_in import rows
from workflow.accounts import FREE_FAILURES, Account
from workflow.errors import NotPermittedError

OWN = "a few words of my own"
AUDITED = "SELECT actor, action, detail FROM audit_event"
SHOWN = re.compile(r"<code>([a-z2-9-]+)</code>")
SECRET = re.compile(r'name="secret" value="([A-Z2-7]{32})"')
MARK = re.compile(r'name="session" value="([0-9a-f]{16})"')


@pytest.fixture
def admin(house: House) -> Browser:
    """Ada Admin, signed in with a password and a code."""
    house.account("ada", "admin")
    return house.browser("ada")


def changed(browser: Browser, present: str, new: str, again: str = "") -> tuple[int, str]:
    """The form of another password is sent: the status, and where it leads or what it says."""
    browser.get("/account/password")
    fields = {"password": present, "new": new, "again": again or new}
    answer = browser.post("/account/password", **fields)
    return answer.status, answer.goes_to or answer.text


def on_record(house: House, action: str) -> list[str]:
    """Who did that, as the record says."""
    return [actor for actor, found, _ in rows(house, AUDITED) if found == action]


class TestOneTimePassword:
    """A password that somebody else has seen."""

    def test_until_it_is_changed_every_page_leads_to_the_change(
        self, house: House, admin: Browser
    ) -> None:
        """An admin who set it could sign in as that person; that ends at the first sign-in."""
        (given,) = SHOWN.findall(admin.post("/admin/accounts/cora/password").text)
        browser = house.browser()
        browser.sign_in("cora", given)

        before = [browser.get(path).goes_to for path in ("/", "/worklist", "/account")]
        refused = browser.post("/worklist").status
        outcome = changed(browser, given, OWN)

        assert before == ["/account/password"] * 3
        assert refused == 403
        assert outcome == (303, "/")
        assert browser.get("/worklist").status == 200
        assert house.browser().sign_in("cora", given).status == 422

    def test_it_cannot_be_chosen_again(self, house: House, admin: Browser) -> None:
        """Else nothing would have changed, and the admin would still know it."""
        (given,) = SHOWN.findall(admin.post("/admin/accounts/cora/password").text)
        browser = house.browser()
        browser.sign_in("cora", given)

        status, text = changed(browser, given, given)

        assert status == 422
        assert "the password you have now" in text
        assert browser.get("/worklist").goes_to == "/account/password"


@pytest.mark.parametrize(
    ("present", "new", "again", "told"),
    [
        ("not my password", OWN, OWN, "That is not right. Nothing was changed."),
        ("", OWN, OWN, "Enter the password you have now."),
        (PASSWORD, "short", "short", "use 12 or more"),
        (PASSWORD, OWN, "another one of mine", "The two are not the same"),
        (PASSWORD, "", "", "Enter the new password."),
    ],
)
def test_a_password_that_cannot_be_changed_is_told_at_the_field(
    house: House, present: str, new: str, again: str, told: str
) -> None:
    """Somebody who mistypes still has the password of before, and no page repeats either."""
    browser = house.browser("cora")

    status, text = changed(browser, present, new, again)

    assert status == 422
    assert told in text
    assert "nhsuk-input--error" in text
    assert OWN not in text
    assert house.browser().sign_in("cora", PASSWORD).status == 303


def test_another_password_ends_the_other_sessions_alone(house: House) -> None:
    """Whoever is in with the old password is out; whoever changed it goes on working."""
    other, browser = house.browser("cora"), house.browser("cora")

    assert changed(browser, PASSWORD, OWN) == (303, "/account?done=password")

    assert other.get("/worklist").status == 303
    assert "Your password is changed" in browser.get("/account?done=password").text


class TestSessions:
    """Where somebody is signed in."""

    def test_one_sees_and_ends_another_session_of_ones_own(self, house: House) -> None:
        """Somebody left the computer in the ward open."""
        left, browser = house.browser("cora"), house.browser("cora")

        page = browser.get("/account").text
        (mark,) = MARK.findall(page)
        answer = browser.post("/account/sessions", session=mark)

        assert page.count("This one") == 1
        assert answer.goes_to == "/account?done=session"
        assert left.get("/worklist").status == 303
        assert browser.get("/worklist").status == 200

    def test_nobody_ends_the_session_of_somebody_else(self, house: House) -> None:
        """The mark of another's session is worth nothing in one's own form."""
        house.account("kim", "clinician")
        kim, cora = house.browser("kim"), house.browser("cora")
        (theirs,) = house.allpath.store.accounts.sessions("kim")

        answer = cora.post("/account/sessions", session=theirs.mark)

        assert answer.goes_to == "/account?done=gone"
        assert kim.get("/worklist").status == 200

    def test_an_admin_ends_one_and_it_is_on_record(self, house: House, admin: Browser) -> None:
        """Somebody telephones that their computer was stolen."""
        cora = house.browser("cora")
        (mark,) = MARK.findall(admin.get("/admin/accounts/cora").text)

        text = admin.post("/admin/accounts/cora/sessions", session=mark).text

        assert "That session has ended." in text
        assert cora.get("/worklist").status == 303
        assert on_record(house, "session_ended") == ["Ada Sample"]


class TestSecondFactor:
    """Enrolling the device that shows codes."""

    @pytest.fixture
    def bare(self, house: House) -> Browser:
        """An admin who has no second factor yet, signed in by password."""
        made = Account("ina", "Ina Admin", "admin", (), QUICK, "", house.at, house.at)
        house.allpath.store.accounts.add(made, ADMIN)
        browser = house.browser()
        browser.sign_in("ina", PASSWORD)
        return browser

    def test_an_admin_enrols_before_any_other_page(self, house: House, bare: Browser) -> None:
        """A password alone must not open the accounts of everybody."""
        before = [bare.get(path).goes_to for path in ("/", "/admin", "/account", "/pathways")]
        (secret,) = SECRET.findall(bare.get("/account/second-factor").text)
        fields = {"secret": secret, "password": PASSWORD, "code": code_at(secret, house.at)}
        answer = bare.post("/account/second-factor", **fields)

        assert before == ["/account/second-factor"] * 4
        assert answer.goes_to == "/account?done=factor"
        assert bare.get("/admin").status == 200
        assert house.browser().sign_in("ina", PASSWORD).status == 422
        assert house.browser().sign_in("ina", PASSWORD, fields["code"]).status == 422
        later = code_at(secret, house.at, 1)
        assert house.browser().sign_in("ina", PASSWORD, later).status == 303

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"code": "000000"}, "This is not the code"),
            ({"code": ""}, "Enter the six digits"),
            ({"password": "not my password"}, "That is not right"),
            ({"secret": "AAAA"}, "This is not the code"),
        ],
    )
    def test_it_does_not_count_before_its_first_code(
        self, house: House, bare: Browser, changes: dict[str, str], told: str
    ) -> None:
        """A secret that never reached the device would lock its owner out; it is kept and shown."""
        (secret,) = SECRET.findall(bare.get("/account/second-factor").text)
        right = {"secret": secret, "password": PASSWORD, "code": code_at(secret, house.at)}

        answer = bare.post("/account/second-factor", **(right | changes))

        assert answer.status == 422
        assert told in answer.text
        assert f'value="{changes.get("secret", secret)}"' in answer.text
        assert not house.allpath.store.accounts.one("ina").totp_secret

    def test_the_picture_the_link_and_the_text_are_one_secret(self, bare: Browser) -> None:
        """Whoever cannot scan types; whoever is on the phone follows the link."""
        text = bare.get("/account/second-factor").text
        (secret,) = SECRET.findall(text)
        groups = re.findall(r"<span>([A-Z2-7]{4})</span>", text)

        assert "".join(groups) == secret
        assert f"otpauth://totp/Allpath%3Aina?secret={secret}&issuer=Allpath" in text
        assert text.count("<svg") == 1
        assert "style=" not in text

    def test_an_admin_takes_a_lost_one_away(self, house: House, admin: Browser) -> None:
        """The telephone fell into the water; whoever took the factor away stands on record."""
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        house.account("kim", "clinician", secret=secret)
        kim = house.browser("kim")

        text = admin.post("/admin/accounts/kim/factor").text

        assert "The second factor is taken away" in text
        assert kim.get("/worklist").status == 303
        assert house.browser().sign_in("kim", PASSWORD).status == 303
        assert on_record(house, "account_factor_taken") == ["Ada Sample"]


def test_guesses_sent_all_at_once_gain_nothing(house: House) -> None:
    """Each is counted before it is looked at, so that only the free ones reach the password."""
    house.account("kim", "clinician", kept=hashed(PASSWORD, "kim"))
    reception = Reception(house.allpath.store.accounts)

    def guess(number: int) -> str:
        try:
            reception.sign_in("kim", f"guess number {number}", "", "192.0.2.1", NOW)
        except NotPermittedError as error:
            return str(error)
        return "let in"

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(guess, range(24)))

    looked_at = [text for text in told if "looked at in" not in text]
    assert len(looked_at) == FREE_FAILURES + 1
    assert "let in" not in told
    with pytest.raises(NotPermittedError, match="looked at in 2 s"):
        reception.sign_in("kim", PASSWORD, "", "192.0.2.1", NOW)
    later = NOW + timedelta(seconds=2)
    assert reception.sign_in("kim", PASSWORD, "", "192.0.2.1", later)
