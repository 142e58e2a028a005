"""Signing in and out, as it is seen from outside, and what is kept of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from allpath import clock
from allpath.accounts.passwords import hashed
from allpath.accounts.second_factor import code_at, new_secret
from allpath.accounts.signing_in import WRONG, Reception, digest_of
from tests.conftest import NOW
from tests.web.client import Answer, Browser
from tests.web.conftest import ADMIN, PASSWORD, House
from workflow.accounts import FREE_FAILURES, IDLE, LONGEST, Account

WRONG_PASSWORD = "not the password of anybody"


def is_in(browser: Browser) -> bool:
    """Whether the pages know who this is."""
    return browser.get("/worklist").status == 200


def failed(answer: Answer) -> bool:
    """Whether nobody was signed in, and it was said so in the page."""
    return answer.status == 422 and WRONG in answer.text and not answer.header("set-cookie")


def rows(house: House, sql: str) -> list[tuple[Any, ...]]:
    """What lies in the file."""
    with closing(sqlite3.connect(house.url.removeprefix("sqlite:///"))) as connection:
        return list(connection.execute(sql).fetchall())


def test_the_right_password_lets_in_and_leads_where_one_was_going(house: House) -> None:
    """Whoever opened a patient from a bookmark is there after the sign-in."""
    browser = house.browser()

    asked = browser.get("/worklist?due=overdue")
    answer = browser.sign_in("cora", PASSWORD, back="/worklist?due=overdue")

    assert asked.goes_to == "/sign-in?next=/worklist%3Fdue%3Doverdue"
    assert (answer.status, answer.goes_to) == (303, "/worklist?due=overdue")
    assert is_in(browser)


@pytest.mark.parametrize(
    "name", ["Cora", " cora ", "CORA"], ids=["capital", "blanks", "all capitals"]
)
def test_a_name_is_the_same_however_it_is_typed(house: House, name: str) -> None:
    """Phones begin a field with a capital and end it with a blank."""
    assert house.browser().sign_in(name, PASSWORD).status == 303


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(house: House) -> None:
    """Nobody learns by trying who may sign in here."""
    name = house.browser(address="192.0.2.7").sign_in("nobody", WRONG_PASSWORD)
    password = house.browser(address="192.0.2.8").sign_in("cora", WRONG_PASSWORD)

    assert failed(name)
    assert failed(password)
    assert name.text.replace("nobody", "cora") == password.text
    assert name.headers[1:] == password.headers[1:]  # the first is the length, with the name


def test_a_wrong_name_is_looked_at_as_slowly_as_a_wrong_password(house: House) -> None:
    """The time that an answer takes tells nothing either: the same hash is worked out for both."""
    house.account("kim", "clinician", kept=hashed(PASSWORD, "kim"))
    house.browser(address="192.0.2.1").sign_in("nobody", WRONG_PASSWORD)  # the first one warms up

    def seconds(name: str, number: int) -> float:
        begun = clock.stopwatch()
        house.browser(address=f"192.0.2.{number}").sign_in(name, WRONG_PASSWORD)
        return clock.stopwatch() - begun

    nobody = min(seconds("nobody", number) for number in range(10, 15))
    somebody = min(seconds("kim", number) for number in range(20, 25))

    assert 0.5 < nobody / somebody < 2


def test_what_was_typed_is_kept_but_the_password(house: House) -> None:
    """The name need not be typed again; the password is in no page."""
    text = house.browser().sign_in("cora", WRONG_PASSWORD, back="/worklist").text

    assert 'value="cora"' in text
    assert 'name="back" value="/worklist"' in text
    assert WRONG_PASSWORD not in text
    assert "<title>Error: Sign in" in text


def test_guesses_have_to_wait_twice_as_long_each_time(house: House) -> None:
    """A few slips cost nothing; a thousand guesses take days."""
    browser = house.browser()
    for _ in range(FREE_FAILURES + 1):
        assert "looked at in" not in browser.sign_in("cora", WRONG_PASSWORD).text

    waits = []
    for seconds in (2, 4, 8, 16):
        answer = browser.sign_in("cora", PASSWORD)
        assert failed(answer)
        waits.append(f"looked at in {seconds} s" in answer.text)
        house.wait(seconds=seconds)
        browser.sign_in("cora", WRONG_PASSWORD)

    assert waits == [True] * 4


def test_the_wait_outlives_a_restart(house: House) -> None:
    """Whoever can make the program start again gains no guesses by it."""
    browser = house.browser()
    for _ in range(FREE_FAILURES + 3):
        browser.sign_in("cora", WRONG_PASSWORD)
        house.wait(minutes=1)
    browser.sign_in("cora", WRONG_PASSWORD)

    house.restart()

    assert "looked at in" in house.browser().sign_in("cora", PASSWORD).text


def test_blanks_and_capitals_do_not_shorten_the_wait(house: House) -> None:
    """Ten spellings of one name are one name, or each would bring guesses of its own."""
    spellings = ("cora", "cora ", " cora", "CORA", "Cora  ", "\tcora", "coRa", "cora\n")

    answers = [house.browser().sign_in(name, WRONG_PASSWORD) for name in spellings]

    assert ["looked at in" in answer.text for answer in answers[FREE_FAILURES + 1 :]] == [True] * 4


def test_the_right_password_forgives_earlier_slips(house: House) -> None:
    """Somebody who mistypes every morning is not locked out one day."""
    browser = house.browser()
    for _ in range(3):
        for _ in range(FREE_FAILURES):
            browser.sign_in("cora", WRONG_PASSWORD)
        assert browser.sign_in("cora", PASSWORD).status == 303


def test_somebody_elses_guesses_do_not_lock_a_person_out(house: House) -> None:
    """The wait belongs to a name and an address: a colleague's machine is another one."""
    for _ in range(FREE_FAILURES + 4):
        house.browser(address="198.51.100.9").sign_in("cora", WRONG_PASSWORD)

    assert house.browser().sign_in("cora", PASSWORD).status == 303


class TestSecondFactor:
    """An account that asks for a code."""

    @pytest.fixture
    def secret(self, house: House) -> str:
        """The secret in Ada Admin's authenticator."""
        made = new_secret()
        house.account("ada", "admin", secret=made)
        return made

    @pytest.mark.parametrize("steps", [-1, 0, 1])
    def test_the_code_of_now_and_of_a_period_beside_it_is_right(
        self, house: House, secret: str, steps: int
    ) -> None:
        """The clock of a telephone differs a little from ours."""
        answer = house.browser().sign_in("ada", PASSWORD, code_at(secret, house.at, steps))

        assert answer.status == 303

    @pytest.mark.parametrize("steps", [-2, 2])
    def test_an_older_or_later_code_is_wrong(self, house: House, secret: str, steps: int) -> None:
        """A code that was read over a shoulder is worth nothing a minute later."""
        assert failed(house.browser().sign_in("ada", PASSWORD, code_at(secret, house.at, steps)))

    @pytest.mark.parametrize(
        "code", ["", "000", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "é", "9" * 200]
    )
    def test_no_code_and_a_wrong_one_are_refused_like_a_wrong_password(
        self, house: House, secret: str, code: str
    ) -> None:
        """Nobody learns from the answer that the password was right."""
        assert secret
        assert failed(house.browser().sign_in("ada", PASSWORD, code))

    def test_a_code_works_once(self, house: House, secret: str) -> None:
        """Whoever saw it typed cannot use it in the same half minute, after a restart neither."""
        code = code_at(secret, house.at)
        first = house.browser().sign_in("ada", PASSWORD, code)

        again = house.browser(address="192.0.2.9").sign_in("ada", PASSWORD, code)
        house.restart()
        later = house.browser(address="192.0.2.10").sign_in("ada", PASSWORD, code)

        assert first.status == 303
        assert failed(again)
        assert failed(later)

    def test_the_code_of_the_next_period_works_after_that(self, house: House, secret: str) -> None:
        """Signing in twice in a minute is possible, with two codes."""
        house.browser().sign_in("ada", PASSWORD, code_at(secret, house.at))
        house.wait(seconds=30)

        assert house.browser().sign_in("ada", PASSWORD, code_at(secret, house.at)).status == 303

    def test_a_wrong_password_does_not_use_the_code_up(self, house: House, secret: str) -> None:
        """Otherwise a stranger could keep somebody out by guessing codes."""
        code = code_at(secret, house.at)
        house.browser().sign_in("ada", WRONG_PASSWORD, code)

        assert house.browser().sign_in("ada", PASSWORD, code).status == 303

    def test_the_code_is_the_one_of_the_standard(self) -> None:
        """Every authenticator shows the same. Source: RFC 6238, appendix B, shortened to six."""
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        moments = {59: "287082", 1111111109: "081804", 2000000000: "279037"}

        epoch = NOW.fromtimestamp(0, NOW.tzinfo)
        codes = {n: code_at(secret, epoch + timedelta(seconds=n)) for n in moments}

        assert codes == moments


def test_a_disabled_account_is_refused_like_a_wrong_password(house: House) -> None:
    """Nobody learns from outside who has left."""
    account = house.account("left", "clinician")
    accounts = house.allpath.store.accounts
    accounts.change(_disabled(account, house), "account_disabled", ADMIN, house.at)

    assert failed(house.browser().sign_in("left", PASSWORD))


def test_disabling_an_account_ends_its_sessions_at_once(house: House) -> None:
    """Whoever has left is out, whatever is still open on a screen somewhere."""
    browser = house.browser("cora")
    accounts = house.allpath.store.accounts
    accounts.change(_disabled(accounts.one("cora"), house), "account_disabled", ADMIN, house.at)

    assert not is_in(browser)


def _disabled(account: Account, house: House) -> Account:
    return replace(account, disabled_at=house.at)


def test_a_session_ends_after_a_quarter_of_an_hour_without_a_request(house: House) -> None:
    """An unattended screen in a ward shows nothing for long."""
    browser = house.browser("cora")

    house.wait(seconds=IDLE.total_seconds() - 1)
    before = is_in(browser)
    house.wait(seconds=IDLE.total_seconds())

    assert before
    assert not is_in(browser)


def test_a_session_ends_after_twelve_hours_whatever_is_done_in_it(house: House) -> None:
    """A token that somebody took away is worth nothing the next morning."""
    browser = house.browser("cora")
    while house.at < NOW + LONGEST - timedelta(minutes=10):
        house.wait(minutes=10)
        assert is_in(browser)

    house.wait(minutes=10)

    assert not is_in(browser)


def test_signing_out_kills_the_token_everywhere(house: House) -> None:
    """A copy of the cookie in another window, or in another's hands, is worth nothing."""
    browser = house.browser("cora")
    copy = Browser(house.site, token=browser.token)
    assert is_in(copy)

    answer = browser.post("/sign-out")

    assert answer.goes_to == "/sign-in"
    assert "Max-Age=0" in answer.header("set-cookie")
    assert not is_in(copy)


def test_a_request_that_began_before_the_sign_out_does_not_open_the_session_again(
    house: House,
) -> None:
    """The slow page of another window writes when it was seen, and finds that it is over."""
    reception = Reception(house.allpath.store.accounts)
    token, who = reception.sign_in("cora", PASSWORD, "", "192.0.2.1", house.at)
    reception.sign_out(who, house.at)

    house.allpath.store.accounts.touch(who.session)

    assert reception.known(token, house.at) is None


def test_each_sign_in_has_a_token_of_its_own(house: House) -> None:
    """A token that was planted in a browser beforehand is not the one that is let in."""
    browser = Browser(house.site, token="planted")
    browser.sign_in("cora", PASSWORD)
    first = browser.token
    browser.sign_in("cora", PASSWORD)

    assert len({"planted", first, browser.token}) == 3
    assert not is_in(Browser(house.site, token="planted"))


def test_of_a_token_and_a_password_only_hashes_are_kept(house: House) -> None:
    """Whoever reads the file cannot sign in with what is in it."""
    browser = house.browser("cora")
    browser.sign_in("cora", WRONG_PASSWORD)

    kept = Path(house.url.removeprefix("sqlite:///")).read_bytes()
    wal = Path(f"{house.url.removeprefix('sqlite:///')}-wal")
    kept += wal.read_bytes() if wal.exists() else b""

    assert digest_of(browser.token).encode() in kept
    assert browser.token.encode() not in kept
    assert PASSWORD.encode() not in kept
    assert WRONG_PASSWORD.encode() not in kept


def test_the_cookie_is_for_this_site_alone_and_for_no_script(house: House) -> None:
    """No other site, no plain line and no script gets at it."""
    set_cookie = house.browser().sign_in("cora", PASSWORD).header("set-cookie")

    assert set_cookie.startswith("__Host-allpath=")
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=86400"):
        assert part in set_cookie
    assert "Domain" not in set_cookie


def test_every_sign_in_and_every_failure_is_on_record(house: House) -> None:
    """An auditor sees who came in, and that somebody tried; never what was tried."""
    house.browser().sign_in("somebody-secret", WRONG_PASSWORD)
    house.browser("cora")

    found = rows(house, "SELECT actor, action, detail FROM audit_event WHERE action LIKE '%sign%'")

    assert [action for _, action, _ in found] == ["sign_in_failed", "account_signed_in"]
    assert found[1][0] == "Cora Sample"
    assert "secret" not in str(found)
