"""Recording a fact in a browser: checked before it is saved, saved once, never over a change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.orchestrator.conftest import Ward
from tests.web.acting_desk import Browser, Desk, a_desk

AT = f"/patients/{Ward.path_id}"
RECORD, CHECK = f"{AT}/record", f"{AT}/record/check"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with one patient who was just referred."""
    with a_desk(tmp_path) as found:
        found.ward.enrol()
        yield found


@pytest.fixture
def cora(desk: Desk) -> Browser:
    """The coordinator at her screen."""
    return desk.signed_in("cora")


def test_a_missing_fact_is_one_click_from_the_patient(cora: Browser) -> None:
    """Whoever sees what is missing should not have to look for where to record it."""
    assert f'href="{RECORD}?fact=identity_checked"' in cora.get(AT).content


def test_the_check_page_says_what_would_change_and_saves_nothing(desk: Desk, cora: Browser) -> None:
    """A slip is found while it costs nothing."""
    before = desk.version
    cora.get(f"{RECORD}?fact=identity_checked")
    page = cora.send(CHECK, value="yes")
    assert page.status == 200
    assert "Not enough data: identity checked" in page.words
    assert "Pathway supports: Initial assessment" in page.words
    assert desk.version == before


def test_a_double_click_saves_once(desk: Desk, cora: Browser) -> None:
    """Two records of one result would look like two results."""
    cora.get(f"{RECORD}?fact=identity_checked")
    checked = cora.send(CHECK, value="yes").form(RECORD)
    before = desk.version
    first, second = cora.post(RECORD, checked), cora.post(RECORD, checked)
    assert (first.status, second.status) == (303, 303)
    facts = [f for f in desk.ward.store.case(Ward.path_id).facts if f.fact == "identity_checked"]
    assert len(facts) == 1
    assert desk.version == before + 1
    assert "The fact is recorded." in cora.get(first.headers["location"]).words


def test_a_stale_form_tells_what_changed_and_keeps_what_was_typed(
    desk: Desk, cora: Browser
) -> None:
    """Nobody writes over what they have not seen, and nobody types twice."""
    cora.get(f"{RECORD}?fact=sex")
    cora.send(CHECK, value="male", source="letter of the referring hospital")
    desk.clock[0] += timedelta(minutes=1)
    desk.ward.record({"identity_checked": "yes"}, desk.clock[0])
    stale = cora.send(RECORD)
    assert stale.status == 409
    assert "Changed since you opened this form" in stale.words
    assert "Fact recorded identity checked = yes" in stale.words
    assert "Not enough data: identity checked" in stale.words
    assert stale.form(RECORD)["source"] == "letter of the referring hospital"
    assert cora.send(RECORD).status == 303
    kept = [f for f in desk.ward.store.case(Ward.path_id).facts if f.fact == "sex"]
    assert [f.source for f in kept] == ["letter of the referring hospital"]


def test_a_result_without_unit_or_sample_day_is_refused_at_the_field(cora: Browser) -> None:
    """0.01 without a unit could be one in a hundred or one in ten thousand."""
    cora.get(f"{RECORD}?fact=mrd")
    page = cora.send(CHECK, result="quantified", number="0,3", specimen="marrow")
    assert page.status == 422
    assert "<title>Error: Record a fact" in page.content
    assert "Choose the unit; 0.01 could be two things." in page.words
    assert "Enter the day, for example 20-Nov-2026." in page.words
    assert page.form(CHECK)["number"] == "0,3"


def test_a_result_is_echoed_with_unit_method_and_specimen_before_it_is_saved(cora: Browser) -> None:
    """What the program understood is what the reader checks."""
    cora.get(f"{RECORD}?fact=mrd")
    page = cora.send(
        CHECK,
        result="quantified",
        number="0,3",
        unit="percent",
        specimen="marrow",
        method="flow",
        on="20-Nov-2026",
        status="final",
    )
    assert page.status == 200
    told = page.words.replace("\N{NO-BREAK SPACE}", " ")
    assert "0.3 % (3 \N{MULTIPLICATION SIGN} 10⁻³), flow, marrow" in told


def test_not_detected_without_sensitivity_is_refused_at_the_field(cora: Browser) -> None:
    """Not detected by a blind test says nothing."""
    cora.get(f"{RECORD}?fact=mrd")
    page = cora.send(CHECK, result="not_detected", specimen="marrow", on="20-Nov-2026")
    assert page.status == 422
    assert 'href="#sensitivity"' in page.content


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"on": "24-Nov-2026"}, "lies in the future"),
        ({"on": "03/04/2026"}, "This is not a day"),
        ({"on": "31-Feb-2026"}, "This is not a day"),
        ({"value": "purple"}, "Choose one."),
        ({"source": "x" * 3000}, "This is too long"),
        ({"source": "a\u202eb"}, "a character that nobody can see"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(
    cora: Browser, typed: dict[str, str], told: str
) -> None:
    """Whoever mistypes one field keeps the others."""
    cora.get(f"{RECORD}?fact=sex")
    fields = {"value": "male", "on": "22-Nov-2026", "source": "letter", **typed}
    page = cora.send(CHECK, **fields)
    assert page.status == 422
    assert told in page.words
    kept = page.form(CHECK)
    assert kept["on"] == fields["on"]
    assert kept["source"] == fields["source"]


def test_a_value_outside_its_range_is_refused_in_the_words_of_the_fact(cora: Browser) -> None:
    """The pathway knows what can be; the page only passes it on."""
    cora.get(f"{RECORD}?fact=marrow_blast_pct")
    page = cora.send(CHECK, value="620", status="final", on="22-Nov-2026")
    assert page.status == 422
    assert "is outside 0 to 100" in page.words
    assert 'href="#value"' in page.content


def test_a_script_in_a_text_is_shown_as_text(cora: Browser) -> None:
    """What somebody typed never becomes part of the page."""
    cora.get(f"{RECORD}?fact=sex")
    page = cora.send(CHECK, value="male", source="<script>alert(1)</script>")
    assert "<script>" not in page.content
    assert "&lt;script&gt;" in page.content


@pytest.mark.parametrize("fact", ["mrd", "marrow_blast_pct", "organ_function"])
def test_of_a_report_neither_status_nor_day_is_chosen_before(cora: Browser, fact: str) -> None:
    """A preliminary report sent as final would open a step, and its sample is older than today."""
    page = cora.get(f"{RECORD}?fact={fact}")
    unsaid = cora.send(CHECK, value="adequate" if fact == "organ_function" else "62")

    assert "Status of the report" in page.words
    assert " checked" not in page.content
    assert page.form(CHECK)["on"] == ""
    assert unsaid.status == 422
    assert "Choose a status." in unsaid.words


@pytest.mark.parametrize("fact", ["sex", "dx_date", "mdt_held", "consent_chemo"])
def test_what_somebody_says_is_asked_for_no_status(desk: Desk, cora: Browser, fact: str) -> None:
    """It is so or it is not: where there is one status only, nobody has to choose it."""
    page = cora.get(f"{RECORD}?fact={fact}")

    assert "Status of the report" not in page.words
    assert "status" not in page.form(CHECK)
    assert " checked" not in page.content
    if fact == "sex":
        cora.send(CHECK, value="male")
        assert cora.send(RECORD).status == 303
        assert desk.ward.store.case(Ward.path_id).facts[-1].status == "final"


def test_unknown_is_a_value_of_its_own(desk: Desk, cora: Browser) -> None:
    """Asked and not known is something else than never asked."""
    cora.get(f"{RECORD}?fact=marrow_blast_pct")
    cora.send(CHECK, how="unknown", on="22-Nov-2026")
    assert cora.send(RECORD).status == 303
    kept = [f for f in desk.ward.store.case(Ward.path_id).facts if f.fact == "marrow_blast_pct"]
    assert [f.value for f in kept] == ["unknown"]


def test_change_on_the_check_page_brings_the_form_back_as_typed(cora: Browser) -> None:
    """One wrong letter does not cost the whole form."""
    cora.get(f"{RECORD}?fact=sex")
    cora.send(CHECK, value="male", source="letter")
    page = cora.send(RECORD, act="change")
    assert page.status == 200
    assert page.form(CHECK)["source"] == "letter"
    assert page.form(CHECK)["value"] == "male"


def test_a_viewer_records_nothing(desk: Desk) -> None:
    """Who may only look is offered no form, and none is taken."""
    vic = desk.signed_in("vic")
    assert "/record" not in vic.get(AT).content
    assert vic.get(RECORD).status == 403


def test_every_look_at_the_form_is_on_record(desk: Desk, cora: Browser) -> None:
    """Whoever asks later who saw the patient gets an answer."""
    cora.get(RECORD)
    with closing(sqlite3.connect(desk.file)) as database:
        asked = "select action, path_id, actor from audit_event order by number desc limit 1"
        assert database.execute(asked).fetchone() == (
            "record_form_shown",
            Ward.path_id,
            "Cora Coordinator",
        )
