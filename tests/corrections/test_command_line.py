"""Reviews and undo as a coordinator and a clinician use them at the command line."""

from __future__ import annotations

import re
from contextlib import closing

import pytest
from sqlcipher3 import dbapi2

from tests.cli.conftest import CLINICIAN, COORDINATOR, LEAD, SECOND_CLINICIAN, Answer, Desk
from tests.faults.verifier import verify

WHY = ("--reason", "read from the wrong report")


@pytest.fixture
def path_id(desk: Desk) -> str:
    """A patient whose reinduction was confirmed, and whose lineage was then corrected."""
    path_id = desk.assessed()
    assert desk.confirm(path_id, "reinduction").code == 0
    records = desk.ask("fact", "list", path_id, "--fact", "lineage")
    record = records[0]["record_id"]
    answer = desk.run("fact", "correct", path_id, record, "T", *WHY, "--actor", COORDINATOR)
    assert answer.code == 0, answer.err
    return path_id


def close(desk: Desk, review: str, verdict: str = "upheld", actor: str = CLINICIAN) -> Answer:
    """A review is closed."""
    return desk.run("review", "close", review, "--as", verdict, *WHY, "--actor", actor)


def undo(desk: Desk, *arguments: str, actor: str = CLINICIAN) -> Answer:
    """A step is undone."""
    return desk.run("step", "undo", *arguments, *WHY, "--actor", actor)


def test_who_corrects_is_told_what_it_brings_up(desk: Desk, path_id: str) -> None:
    """The list names the step, what was recommended then, and what would be now."""
    answer = desk.run("review", "list", "--patient", path_id)

    assert answer.code == 0
    assert "step Reinduction (entry 30)" in answer.out
    assert "by rule A-16" in answer.out
    assert "by rule A-05" in answer.out


def test_a_review_is_shown_clause_by_clause(desk: Desk, path_id: str) -> None:
    """Whoever decides sees what was found then and now, and why it differs."""
    (item,) = desk.ask("review", "list")

    answer = desk.run("review", "show", item["review"])
    content = desk.ask("review", "show", item["review"])

    assert "lineage of the relapse sample = T" in answer.out
    assert "then not met, found B; now met, found T" in answer.out
    assert content["then"]["rule"] == "A-16"
    assert content["now"]["rule"] == "A-05"
    assert content["then"]["explanation"]["rows"]
    assert item["path_id"] == path_id


def test_open_reviews_stand_wherever_somebody_looks(desk: Desk, path_id: str) -> None:
    """Worklist, patient and doctor say so until somebody has looked."""
    worklist = desk.ask("worklist")
    shown = desk.run("patient", "show", path_id)
    doctor = desk.run("doctor")

    (row,) = worklist["rows"]
    assert row["reviews"] == 1
    assert row["needed"].endswith("review 1 past decision")
    assert list(worklist["reviews"]) == [path_id]
    assert "1 past decision of 1 patient waits" in desk.run("worklist").out
    assert "Past decisions to look at again" in shown.out
    assert desk.ask("patient", "show", path_id)["reviews"][0]["status"] == "open"
    assert "1 past decision of 1 patient waits to be looked at again" in doctor.out


def test_a_closed_review_leaves_the_lists_and_stays_in_the_history(
    desk: Desk, path_id: str
) -> None:
    """The verdict, the person and the reason can be looked up for ever."""
    (item,) = desk.ask("review", "list")

    assert close(desk, item["review"], "compensated", LEAD).code == 0

    assert desk.ask("review", "list") == []
    (closed,) = desk.ask("review", "list", "--all")
    assert (closed["status"], closed["closed_by"]) == ("compensated", LEAD)
    assert "reviews" not in desk.run("worklist").out
    assert f"Review closed {item['review']} of step 30" in desk.run("history", path_id).out
    assert desk.ask("history", path_id)["verified"]


def test_a_coordinator_does_not_close_a_review(desk: Desk, path_id: str) -> None:
    """Whether care was right is for a clinician to say: exit 6."""
    (item,) = desk.ask("review", "list")
    kept = desk.kept(path_id)

    answer = close(desk, item["review"], actor=COORDINATOR)

    assert (answer.code, desk.kept(path_id)) == (6, kept)
    assert "A coordinator may not close a review" in answer.err


def test_mistakes_about_reviews_have_their_own_exit_codes(desk: Desk, path_id: str) -> None:
    """Unknown 3, usage 2, closed already 5; nothing is written."""
    (item,) = desk.ask("review", "list")

    unknown = [close(desk, name) for name in ("P-NOBODY/1", f"{path_id}/999", "nonsense", "/")]
    no_verdict = close(desk, item["review"], "fine")
    close(desk, item["review"])
    kept = desk.kept(path_id)
    again = close(desk, item["review"], "no_effect")

    assert [answer.code for answer in unknown] == [3, 3, 3, 3]
    assert (no_verdict.code, again.code) == (2, 5)
    assert "upheld, compensated, no_effect" in no_verdict.err
    assert "closed already, by Dr Ada Sample:clinician, as upheld" in again.err
    assert desk.kept(path_id) == kept


def test_what_an_undo_brings_with_it_is_said_first(desk: Desk, path_id: str) -> None:
    """A dry run writes nothing and needs nobody's name."""
    kept = desk.kept(path_id)

    answer = desk.run("step", "undo", path_id, *WHY, "--dry-run")
    content = desk.ask("step", "undo", path_id, *WHY, "--dry-run")

    assert answer.code == 0, answer.err
    assert re.search(r"back to\s+Initial assessment", answer.out)
    assert "reinduction_start_date" in answer.out
    assert "review closed" in answer.out
    assert content["undone"] == [{"entry": 30, "step": "reinduction", "by": "Dr Ada Sample"}]
    assert content["back_to"]["state"] == "assessment"
    assert desk.kept(path_id) == kept


def test_an_undone_step_closes_its_reviews_as_compensated(desk: Desk, path_id: str) -> None:
    """Undoing is how care was adapted; the list is empty and the history says all of it."""
    answer = undo(desk, path_id)

    assert answer.code == 0, answer.err
    assert answer.out.index("Undoing entry 30") < answer.out.index("step undone")
    (item,) = desk.ask("review", "list", "--all")
    assert (item["status"], item["closed_by"]) == ("compensated", CLINICIAN)
    assert desk.ask("patient", "show", path_id)["path"]["state"] == "assessment"
    assert "Step undone reinduction (entry 30)" in desk.run("history", path_id).out
    assert desk.ask("history", path_id)["verified"]


def test_mistakes_about_undo_have_their_own_exit_codes(desk: Desk, path_id: str) -> None:
    """Role 6, unknown 3, no step 4, twice 4; nothing is written."""
    kept = desk.kept(path_id)
    wrong = [
        undo(desk, path_id, actor=COORDINATOR),
        undo(desk, path_id, "999"),
        undo(desk, path_id, "31"),
        undo(desk, "P-NOBODY"),
        undo(desk, path_id, "--if-version", "3"),
    ]
    assert [answer.code for answer in wrong] == [6, 3, 4, 3, 5]
    assert desk.kept(path_id) == kept

    assert undo(desk, path_id, "30").code == 0
    twice, an_undo = undo(desk, path_id, "30"), undo(desk, path_id, str(kept + 1))

    assert (twice.code, an_undo.code) == (4, 4)
    assert "an undo is not undone" in an_undo.err


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM review_item",
        "UPDATE review_item SET status = 'upheld', closed_at = opened_at",
    ],
)
def test_a_review_that_was_lost_or_closed_behind_the_program_is_found(
    desk: Desk, path_id: str, harm: str
) -> None:
    """The journal tells of every review, so that none can disappear unseen."""
    assert verify(desk.database).findings == []
    with closing(dbapi2.connect(str(desk.database))) as connection:
        connection.execute(harm)
        connection.commit()

    (finding,) = verify(desk.database).findings

    assert (finding.kind, finding.path_id) == ("half", path_id)


def test_a_repeated_key_undoes_once(desk: Desk, path_id: str) -> None:
    """A double click does not undo the step before as well."""
    undo(desk, path_id, "--key", "click-1")
    kept = desk.kept(path_id)

    again = undo(desk, path_id, "--key", "click-1")

    assert (again.code, desk.kept(path_id)) == (0, kept)


def test_two_people_undo_what_two_people_confirm(desk: Desk) -> None:
    """The waiting undo is shown like a waiting step, and another clinician signs it."""
    path_id = desk.palliative()
    desk.confirm(path_id, "supportive")
    sign = ("step", "countersign", path_id, "--actor")
    desk.run(*sign, SECOND_CLINICIAN)

    asked = undo(desk, path_id)
    same = desk.run(*sign, CLINICIAN)
    done = desk.run(*sign, SECOND_CLINICIAN)

    assert "awaiting second confirmation of undo:" in asked.out
    assert (same.code, done.code) == (6, 0)
    assert desk.ask("patient", "show", path_id)["path"]["state"] == "assessment"
