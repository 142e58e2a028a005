"""The door: closed unless it finds a reason to open, and the same headers on all it answers."""

from __future__ import annotations

import logging
from base64 import urlsafe_b64encode

import pytest

from allpath.web.guard import LARGEST_BODY
from tests.web.client import HOST, Browser
from tests.web.conftest import OURS, PASSWORD, House

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "strict-transport-security": "max-age=31536000",
}


def is_still_in(browser: Browser) -> bool:
    """Whether the session goes on: the sign-out that was tried did not happen."""
    return browser.get("/worklist").status == 200


@pytest.mark.parametrize(
    "lie",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "same-origin, cross-site"},
        {"sec-fetch-site": "", "origin": "https://elsewhere.test"},
        {"sec-fetch-site": "", "origin": f"https://{HOST}.elsewhere.test"},
        {"sec-fetch-site": "", "origin": f"https://elsewhere.test/{HOST}"},
        {"sec-fetch-site": "", "origin": "null"},
        {"sec-fetch-site": "", "origin": ""},
        {"sec-fetch-site": "", "origin": HOST},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/sign-out", "/sign-in", "/nowhere"])
def test_a_form_that_was_on_no_page_of_ours_is_refused(
    house: House, lie: dict[str, str], path: str
) -> None:
    """A page of somebody else, with the right token and a signed-in browser, changes nothing."""
    browser = house.browser("cora")

    answer = browser.send(path, {"csrf": browser.csrf, "name": "cora"}, **lie)

    assert answer.status == 403
    assert not answer.header("set-cookie")
    assert is_still_in(browser)


def test_an_older_browser_says_its_origin_and_is_let_through(house: House) -> None:
    """Where the newer header is missing, the older one has to name our own host."""
    browser = house.browser("cora")
    lie = {"sec-fetch-site": "", "origin": f"https://{HOST}"}

    assert browser.send("/sign-out", {"csrf": browser.csrf}, **lie).status == 303


@pytest.mark.parametrize(
    "token",
    ["", "x", "AAAA", "é", "%00", urlsafe_b64encode(b"\xe9" * 86).decode(), "A" * 100_000],
    ids=["none", "short", "other", "letter", "nul", "no text", "long"],
)
def test_a_form_without_the_token_of_the_session_is_refused(house: House, token: str) -> None:
    """What is not the token is not the token, however strangely it is written."""
    browser = house.browser("cora")

    answer = browser.send("/sign-out", {"csrf": token})

    assert answer.status == 403
    assert "nothing was saved" in answer.text
    assert is_still_in(browser)


def test_a_form_with_the_token_of_another_session_is_refused(house: House) -> None:
    """Whoever may sign in themselves cannot make forms for others."""
    house.account("kim", "clinician")
    browser, other = house.browser("cora"), house.browser("kim")

    answer = browser.send("/sign-out", {"csrf": other.csrf})

    assert answer.status == 403
    assert is_still_in(browser)


def test_a_form_of_an_earlier_session_is_refused(house: House) -> None:
    """What was kept from before the sign-out is not of this session."""
    browser = house.browser("cora")
    before = browser.csrf
    browser.post("/sign-out")
    browser.sign_in("cora", PASSWORD)

    assert browser.send("/sign-out", {"csrf": before}).status == 403
    assert is_still_in(browser)


def test_a_token_replayed_after_the_sign_out_opens_nothing(house: House) -> None:
    """Neither a page nor a form, with whatever the form says."""
    browser = house.browser("cora")
    token, csrf = browser.token, browser.csrf
    browser.post("/sign-out")
    thief = Browser(house.site, token=token)

    page = thief.get(f"/patients/{OURS}")
    form = thief.send("/sign-out", {"csrf": csrf})

    assert (page.status, page.goes_to) == (303, f"/sign-in?next=/patients/{OURS}")
    assert form.status == 403
    assert "Your session has ended" in form.text


def test_the_token_of_the_form_is_written_differently_on_every_page(house: House) -> None:
    """What is compressed together with what a stranger chose must not be the same twice."""
    browser = house.browser("cora")
    browser.get("/worklist")
    first = browser.csrf
    browser.get("/worklist")

    assert first != browser.csrf


@pytest.mark.parametrize("name", ["cora", ""], ids=["signed in", "nobody"])
@pytest.mark.parametrize("says", [True, False], ids=["says so", "says less"])
def test_more_than_a_megabyte_is_not_read(house: House, name: str, *, says: bool) -> None:
    """A form is far shorter; what is longer is refused before anybody looks at it."""
    browser = house.browser(name)
    length = {} if says else {"content-length": "10"}
    body = b"csrf=" + b"A" * LARGEST_BODY
    sent = {"sec-fetch-site": "same-origin", **length}

    answer = browser.ask("POST", "/sign-in", body, headers=sent)

    assert answer.status == 413
    assert "nothing was saved" in answer.text


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "ten", "1, 2"])
def test_a_length_that_is_no_number_is_refused(house: House, length: str) -> None:
    """Two readers of such a number would read two different requests."""
    headers = {"sec-fetch-site": "same-origin", "content-length": length}

    assert house.browser().ask("POST", "/sign-in", b"name=x", headers=headers).status == 413


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "X"])
@pytest.mark.parametrize("path", ["/worklist", "/sign-in", "/", "/nowhere", f"/patients/{OURS}"])
def test_other_methods_are_refused(house: House, method: str, path: str) -> None:
    """The pages know two: to look and to send a form."""
    browser = house.browser("cora")

    answer = browser.ask(method, path, headers={"sec-fetch-site": "same-origin"})

    assert answer.status == 405
    assert is_still_in(browser)


@pytest.mark.parametrize(
    "target",
    [
        *("/", "/sign-in", "/worklist", "/worklist?page=x", "/worklist?due=%00", "/nowhere"),
        *(f"/patients/{OURS}", "/patients/P-NOBODY", "/patients/%00", "/static/x"),
        *("/livez", "//elsewhere.test"),
    ],
)
@pytest.mark.parametrize("name", ["cora", ""], ids=["signed in", "nobody"])
def test_every_answer_carries_the_headers_and_is_kept_nowhere(
    house: House, name: str, target: str
) -> None:
    """Pages, redirects, refusals and mistakes: none lies in the memory of a shared browser."""
    answer = house.browser(name).get(target)

    assert answer.status in {200, 303, 404, 422}
    assert {key: answer.header(key) for key in HEADERS} == HEADERS
    assert answer.header("cache-control") == "no-store"
    assert len(answer.headers) == len(dict(answer.headers))


def test_a_file_of_ours_may_be_kept_and_one_that_is_not_there_may_not(house: House) -> None:
    """A missing file that was kept for a year would be missing for a year."""
    browser = house.browser()

    found = browser.get("/static/0123456789abcdef/allpath.css")
    missing = browser.get("/static/0123456789abcdef/nothing.css")

    assert found.header("cache-control") == "public, max-age=31536000, immutable"
    assert (missing.status, missing.header("cache-control")) == (404, "no-store")
    assert {key: found.header(key) for key in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "name",
    ["../guard.py", "..%2fguard.py", "../../web/guard.py", "/etc/passwd", "\0", ".", "vendor", "é"],
)
def test_nothing_but_our_files_is_served(house: House, name: str) -> None:
    """The way up and out of the folder is closed."""
    assert house.browser().get(f"/static/0123456789abcdef/{name}").status == 404


@pytest.mark.parametrize(
    "back",
    [
        *("//elsewhere.test", "https://elsewhere.test", "/\\elsewhere.test", "\\\\elsewhere.test"),
        *("javascript:alert(1)", "/\t/elsewhere.test", "/\n/elsewhere.test", " //elsewhere.test"),
        *("///elsewhere.test", "elsewhere.test", "/\r\nSet-Cookie: a=b", "", "@elsewhere.test"),
    ],
)
def test_the_sign_in_leads_to_no_other_site(house: House, back: str) -> None:
    """A link that begins with our name does not end at somebody who asks for the password again."""
    answer = house.browser().sign_in("cora", PASSWORD, back=back)

    assert answer.status == 303
    assert answer.goes_to == "/"


def test_a_signed_in_person_is_led_to_no_other_site_either(house: House) -> None:
    """The page of the sign-in sends people on at once, and only within."""
    browser = house.browser("cora")

    assert browser.get("/sign-in?next=//elsewhere.test").goes_to == "/"
    assert browser.get("/sign-in?next=/worklist").goes_to == "/worklist"


@pytest.mark.parametrize("host", ["a/livez?", "a/sign-in?", "a/static/x?", "elsewhere.test"])
def test_the_name_in_the_host_header_opens_nothing(house: House, host: str) -> None:
    """Anybody may write that header; which page it is, is read from the request alone."""
    answer = house.browser().get(f"/patients/{OURS}", host=host)

    assert (answer.status, answer.goes_to) == (303, f"/sign-in?next=/patients/{OURS}")


def test_a_fault_of_ours_tells_neither_the_person_nor_the_log_about_a_patient(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """The person gets a reference, whoever runs it the place in the program, and nobody a name."""

    def broken() -> None:
        raise LookupError("Northern, Sam, 9990000001")

    house.site.add_api_route("/broken", broken)
    with caplog.at_level(logging.ERROR):
        answer = house.browser("cora").get("/broken")

    assert answer.status == 500
    assert "Northern" not in answer.text + caplog.text
    assert "LookupError in broken" in caplog.text
    assert caplog.messages[0].partition(":")[0] in answer.text
    assert {key: answer.header(key) for key in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "cookie", ["__Host-allpath=", "__Host-allpath=x", "=;;", "é=é", "a" * 9000, "__Host-allpath"]
)
def test_a_strange_cookie_is_nobody(house: House, cookie: str) -> None:
    """What cannot be read is no session, and no fault either."""
    answer = house.browser().ask("GET", "/worklist", headers={"cookie": cookie})

    assert answer.goes_to == "/sign-in?next=/worklist"
