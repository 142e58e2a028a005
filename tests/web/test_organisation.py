"""Signing in at the organisation, at a real provider, and what a site sets for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

from allpath import clock
from allpath.accounts.organisation_settings import read_organisation_settings
from allpath.problems import UsageError
from tests.web.client import Answer, Browser
from tests.web.conftest import House
from tests.web.provider.houses import ROLES, opened, query
from tests.web.provider.running import Person, missing, provider
from tests.web.serving import is_needed

KIM: Final = "kim+wards"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A real provider."""
    if (lacking := missing()) and is_needed():
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)  # the product works without node; CI fails above
    with provider() as found:
        yield found


@pytest.fixture
def house(issuer: str, tmp_path: Path) -> Iterator[House]:
    """A house whose people sign in at the real provider."""
    made = opened(tmp_path, issuer)
    yield made
    made.allpath.store.close()


@pytest.fixture
def person() -> Iterator[Person]:
    """Somebody's browser at the provider."""
    with closing(Person()) as found:
        yield found


def came_in(house: House, person: Person, login: str, next_: str = "") -> tuple[Browser, Answer]:
    """Somebody signs in at the organisation: their browser here, and the answer to the way back."""
    house.at = clock.now()
    browser = house.browser()
    left = browser.get(f"/sign-in/organisation?next={next_}")
    back = person.sign_in(left.goes_to, login)
    return browser, browser.get(back, sec_fetch_site="cross-site")


class TestARealProvider:
    """The organisation's sign-in as it is meant."""

    def test_somebody_signs_in_there_and_is_here_where_they_were_going(
        self, house: House, person: Person
    ) -> None:
        """They need no other password, and their groups say what they may do."""
        browser, answer = came_in(house, person, KIM, "/worklist?due=overdue")

        account = house.allpath.store.accounts.one("kim")
        assert (answer.status, answer.goes_to) == (303, "/worklist?due=overdue")
        assert "Dr kim Sample</a> (clinician)" in browser.get("/worklist").text
        assert (account.role, account.sites) == ("clinician", ("North",))
        assert (account.provider, account.subject) != ("", "")
        assert "SameSite=lax" in answer.header("set-cookie")

    def test_the_groups_of_today_count(self, house: House, person: Person) -> None:
        """Whoever changed wards sees the new one, and what was open by the old role ends."""
        browser, _ = came_in(house, person, KIM)
        with closing(Person()) as later:
            _, answer = came_in(house, later, "kim+wards-2+cn=desk,ou=north")

        account = house.allpath.store.accounts.one("kim")
        assert answer.status == 303
        assert (account.role, account.sites) == ("coordinator", ())
        assert browser.get("/worklist").goes_to.startswith("/sign-in")
        assert len(house.allpath.store.accounts.every()) == 1

    def test_nobody_comes_in_without_a_group_that_is_named(
        self, house: House, person: Person
    ) -> None:
        """The organisation knows thousands; what was open of somebody who left a group ends too."""
        browser, _ = came_in(house, person, KIM)
        with closing(Person()) as later:
            other, answer = came_in(house, later, "kim+kitchen")

        assert answer.status == 422
        assert "none of your groups may use Allpath" in answer.text
        assert not other.token
        assert browser.get("/worklist").goes_to.startswith("/sign-in")

    def test_such_an_account_has_no_password(self, house: House, person: Person) -> None:
        """Neither an empty one, nor the one of nobody, nor one that an admin sets."""
        came_in(house, person, KIM)
        house.account("ada", "admin")
        admin = house.browser("ada")

        tries = ("", "nobody has this password")
        answers = [house.browser().sign_in("kim", text).status for text in tries]
        refused = admin.post("/admin/accounts/kim/password")
        placed = admin.post("/admin/accounts/kim", role="lead")

        assert answers == [422] * 2
        assert (refused.status, placed.status) == (422, 422)
        assert "signs in at the organisation" in refused.text
        assert house.allpath.store.accounts.one("kim").role == "clinician"

    def test_an_admin_shuts_somebody_out_whatever_their_groups_are(
        self, house: House, person: Person
    ) -> None:
        """The organisation may be slow to take a group away."""
        browser, _ = came_in(house, person, KIM)
        house.account("ada", "admin")
        admin = house.browser("ada")

        admin.post("/admin/accounts/kim/disable")
        _, shut = came_in(house, person, KIM)
        admin.post("/admin/accounts/kim/let-in")
        _, again = came_in(house, person, KIM)

        assert browser.get("/worklist").goes_to.startswith("/sign-in")
        assert "Your account here is disabled" in shut.text
        assert again.status == 303

    def test_a_name_that_is_taken_is_not_taken_over(self, house: House, person: Person) -> None:
        """An account of Allpath called kim is somebody else, with signatures of their own."""
        house.account("kim", "lead")

        browser, _ = came_in(house, person, KIM)

        assert "(clinician)" in browser.get("/worklist").text
        names = [account.name for account in house.allpath.store.accounts.every()]
        assert names == ["kim", "kim-2"]

    def test_a_way_back_is_gone_once_and_in_one_browser(self, house: House, person: Person) -> None:
        """A code that was copied, and a sign-in that somebody else began, open nothing."""
        house.at = clock.now()
        browser, thief = house.browser(), house.browser()
        back = person.sign_in(browser.get("/sign-in/organisation").goes_to, KIM)

        stolen = thief.get(back)
        spent = browser.get(back)
        fresh = person.sign_in(browser.get("/sign-in/organisation").goes_to, KIM)
        entered = browser.get(fresh)
        again = house.browser()
        again.kept = dict(browser.kept)
        replayed = again.get(fresh)
        made_up = again.get("/sign-in/organisation/back?code=x&state=y")

        refused = (stolen, spent, replayed, made_up)
        assert [answer.status for answer in refused] == [422] * 4
        assert all("This way back is not open any more" in answer.text for answer in refused)
        assert entered.status == 303
        assert not again.token

    def test_a_code_without_its_verifier_is_worth_nothing(
        self, house: House, person: Person
    ) -> None:
        """Whoever saw the code on its way lacks what never left this server (PKCE)."""
        house.at = clock.now()
        browser, other = house.browser(), house.browser()
        code = query(person.sign_in(browser.get("/sign-in/organisation").goes_to, KIM))["code"]
        state = query(other.get("/sign-in/organisation").goes_to)["state"]

        answer = other.get(f"/sign-in/organisation/back?code={code}&state={state}")

        assert answer.status == 422
        assert "does not count" in answer.text

    def test_to_sign_they_are_asked_again_there(self, house: House, person: Person) -> None:
        """A screen that was left open signs nothing; after five minutes they show it once more."""
        browser, _ = came_in(house, person, KIM)
        browser.get("/worklist")
        before = house.allpath.store.accounts.sessions("kim")[0]
        asked = person.was_asked
        house.wait(seconds=1)

        back = person.sign_in(browser.get("/show-who-you-are").goes_to, KIM)
        shown = browser.get(back, sec_fetch_site="cross-site")
        told = browser.get(shown.goes_to).text
        house.wait(minutes=5)
        later = browser.get(shown.goes_to).text

        assert person.was_asked == asked + 1
        assert shown.goes_to == "/show-who-you-are/done"
        assert "Go back to the form in the other tab" in told
        assert "To sign, show at your organisation" in later
        assert house.allpath.store.accounts.sessions("kim")[0].shown_at > before.shown_at

    def test_nobody_else_shows_who_they_are(self, house: House, person: Person) -> None:
        """A colleague at the same computer cannot lend their face."""
        browser, _ = came_in(house, person, KIM)

        with closing(Person()) as colleague:
            back = colleague.sign_in(browser.get("/show-who-you-are").goes_to, "lou+wards")
            answer = browser.get(back)

        assert answer.status == 403
        assert "Somebody else signed in there" in answer.text
        session = house.allpath.store.accounts.sessions("kim")[0]
        assert session.shown_at == session.created_at


def test_a_provider_that_does_not_answer_leaves_the_local_way_in(tmp_path: Path) -> None:
    """The ward goes on when the organisation's sign-in is down."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as gone:
        port = gone.server_address[1]
    house = opened(tmp_path, f"http://127.0.0.1:{port}")
    house.account("cora", "coordinator")
    browser = house.browser()

    page = browser.get("/sign-in").text
    answer = browser.get("/sign-in/organisation")

    assert page.index("Sign in at Sample Hospital") < page.index("Use an account of Allpath")
    assert answer.status == 422
    assert "cannot be reached now" in answer.text
    assert 'href="#organisation"' in answer.text
    assert house.browser("cora").get("/worklist").status == 200
    house.allpath.store.close()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ALLPATH_OIDC_ISSUER": "http://hospital.example"}, "ALLPATH_OIDC_ISSUER is no address"),
        ({"ALLPATH_PUBLIC_URL": "https://allpath.example?x=1"}, "ALLPATH_PUBLIC_URL is no address"),
        ({"ALLPATH_PUBLIC_URL": ""}, "ALLPATH_PUBLIC_URL has to be set"),
        ({"ALLPATH_OIDC_CLIENT_ID": " "}, "ALLPATH_OIDC_CLIENT_ID has to be set"),
        ({"ALLPATH_OIDC_ROLES": "wards"}, "write GROUP = ROLE"),
        ({"ALLPATH_OIDC_ROLES": "wards = king"}, "a role of: coordinator"),
        ({"ALLPATH_OIDC_ROLES": "wards = clinician @ ,"}, "names no site after @"),
        ({"ALLPATH_OIDC_SCOPE": "profile"}, "openid has to be among it"),
        ({"ALLPATH_OIDC_CLIENT_SECRET_FILE": "/nowhere"}, "which is not a file"),
    ],
)
def test_a_setting_that_cannot_be_trusted_stops_the_start(
    changes: dict[str, str], told: str
) -> None:
    """A mistyped role would let somebody in as nobody meant."""
    given = {
        "ALLPATH_OIDC_ISSUER": "https://login.hospital.example",
        "ALLPATH_PUBLIC_URL": "https://allpath.hospital.example/",
        "ALLPATH_OIDC_CLIENT_ID": "allpath",
        "ALLPATH_OIDC_ROLES": ROLES,
    }

    assert read_organisation_settings(given) is not None
    with pytest.raises(UsageError, match=told):
        read_organisation_settings(given | changes)


def test_several_groups_of_one_role_give_the_sites_of_all() -> None:
    """Somebody on two wards sees both; a row without sites gives all of them."""
    settings = read_organisation_settings(
        {
            "ALLPATH_OIDC_ISSUER": "https://login.hospital.example",
            "ALLPATH_PUBLIC_URL": "https://allpath.hospital.example",
            "ALLPATH_OIDC_CLIENT_ID": "allpath",
            "ALLPATH_OIDC_ROLES": f"{ROLES}; chiefs = clinician",
        }
    )
    assert settings is not None

    both = settings.place_of(["wards-2", "wards"])
    every = settings.place_of(["wards", "chiefs"])

    assert (both and both.role, both and both.sites) == ("clinician", ("North", "South"))
    assert every is not None
    assert every.sites == ()
    assert settings.place_of(["Wards", "wards-3", ""]) is None
