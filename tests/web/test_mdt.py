"""MDT meetings in a browser: from the list of who waits to the step beside the decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.orchestrator.conftest import Ward
from tests.web.acting_desk import Browser, Desk, a_desk

AT = f"/patients/{Ward.path_id}"
PUT, ITEM = f"{AT}/mdt", f"{AT}/mdt/1"
MEETING = "/mdt/M-1"
WHY = "the infection is under control by now"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with one patient whom the pathway sends to the MDT."""
    with a_desk(tmp_path) as found:
        found.ward.to_the_mdt()
        found.clock[0] = NOW + timedelta(hours=2)
        yield found


@pytest.fixture
def cora(desk: Desk) -> Browser:
    """The coordinator, who has called a meeting and put the patient on its agenda."""
    return _prepared(desk)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The same desk with a meeting prepared, for the tests that change nothing."""
    with a_desk(tmp_path_factory.mktemp("office")) as found:
        found.ward.to_the_mdt()
        _prepared(found)
        yield found


def _prepared(desk: Desk) -> Browser:
    browser = desk.signed_in("cora")
    browser.get("/mdt")
    browser.send("/mdt", on="23-Nov-2026", title="Leukaemia MDT", site="All sites")
    browser.get(PUT)
    browser.send(PUT, meeting="M-1", question=f"Reinduction? {SCRIPT}")
    return browser


def _met(browser: Browser) -> None:
    browser.get(f"{MEETING}/attendance")
    people = "Dr Lea Lead, haematologist\r\nDr Ada Sample, haematologist"
    browser.send(f"{MEETING}/attendance", people=people, chair="Dr Lea Lead")


def test_whoever_waits_for_an_mdt_is_listed_until_they_are_on_an_agenda(desk: Desk) -> None:
    """The list of who is on none is where a morning begins."""
    cora = desk.signed_in("cora")
    before = cora.get("/mdt").words
    made = cora.send("/mdt", on="25-Nov-2026", title="Leukaemia MDT", site="All sites")
    cora.get(PUT)
    put = cora.send(PUT, meeting="M-1", question="Reinduction now?")
    after = cora.get("/mdt").words

    assert "1 on no agenda, 0 not decided, 0 on an agenda" in before
    assert (made.status, made.headers["location"]) == (303, MEETING)
    assert put.headers["location"] == f"{MEETING}#{Ward.path_id}-1"
    assert "0 on no agenda, 0 not decided, 1 on an agenda" in after
    desk.clock[0] = NOW + timedelta(days=4)
    late = desk.signed_in("cora").get("/mdt").words
    assert "0 on no agenda, 1 not decided, 0 on an agenda" in late


def test_the_agenda_shows_the_question_and_what_is_not_known(office: Desk) -> None:
    """Whoever prepares a meeting sees who supplies what, and records it from here."""
    page = office.signed_in("cora").get(MEETING)

    assert "Reinduction? <script>alert(1)</script>" in page.words
    assert SCRIPT not in page.content
    assert "Sam" in page.words
    assert "Needs MDT: An infection is not under control" in page.words
    assert "Supplied by" in page.words
    assert f'href="{AT}/record?fact=trial_consent"' in page.content


def test_a_decision_stands_beside_the_step_and_moves_nobody(desk: Desk, cora: Browser) -> None:
    """The clinician confirms what the meeting chose, and sees it while doing so."""
    _met(cora)
    ada = desk.signed_in("ada")
    ada.get(f"{ITEM}/decision")
    done = ada.send(f"{ITEM}/decision", choice="reinduction", rationale=WHY)
    step = ada.get(f"{AT}/steps/reinduction")

    assert done.status == 303
    assert desk.ward.store.case(Ward.path_id).path.state == "assessment"
    assert "MDT of 23-Nov-2026 chose Reinduction" in step.words
    assert WHY in step.form(f"{AT}/steps/reinduction")["reason"]
    assert "which is another step than this one" in ada.get(f"{AT}/steps/supportive").words
    assert "MDT of 23-Nov-2026 chose Reinduction" in ada.get(AT).words
    assert "1 decided" in ada.get("/mdt").words
    agenda = ada.get(MEETING).words
    assert "Dr Lea Lead (haematologist) Led the meeting" in agenda
    assert f"Why: {WHY} Recorded by Dr Ada Sample (clinician)" in agenda


def test_a_refused_decision_keeps_what_was_typed(desk: Desk, cora: Browser) -> None:
    """What is missing is said at its field, and nothing is half-saved."""
    ada = desk.signed_in("ada")
    ada.get(f"{ITEM}/decision")
    nobody = ada.send(f"{ITEM}/decision", choice="reinduction", rationale=WHY)
    _met(cora)
    ada.get(f"{ITEM}/decision")
    no_words = ada.send(f"{ITEM}/decision", choice="defer", rationale=WHY)
    neither = ada.send(f"{ITEM}/decision", choice="defer", rationale="")
    nothing = ada.send(f"{ITEM}/decision", choice="", rationale="")

    assert (nobody.status, no_words.status, nothing.status) == (422, 422, 422)
    assert "Record first who took part" in nobody.words
    assert 'id="in_words-error"' in no_words.content
    assert no_words.form(f"{ITEM}/decision")["rationale"] == WHY
    assert no_words.form(f"{ITEM}/decision")["choice"] == "defer"
    assert all(f'id="{name}-error"' in neither.content for name in ("in_words", "rationale"))
    assert all(f'id="{name}-error"' in nothing.content for name in ("choice", "rationale"))
    assert len(desk.allpath.store.meetings.entries()) == 1


def test_a_form_opened_before_somebody_elses_saves_nothing(desk: Desk, cora: Browser) -> None:
    """A doubled click or a second tab makes no second record, and loses no word."""
    _met(cora)
    ada, lea = desk.signed_in("ada"), desk.signed_in("lea")
    ada.get(f"{ITEM}/decision")
    lea.get(f"{ITEM}/decision")
    lea.send(f"{ITEM}/decision", choice="reinduction", rationale="first")
    stale = ada.send(f"{ITEM}/decision", choice="supportive", rationale=WHY)
    again = ada.send(f"{ITEM}/decision")

    assert stale.status == 409
    assert stale.form(f"{ITEM}/decision")["rationale"] == WHY
    assert "first" in stale.words
    assert again.status == 303
    agenda = ada.get(MEETING).words
    assert agenda.index("chose Supportive care") < agenda.index("Superseded")


def test_a_late_action_is_seen_until_it_is_said_whether_it_was_done(
    desk: Desk, cora: Browser
) -> None:
    """On the page of meetings and on the patient's, with whose it is."""
    cora.get(f"{ITEM}/actions")
    cora.send(f"{ITEM}/actions", what="HLA typing", owner="Dr Ben Second", due_on="24-Nov-2026")
    desk.clock[0] = NOW + timedelta(days=3)
    cora = desk.signed_in("cora")
    assert "1 late action" in cora.get("/mdt").words
    assert "HLA typing Late 2 days Dr Ben Second, by 24-Nov-2026" in cora.get(AT).words
    cora.get(f"{ITEM}/actions/2")
    refused = cora.send(f"{ITEM}/actions/2", outcome="not_done")
    assert (refused.status, "why it was not done" in refused.words) == (422, True)
    cora.send(f"{ITEM}/actions/2", note="no blood was taken")

    assert "0 late actions" in cora.get("/mdt").words
    assert "Not done, said Cora Coordinator: no blood was taken" in cora.get(MEETING).words


def test_a_patient_taken_off_stays_on_the_page_with_the_reason(cora: Browser) -> None:
    """An agenda from which names silently vanish is no record."""
    cora.get(f"{ITEM}/off")
    empty = cora.send(f"{ITEM}/off", reason=" ")
    cora.send(f"{ITEM}/off", reason="seen in clinic instead")
    page = cora.get(MEETING).words

    assert empty.status == 422
    assert "SAMPLE, Sam: seen in clinic instead (Cora Coordinator" in page
    assert "Nobody is on this agenda yet" in page


def test_a_meeting_of_all_sites_names_no_patient_of_another_site(office: Desk) -> None:
    """How many are not shown is told, so that the agenda adds up; who they are is not."""
    sue = office.signed_in("sue")
    meetings, agenda = sue.get("/mdt").words, sue.get(MEETING).words

    assert "SAMPLE" not in meetings + agenda
    assert "1 of other sites is not shown" in agenda
    assert sue.get(f"{ITEM}/decision").status == 404
    assert sue.get("/mdt/M-9").status == 404


def test_the_calendar_of_a_meeting_holds_no_patient(office: Desk) -> None:
    """A calendar lies on telephones; it gets the day, the title and the site alone."""
    answer = office.signed_in("vic").get(f"{MEETING}/meeting.ics")

    assert answer.headers["content-type"].startswith("text/calendar")
    assert "DTSTART;VALUE=DATE:20261123" in answer.content
    assert "SUMMARY:MDT: Leukaemia MDT" in answer.content
    assert not any(word in answer.content for word in (Ward.path_id, "Sample", "Reinduction"))


def test_a_viewer_reads_an_agenda_and_is_offered_no_act(office: Desk) -> None:
    """Who only looks finds no button that would refuse them."""
    vic = office.signed_in("vic")
    meetings, agenda = vic.get("/mdt"), vic.get(MEETING)

    assert (meetings.status, agenda.status) == (200, 200)
    assert "Call the meeting" not in meetings.words
    assert f"{ITEM}/" not in agenda.content
    assert vic.get(PUT).status == 403


def test_a_meeting_needs_a_day_a_name_and_a_site(office: Desk) -> None:
    """What is missing is said at its field; two meetings of one name and day are one too many."""
    cora = office.signed_in("cora")
    cora.get("/mdt")
    empty = cora.send("/mdt", on="31-Feb-2026", title="", site="")
    cora.get("/mdt")
    twice = cora.send("/mdt", on="23-Nov-2026", title="Leukaemia MDT", site="All sites")

    assert (empty.status, twice.status) == (422, 422)
    assert all(f'id="{name}-error"' in empty.content for name in ("on", "title", "site"))
    assert empty.form("/mdt")["on"] == "31-Feb-2026"
    assert "There is a meeting Leukaemia MDT on 23-Nov-2026 already" in twice.words
