"""Every form about a patient: pressed twice it is taken once, and stale it shows both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

import pytest

from tests.orchestrator.conftest import Ward
from tests.web.acting_desk import PASSWORD, Browser, Desk, a_desk
from tests.web.test_access import EXPECTED

AT = f"/patients/{Ward.path_id}"
WHY = "the MDT of this morning decided so"
NOTHING: Mapping[str, str] = MappingProxyType({})


def _correct(desk: Desk) -> str:
    records = [f for f in desk.ward.store.case(Ward.path_id).facts if f.fact == "cd19"]
    return f"{AT}/facts/{records[-1].seq}/correct"


def _checkpoint(desk: Desk) -> str:
    rows = [row for row in desk.ward.store.case(Ward.path_id).checkpoints if row.is_live]
    row = min(rows, key=lambda row: row.due_at)
    return f"{AT}/checkpoints/{row.checkpoint}/{row.occurrence}"


@dataclass(frozen=True)
class Form:
    """One form: its route, who sends it, where it stands, and what they type.

    `check` is typed first where a page to check comes between.
    """

    route: str
    where: Callable[[Desk], str]
    typed: Mapping[str, str]
    by: str = "cora"
    check: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    query: str = ""


FORMS = (
    Form("contact", lambda _: f"{AT}/contact", {"agreed": "rings on Monday"}),
    Form(
        "pause",
        lambda _: f"{AT}/pause",
        {"act": "pause", "until": "15-Dec-2026", "reason": "treated abroad"},
    ),
    Form(
        "record",
        lambda _: f"{AT}/record",
        {"act": "save"},
        check={"value": "male", "on": "22-Nov-2026", "source": "letter of the hospital"},
        query="?fact=sex",
    ),
    Form(
        "facts/{number}/correct",
        _correct,
        {"act": "save"},
        check={"value": "negative", "status": "corrected", "reason": WHY},
    ),
    Form(
        "checkpoints/{checkpoint}/{occurrence}",
        _checkpoint,
        {"act": "snooze", "until": "24-Nov-2026", "reason": "sample lost"},
    ),
    # The last ones move the patient on, and back.
    Form("steps/{step}", lambda _: f"{AT}/steps/reinduction", {"password": PASSWORD}, "ada"),
    Form("undo", lambda _: f"{AT}/undo", {"password": PASSWORD, "reason": WHY}, "ada"),
)
ELSEWHERE = {
    "record/check": "saves nothing",
    "facts/{number}/correct/check": "saves nothing",
    "what-if": "saves nothing",
    "draft": "the last one typed counts: test_drafts",
    "draft/away": "away is away: test_drafts",
    "facts/{number}/move": "test_acts_correcting",
    "steps/{step}/override": "test_acts_signing",
    "countersign": "test_acts_signing",
    "reviews/{number}": "test_acts_reviews_and_checkpoints",
    "mdt": "test_mdt",
    "mdt/{item}/off": "test_mdt",
    "mdt/{item}/decision": "test_mdt",
    "mdt/{item}/actions": "test_mdt",
    "mdt/{item}/actions/{action}": "test_mdt",
}
"""The forms that are not in the table above, and why or where they are tried."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all forms: each begins where the one before has left the patient."""
    with a_desk(tmp_path_factory.mktemp("forms")) as found:
        found.ward.to_assessment()
        yield found


def test_every_route_that_changes_a_patient_stands_in_one_of_the_tables() -> None:
    """Whoever adds a form says how it bears a doubled click."""
    at = "POST /patients/{path_id}/"
    asked = {name.removeprefix(at) for name in EXPECTED if name.startswith(at)}

    assert asked == {form.route for form in FORMS} | ELSEWHERE.keys()


def test_a_form_is_told_what_changed_and_pressed_twice_is_taken_once(desk: Desk) -> None:
    """Each in turn: a colleague was quicker, nothing typed is lost; then an impatient hand."""
    browsers = {name: desk.signed_in(name) for name in ("cora", "ada")}
    for form in FORMS:
        browser, where = browsers[form.by], form.where(desk)
        fields = _filled(browser, form, where)
        desk.clock[0] += timedelta(minutes=1)
        desk.ward.record({"trial_available": "no"}, desk.clock[0])
        before = desk.version

        stale = browser.post(where, fields)
        kept = stale.form(where)
        again = {**kept, **form.typed}

        assert (form.route, stale.status, desk.version) == (form.route, 409, before)
        assert "Changed since you opened this form" in stale.words
        shown = {name: kept.get(name) for name in fields if name in form.check or name == "reason"}
        assert shown == {name: fields[name] for name in shown}

        first, after = browser.post(where, again), desk.version
        second = browser.post(where, again)

        assert (form.route, first.status, second.status) == (form.route, 303, 303)
        assert after > before
        assert desk.version == after
        assert first.headers["location"] == second.headers["location"]


def _filled(browser: Browser, form: Form, where: str) -> dict[str, str]:
    """The form opened and filled in, through the page to check where there is one."""
    page = browser.get(where + form.query)
    if form.check:
        page = browser.post(f"{where}/check", {**page.form(f"{where}/check"), **form.check})
    return {**page.form(where), **form.typed}
