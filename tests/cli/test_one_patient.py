"""One patient end to end, as the cast types it."""

from __future__ import annotations

from tests.cli.conftest import (
    AT_RELAPSE,
    CLINICIAN,
    COORDINATOR,
    LEAD,
    MORNING,
    SECOND_CLINICIAN,
    Desk,
)


def test_a_patient_is_enrolled_under_an_opaque_id(desk: Desk) -> None:
    """The id says nothing about the person and has no character that is mistaken for another."""
    path_id = desk.enrol()

    assert path_id.startswith("P-")
    assert len(path_id) == 8
    assert not set(path_id[2:]) & set("01IOLU")
    assert "Sample" not in path_id


def test_piped_enrolment_prints_the_id_alone_and_the_next_commands_beside_it(desk: Desk) -> None:
    """A script takes the id from standard output; a person reads on what to do next."""
    answer = desk.run(
        "enrol", "--family", "Sample", "--given", "Sam", "--identifier", "mrn=9990000001",
        "--actor", COORDINATOR,
    )  # fmt: skip

    path_id = answer.out.strip()
    assert answer.out == f"{path_id}\n"
    assert f"allpath fact record {path_id} identity_checked=VALUE" in answer.err


def test_a_second_enrolment_under_an_identifier_names_the_first(desk: Desk) -> None:
    """One person on two paths would be called twice and counted twice."""
    first = desk.enrol()

    answer = desk.run(
        "enrol", "--family", "Other", "--given", "Name", "--identifier", "mrn=9990000001",
        "--actor", COORDINATOR,
    )  # fmt: skip

    assert answer.code == 5
    assert first in answer.err
    assert len(desk.ask("patient", "list")) == 1


def test_a_repeated_enrolment_with_its_key_gives_the_first_answer(desk: Desk) -> None:
    """A script that is run again after a timeout does not meet its own first run as a conflict."""
    first = desk.enrol("--key", "form-7")

    again = desk.enrol("--key", "form-7")

    assert again == first
    assert desk.kept(first) == 1


def test_enrolment_takes_settings_and_facts_with_their_day(desk: Desk) -> None:
    """What the referral letter says is recorded in the same act."""
    path_id = desk.enrol(
        "--region", "UK", "--site", "North", "--time-zone", "Europe/London", "--on", "2026-11-20",
        "--fact", "birth_date=2014-05-10", "--fact", "sex=female@2026-11-19",
    )  # fmt: skip

    shown = desk.ask("patient", "show", path_id)
    assert shown["path"]["settings"] == {
        "active_set": "COG",
        "region": "UK",
        "site": "North",
        "time_zone": "Europe/London",
    }
    assert shown["path"]["entered"] == {"main": "2026-11-20"}
    days = {fact["fact"]: fact["effective_at"] for fact in shown["facts"]}
    assert days == {"birth_date": "2026-11-20", "sex": "2026-11-19"}


def test_recording_what_is_missing_makes_the_step_recommended(desk: Desk) -> None:
    """The coordinator sees at once what the new facts change."""
    path_id = desk.in_assessment()
    before = desk.ask("step", "explain", path_id)

    answer = desk.record(path_id, *AT_RELAPSE)

    assert before["route"]["status"] == "blocked"
    assert "marrow_blast_pct" in before["missing"]
    assert "checkpoint met: marrow, cerebrospinal fluid and testes examined" in answer.out
    assert "fact recorded: marrow_blast_pct = 62, 23-Nov-2026" in answer.out
    assert "Pathway supports: Reinduction" in answer.out


def test_a_coordinator_records_and_a_clinician_confirms(desk: Desk) -> None:
    """The system recommends; a named clinician decides."""
    path_id = desk.assessed()

    refused = desk.confirm(path_id, "reinduction", actor=COORDINATOR)
    confirmed = desk.confirm(path_id, "reinduction", "--on", "2026-11-23")

    assert refused.code == 6
    assert confirmed.code == 0
    assert "checkpoint opened" in confirmed.out
    assert desk.ask("patient", "show", path_id)["path"]["state"] == "reinduction"


def test_a_lead_confirms_as_well(desk: Desk) -> None:
    """Leads sign steps like clinicians."""
    path_id = desk.assessed()

    answer = desk.confirm(path_id, "reinduction", actor=LEAD)

    assert answer.code == 0


def test_supportive_care_waits_for_a_second_clinician(desk: Desk) -> None:
    """The gravest steps are never one person's."""
    path_id = desk.palliative()

    first = desk.confirm(path_id, "supportive")
    waiting = desk.ask("patient", "show", path_id)["path"]
    same = desk.run("step", "countersign", path_id, "--actor", CLINICIAN)
    other = desk.run("step", "countersign", path_id, "--actor", SECOND_CLINICIAN)

    assert first.code == 0
    assert "awaiting second confirmation of supportive" in first.out
    assert f"allpath step countersign {path_id}" in first.out
    assert waiting["state"] == "assessment"
    assert waiting["pending"]["by"] == "Dr Ada Sample"
    assert same.code == 6
    assert other.code == 0
    assert desk.ask("patient", "show", path_id)["path"]["state"] == "supportive"


def test_a_waiting_step_can_be_declined_with_a_reason(desk: Desk) -> None:
    """The second clinician may disagree, and the history says why."""
    path_id = desk.palliative()
    desk.confirm(path_id, "supportive")

    answer = desk.run(
        "step",
        "countersign",
        path_id,
        "--actor",
        SECOND_CLINICIAN,
        "--decline",
        "family meeting first",
    )

    shown = desk.ask("patient", "show", path_id)["path"]
    assert answer.code == 0
    assert (shown["state"], shown["pending"]) == ("assessment", None)
    assert desk.ask("history", path_id)["entries"][-1]["reason"] == "family meeting first"


def test_a_correction_keeps_the_old_record_and_counts_the_new(desk: Desk) -> None:
    """The past is never rewritten."""
    path_id = desk.assessed()
    record = next(f for f in desk.ask("fact", "list", path_id) if f["fact"] == "cd19")
    number = record["record_id"].rpartition("/")[2]

    answer = desk.run(
        "fact", "correct", path_id, number, "negative", "--reason", "read from the wrong report",
        "--actor", COORDINATOR,
    )  # fmt: skip

    records = desk.ask("fact", "list", path_id, "--fact", "cd19")
    assert answer.code == 0
    assert [(f["value"], f["counts"]) for f in records] == [
        ("positive", "no: corrected since"),
        ("negative", "yes"),
    ]


def test_a_record_entered_in_error_no_longer_counts(desk: Desk) -> None:
    """A result of another patient is taken back, not replaced."""
    path_id = desk.assessed()
    record = next(f for f in desk.ask("fact", "list", path_id) if f["fact"] == "cd19")

    answer = desk.run(
        "fact", "correct", path_id, record["record_id"], "--status", "entered_in_error",
        "--reason", "another patient's", "--actor", COORDINATOR,
    )  # fmt: skip

    assert answer.code == 0
    records = desk.ask("fact", "list", path_id, "--fact", "cd19")
    assert [item["counts"] for item in records] == ["no: corrected since", "no: entered in error"]


def test_changed_settings_are_journaled_and_decided_again(desk: Desk) -> None:
    """The active set decides the risk group, so changing it is an act with a reason."""
    path_id = desk.assessed()

    answer = desk.run(
        "patient", "set", path_id, "active_set=INTREALL", "region=UK", "--reason", "MDT",
        "--actor", COORDINATOR,
    )  # fmt: skip

    last = desk.ask("history", path_id)["entries"][-1]
    assert answer.code == 0
    assert "Pathway supports" in answer.out
    assert last["kind"] == "settings_changed"
    assert last["detail"]["after"] == {"active_set": "INTREALL", "region": "UK"}


def test_the_history_names_who_did_what_and_verifies(desk: Desk) -> None:
    """An auditor reads the path from its first entry on."""
    path_id = desk.assessed()

    history = desk.ask("history", path_id)
    plain = desk.run("history", path_id)

    assert history["verified"] is True
    assert [entry["seq"] for entry in history["entries"]] == list(
        range(1, len(history["entries"]) + 1)
    )
    assert history["entries"][0]["kind"] == "enrolled"
    assert history["entries"][0]["os_user"]
    assert "Dr Ada Sample (clinician" in plain.out
    assert plain.out.endswith("the hash chain verifies.\n")


def test_a_history_changed_behind_the_program_is_an_integrity_error(desk: Desk) -> None:
    """Tampering is found, and says so with its own exit code."""
    import sqlcipher3.dbapi2 as sqlite  # noqa: PLC0415 - only this test goes behind the product

    path_id = desk.assessed()
    connection = sqlite.connect(str(desk.database))
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal'"
    ).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE journal SET actor = 'Somebody Else' WHERE seq = 2")
    connection.commit()
    connection.close()

    answer = desk.run("history", path_id)

    assert answer.code == 8
    assert "entry 2" in answer.err


def test_a_patient_is_found_by_identifier_and_by_name(desk: Desk) -> None:
    """Nobody has to know the opaque id by heart."""
    path_id = desk.enrol()

    by_number = desk.ask("patient", "show", "9990000001")
    by_name = desk.ask("patient", "show", "sample")

    assert by_number["path"]["path_id"] == by_name["path"]["path_id"] == path_id


def test_a_name_that_fits_two_patients_asks_for_the_id(desk: Desk) -> None:
    """Writing to the wrong one of two namesakes is the error to prevent."""
    first, second = desk.enrol(mrn="9990000001"), desk.enrol(mrn="9990000002")

    answer = desk.run("patient", "show", "Sample")

    assert answer.code == 2
    assert first in answer.err
    assert second in answer.err


def test_the_clock_is_the_sites_and_the_morning_is_the_tests(desk: Desk) -> None:
    """Just after midnight in Sydney it is yesterday evening in UTC."""
    desk.at = MORNING.replace(hour=14)
    path_id = desk.enrol("--time-zone", "Australia/Sydney")

    shown = desk.ask("patient", "show", path_id)

    assert shown["path"]["entered"]["main"] == "2026-11-24"
