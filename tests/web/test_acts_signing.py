"""Signing in a browser: confirm, countersign, override and undo, each with the password again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from allpath.accounts.second_factor import code_at, new_secret
from tests.conftest import NOW
from tests.orchestrator.conftest import Ward
from tests.web.acting_desk import PASSWORD, Browser, Desk, Page, a_desk
from workflow.records import Actor, JournalEntry

AT = f"/patients/{Ward.path_id}"
REINDUCTION, OVERRIDE = f"{AT}/steps/reinduction", f"{AT}/steps/reinduction/override"
SUPPORTIVE, SECOND, UNDO = f"{AT}/steps/supportive", f"{AT}/countersign", f"{AT}/undo"
WHY = "the MDT of this morning decided so"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with one patient under assessment, of whom everything is known."""
    with a_desk(tmp_path) as found:
        found.ward.to_assessment()
        yield found


@pytest.fixture
def ada(desk: Desk) -> Browser:
    """The clinician at her screen."""
    return desk.signed_in("ada")


@pytest.fixture
def palliative(desk: Desk) -> Desk:
    """The goals of care changed: the pathway supports the step that two people sign."""
    desk.clock[0] = NOW + timedelta(days=1)
    desk.ward.record({"goals": "palliative"}, desk.clock[0])
    return desk


def _state(desk: Desk) -> str:
    return desk.ward.store.case(Ward.path_id).path.state


def _last(desk: Desk, kind: str) -> JournalEntry:
    return [e for e in desk.ward.store.journal(Ward.path_id) if e.kind == kind][-1]


def _confirm(browser: Browser, **typed: str) -> Page:
    """Reinduction is signed."""
    browser.get(REINDUCTION)
    return browser.send(REINDUCTION, **{"password": PASSWORD, **typed})


def test_the_form_shows_what_will_change_and_on_which_evidence(ada: Browser) -> None:
    """Whoever signs has seen what they sign for."""
    page = ada.get(REINDUCTION)
    assert page.status == 200
    assert "What will change" in page.words
    assert "Initial assessment → Reinduction" in page.words
    assert "Evidence at this moment" in page.words
    assert "Sign as Dr Ada Sample, clinician" in page.words


def test_a_step_signed_with_the_password_is_confirmed_and_says_how_it_was_shown(
    desk: Desk, ada: Browser
) -> None:
    """The signature tells later that its signer was asked."""
    done = _confirm(ada)
    assert done.status == 303
    assert _state(desk) == "reinduction"
    kept = _last(desk, "step_confirmed").detail["signature"]
    assert (kept["name"], kept["shown_by"]) == ("Dr Ada Sample", "password")
    assert "The step is confirmed under your name." in ada.get(done.headers["location"]).words


@pytest.mark.parametrize(
    ("password", "told"),
    [("", "Enter your password to sign."), ("wrong", "That is not right. Nothing was signed.")],
)
def test_without_the_right_password_nothing_is_signed_and_the_rest_is_kept(
    desk: Desk, ada: Browser, password: str, told: str
) -> None:
    """An open screen signs nothing; the reason need not be typed twice."""
    page = _confirm(ada, password=password, note="after the ward round")
    assert page.status == 422
    assert told in page.words
    assert page.form(REINDUCTION)["note"] == "after the ward round"
    assert page.form(REINDUCTION)["password"] == ""
    assert _state(desk) == "assessment"


def test_a_double_click_confirms_once(desk: Desk, ada: Browser) -> None:
    """The second click finds the step taken, by the same signature."""
    form = {**ada.get(REINDUCTION).form(REINDUCTION), "password": PASSWORD}
    first, second = ada.post(REINDUCTION, form), ada.post(REINDUCTION, form)
    assert (first.status, second.status) == (303, 303)
    taken = [e for e in desk.ward.store.journal(Ward.path_id) if e.state_to == "reinduction"]
    assert [e.kind for e in taken if e.state_from == "assessment"] == ["step_confirmed"]


def test_a_stale_signature_is_asked_for_again_with_what_changed(desk: Desk, ada: Browser) -> None:
    """A signature stands under what its signer saw."""
    ada.get(REINDUCTION)
    desk.clock[0] += timedelta(minutes=1)
    desk.ward.record({"vod_risk": "standard"}, desk.clock[0])
    page = ada.send(REINDUCTION, password=PASSWORD, note="asked for by the family")
    assert page.status == 409
    assert "Changed since you opened this form" in page.words
    assert "risk of veno-occlusive disease = standard" in page.words
    assert page.form(REINDUCTION)["note"] == "asked for by the family"
    assert desk.ward.store.case(Ward.path_id).path.state == "assessment"
    assert ada.send(REINDUCTION, password=PASSWORD).status == 303


def test_a_step_that_is_gone_keeps_what_was_typed_on_the_page(desk: Desk, ada: Browser) -> None:
    """Even where the path moved on nothing typed is lost."""
    ada.get(REINDUCTION)
    form = ada.last.form(REINDUCTION)
    desk.clock[0] += timedelta(minutes=1)
    desk.ward.confirm("reinduction", desk.clock[0])
    page = ada.post(REINDUCTION, {**form, "password": PASSWORD, "note": "my own note"})
    assert page.status == 409
    assert "There is no such step" in page.words
    assert "my own note" in page.words


def test_two_people_sign_where_the_pathway_asks_for_two(palliative: Desk, ada: Browser) -> None:
    """The first waits for the second, and the second is somebody else."""
    ada.get(SUPPORTIVE)
    first = ada.send(SUPPORTIVE, password=PASSWORD)
    assert "done=waiting" in first.headers["location"]
    assert _state(palliative) == "assessment"
    assert "You signed first" in ada.get(SECOND).words
    assert ada.send(SECOND, password=PASSWORD).status == 422
    ben = palliative.signed_in("ben")
    assert f'href="{SECOND}"' in ben.get(AT).content
    assert "Dr Ada Sample" in ben.get(SECOND).words
    assert ben.send(SECOND, password=PASSWORD).status == 303
    assert _state(palliative) == "supportive"
    assert _last(palliative, "step_countersigned").detail["signature"]["shown_by"] == "password"


def test_the_second_clinician_declines_with_a_reason(palliative: Desk, ada: Browser) -> None:
    """A no is a signature too, and says why."""
    ada.get(SUPPORTIVE)
    ada.send(SUPPORTIVE, password=PASSWORD)
    ben = palliative.signed_in("ben")
    ben.get(SECOND)
    refused = ben.send(SECOND, password=PASSWORD, act="decline")
    assert refused.status == 422
    assert "Enter why you decline it." in refused.words
    assert ben.send(SECOND, password=PASSWORD, act="decline", decline="not yet").status == 303
    assert palliative.ward.store.case(Ward.path_id).path.pending is None
    assert "No step of this patient waits." in ben.get(SECOND).words


@pytest.fixture
def undecided(desk: Desk) -> Desk:
    """Of the patient the cerebrospinal fluid is not known: reinduction cannot be told."""
    desk.clock[0] = NOW + timedelta(days=1)
    desk.ward.record({"cns_status": "unknown"}, desk.clock[0])
    return desk


def test_a_step_that_is_not_open_has_no_form_to_confirm_it(undecided: Desk, ada: Browser) -> None:
    """It can be overridden, on a page of its own, and not by mistake."""
    page = ada.get(REINDUCTION)
    assert f'href="{OVERRIDE}"' in page.content
    assert 'name="password"' not in page.content
    assert _state(undecided) == "assessment"


def test_an_override_lists_what_speaks_against_it_and_preselects_nothing(
    undecided: Desk, ada: Browser
) -> None:
    """Going ahead is a choice of the signer, reason by reason."""
    page = ada.get(OVERRIDE)
    assert "Not supported by the pathway" in page.words
    assert "Unknown" in page.words
    assert "code" not in page.form(OVERRIDE)
    refused = ada.send(OVERRIDE, password=PASSWORD)
    assert refused.status == 422
    assert "Choose why you go ahead." in refused.words
    assert "Enter the reason in your own words." in refused.words
    assert _state(undecided) == "assessment"


def test_an_override_is_signed_with_its_reasons(undecided: Desk, ada: Browser) -> None:
    """Who asks in ten years reads both."""
    ada.get(OVERRIDE)
    assert ada.send(OVERRIDE, password=PASSWORD, code="mdt_judgement", reason=WHY).status == 303
    entry = _last(undecided, "step_overridden")
    assert (entry.detail["variance"], entry.reason) == ("mdt_judgement", WHY)
    assert entry.detail["signature"]["shown_by"] == "password"


def test_what_cannot_be_overridden_shows_no_form_but_what_to_do(desk: Desk, ada: Browser) -> None:
    """A record that contradicts itself is put right, not gone past."""
    desk.ward.record({"dx_date": "2027-03-01"})
    page = ada.get(OVERRIDE)
    assert "This cannot be overridden." in page.words
    assert "Correct the record" in page.words
    assert 'name="password"' not in page.content


def test_a_step_that_is_open_is_confirmed_instead(ada: Browser) -> None:
    """A register of variances that holds what was recommended would say nothing."""
    page = ada.get(OVERRIDE)
    assert "Confirm it instead" in page.words
    assert 'name="password"' not in page.content


def test_an_undo_lists_its_consequences_before_it_is_signed(desk: Desk, ada: Browser) -> None:
    """Nobody undoes more than they saw."""
    _confirm(ada)
    page = ada.get(UNDO)
    assert "Back to Initial assessment" in page.words
    assert "Steps undone (1)" in page.words
    assert ada.send(UNDO, password=PASSWORD).status == 422
    assert ada.send(UNDO, password=PASSWORD, reason="wrong patient").status == 303
    assert _state(desk) == "assessment"
    assert _last(desk, "step_undone").detail["signature"]["shown_by"] == "password"


@pytest.mark.parametrize("path", [REINDUCTION, OVERRIDE, SECOND, UNDO])
def test_a_coordinator_signs_nothing(desk: Desk, path: str) -> None:
    """Signatures are clinicians'; a coordinator is not even shown the form."""
    cora = desk.signed_in("cora")
    assert cora.get(path).status == 403
    csrf = cora.get(AT).content.partition('name="csrf" value="')[2].partition('"')[0]
    assert cora.post(path, {"csrf": csrf, "password": PASSWORD}).status == 403


def test_a_step_that_was_never_there_is_told_in_words(ada: Browser) -> None:
    """No trace of the program reaches a person."""
    page = ada.get(f"{AT}/steps/maintenance_of_the_lift")
    assert page.status == 422
    assert "There is no step" in page.words
    assert "Traceback" not in page.content


@pytest.mark.parametrize(
    "path", [f"{AT}/record", REINDUCTION, OVERRIDE, SECOND, UNDO, f"{AT}/contact"]
)
def test_a_patient_of_another_site_is_not_found_by_any_act(desk: Desk, path: str) -> None:
    """Whoever guesses an address learns nothing, not even that there is somebody."""
    sue = desk.signed_in("sue")
    page = sue.get(f"{AT}/{path}")
    assert page.status == 404
    assert "SAMPLE" not in page.content


@pytest.mark.parametrize("day", ["24-Nov-2026", "01-Jan-2020", "tomorrow"])
def test_a_day_that_cannot_be_is_told_at_its_field(desk: Desk, ada: Browser, day: str) -> None:
    """A step takes effect neither before the stay began nor in the future."""
    page = _confirm(ada, on=day)
    assert page.status == 422
    assert 'href="#on"' in page.content
    assert page.form(REINDUCTION)["on"] == day
    assert _state(desk) == "assessment"


def test_whoever_has_a_second_factor_signs_with_its_code(desk: Desk, ada: Browser) -> None:
    """A password alone signs no more than it lets in, and the signature says what was shown."""
    secret = new_secret()
    accounts, keeper = desk.allpath.store.accounts, Actor("Ada Admin", "admin")
    accounts.change(
        replace(accounts.one("ada"), totp_secret=secret), "account_changed", keeper, NOW
    )
    desk.clock[0] += timedelta(minutes=1)
    code = code_at(secret, desk.clock[0])
    ada.post("/sign-in", {"name": "ada", "password": PASSWORD, "code": code, "back": "/"})
    assert _confirm(ada).status == 422
    assert _state(desk) == "assessment"
    desk.clock[0] += timedelta(minutes=5)
    assert _confirm(ada, one_time_code=code_at(secret, desk.clock[0])).status == 303
    shown_by = _last(desk, "step_confirmed").detail["signature"]["shown_by"]
    assert shown_by == "password and code"


def test_the_code_of_a_second_factor_does_not_take_the_place_of_the_coded_reason(
    undecided: Desk, ada: Browser
) -> None:
    """Whoever has a second factor can override too, and their reason is the one they chose."""
    secret = new_secret()
    accounts, keeper = undecided.allpath.store.accounts, Actor("Ada Admin", "admin")
    changed = replace(accounts.one("ada"), totp_secret=secret)
    accounts.change(changed, "account_changed", keeper, NOW)
    code = code_at(secret, undecided.clock[0])
    ada.post("/sign-in", {"name": "ada", "password": PASSWORD, "code": code, "back": "/"})
    undecided.clock[0] += timedelta(minutes=5)
    ada.get(OVERRIDE)
    typed = {"password": PASSWORD, "code": "mdt_judgement", "reason": WHY}
    now = code_at(secret, undecided.clock[0])
    assert ada.send(OVERRIDE, **typed, one_time_code=now).status == 303
    assert _last(undecided, "step_overridden").detail["variance"] == "mdt_judgement"
