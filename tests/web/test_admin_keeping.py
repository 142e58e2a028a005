"""Sites, recipients, notices and calendars in the browser: the services of the commands."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from scheduler.sweep import sweep
from tests.notices.conftest import LEAD
from tests.web.client import Browser
from tests.web.conftest import HERE, House, open_house
from workflow.outbox import Mark, NewDelivery, Recipient

PLAN = "site: North\nreason: agreed at the MDT\nworking_days: {weekend: [sunday]}\n"
TYPED = {
    "name": "Dr Lea Lead",
    "role": "lead",
    "channel": "email",
    "address": "lea@ward.example",
    "quiet": "20:00-07:00",
    "time_zone": "Europe/London",
    "digest": "yes",
}


@pytest.fixture
def admin(house: House) -> Browser:
    """Ada Admin, signed in."""
    house.account("ada", "admin")
    return house.browser("ada")


@pytest.fixture
def lead(house: House) -> Browser:
    """Lea Lead of the northern site, signed in."""
    house.account("lea", "lead", HERE)
    return house.browser("lea")


@pytest.fixture(scope="module")
def shut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Browser, Browser]]:
    """A house with an admin and a lead for what is refused, and so leaves everything as it was."""
    made = open_house(tmp_path_factory.mktemp("shut"))
    made.account("ada", "admin")
    made.account("lea", "lead", HERE)
    yield made, made.browser("ada"), made.browser("lea")
    made.allpath.store.close()


def _seen(text: str) -> str:
    return str(re.findall(r'name="seen" value="(\w+)"', text)[0])


def test_a_plan_is_tried_by_an_admin_and_set_by_a_lead(
    house: House, admin: Browser, lead: Browser
) -> None:
    """When people are reminded is a clinical decision; whoever runs the machine may prepare it."""
    tried = admin.post("/sites/plan", site=HERE, plan=PLAN.replace("\n", "\r\n"))
    shown = lead.post("/sites/plan", site=HERE, plan=PLAN)
    kept = lead.post("/sites/plan/set", site=HERE, plan=PLAN, seen=_seen(shown.text))

    assert "Sunday" in tried.text
    assert "A lead or director sets a plan" in tried.text
    assert kept.status == 303, kept.text
    (plan,) = house.allpath.store.site_plans()
    assert (plan.content, plan.plan.reason) == (PLAN, "agreed at the MDT")
    assert "agreed at the MDT" in admin.get("/sites").text


def test_a_plan_set_meanwhile_is_not_overwritten_unseen(house: House, lead: Browser) -> None:
    """Two leads edit in two tabs; the second sees what theirs would change now."""
    seen = _seen(lead.post("/sites/plan", site=HERE, plan=PLAN).text)
    lead.post("/sites/plan/set", site=HERE, plan=PLAN, seen=seen)

    other = PLAN.replace("sunday", "friday")
    answer = lead.post("/sites/plan/set", site=HERE, plan=other, seen=seen)

    assert answer.status == 409
    assert "Somebody set another plan after you looked" in answer.text
    assert "Friday" in answer.text
    assert len(house.allpath.store.site_plans()) == 1


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ("", "Enter the plan"),
        (PLAN + "holiday: 2026-12-25\n", "Line 4: holiday: "),
        (PLAN + "checkpoints:\n  C-RA-1: {due: 50 d}\n", "rests on evidence"),
        (PLAN.replace("North", "South"), "the plan is for another"),
        ("<b>: [", "Line "),
    ],
)
def test_a_plan_that_cannot_be_set_is_told_with_line_and_cure(
    shut: tuple[House, Browser, Browser], plan: str, told: str
) -> None:
    """The text stays in the form, and nothing is kept."""
    house, _, lead = shut
    answer = lead.post("/sites/plan/set", site=HERE, plan=plan)

    assert answer.status == 422
    assert told in answer.text
    assert plan.strip() in answer.text
    assert b"<b>" not in answer.body
    assert not house.allpath.store.site_plans()


def test_the_plan_of_another_site_is_not_there(shut: tuple[House, Browser, Browser]) -> None:
    """A lead sets the plan of the own site, and learns nothing of others."""
    _, _, lead = shut
    assert lead.get("/sites/plan?site=South").status == 404
    assert lead.post("/sites/plan", site="South", plan=PLAN.replace("North", "South")).status == 422


def test_somebody_is_told_changed_and_removed(house: House, admin: Browser) -> None:
    """Preferences are those of the command: channel, quiet hours, digest, role and site."""
    made = admin.post("/admin/recipients/new", **TYPED)
    page = admin.get(made.goes_to)
    changed = admin.post(
        "/admin/recipients/R-1", **{**TYPED, "site": HERE, "digest": "", "seen": _seen(page.text)}
    )
    stale = admin.post("/admin/recipients/R-1", **{**TYPED, "seen": _seen(page.text)})
    admin.post("/admin/recipients/R-1/remove")

    assert "one message at 07:00, quiet 20:00 to 07:00 (Europe/London)" in page.text
    assert changed.status == 303
    assert stale.status == 409
    found = house.allpath.store.recipients.one("R-1")
    assert (found.site, found.digest, found.active) == (HERE, False, False)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "Enter the name"),
        ({"role": "king"}, "Choose the role"),
        ({"channel": "apprise", "address": "/etc/hostname"}, "Choose e-mail or a webhook"),
        ({"channel": "pigeon"}, "is not a channel"),
        ({"address": "lea"}, "not an e-mail address"),
        ({"channel": "webhook", "address": "ward.example"}, "write one like https://"),
        ({"quiet": "night"}, "20:00-07:00"),
        ({"time_zone": "Mars"}, "not a time zone"),
    ],
)
def test_who_cannot_be_told_is_refused_at_the_field(
    shut: tuple[House, Browser, Browser], typed: dict[str, str], told: str
) -> None:
    """What was typed is kept, and nobody is half-added."""
    house, admin, _ = shut
    answer = admin.post("/admin/recipients/new", **{**TYPED, **typed})

    field = next(reversed(typed)) if "apprise" not in typed.values() else "channel"
    assert answer.status == 422
    assert told in answer.text
    assert f'id="{field}-error"' in answer.text
    assert f'value="{typed.get("address", TYPED["address"])}"' in answer.text
    assert not house.allpath.store.recipients.every()


def test_the_same_recipient_is_added_once(house: House, admin: Browser) -> None:
    """A button clicked twice does not tell somebody twice."""
    admin.post("/admin/recipients/new", **TYPED)
    again = admin.post("/admin/recipients/new", **TYPED)

    assert again.status == 422
    assert "is told already" in again.text
    assert len(house.allpath.store.recipients.every()) == 1


def test_a_test_message_without_a_mail_server_says_what_to_set(admin: Browser) -> None:
    """Whoever set up the machine forgot a variable; the page names it."""
    made = admin.post("/admin/recipients/new", **TYPED)
    answer = admin.post(made.goes_to.partition("?")[0] + "/test")

    assert answer.status == 422
    assert "ALLPATH_SMTP_HOST" in answer.text


def test_a_notice_that_was_given_up_is_tried_again(house: House) -> None:
    """It names its path by the opaque id, not as a link, and nobody by name."""
    house.account("ada", "admin")
    house.wait(minutes=60 * 24 * 90)
    admin = house.browser("ada")
    sweep(house.allpath.store, house.allpath.orchestrator, house.at)
    told = house.allpath.store.recipients.add(
        Recipient("", "Lea", "lead", "email", "lea@ward.example"), LEAD, house.at
    )
    outbox = house.allpath.store.outbox
    first = outbox.unaddressed()[0]
    outbox.address(first, [NewDelivery(told.recipient_id, "email", house.at)], house.at)
    claim = outbox.claim(told.recipient_id, "t", house.at, house.at)
    assert claim is not None
    number = claim.deliveries[0].number
    outbox.mark(claim, [Mark(number, "dead", 12, error="the server said no")], house.at)

    text = admin.get("/admin/notices?show=dead").text
    replayed = admin.post("/admin/notices/replay", delivery=str(number))
    again = admin.post("/admin/notices/replay", delivery=str(number))

    assert first.notice.path_id in text
    assert "the server said no" in text
    assert "/patients/" not in text
    assert "Northern" not in text.title()
    assert replayed.status == 303
    assert again.status == 422
    assert "only a dead one" in again.text


def test_a_calendar_is_revoked(house: House, admin: Browser) -> None:
    """Its secret was seen by somebody else."""
    house.allpath.store.feeds.new_feed("ward-3", "0" * 64, "", LEAD, house.at)

    answer = admin.post("/admin/calendars/revoke", calendar="ward-3")
    again = admin.post("/admin/calendars/revoke", calendar="ward-3")

    assert answer.status == 303
    assert again.status == 422
    assert "There is no calendar ward-3 in use" in again.text
    assert "Revoked" in admin.get("/admin/calendars").text
