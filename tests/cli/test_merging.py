"""Merging and parting as a lead types it, and how both paths read afterwards."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlcipher3 import dbapi2

from tests.cli.conftest import CLINICIAN, COORDINATOR, LEAD, Answer, Desk
from tests.faults.verifier import verify
from tests.merging.campaign import read_by_auditors
from tests.web.looking import browsing

BECAUSE = ("--because", "one passport", "--actor", LEAD)


@pytest.fixture
def twice(desk: Desk) -> tuple[str, str]:
    """One human under two numbers: the path that is merged, and the one that stays."""
    leaving, staying = desk.enrol(mrn="9990000002"), desk.enrol(mrn="9990000001")
    assert desk.record(leaving, "sex=female", "birth_date=2014-05-10").code == 0
    assert desk.record(staying, "birth_date=2014-05-10").code == 0
    return leaving, staying


def merge(desk: Desk, leaving: str, staying: str, *more: str) -> Answer:
    """The lead merges one into the other."""
    return desk.run("patient", "merge", leaving, "--into", staying, *BECAUSE, *more)


def rows(desk: Desk) -> list[tuple[object, ...]]:
    """Everything that is kept about paths, as it lies in the file."""
    tables = ("path", "journal", "fact_record", "checkpoint", "review_item", "notice")
    with closing(dbapi2.connect(str(desk.database))) as connection:
        return [
            (table, *row)
            for table in tables
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3")  # noqa: S608 - our own names
        ]


def test_a_merge_is_rehearsed_and_then_made(desk: Desk, twice: tuple[str, str]) -> None:
    """Whoever signs has seen what is taken over, what is known already, and what is closed."""
    before = rows(desk)

    rehearsed = merge(desk, *twice, "--dry-run")
    kept = rows(desk)
    done = merge(desk, *twice)

    assert (rehearsed.code, done.code) == (0, 0), rehearsed.err + done.err
    assert kept == before
    assert "taken over\tsex = female" in rehearsed.out
    assert "known already\t1 record" in rehearsed.out
    assert "closed\tC-RF-1" in rehearsed.out
    assert f"{twice[0]}: merged into: {twice[1]}" in done.out
    assert "fact recorded: sex = female" in done.out


def test_any_number_or_name_of_either_path_finds_the_survivor(
    desk: Desk, twice: tuple[str, str]
) -> None:
    """Whoever has the old number in hand is told which path goes on."""
    leaving, staying = twice
    assert merge(desk, *twice).code == 0

    by_number = desk.run("patient", "show", "9990000002")
    by_name = desk.run("patient", "show", "sample")

    assert (by_number.code, by_name.code) == (0, 0), by_name.err
    assert staying in by_number.out.splitlines()[0]
    assert f"{leaving} was merged into {staying}; this is {staying}." in by_number.err
    assert f"goes on for\t{leaving}" in by_number.out
    assert desk.ask("patient", "show", "sample")["merged_from"] == [leaving]
    listed = desk.run("patient", "list", "9990000002").out
    assert staying in listed
    assert f"merged into {staying}" in listed


def test_the_merged_path_is_on_no_list_and_its_history_stays_readable(
    desk: Desk, twice: tuple[str, str]
) -> None:
    """The census counts it, so that nobody is missing in the sum."""
    leaving, staying = twice
    assert merge(desk, *twice).code == 0

    worklist, listed = desk.run("worklist"), desk.ask("worklist")
    shown, told = desk.run("patient", "show", leaving), desk.run("history", leaving)
    other = desk.run("history", staying)

    assert [row["path_id"] for row in listed["rows"]] == [staying]
    assert (
        "2 patients: 0 overdue, 0 due, 1 open, 0 no next step, 0 final, 1 merged into another"
        in (worklist.out)
    )
    assert listed["census"]["merged_into_another"] == 1
    assert f"into {staying}: nothing is expected here" in shown.out
    assert "Decision today" not in shown.out
    assert f"Merged into {staying} (1 checkpoint closed)" in told.out
    assert f"Merged from {leaving} (1 record taken over)" in other.out
    assert "reason: one passport" in told.out
    assert desk.ask("doctor")["findings"]
    assert "every path that is not final has one" in desk.run("doctor").out


ACTS = (
    ("fact", "record", "PATH", "sex=male"),
    ("step", "confirm", "PATH", "assessment"),
    ("step", "undo", "PATH", "--reason", "wrong"),
    ("patient", "set", "PATH", "region=UK", "--reason", "moved"),
    ("checkpoint", "pause", "PATH", "--until", "2026-12-24", "--reason", "holidays"),
    ("contact", "record", "PATH", "--agreed", "nobody was reached"),
)


def test_every_act_on_a_merged_path_names_the_path_to_use(
    desk: Desk, twice: tuple[str, str]
) -> None:
    """Care that is written down on a closed path would be seen by nobody."""
    leaving, staying = twice
    assert merge(desk, *twice).code == 0
    before = rows(desk)

    for command in ACTS:
        words = [leaving if word == "PATH" else word for word in command]
        answer = desk.run(*words, "--actor", CLINICIAN)

        assert answer.code == 4, answer.err
        assert f"was merged into {staying} and is closed for care: use {staying}" in answer.err
        assert f"allpath patient unmerge {leaving}" in answer.err
    assert rows(desk) == before


def test_two_living_paths_in_different_states_are_refused_with_both_states(
    desk: Desk, twice: tuple[str, str]
) -> None:
    """The words say which, since when, and the three ways to bring them together."""
    leaving, staying = twice
    assert desk.record(staying, "identity_checked=yes").code == 0
    assert desk.confirm(staying, "assessment").code == 0
    before = rows(desk)

    answers = [merge(desk, *twice), merge(desk, *twice, "--dry-run"), merge(desk, *twice, "--json")]

    assert [answer.code for answer in answers] == [4, 4, 4]
    assert f"{leaving} is in referred since 23-Nov-2026" in answers[0].err
    assert f"{staying} is in assessment since 23-Nov-2026" in answers[0].err
    assert "confirm the step that is missing, undo one that was wrong" in answers[0].err
    assert answers[2].error["kind"] == "refused"
    assert rows(desk) == before


def test_mistakes_about_merging_have_their_own_exit_codes(
    desk: Desk, twice: tuple[str, str]
) -> None:
    """A program tells who may not from what does not fit and from what was changed meanwhile."""
    leaving, staying = twice
    because = ("--reason", "one passport", "--actor")
    before = rows(desk)

    assert merge(desk, leaving, leaving).code == 4
    assert merge(desk, leaving, "P-QQQQQQ").code == 3
    assert merge(desk, *twice, "--if-version", "1").code == 5
    for actor in (CLINICIAN, COORDINATOR):
        answer = desk.run("patient", "merge", leaving, "--into", staying, *because, actor)
        assert answer.code == 6
        assert "director, lead" in answer.err
    unmerged = desk.run("patient", "unmerge", leaving, *because, LEAD)
    assert unmerged.code == 4
    assert "is not merged into another path" in unmerged.err

    assert rows(desk) == before


def test_a_parted_path_is_back_on_the_worklist(desk: Desk, twice: tuple[str, str]) -> None:
    """Two people who were taken for one are two again, with what belongs to each."""
    leaving, staying = twice
    assert merge(desk, *twice).code == 0
    correct = ("fact", "correct", staying, "4", "male", "--reason", "misread")
    assert desk.run(*correct, "--actor", COORDINATOR).code == 0

    parted = desk.run("patient", "unmerge", leaving, *BECAUSE)

    assert parted.code == 0, parted.err
    assert f"{leaving}: unmerged from: {staying}" in parted.out
    assert f"{leaving}/2 was corrected on {staying} meanwhile" in parted.out
    assert {row["path_id"] for row in desk.ask("worklist")["rows"]} == {leaving, staying}
    assert "Unmerged from" in desk.run("history", leaving).out
    sexes = [desk.ask("fact", "list", path, "--fact", "sex") for path in twice]
    assert sexes[0][0]["status"] == "final"
    assert sexes[1][-1]["status"] == "entered_in_error"


def test_three_readers_find_a_merge_that_was_made_behind_the_program(
    desk: Desk, twice: tuple[str, str]
) -> None:
    """A patient taken off the list by hand is found, and so is one put back."""
    leaving, staying = twice
    assert merge(desk, *twice).code == 0
    assert desk.run("audit", "verify").code == 0
    assert verify(desk.database).findings == []

    with closing(dbapi2.connect(str(desk.database))) as connection:
        connection.execute("UPDATE path SET merged_into = ? WHERE path_id = ?", (leaving, staying))
        connection.commit()

    assert [f.path_id for f in verify(desk.database).findings if f.kind == "half"]
    assert any(staying in text for text in read_by_auditors(desk.database))
    assert desk.run("audit", "verify").code == 8
    assert "was merged into" in desk.run("history", staying).err


def test_a_merge_takes_along_who_looks_after_the_patient_and_what_meetings_have_to_decide(
    desk: Desk, twice: tuple[str, str]
) -> None:
    """Whoever signs is told, every list shows it, and the record of it verifies."""
    leaving, staying = twice
    cora = ("--actor", COORDINATOR)
    desk.ask("worklist", "assign", leaving, "--to", "Ward 3", "--reason", "round", *cora)
    desk.ask("mdt", "call", "2026-11-27", "Leukaemia MDT", *cora)
    desk.ask("mdt", "put", leaving, "M-1", "--question", "Which next?", *cora)
    rehearsed = merge(desk, *twice, "--dry-run")
    done = merge(desk, *twice)
    (row,) = desk.ask("worklist")["rows"]
    items = desk.ask("mdt", "show", "M-1")["items"]
    with browsing(desk) as browser:
        worklist = browser.get("/worklist").text
        patient = browser.get(f"/patients/{staying}").text
        agenda = browser.get("/mdt/M-1").text
    history = [each["what"] for each in desk.ask("history", staying)["beside"]]

    for said in (rehearsed.out, done.out):
        assert "looked after by\tWard 3" in said
        assert "on the agenda\tMDT of 27-Nov-2026: Which next?" in said
    assert row["looked_after_by"] == "Ward 3"
    assert "Ward 3" in worklist.partition("Looked after by")[2]
    assert {item["path_id"]: item["brought_from"] for item in items} == {
        leaving: None,
        staying: f"{leaving}/1",
    }
    assert f"Which next? Brought from {leaving} when it was merged" in patient
    assert f"brought from {leaving} when it was merged" in agenda
    assert any(told.startswith("Looked after by Ward 3") for told in history)
    assert desk.run("patient", "unmerge", leaving, *BECAUSE).code == 0
    assert desk.run("audit", "verify").code == 0
    assert [each["looked_after_by"] for each in desk.ask("worklist")["rows"]] != ["Ward 3"] * 2
