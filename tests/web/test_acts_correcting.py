"""Correcting what is on record in a browser: looked at first, reasoned, nothing overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.orchestrator.conftest import MRD_NEGATIVE, Ward
from tests.web.acting_desk import Browser, Desk, a_desk

AT = f"/patients/{Ward.path_id}"
WHY = "read from the wrong report"


class OtherWard(Ward):
    """A second patient of the same house."""

    path_id = "P-000002"
    mrn = "9990000002"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with one patient under assessment, confirmed on a checked identity."""
    with a_desk(tmp_path) as found:
        found.ward.to_assessment()
        found.clock[0] += timedelta(minutes=1)
        yield found


@pytest.fixture
def cora(desk: Desk) -> Browser:
    """The coordinator at her screen."""
    return desk.signed_in("cora")


def address(desk: Desk, fact: str) -> str:
    """Where the last record of a fact is corrected."""
    records = [f for f in desk.ward.store.case(Ward.path_id).facts if f.fact == fact]
    return f"{AT}/facts/{records[-1].seq}/correct"


def standing(desk: Desk, fact: str) -> list[tuple[object, str, str]]:
    """Every record of a fact, with its day and status."""
    records = desk.ward.store.case(Ward.path_id).facts
    return [(f.value, f"{f.effective_at:%d-%b-%Y}", f.status) for f in records if f.fact == fact]


def test_a_correction_tells_beforehand_which_past_decisions_it_puts_in_doubt(
    desk: Desk, cora: Browser
) -> None:
    """Whoever corrects sees the consequence while it costs nothing; then it is one click away."""
    where = address(desk, "identity_checked")
    assert f'href="{where}"' in cora.get(AT).content
    before = desk.version
    assert cora.get(where).form(f"{where}/check")["value"] == "yes"
    checked = cora.send(f"{where}/check", value="no", status="corrected", reason=WHY)
    assert "Past decisions to look at again (1)" in checked.words
    assert "step Initial assessment (entry" in checked.words
    assert desk.version == before
    done = cora.get(cora.send(where).headers["location"])
    assert "The correction is on record" in done.words
    assert f'href="{AT}/reviews/' in done.content
    assert "yes" in done.words
    assert WHY in done.words


def test_a_record_is_moved_to_another_day_by_its_day_alone(desk: Desk, cora: Browser) -> None:
    """The value was right; to type it again would be one more chance to err."""
    where = address(desk, "cd19")
    cora.get(where)
    cora.send(f"{where}/check", on="20-Nov-2026", status="corrected", reason=WHY)
    assert cora.send(where).status == 303
    assert standing(desk, "cd19") == [
        ("positive", "23-Nov-2026", "final"),
        ("positive", "20-Nov-2026", "corrected"),
    ]


def test_a_result_that_is_moved_keeps_its_number_and_its_sample_moves_too(
    desk: Desk, cora: Browser
) -> None:
    """A result kept as a fraction and typed in percent must not shrink by a hundred on the way."""
    desk.ward.record({"mrd": MRD_NEGATIVE}, desk.clock[0])
    where = address(desk, "mrd")
    cora.get(where)
    cora.send(f"{where}/check", on="20-Nov-2026", status="corrected", reason=WHY)
    assert cora.send(where).status == 303
    first, second = (value for value, _, _ in standing(desk, "mrd"))
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert second["sensitivity"] == first["sensitivity"] == "0.0001"
    assert second["sample_date"] == "2026-11-20"


def test_what_was_entered_in_error_counts_no_more_and_comes_back_only_as_it_was(
    desk: Desk, cora: Browser
) -> None:
    """A voided record must not become the door for a result nobody recorded."""
    where = address(desk, "cd19")
    cora.get(where)
    checked = cora.send(f"{where}/check", status="entered_in_error", reason=WHY)
    assert "Counts no more" in checked.words
    assert cora.send(where).status == 303
    assert "not known" in cora.get(AT).words.lower()
    where = address(desk, "cd19")
    cora.get(where)
    other = cora.send(f"{where}/check", status="corrected", value="negative", reason=WHY)
    assert other.status == 422
    assert "nothing to amend" in other.words
    cora.get(where)
    assert cora.send(f"{where}/check", status="corrected", reason=WHY).status == 200
    assert cora.send(where).status == 303
    assert standing(desk, "cd19")[-1][0] == "positive"


def test_a_correction_without_act_or_reason_is_refused_at_the_fields(
    desk: Desk, cora: Browser
) -> None:
    """Nothing is chosen for anybody, and who reads it later has to understand."""
    where = address(desk, "marrow_blast_pct")
    cora.get(where)
    page = cora.send(f"{where}/check", value="71")
    assert page.status == 422
    assert 'href="#status"' in page.content
    assert 'href="#reason"' in page.content
    assert page.form(f"{where}/check")["value"] == "71"
    worse = cora.send(f"{where}/check", value="620", status="corrected", reason=WHY)
    assert "is outside 0 to 100" in worse.words


def test_a_stale_correction_shows_what_somebody_else_made_of_the_record(
    desk: Desk, cora: Browser
) -> None:
    """Two people who correct one record do not write over each other."""
    where = address(desk, "cd19")
    cora.get(where)
    cora.send(f"{where}/check", value="negative", status="corrected", reason=WHY)
    ada = desk.signed_in("ada")
    ada.get(where)
    ada.send(f"{where}/check", value="dim", status="amended", reason="second reading")
    assert ada.send(where).status == 303
    stale = cora.send(where)
    assert stale.status == 409
    assert "Changed since you opened this form" in stale.words
    assert "On record now: dim" in stale.words
    now = address(desk, "cd19")
    assert stale.form(f"{now}/check")["value"] == "negative"
    assert len(standing(desk, "cd19")) == 2


def test_a_record_of_the_wrong_patient_is_moved_once_both_were_looked_at(
    desk: Desk, cora: Browser
) -> None:
    """A swapped sample is two errors; it is mended in one act, with both names in sight."""
    other = OtherWard(desk.ward.store)
    other.enrol()
    where = address(desk, "cd19").removesuffix("/correct") + "/move"
    assert f'href="{where}"' in cora.get(address(desk, "cd19")).content
    cora.get(where)
    assert "no patient with this number" in cora.send(where, to="9990000077", reason=WHY).words
    assert "this patient's already" in cora.send(where, to=Ward.mrn, reason=WHY).words
    checked = cora.send(where, to=OtherWard.mrn, reason=WHY)
    assert "To: right patient" in checked.words
    assert standing(desk, "cd19")[-1][2] == "final"
    unseen = {**checked.form(where), "to": OtherWard.mrn, "looked_at": "", "act": "save"}
    assert "Check the move" in cora.post(where, unseen).words
    done = cora.get(cora.send(where, act="save").headers["location"])
    assert "The record is moved" in done.words
    assert standing(desk, "cd19")[-1][2] == "entered_in_error"
    arrived = desk.ward.store.case(OtherWard.path_id).facts
    assert [(f.fact, f.value) for f in arrived if f.fact == "cd19"] == [("cd19", "positive")]
