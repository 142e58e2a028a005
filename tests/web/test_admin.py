"""Looking after accounts in the browser: the acts of `allpath user`, with the same answers."""

from __future__ import annotations

import re

import pytest

from tests.web.client import Browser
from tests.web.conftest import PASSWORD, House

SHOWN = re.compile(r"<code>([a-z2-9-]+)</code>")


@pytest.fixture
def admin(house: House) -> Browser:
    """Ada Admin, signed in."""
    house.account("ada", "admin")
    return house.browser("ada")


def test_a_new_account_signs_in_with_the_password_shown_once(house: House, admin: Browser) -> None:
    """The admin hands it over; no other page and no file has it."""
    fields = {"name": "Kim", "display": "Dr Kim Sample", "role": "clinician", "sites": "North"}
    text = admin.post("/admin/accounts", **fields).text
    (password,) = SHOWN.findall(text)

    assert house.browser().sign_in("kim", password).status == 303
    assert password not in admin.get("/admin").text
    assert house.allpath.store.accounts.one("kim").sites == ("North",)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "", "display": "Dr Kim", "role": "viewer"}, "Give the name"),
        ({"name": "kim", "display": "", "role": "viewer"}, "Give the name"),
        ({"name": "kim", "display": "<b>Kim</b>", "role": "king"}, "is no role"),
        ({"name": "CORA", "display": "Another", "role": "viewer"}, "names are used once"),
    ],
)
def test_what_cannot_stand_is_told_and_what_was_typed_is_kept(
    house: House, admin: Browser, fields: dict[str, str], told: str
) -> None:
    """Nothing is half-saved, and nothing has to be typed again."""
    before = house.allpath.store.accounts.every()

    answer = admin.post("/admin/accounts", **fields)

    assert answer.status == 422
    assert told in answer.text
    assert f'value="{fields["display"]}"' in answer.text
    assert b"<b>" not in answer.body
    assert house.allpath.store.accounts.every() == before


def test_a_disabled_account_is_out_at_once_and_comes_back_with_a_new_password(
    house: House, admin: Browser
) -> None:
    """Somebody leaves on Friday, and is back after a year."""
    cora = house.browser("cora")

    admin.post("/admin/accounts/cora/disable")
    out = cora.get("/worklist").status
    (password,) = SHOWN.findall(admin.post("/admin/accounts/cora/password").text)

    assert out == 303
    assert house.browser(address="192.0.2.5").sign_in("cora", PASSWORD).status == 422
    assert house.browser().sign_in("cora", password).status == 303


def test_another_role_begins_with_another_sign_in(house: House, admin: Browser) -> None:
    """What is open on a screen was opened in the role of before."""
    cora = house.browser("cora")

    admin.post("/admin/accounts/cora", role="viewer", sites="South, North")

    account = house.allpath.store.accounts.one("cora")
    assert (account.role, account.sites) == ("viewer", ("North", "South"))
    assert cora.get("/worklist").status == 303


@pytest.mark.parametrize("path", ["/admin/accounts/ada", "/admin/accounts/ada/disable"])
def test_nobody_shuts_themselves_out(house: House, admin: Browser, path: str) -> None:
    """The last admin would be missing; another one can do it."""
    answer = admin.post(path, role="viewer")

    assert answer.status == 422
    assert "another admin can" in answer.text
    assert house.allpath.store.accounts.one("ada").is_enabled


def test_an_admin_sees_how_it_stands_and_no_patient(admin: Browser) -> None:
    """Heartbeat, backup and findings are theirs; names and numbers of patients are not."""
    assert "Nobody has looked since" in admin.get("/admin/doctor").text
    admin.post("/admin/doctor")
    texts = [admin.get(path).text for path in ("/admin/installation", "/admin/doctor", "/")]

    assert "Nobody has looked for what is due yet" in texts[0]
    assert "none made yet" in texts[0]
    assert "Last run <time" in texts[0]
    assert "every hash chain verifies" in texts[1]
    assert not any(word in " ".join(texts) for word in ("Northern", "NORTHERN", "9990000001"))


def test_an_account_that_is_not_there_is_told(admin: Browser) -> None:
    """A mistyped address is no fault of ours."""
    assert admin.get("/admin/accounts/nobody").status == 404
    assert admin.post("/admin/accounts/nobody/disable").status == 404
