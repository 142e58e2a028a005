"""The rehearsal in a browser: who would be answered otherwise, with nothing written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlencode

import pytest

from tests.orchestrator.conftest import Ward
from tests.web.acting_desk import Browser, Desk, a_desk
from workflow.loading import load_shipped


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with one patient under assessment; these tests only look at it."""
    with a_desk(tmp_path_factory.mktemp("rehearsal")) as found:
        found.ward.to_assessment()
        yield found


@pytest.fixture(scope="module")
def lea(desk: Desk) -> Browser:
    """The lead at her screen."""
    return desk.signed_in("lea")


def asked(**more: str) -> str:
    """The question whether another limit for isolated marrow relapse would matter."""
    shipped = load_shipped("relapsed_all").content_hash
    given = {"new": shipped, "parameter": "marrow_isolated", "value": "70 %", **more}
    return urlencode(given)


def test_a_rehearsal_tells_who_would_be_answered_otherwise_and_writes_nothing(
    desk: Desk, lea: Browser
) -> None:
    """Before a number is changed everybody sees whom it concerns, and nobody has been moved."""
    before = desk.ward.store.case(Ward.path_id)
    page = lea.get(f"/rehearsal?{asked()}")
    assert "Simulation - nothing saved" in page.words
    assert "1 patient would be answered otherwise" in page.words
    assert "Leads elsewhere, or no longer leads on 1" in page.words
    assert "SAMPLE, Sam" in page.words
    assert "the relapse needs a second test" in page.words
    assert "It is evidence, not a number of the site" in page.words
    assert "In all 1" in page.words
    assert desk.ward.store.case(Ward.path_id) == before
    with closing(sqlite3.connect(desk.file)) as database:
        latest = "select action, actor from audit_event order by number desc limit 1"
        assert database.execute(latest).fetchone() == ("everybody_replayed", "Dr Lea Lead")


def test_the_same_version_answers_everybody_alike(lea: Browser) -> None:
    """Two versions can be compared too; one with itself differs for nobody."""
    shipped = load_shipped("relapsed_all").content_hash
    page = lea.get(f"/rehearsal?{asked(old=shipped, parameter='', value='')}")
    assert "0 patients would be answered otherwise" in page.words
    assert "Unchanged 1" in page.words


def test_the_file_names_patients_by_opaque_id_and_says_that_it_is_a_simulation(
    lea: Browser,
) -> None:
    """A spreadsheet travels further than anybody thought."""
    page = lea.get(f"/rehearsal.csv?{asked()}")
    head, row = page.content.removeprefix("\ufeff").splitlines()
    assert head.startswith('"Simulation - nothing saved","Path","State"')
    assert row.startswith(f'"simulated","{Ward.path_id}","assessment"')
    assert "Sample" not in page.content


def test_patients_of_other_sites_are_counted_and_not_told(desk: Desk) -> None:
    """The numbers add up to everybody, and nobody learns who the others are."""
    page = desk.signed_in("sue").get(f"/rehearsal?{asked()}")
    assert "0 patients would be answered otherwise" in page.words
    assert "Of other sites 1" in page.words
    assert Ward.path_id not in page.content


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"value": "70 d"}, "is in %, not in d"),
        ({"value": ""}, "Enter the other number"),
        ({"parameter": ""}, "Choose which number"),
        ({"new": "0" * 64}, "Choose a version"),
        ({"state": "nowhere"}, "no such state"),
        ({"on": "soon"}, "This is not a day"),
    ],
)
def test_what_cannot_be_rehearsed_is_told_at_its_field(
    lea: Browser, typed: dict[str, str], told: str
) -> None:
    """What was chosen is kept, so that one field is mended and not six."""
    page = lea.get(f"/rehearsal?{asked(**typed)}")
    assert page.status == 422
    assert told in page.words
