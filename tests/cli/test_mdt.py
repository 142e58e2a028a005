"""MDT meetings at the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import AT_RELAPSE, CLINICIAN, COORDINATOR, Desk

CORA, ADA = ("--actor", COORDINATOR), ("--actor", CLINICIAN)
WHY = ("--reason", "the infection is under control by now")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk on a fresh database."""
    return Desk(tmp_path)


def test_a_meeting_is_called_attended_decided_and_followed_up(desk: Desk) -> None:
    """Each act a command of its own; the agenda shows what became of it, and nobody moves."""
    path_id = desk.in_assessment()
    desk.record(
        path_id, *(fact.replace("infection=none", "infection=uncontrolled") for fact in AT_RELAPSE)
    )
    desk.ask("mdt", "call", "2026-11-23", "Leukaemia MDT", *CORA)
    put = desk.ask("mdt", "put", path_id, "M-1", "--question", "Reinduction?", *CORA)
    attended = desk.run("mdt", "attend", "M-1", "--chair", "Dr Lea Lead:lead", *CORA)
    decided = desk.run("mdt", "decide", path_id, "reinduction", "--item", "1", *WHY, *ADA)
    due = ("--item", "1", "--what", "HLA typing", "--owner", "Ben", "--by", "2026-12-01")
    action = desk.ask("mdt", "action", path_id, *due, *CORA)
    desk.run("mdt", "done", path_id, str(action["entry"]), "--not", "--note", "no blood", *CORA)
    agenda = desk.ask("mdt", "show", "M-1")
    shown = desk.run("mdt", "show", "M-1").out

    assert put == {"path_id": path_id, "meeting": "M-1", "entry": 1}
    assert attended.out == "1 person took part in M-1.\n"
    assert "stays until a step is confirmed" in decided.out
    (item,) = agenda["items"]
    assert [d["choice"] for d in item["decisions"]] == ["reinduction"]
    assert item["actions"][0]["outcomes"][0]["note"] == "no blood"
    assert "MDT of 23-Nov-2026 chose Reinduction" in shown
    assert desk.ask("patient", "show", path_id)["path"]["state"] == "assessment"
    assert desk.run("mdt", "list").out.endswith("all sites\t1\t0 not decided\n")


def test_what_cannot_be_done_about_a_meeting_is_refused(desk: Desk) -> None:
    """In one sentence, and with nothing saved."""
    path_id = desk.assessed()
    desk.ask("mdt", "call", "2026-11-23", "Leukaemia MDT", *CORA)
    nowhere = desk.run("mdt", "put", path_id, "M-2", "--question", "Which?", *CORA)
    not_on = desk.run("mdt", "off", path_id, "--item", "1", *WHY, *CORA)
    nobody = desk.run("mdt", "attend", "M-1", "--chair", "Lea", *CORA)
    soon = desk.run("mdt", "call", "soon", "Leukaemia MDT", *CORA)

    assert (nowhere.code, not_on.code, nobody.code, soon.code) == (3, 3, 2, 2)
    assert desk.ask("mdt", "list")["meetings"][0]["patients"] == 0
