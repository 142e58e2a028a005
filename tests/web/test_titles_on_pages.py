"""No page names a fact, a state, a reason or a value by its id in the pathway's file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from allpath.demo.cohort import FEWEST, build
from allpath.demo.meetings import hold
from allpath.recorded import recorded
from tests.conftest import CLINICIAN, COORDINATOR, NOW
from tests.orchestrator.conftest import Ward
from tests.web.conftest import House, open_house
from tests.web.firing import ROUTER
from tests.web.raw_ids import raw_ids, raw_numbers
from tests.web.walking import walk
from workflow.commands import ConfirmStep, CorrectFact
from workflow.facts import FactRecord
from workflow.loading import load_shipped
from workflow.titles import step_title, title_of, titled

_PICTURE: Final = re.compile(r'href="(/patients/[^"]*/(?:timeline|trend-mrd)\.svg)"')


def _stocked(house: House) -> None:
    """A patient in each state, a meeting, a review that waits, and one who has only begun."""
    store = house.allpath.store
    build(store, house.allpath.orchestrator, FEWEST, 1, NOW)
    hold(house.allpath, NOW)
    ward = Ward(store)
    ward.path_id, ward.mrn = "P-ZZZZZZ", "9990000888"
    ward.to_assessment()
    step = ConfirmStep(actor=CLINICIAN, path_id=ward.path_id, step="reinduction")
    ward.orchestrator.confirm(step, NOW)
    (lineage,) = [each for each in store.case(ward.path_id).facts if each.fact == "lineage"]
    correction = CorrectFact(
        actor=COORDINATOR,
        path_id=ward.path_id,
        record_id=lineage.record_id,
        value="T",
        reason="read from the wrong report",
    )
    ward.orchestrator.correct(correction, NOW)


def test_no_page_shows_an_id_or_a_number_of_programs(tmp_path: Path) -> None:
    """A clinician reads "active infection" and 1 x 10^-4, in tables, histories and pictures."""
    house = open_house(tmp_path)
    _stocked(house)
    states = {path.state: path.path_id for path in house.allpath.store.paths()}
    some = (states[name] for name in ("referred", "response_assessment", "hsct_workup", "dead"))
    begin = [f"/patients/{path_id}" for path_id in ("P-ZZZZZZ", *some)]
    for role in ("lead", "admin"):
        house.account(role, role)

    seen, told, pictures = 0, dict[str, set[str]](), set[str]()
    for role in ("lead", "admin"):
        for address, answer in walk(
            house.browser(role), ROUTER, ["/", "/admin", "/sites", *begin], each=1
        ):
            if answer.header("content-type").startswith("text/html"):
                seen += 1
                told[address] = raw_ids(address, answer.text) | raw_numbers(answer.text)
                pictures |= set(_PICTURE.findall(answer.text)) if role == "lead" else set()
    lead = house.browser("lead")
    for address in sorted(pictures)[:6]:
        told[address] = raw_numbers(lead.get(address).text)
    house.allpath.store.close()

    assert seen > 60
    assert len(pictures) > 6
    assert {address: ids for address, ids in told.items() if ids} == {}


def test_the_search_for_ids_finds_one_in_a_text_and_none_in_an_address() -> None:
    """The test above could not fail otherwise."""
    page = "<p>missing: active_infection</p><a href='/steps/response_assessment'>See</a>"

    assert raw_ids("/patients/P-1", page) == {"active_infection"}
    assert raw_ids("/audit", page) == set()
    assert raw_numbers("<text>threshold 0.01 % (1e-4)</text>") == {"1e-4"}
    assert raw_numbers("<a href='/x/1e-4'>12e4-b</a>") == set()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("missing: active_infection", "missing: active infection"),
        ("rule A-16 leads to response_assessment", "rule A-16 leads to Response assessment"),
        ("started in hsct_workup.", "started in HSCT work-up."),
        ("a fact_nobody_declared", "a fact nobody declared"),
        ("see scan_07.pdf/page_1", "see scan_07.pdf/page_1"),
    ],
)
def test_a_sentence_says_the_titles(said: str, shown: str) -> None:
    """What names ids inside, a reason or an old entry, is read as the pathway calls things."""
    assert titled(load_shipped("relapsed_all"), said) == shown


def test_without_a_version_an_id_is_read_as_words() -> None:
    """An old entry of a version that is not kept here is still no riddle."""
    assert title_of(None, "active_infection") == "active infection"
    assert step_title(None, "hsct_workup:open") == "hsct workup, to be open"


@pytest.mark.parametrize(
    ("fact", "value", "shown"),
    [
        ("genetics", "see active_infection", "see active_infection"),
        ("mdt_held", "cns_status was asked", "cns_status was asked"),
        ("pregnancy", "not_applicable", "not applicable"),
        ("current_option", "HYPER_CVAD", "Hyper-CVAD chemotherapy (adults)"),
    ],
)
def test_what_somebody_typed_stays_as_they_typed_it(fact: str, value: str, shown: str) -> None:
    """Only what the pathway itself named is called by its title."""
    record = FactRecord("P-1/3", fact, value, NOW.date(), NOW, "final", "", "Cora Coordinator")

    assert recorded(load_shipped("relapsed_all"), record) == shown
