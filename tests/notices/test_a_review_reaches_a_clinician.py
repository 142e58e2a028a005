"""Past decisions to look at again are told to who may close the review: once, without a name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from storage.sqlite import SqliteFile
from tests.conftest import CLINICIAN, COORDINATOR, NOW
from tests.corrections.test_reviews import close, correct, reviews
from tests.notices.conftest import Bench, Tray
from tests.orchestrator.conftest import AT_RELAPSE
from tests.store.conftest import Place, file_place

LATER = NOW + timedelta(days=2)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A file: what a notice says does not depend on where it is kept."""
    return file_place(SqliteFile(tmp_path / "ward.db"))


@pytest.fixture
def corrected(bench: Bench) -> Bench:
    """A patient whose reinduction was confirmed on a lineage that was corrected afterwards."""
    bench.ward.record({"identity_checked": "yes"})
    bench.ward.confirm("assessment")
    bench.ward.record(AT_RELAPSE)
    bench.ward.confirm("reinduction")
    bench.tell("clinician")
    correct(bench.ward, "lineage", "T")
    return bench


def test_a_new_review_is_told_to_the_clinicians(corrected: Bench, tray: Tray) -> None:
    """Nobody has to open a list to learn that a confirmed step rests on a wrong finding."""
    corrected.round(LATER)

    (message,) = tray.messages
    (item,) = reviews(corrected.ward)
    assert message.subject == "Allpath: P-000001 past decision to look at again, clinician to act"
    assert f"allpath review show {item.review_id}" in message.text
    assert "the step of entry 30 would be decided otherwise now" in message.text
    assert not any(word in message.text for word in ("Sample", "Sam", "9990000001", "lineage"))


def test_a_review_is_told_once_however_often_somebody_looks(corrected: Bench, tray: Tray) -> None:
    """Sweeps, further records and further rounds add nothing."""
    corrected.round(LATER)
    corrected.ward.record({"sex": "male"}, LATER)
    corrected.ward.orchestrator.attend("P-000001", COORDINATOR, LATER + timedelta(hours=1))
    correct(corrected.ward, "marrow_blast_pct", "61")

    corrected.round(LATER + timedelta(hours=2))

    assert len(tray.messages) == 1


def test_nobody_is_told_of_a_review_that_is_closed_meanwhile(corrected: Bench, tray: Tray) -> None:
    """Who reads it later would look for something that was signed already."""
    (item,) = reviews(corrected.ward)
    close(corrected.ward, item)

    corrected.round(LATER)

    assert tray.messages == []
    assert corrected.statuses() == ["dropped"]


def test_a_review_of_a_patient_who_has_died_is_told_all_the_same(
    corrected: Bench, tray: Tray
) -> None:
    """What was decided is looked at again, whatever became of the patient."""
    corrected.ward.record({"death_date": LATER.date().isoformat()}, LATER)
    corrected.ward.confirm("dead", LATER, actor=CLINICIAN)

    corrected.round(LATER)

    assert len(tray.messages) == 1
