"""`allpath patient erase`, and the two withdrawals, as a lead and a coordinator type them."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CLINICIAN, COORDINATOR, LEAD, Desk

BECAUSE = ("--reason", "patient_request", "--because", "letter of 20-Nov-2026, file 17")


def erase(desk: Desk, path_id: str, *more: str, actor: str = LEAD) -> tuple[int, str, str]:
    """The erasure as a lead types it, with the path named twice."""
    arguments = (path_id, *BECAUSE, "--confirm", path_id, *more)
    answer = desk.run("patient", "erase", *arguments, "--actor", actor)
    return answer.code, answer.out, answer.err


def test_an_erased_patient_is_shown_by_number_and_keeps_a_history(desk: Desk) -> None:
    """Whoever asks later why a child was treated so still finds out, but no longer whose child."""
    path_id = desk.in_assessment()
    assert desk.record(path_id, "consent_data=withdrawn").code == 0

    code, out, _ = erase(desk, path_id)

    assert code == 0
    assert f"The identity of {path_id} is erased" in out
    shown = desk.run("patient", "show", path_id).out
    assert "(identity erased on 23-Nov-2026)" in shown
    assert "SAMPLE" not in shown
    assert "Identity erased" in desk.run("history", path_id).out
    assert "(identity erased on 23-Nov-2026)" in desk.run("worklist").out
    assert desk.run("patient", "list", "sample").out == "No patients here.\n"
    assert desk.run("audit", "verify").code == 0
    person = desk.ask("patient", "show", path_id)["person"]
    assert person["identity_erased_at"].startswith("2026-11-23T07:00:00")
    assert (person["family_name"], person["identifiers"]) == ("", {})


def test_the_log_holds_after_an_erasure(desk: Desk) -> None:
    """The name was never part of what is hashed, so nothing that was signed has to change."""
    path_id = desk.in_assessment()
    key = str(desk.folder / "log.key")
    assert desk.run("audit", "key", "new", key, "--name", "ward.example/allpath").code == 0
    desk.variables["ALLPATH_SIGNING_KEY_FILE"] = key
    assert desk.run("audit", "seal").code == 0
    assert desk.record(path_id, "consent_data=withdrawn").code == 0

    assert erase(desk, path_id)[0] == 0

    assert desk.run("audit", "seal").code == 0
    verified = desk.run("audit", "verify")
    assert verified.code == 0, verified.err
    listed = desk.run("audit", "list", "--action", "identity_erased").out
    assert "Dr Lea Lead" in listed
    assert "Sample" not in listed


def test_a_path_in_care_is_not_erased(desk: Desk) -> None:
    """Nobody would know whom the overdue marrow belongs to."""
    path_id = desk.in_assessment()

    code, _, err = erase(desk, path_id)

    assert code == 4
    assert "is in care (assessment)" in err
    assert f"allpath patient data-use {path_id} withdrawn" in err
    assert desk.run("patient", "show", path_id).out.startswith("SAMPLE, Sam")


def test_nobody_is_erased_twice(desk: Desk) -> None:
    """The second letter about the same patient is answered with who did it, and when."""
    path_id = desk.in_assessment()
    desk.record(path_id, "consent_data=withdrawn")
    erase(desk, path_id)

    code, _, err = erase(desk, path_id)

    assert code == 4
    assert f"{path_id} was erased already, on 23-Nov-2026 by Dr Lea Lead" in err


def test_a_coordinator_may_not_erase(desk: Desk) -> None:
    """What cannot be undone is for whoever answers for the records."""
    path_id = desk.in_assessment()
    desk.record(path_id, "consent_data=withdrawn")

    code, _, err = erase(desk, path_id, actor=COORDINATOR)

    assert code == 6
    assert "needs one of: director, lead" in err


@pytest.mark.parametrize("confirmed", [(), ("--confirm", "P-OTHER")])
def test_the_path_is_named_twice_before_it_is_erased(
    desk: Desk, confirmed: tuple[str, ...]
) -> None:
    """One wrong letter must not take the identity of the patient in the next bed."""
    path_id = desk.in_assessment()
    desk.record(path_id, "consent_data=withdrawn")

    answer = desk.run("patient", "erase", path_id, *BECAUSE, *confirmed, "--actor", LEAD)

    assert answer.code == 2
    assert f"add --confirm {path_id}" in answer.err
    assert "SAMPLE" in desk.run("patient", "show", path_id).out


def test_the_explanation_may_not_hold_the_name(desk: Desk) -> None:
    """It would stay in the journal for ever, which is what was to be erased."""
    path_id = desk.in_assessment()
    desk.record(path_id, "consent_data=withdrawn")

    code, _, err = erase(desk, path_id, "--because", "Mother of Sam SAMPLE wrote")

    assert code == 4
    assert "write it without" in err
    assert "ample" not in err.casefold()


def test_a_dry_run_says_what_goes_what_stays_and_where_the_name_is_written(desk: Desk) -> None:
    """A name in a free text is not found by any key; somebody has to know of it."""
    path_id = desk.in_assessment()
    noted = ("--reason", "as Sam asked on the phone")
    assert (
        desk.run("patient", "set", path_id, "region=UK", *noted, "--actor", COORDINATOR).code == 0
    )
    desk.record(path_id, "consent_data=withdrawn")
    for who, why in (("Ward 3", "round"), ("Ward 4", "Sam was moved")):
        said = ("--to", who, "--reason", why, "--actor", COORDINATOR)
        assert desk.run("worklist", "assign", path_id, *said).code == 0

    answer = desk.run("patient", "erase", path_id, *BECAUSE, "--dry-run", "--actor", LEAD)

    assert answer.code == 0
    assert "gone for good\tthe name, 1 number, the contact" in answer.out
    assert "free text that stays: entry 4, assignment 2" in answer.out
    assert "nobody will know of whom" in answer.out
    assert "SAMPLE" in desk.run("patient", "show", path_id).out


def test_a_withdrawal_of_data_changes_no_care(desk: Desk) -> None:
    """A patient who wants no research still needs the marrow on day 28."""
    path_id = desk.in_assessment()
    (before,) = desk.ask("worklist")["rows"]

    assert desk.record(path_id, "consent_data=withdrawn").code == 0

    (after,) = desk.ask("worklist")["rows"]
    assert after == {**before, "version": after["version"]}
    shown = desk.run("patient", "show", path_id).out
    assert "data use\twithdrawn since 23-Nov-2026; left out of figures about many" in shown


def test_who_withdrew_their_data_is_left_out_of_a_replay_and_counted(desk: Desk) -> None:
    """The figures add up to everybody, and say how many they say nothing about."""
    path_id = desk.assessed()
    desk.assessed(mrn="9990000002")
    desk.record(path_id, "consent_data=withdrawn")

    counts = desk.ask("replay", "--parameter", "mrd_valid=21 d")["counts"]

    assert counts["left out because data use was withdrawn"] == 1
    assert sum(counts.values()) == 2


def test_data_use_is_withdrawn_on_a_pathway_without_such_a_fact_too(desk: Desk) -> None:
    """The right is the patient's, whatever the authors of a pathway thought of."""
    person = ("--family", "Sample", "--given", "Sam", "--identifier", "mrn=9990000001")
    on_it = ("--pathway", "post_hsct_surveillance", "--actor", COORDINATOR)
    path_id = desk.ask("enrol", *person, *on_it)["path_id"]
    say = ("patient", "data-use", path_id)
    why = ("--reason", "letter of 20-Nov-2026", "--actor", COORDINATOR)

    for answer, counted in (("withdrawn", 1), ("yes", None)):
        said = desk.run(*say, answer, *why)

        assert said.code == 0, said.err
        assert desk.ask("patient", "show", path_id)["data_use"] == answer
        counts = desk.ask("replay", "--pathway", "post_hsct_surveillance")["counts"]
        assert counts.get("left out because data use was withdrawn") == counted
    assert "Data use recorded withdrawn" in desk.run("history", path_id).out
    assert desk.run("audit", "verify").code == 0


def test_data_use_is_recorded_as_the_fact_of_the_pathway(desk: Desk) -> None:
    """Where clinicians declared the fact, their rules read it, and there is one truth."""
    path_id = desk.in_assessment()
    why = ("--reason", "letter of 20-Nov-2026", "--actor", COORDINATOR)

    assert desk.run("patient", "data-use", path_id, "withdrawn", *why).code == 0

    (said,) = [row for row in desk.ask("fact", "list", path_id) if row["fact"] == "consent_data"]
    assert said["value"] == "withdrawn"
    assert desk.run("patient", "data-use", path_id, "perhaps", *why).code == 4
    assert desk.run("patient", "data-use", path_id, "yes", "--on", "2027-01-01", *why).code == 4


def test_a_withdrawal_of_data_can_be_corrected(desk: Desk) -> None:
    """Recorded for the wrong patient, it is voided, and the patient counts again."""
    path_id = desk.assessed()
    desk.record(path_id, "consent_data=withdrawn")
    listed = desk.ask("fact", "list", path_id)
    record = next(row["record_id"] for row in listed if row["fact"] == "consent_data")

    voided = desk.run(
        *("fact", "correct", path_id, record, "--status", "entered_in_error"),
        *("--reason", "said by another patient", "--actor", COORDINATOR),
    )

    assert voided.code == 0, voided.err
    assert desk.ask("patient", "show", path_id)["data_use"] is None
    counts = desk.ask("replay", "--parameter", "mrd_valid=21 d")["counts"]
    assert "left out because data use was withdrawn" not in counts


def test_a_withdrawal_of_care_ends_the_path_and_says_nothing_of_the_data(desk: Desk) -> None:
    """Two facts, two effects: who leaves care may still help others to be treated."""
    path_id = desk.assessed()

    assert desk.confirm(path_id, "withdrawn", "--reason", "patient's wish").code == 0
    assert desk.record(path_id, "care_withdrawn=yes").code == 0

    shown = desk.run("patient", "show", path_id).out
    assert "care\twithdrawn by the patient" in shown
    assert "data use" not in shown
    counts = desk.ask("replay", "--parameter", "mrd_valid=21 d")["counts"]
    assert counts == {"in a final state": 1}


def test_a_patient_without_a_key_is_reported_by_the_doctor(desk: Desk) -> None:
    """A lost key is a lost name; it is seen before somebody is looked for in vain."""
    desk.in_assessment()
    backup, keys = desk.folder / "ward.backup", desk.folder / "ward.backup.keys"
    assert desk.run("db", "backup", str(backup)).out.count(str(keys)) == 1

    moved = desk.folder / "elsewhere.keys"
    keys.rename(moved)
    refused = desk.run("db", "restore", str(backup), "--yes")
    named = "SAMPLE, Sam" in desk.run("worklist").out
    restored = desk.run("db", "restore", str(backup), "--yes", "--without-keys")

    assert (refused.code, named) == (2, True)
    assert "without it nobody in" in refused.err
    assert "1 patient came back without name and numbers" in restored.out
    assert "(identity sealed: its key is not here)" in desk.run("worklist").out
    found = desk.run("doctor")
    assert "identities\tfail - 1 patient without a key" in found.out
    again = desk.run("db", "restore", str(backup), "--keys", str(moved), "--yes")
    assert "without name" not in again.out
    assert "SAMPLE, Sam" in desk.run("worklist").out
    assert "identities\tok" in desk.run("doctor").out


def test_a_clinician_may_not_erase(desk: Desk) -> None:
    """Treating somebody is no reason to make them unknown."""
    path_id = desk.in_assessment()
    desk.record(path_id, "consent_data=withdrawn")

    assert erase(desk, path_id, actor=CLINICIAN)[0] == 6
