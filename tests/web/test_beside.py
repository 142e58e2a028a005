"""What meetings, assignments and emergency access did stands in the history, in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from allpath.bootstrap import open_allpath
from allpath.settings import read_settings
from tests.cli.conftest import CLINICIAN, COORDINATOR, Desk
from tests.web.looking import Browser, browsing
from workflow.emergency import EmergencyEntry
from workflow.records import Actor

CORA, ADA = ("--actor", COORDINATOR), ("--actor", CLINICIAN)
DAY = timedelta(days=1)
KINDS = ["mdt_put", "assigned", "mdt_decided", "mdt_action", "emergency_access_begun"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str]:
    """Put on an agenda on the first day, assigned on the second, decided on the fourth, and so on.

    The meeting was held on the first day, and its decision written down three days later.
    """
    desk = Desk(tmp_path_factory.mktemp("beside"))
    path_id = desk.assessed()
    desk.ask("mdt", "call", "2026-11-23", "Leukaemia MDT", *CORA)
    desk.ask("mdt", "put", path_id, "M-1", "--question", "Which set?", *CORA)
    desk.at += DAY
    why = ("--reason", "takes over the ward")
    desk.ask("worklist", "assign", path_id, "--to", "Ward 3", *why, *CORA)
    desk.at += 2 * DAY
    assert desk.run("mdt", "attend", "M-1", "--chair", "Dr Lea Lead:lead", *CORA).code == 0
    chose = ("--item", "1", "--words", "wait for typing", "--reason", "no donor is known")
    assert desk.run("mdt", "decide", path_id, "defer", *chose, *ADA).code == 0
    due = ("--item", "1", "--what", "HLA typing", "--owner", "Ben", "--by", "2026-12-01")
    desk.ask("mdt", "action", path_id, *due, *CORA)
    desk.at += DAY
    _opened(desk, path_id)
    return desk, path_id


def _opened(desk: Desk, path_id: str) -> None:
    cora = Actor("Cora Coordinator", "coordinator", "cora")
    until, note = desk.at + timedelta(hours=1), "fever and no blood count"
    who = (path_id, "cora", cora.name, cora.role)
    begun = EmergencyEntry("E-1", "begun", *who, "on_call", note, until, desk.at)
    opened = closing(open_allpath(read_settings(desk._environment())).store)
    with opened as store, store.begin() as transaction:
        store.emergencies.add(transaction, begun, cora)


@pytest.fixture(scope="module")
def browser(told: tuple[Desk, str]) -> Iterator[Browser]:
    """Somebody who reads the history in a browser."""
    with browsing(told[0]) as found:
        yield found


def test_the_history_shows_each_record_where_it_belongs_in_time(
    told: tuple[Desk, str], browser: Browser
) -> None:
    """Why a step was chosen, who was asked, and who looked in an emergency, without searching."""
    desk, path_id = told

    page = browser.get(f"/patients/{path_id}/history").text
    patient = browser.get(f"/patients/{path_id}").text

    newest_first = (
        "Emergency access begun",
        "MDT action: HLA typing, by Ben until 01-Dec-2026",
        "MDT of 23-Nov-2026 deferred",
        "Looked after by Ward 3 from then on, before by nobody",
        "Put on the agenda of the MDT of 23-Nov-2026",
        "Step confirmed",
    )
    places = [page.index(text) for text in newest_first]
    assert places == sorted(places)
    assert f"{desk.kept(path_id)} entries and 5 records beside them, the newest first" in page
    assert "question: Which set?" in page
    assert "wait for typing, reason: no donor is known" in page
    assert "On call for the other site: fever and no blood count" in page
    assert "Emergency access begun" in patient.partition("Last in the history")[2]


def test_the_command_tells_the_same_to_people_and_programs(told: tuple[Desk, str]) -> None:
    """Both front doors read the same records."""
    desk, path_id = told

    answer = desk.ask("history", path_id)
    lines = desk.run("history", path_id).out
    shown = desk.run("patient", "show", path_id).out

    assert [each["kind"] for each in answer["beside"]] == KINDS
    assert answer["beside"][2]["effective_on"] == "2026-11-23"
    assert "MDT\t23-Nov-2026" in lines
    assert lines.endswith("journal lines, 5 records beside; the hash chain verifies.\n")
    assert "MDT action: HLA typing" in shown


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        (("--known-at", "2026-11-24T23:00"), KINDS[:2]),
        (("--as-of", "2026-11-23T23:00"), ["mdt_put", "mdt_decided"]),
        (("--as-of", "2026-11-23T23:00", "--known-at", "2026-11-25"), KINDS[:1]),
    ],
)
def test_a_past_shows_what_was_so_by_what_was_known_then(
    told: tuple[Desk, str], asked: tuple[str, ...], kinds: list[str]
) -> None:
    """A decision holds from the day of its meeting, but nobody knew it before it was recorded."""
    desk, path_id = told

    answer = desk.ask("history", path_id, *asked)

    assert [each["kind"] for each in answer["beside"]] == kinds


def test_the_page_of_a_past_says_who_looked_after_the_patient_and_what_the_mdt_had_done(
    told: tuple[Desk, str], browser: Browser
) -> None:
    """What came later would be read as if it had been known."""
    _, path_id = told
    where = f"/patients/{path_id}/history"

    first = browser.get(where, known_at="2026-11-23T23:00").text
    second = browser.get(where, known_at="2026-11-24T23:00").text
    so = browser.get(where, as_of="2026-11-23T23:00").text

    assert "looked after by nobody" in first
    assert "looked after by Ward 3" in second
    assert "MDT of 23-Nov-2026 deferred" not in second
    assert "and 2 records beside them" in second
    assert "MDT of 23-Nov-2026 deferred" in so.partition("MDT until then")[2]
    assert "looked after by nobody" in so
