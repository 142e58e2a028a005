"""Reviews and checkpoints in a browser: looked at again, snoozed, waived, and contact recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import CLINICIAN, COORDINATOR, NOW
from tests.orchestrator.conftest import Ward
from tests.web.acting_desk import PASSWORD, Desk, a_desk
from workflow.commands import ConfirmStep, CorrectFact
from workflow.records import CheckpointRecord

AT = f"/patients/{Ward.path_id}"
CONTACT = f"{AT}/contact"
LATER = "30-Nov-2026"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with one patient under assessment, of whom everything is known."""
    with a_desk(tmp_path) as found:
        found.ward.to_assessment()
        yield found


def _live(desk: Desk) -> CheckpointRecord:
    """The checkpoint that is due first."""
    rows = [row for row in desk.ward.store.case(Ward.path_id).checkpoints if row.is_live]
    return min(rows, key=lambda row: row.due_at)


def _address(row: CheckpointRecord) -> str:
    return f"{AT}/checkpoints/{row.checkpoint}/{row.occurrence}"


def _again(desk: Desk, row: CheckpointRecord) -> CheckpointRecord:
    rows = desk.ward.store.checkpoints(Ward.path_id)
    return next(each for each in rows if each.key == row.key)


@pytest.fixture
def review(desk: Desk) -> str:
    """Reinduction was confirmed, then the lineage was corrected: the address of the review."""
    step = ConfirmStep(actor=CLINICIAN, path_id=Ward.path_id, step="reinduction")
    desk.ward.orchestrator.confirm(step, NOW)
    facts = desk.ward.store.case(Ward.path_id).facts
    (record,) = [each for each in facts if each.fact == "lineage"]
    desk.ward.orchestrator.correct(
        CorrectFact(
            actor=COORDINATOR,
            path_id=Ward.path_id,
            record_id=record.record_id,
            value="T",
            reason="read from the wrong report",
        ),
        NOW,
    )
    (item, *_) = desk.ward.store.reviews(Ward.path_id)
    return f"{AT}/reviews/{item.review_id.rpartition('/')[2]}"


def test_a_review_shows_both_answers_and_is_closed_under_a_name(desk: Desk, review: str) -> None:
    """Nothing of the past changes; somebody says what came of looking at it again."""
    ada = desk.signed_in("ada")
    assert f'href="{review}"' in ada.get(AT).content
    page = ada.get(review)
    assert "Then Now" in page.words
    assert "by rule A-16" in page.words
    assert "by rule A-05" in page.words
    assert "lineage of the relapse sample = T" in page.words
    refused = ada.send(review, password=PASSWORD)
    assert refused.status == 422
    assert "Choose what came of it." in refused.words
    done = ada.send(review, password=PASSWORD, verdict="upheld", reason="the MDT kept to it")
    assert done.status == 303
    (item, *_) = desk.ward.store.reviews(Ward.path_id)
    assert (item.status, item.reason) == ("upheld", "the MDT kept to it")
    assert "Closed: upheld" in ada.get(review).words


def test_care_off_the_pathway_needs_a_coded_reason(desk: Desk) -> None:
    """A transplantation nobody confirmed: somebody says why, in words that can be counted."""
    desk.clock[0] = NOW + timedelta(days=2)
    desk.ward.record({"hsct_date": "2026-11-24"}, desk.clock[0])
    (item,) = [each for each in desk.ward.store.reviews(Ward.path_id) if each.kind == "care"]
    where, ada = f"{AT}/reviews/{item.review_id.rpartition('/')[2]}", desk.signed_in("ada")
    ada.get(where)
    said = {"verdict": "upheld", "reason": "given in another hospital"}
    refused = ada.send(where, password=PASSWORD, **said)
    assert refused.status == 422
    assert "Choose why it was done." in refused.words
    code = "result_exists_elsewhere"
    assert ada.send(where, password=PASSWORD, **said, code=code).status == 303
    (entry,) = [e for e in desk.ward.store.journal(Ward.path_id) if e.kind == "care_explained"]
    assert entry.detail["variance"] == code
    assert entry.detail["signature"]["shown_by"] == "password"


def test_a_coordinator_reads_a_review_and_does_not_close_it(desk: Desk, review: str) -> None:
    """Who corrected a value may see what it brought up."""
    page = desk.signed_in("cora").get(review)
    assert page.status == 200
    assert "A clinician or lead closes it." in page.words
    assert 'name="password"' not in page.content


def test_a_snooze_has_a_day_and_a_reason(desk: Desk) -> None:
    """Nothing goes quiet for good, or for no reason."""
    row, cora = _live(desk), desk.signed_in("cora")
    where = _address(row)
    assert f'href="{where}"' in cora.get(AT).content
    cora.get(where)
    refused = cora.send(where, act="snooze")
    assert refused.status == 422
    assert "Enter why; it is kept in the history." in refused.words
    assert "Enter the day" in refused.words
    day = f"{row.due_at.date():%d-%b-%Y}"
    assert cora.send(where, act="snooze", until=day, reason="sample lost").status == 303
    assert _again(desk, row).quiet == "snoozed"


def test_a_day_that_is_not_to_come_is_refused_at_its_field(desk: Desk) -> None:
    """A snooze until yesterday would silence nothing and look as if it did."""
    row, cora = _live(desk), desk.signed_in("cora")
    cora.get(_address(row))
    page = cora.send(_address(row), act="snooze", until="23-Nov-2026", reason="sample lost")
    assert page.status == 422
    assert "23-Nov-2026 is not after today" in page.words
    assert page.form(_address(row))["reason"] == "sample lost"


def test_only_a_clinician_is_offered_to_waive(desk: Desk) -> None:
    """To expect no more is a clinical decision."""
    row = _live(desk)
    cora, ada = desk.signed_in("cora"), desk.signed_in("ada")
    assert 'value="waive"' not in cora.get(_address(row)).content
    refused = cora.send(_address(row), act="waive", reason="cannot be done")
    assert refused.status == 422
    assert "may not waive a checkpoint" in refused.words
    assert _again(desk, row).is_live
    ada.get(_address(row))
    assert ada.send(_address(row), act="waive", reason="cannot be done").status == 303
    assert _again(desk, row).status == "waived"


def test_what_is_late_is_acknowledged_and_stays_late(desk: Desk) -> None:
    """Seen is not done."""
    row = _live(desk)
    desk.clock[0] = row.overdue_at + timedelta(hours=1)
    ada = desk.signed_in("ada")
    ada.get(_address(row))
    day = f"{desk.clock[0].date() + timedelta(days=2):%d-%b-%Y}"
    assert ada.send(_address(row), act="acknowledge", until=day, reason="booked").status == 303
    assert _again(desk, row).quiet == "acknowledged"
    assert _again(desk, row).is_live


def test_a_contact_is_recorded_once_and_reminds_later(desk: Desk) -> None:
    """What was agreed on the telephone stands where the next colleague looks."""
    row, cora = _live(desk), desk.signed_in("cora")
    form = {
        **cora.get(CONTACT).form(CONTACT),
        "agreed": "comes on Monday",
        "checkpoint": f"{row.checkpoint}/{row.occurrence}",
        "remind_on": f"{row.due_at.date():%d-%b-%Y}",
    }
    first, second = cora.post(CONTACT, form), cora.post(CONTACT, form)
    assert (first.status, second.status) == (303, 303)
    journal = desk.ward.store.journal(Ward.path_id)
    assert [e.note for e in journal if e.kind == "contact_recorded"] == ["comes on Monday"]
    assert _again(desk, row).quiet == "contacted"


def test_a_stale_contact_keeps_what_was_typed(desk: Desk) -> None:
    """Nobody telephones twice because a form was lost."""
    cora = desk.signed_in("cora")
    cora.get(CONTACT)
    desk.clock[0] += timedelta(minutes=1)
    desk.ward.record({"vod_risk": "standard"}, desk.clock[0])
    page = cora.send(CONTACT, agreed="comes on Monday")
    assert page.status == 409
    assert "risk of veno-occlusive disease = standard" in page.words
    assert page.form(CONTACT)["agreed"] == "comes on Monday\n"[:-1]
    assert cora.send(CONTACT).status == 303


def test_a_checkpoint_that_is_not_open_is_not_found(desk: Desk) -> None:
    """An old link tells that it is old."""
    page = desk.signed_in("cora").get(f"{AT}/checkpoints/C-XX-9/1")
    assert page.status == 404
    assert "This checkpoint is not open" in page.words


def test_the_worklist_leads_to_what_can_be_done(desk: Desk) -> None:
    """A coordinator's morning is a list with the next click on each line."""
    page = desk.signed_in("cora").get("/worklist")
    assert f'href="{CONTACT}"' in page.content
    assert f'href="{_address(_live(desk))}"' in page.content
    assert "/contact" not in desk.signed_in("vic").get("/worklist").content
