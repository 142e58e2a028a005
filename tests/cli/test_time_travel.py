"""The same question asked of the past: what was so, what was known, what was decided."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest

from storage.sqlite import SqliteFile
from tests.cli.conftest import CLINICIAN, COORDINATOR, LEAD, Desk

DAY = timedelta(days=1)


@pytest.fixture
def treated(desk: Desk) -> tuple[Desk, str]:
    """Assessed on the first day, a result corrected on the third, treated since the fourth."""
    path_id = desk.assessed()
    desk.at += 2 * DAY
    records = desk.ask("fact", "list", path_id, "--fact", "performance")
    corrected = desk.run(
        "fact",
        "correct",
        path_id,
        records[0]["record_id"],
        "2",
        "--reason",
        "read from the wrong line",
        "--actor",
        COORDINATOR,
    )
    assert corrected.code == 0, corrected.err
    desk.at += DAY
    assert desk.confirm(path_id, "reinduction").code == 0
    desk.at += DAY
    return desk, path_id


def test_a_patient_is_shown_as_it_was_and_as_it_was_known(treated: tuple[Desk, str]) -> None:
    """State, facts, history and the heading are those of the day that was asked for."""
    desk, path_id = treated

    shown = desk.run("patient", "show", path_id, "--known-at", "2026-11-24")
    known = desk.ask("patient", "show", path_id, "--known-at", "2026-11-24")
    so = desk.ask("patient", "show", path_id, "--as-of", "2026-11-24")

    assert "As it was known on 24-Nov-2026" in shown.out
    assert "Decision then" in shown.out
    assert known["path"]["state"] == so["path"]["state"] == "assessment"
    assert {fact["status"] for fact in known["facts"]} == {"final"}
    assert {fact["status"] for fact in so["facts"]} == {"final", "corrected"}
    assert known["history"][-1]["kind"] == "fact_recorded"
    assert known["decision"]["route"]["next_state"] == "reinduction"


def test_the_worklist_and_the_cohort_of_a_past_day_add_up(treated: tuple[Desk, str]) -> None:
    """Whoever was not enrolled yet is counted, so that the sum is everybody."""
    desk, path_id = treated
    later = desk.enrol(mrn="9990000002", family="Later")

    worklist = desk.ask("worklist", "--known-at", "2026-11-24")
    cohort = desk.ask("cohort", "--known-at", "2026-11-24")
    today = desk.ask("cohort")
    in_words = desk.run("cohort", "--as-of", "2026-11-24").out

    assert [row["path_id"] for row in worklist["rows"]] == [path_id]
    assert later not in str(worklist["rows"])
    assert worklist["census"]["not_enrolled_yet"] == 1
    assert [(line["state"], line["patients"]) for line in cohort["states"]] == [("assessment", 1)]
    assert cohort["census"] == worklist["census"]
    assert {line["state"] for line in today["states"]} == {"referred", "reinduction"}
    assert "2 patients" in in_words
    assert "1 not enrolled yet" in in_words


def test_a_recorded_decision_is_explained_as_it_was_made(treated: tuple[Desk, str]) -> None:
    """Who decided this, and on what: the record of the moment, made again and found the same."""
    desk, path_id = treated
    history = desk.ask("history", path_id)["entries"]
    step = next(entry for entry in history if entry["kind"] == "step_confirmed")

    in_words = desk.run("step", "explain", path_id, "--entry", str(step["seq"]))
    answer = desk.ask("step", "explain", path_id, "--entry", str(history[-3]["seq"]))

    assert in_words.code == 0, in_words.err
    assert "it is what entry" in in_words.out
    assert answer["as_stored"] is True
    assert answer["route"]["next_state"] == "reinduction"


def test_every_decision_is_replayed_and_one_that_is_not_as_stored_is_named(
    treated: tuple[Desk, str],
) -> None:
    """A fact changed behind the program changes what the past decisions would have been."""
    desk, path_id = treated
    whole = desk.ask("audit", "replay")
    with closing(SqliteFile(desk.database).connect()) as connection:
        connection.execute("DROP TRIGGER fact_record_refuses_update")
        connection.execute("UPDATE fact_record SET value = '\"palliative\"' WHERE fact = 'goals'")
        connection.commit()

    broken = desk.run("audit", "replay", path_id)

    assert whole["decisions"] >= 2
    assert whole["not_as_stored"] == []
    assert broken.code == 8
    assert f"NOT AS STORED: {path_id} entry" in broken.out


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        (("--known-at", "2027-01-01"), 2, "lies in the future"),
        (("--known-at", "yesterday"), 2, "--known-at yesterday is not a moment"),
        (("--as-of", "2026-11-01"), 4, "was not enrolled then"),
        (("--known-at", "2026-11-22"), 4, "was not enrolled then"),
        (("--as-of", "2026-11-24", "--known-at", "2026-11-22"), 4, "was not enrolled then"),
    ],
)
def test_a_moment_that_cannot_be_seen_is_refused(
    treated: tuple[Desk, str], options: tuple[str, ...], code: int, text: str
) -> None:
    """No empty page for a day on which the patient was not there."""
    desk, path_id = treated

    answer = desk.run("patient", "show", path_id, *options)

    assert answer.code == code
    assert text in answer.err


def test_an_entry_has_its_own_moment(treated: tuple[Desk, str]) -> None:
    """Two moments in one question would leave it open which one was answered."""
    desk, path_id = treated

    both = desk.run("step", "explain", path_id, "--entry", "3", "--as-of", "2026-11-24")
    no_decision = desk.run("step", "explain", path_id, "--entry", "1")
    nowhere = desk.run("step", "explain", path_id, "--entry", "999", "--actor", CLINICIAN)

    assert (both.code, no_decision.code, nowhere.code) == (2, 4, 2)
    assert "An entry has its own moment" in both.err
    assert "records no decision" in no_decision.err


def test_a_day_to_come_is_answered_from_what_is_known_today(treated: tuple[Desk, str]) -> None:
    """Planning next week still works, and says nothing of the past."""
    desk, path_id = treated

    answer = desk.run("patient", "show", path_id, "--as-of", "2026-12-24")

    assert answer.code == 0
    assert "As it was" not in answer.out


def test_lists_of_a_past_day_hold_what_was_there(treated: tuple[Desk, str]) -> None:
    """Facts, steps and checkpoints by what was known then."""
    desk, path_id = treated
    known = ("--known-at", "2026-11-24")

    steps = desk.ask("step", "list", path_id, *known)
    facts = desk.ask("fact", "list", path_id, "--fact", "performance", *known)
    checkpoints = desk.ask("checkpoint", "list", path_id, *known)
    closed = desk.run("checkpoint", "list", path_id, "--all", *known)

    assert "reinduction" in {step["step"] for step in steps["steps"]}
    assert [fact["status"] for fact in facts] == ["final"]
    assert {row["owner"] for row in checkpoints} == {"state:assessment"}
    assert (closed.code, "leave out --all" in closed.err) == (2, True)


def test_a_merged_path_is_seen_on_the_day_before_the_merge_alone(desk: Desk) -> None:
    """Who was two on Monday is one on Wednesday, and the past worklist says so of each day."""
    one, other = desk.enrol(), desk.enrol(mrn="9990000002", family="Sampel")
    desk.at += 2 * DAY
    lead = ("--reason", "one passport", "--actor", LEAD)
    assert desk.run("patient", "merge", one, "--into", other, *lead).code == 0
    desk.at += 2 * DAY

    before = desk.ask("cohort", "--known-at", "2026-11-24")["census"]
    after = desk.ask("cohort", "--as-of", "2026-11-26")["census"]

    assert (before["patients"], before["merged_into_another"]) == (2, 0)
    assert (after["patients"], after["merged_into_another"]) == (2, 1)
