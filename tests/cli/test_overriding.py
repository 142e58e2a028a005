"""Overrides as they are typed, and the register of them."""

from __future__ import annotations

from tests.cli.conftest import CLINICIAN, COORDINATOR, Desk

WHY = ("--code", "mdt_judgement", "--reason", "MDT of this morning")


def test_an_override_is_taken_and_stands_in_the_register(desk: Desk) -> None:
    """With its reason, its signer, and what was not known when it was signed."""
    path_id = desk.in_assessment()

    done = desk.run("step", "override", path_id, "reinduction", *WHY, "--actor", CLINICIAN)

    assert done.code == 0, done.err
    assert "step overridden: Reinduction" in done.out
    listed = desk.run("variance", "list").out
    assert "assessment -> reinduction" in listed
    assert "1 override, 0 times other care: MDT judgement 1" in listed
    (row,) = desk.ask("variance", "list")["variances"]
    assert (row["by"], row["code"]) == ("Dr Ada Sample", "mdt_judgement")
    assert row["frozen"]


def test_an_empty_register_says_so(desk: Desk) -> None:
    """An empty table would leave the question open."""
    assert "No step was taken against the recommendation" in desk.run("variance", "list").out


def test_refused_overrides_have_their_exit_codes(desk: Desk) -> None:
    """4 for a wrong reason with the list of those there are, 6 for the wrong person."""
    path_id = desk.in_assessment()
    wrong = ("--code", "because", "--reason", "x")

    refused = desk.run("step", "override", path_id, "reinduction", *wrong, "--actor", CLINICIAN)
    forbidden = desk.run("step", "override", path_id, "reinduction", *WHY, "--actor", COORDINATOR)

    assert (refused.code, forbidden.code) == (4, 6)
    assert "patient_or_family_decision" in refused.err


def test_a_fact_of_the_wrong_patient_is_moved_by_one_command(desk: Desk) -> None:
    """Both patients are shown as they are now."""
    wrong, right = desk.enrol(), desk.enrol(mrn="9990000002", family="Other")
    desk.record(wrong, "sex=female")

    done = desk.run(
        *("fact", "move", wrong, "2", right, "--reason", "two samples were swapped"),
        *("--actor", COORDINATOR),
    )

    assert done.code == 0, done.err
    assert f"{wrong}: fact corrected" in done.out
    assert f"{right}: fact recorded: sex = female" in done.out
    assert "entered in error" in desk.run("fact", "list", wrong).out
    assert "sex" in desk.run("fact", "list", right).out
