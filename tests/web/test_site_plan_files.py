"""A site's plan as a file: chosen on the page, read as the pasted text is, and taken away again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allpath.web.guard import LARGEST_BODY
from tests.web.client import Answer, Browser
from tests.web.conftest import HERE, PASSWORD, House, open_house
from workflow.loading import MAX_BYTES

AT = "/sites/plan"
PLAN = "site: North\nreason: agreed at the MDT\nworking_days: {weekend: [sunday]}\n"
TYPED = "site: North\nreason: half typed\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for this file, whose lead begins with the plan of the north."""
    made = open_house(tmp_path_factory.mktemp("plans"))
    made.account("lea", "lead", HERE)
    yield made
    made.allpath.store.close()


@pytest.fixture(scope="module")
def lea(house: House) -> Browser:
    """Lea Lead of the northern site, signed in."""
    return house.browser("lea")


def sent(browser: Browser, content: bytes | None, *, csrf: str = "", **fields: str) -> Answer:
    """The form as a browser sends it, in parts; no file was chosen where there is no content."""
    typed = {"csrf": csrf or browser.csrf, "site": HERE, "plan": TYPED, **fields}
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode()
        for name, text in typed.items()
    ]
    name = "" if content is None else "north.yaml"
    kind = f'Content-Disposition: form-data; name="file"; filename="{name}"'
    parts.append(f"{kind}\r\nContent-Type: application/yaml\r\n\r\n".encode() + (content or b""))
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    headers = {
        "sec-fetch-site": "same-origin",
        "content-type": "multipart/form-data; boundary=edge",
    }
    return browser.ask("POST", AT, body, headers=headers)


def test_a_plan_is_taken_from_a_file_set_and_taken_away_again(house: House, lea: Browser) -> None:
    """Whoever keeps the plan in a file need not paste it, and gets the very same file back."""
    lea.get(f"{AT}?site={HERE}")
    missing = lea.get(f"{AT}/file?site={HERE}")
    shown = sent(lea, b"\xef\xbb\xbf" + PLAN.replace("\n", "\r\n").encode())

    assert (missing.status, shown.status) == (404, 200)
    assert "What the plan would change at North" in shown.text
    assert "agreed at the MDT" in shown.text
    assert not house.allpath.store.site_plans()

    lea.post(f"{AT}/set", site=HERE, plan=PLAN, seen="none")
    file = lea.get(f"{AT}/file?site={HERE}")

    assert file.body.decode() == PLAN
    assert file.header("content-disposition") == 'attachment; filename="site-plan-North.yaml"'
    assert f'href="{AT}/file?site={HERE}"' in lea.get(f"{AT}?site={HERE}").text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"site: N\xf6rd\n", "This file is no text in UTF-8"),
        (b"", "This file is empty"),
        (b"holiday: never\n", "holiday"),
        (b"site: [", "Line 2"),
        (b"#" * (MAX_BYTES + 1), "This is too long"),
        (PLAN.replace("North", "South").encode(), "the plan is for another"),
    ],
)
def test_a_file_that_is_no_plan_is_told_at_its_field_and_the_text_stays(
    lea: Browser, content: bytes, told: str
) -> None:
    """What was typed beside it is as it was, whatever the file holds."""
    lea.get(f"{AT}?site={HERE}")
    answer = sent(lea, content)

    at_field = answer.text.partition('id="file-error"')[2].partition("<input")[0]
    assert answer.status == 422
    assert told in at_field
    assert 'href="#file"' in answer.text
    assert TYPED.strip() in answer.text
    assert "Traceback" not in answer.text


def test_without_a_file_the_text_is_read(lea: Browser) -> None:
    """The same form serves both, with a browser's empty part where nothing was chosen."""
    lea.get(f"{AT}?site={HERE}")

    shown = sent(lea, None, plan=PLAN).text
    assert "What the plan would change at North" in shown
    assert "agreed at the MDT" in shown


def test_a_file_far_too_large_is_not_read_and_one_without_the_token_is_refused(
    lea: Browser,
) -> None:
    """The door is as narrow for a file as for every other form."""
    lea.get(f"{AT}?site={HERE}")

    assert sent(lea, b"x" * LARGEST_BODY).status == 413
    assert sent(lea, PLAN.encode(), csrf="made up").status == 403
    headers = {"sec-fetch-site": "same-origin", "content-type": "multipart/form-data"}
    assert lea.ask("POST", AT, b"--edge\r\n", headers=headers).status == 403


def test_a_file_sent_too_late_brings_the_form_back_with_the_text(house: House) -> None:
    """A browser hands a file over once: it is chosen again, and nothing typed is lost."""
    lea = house.browser("lea")
    lea.get(f"{AT}?site={HERE}")
    house.wait(minutes=16)
    late = sent(lea, PLAN.encode())
    lea.get("/sign-in")
    fields = dict(zip(("to", "of", "of_csrf", "typed"), _hidden(late), strict=True))
    again = lea.send("/sign-in", {**fields, "name": "lea", "password": PASSWORD, "code": ""})

    assert late.status == 403
    assert "This is the form as you left it" in again.text
    assert TYPED.strip() in again.text


def _hidden(page: Answer) -> list[str]:
    from tests.web.test_late_forms import fields_of  # noqa: PLC0415 - one reader of pages

    found = fields_of(page)
    return [found[name] for name in ("to", "of", "of_csrf", "typed")]
