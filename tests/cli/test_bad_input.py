"""Bad input: a clear sentence, the right exit code, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite

from allpath.clock import now
from tests.cli.conftest import AUDITOR, CLINICIAN, COORDINATOR, SECOND_CLINICIAN, Answer, Desk

_NOBODY = 65534


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("dx_date=2026-02-30", "what was typed is not a date"),
        ("dx_date=23.11.2026", "what was typed is not a date"),
        ("cd19=positive@2026-02-30", "what was typed is not a date"),
        ("cd19=positive@2026-11-24", "lies in the future"),
        ("cd19=strong", "not one of positive, dim, negative"),
        ("marrow_blast_pct=162", "outside 0 to 100"),
        ("marrow_blast_pct=62 mg", "is not a number"),
        ("relapse_number=1.5", "is not a whole number"),
        ("performance=7", "from 0 to 4"),
        ("performance=karnofsky 170", "from 0 to 100"),
        ("cd91=positive", "did you mean cd19"),
        ("mrd=0.005", "without unit is refused"),
        ("mrd=70", "without unit is refused"),
        ("mrd=0.5 fraktion", "is not a unit"),
        ("mrd=not_detected", "needs the sensitivity"),
        ("mrd=70 fraction", "give the unit percent"),
        ("mrd=0.005 %", "say the specimen"),
        ("mrd=<0.01 %", "can mean two things"),
        ("mrd=low", "is not a result"),
        ("mrd.result=quantified", "needs its value"),
        ("mrd.colour=red", "unknown part"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_the_reason(
    desk: Desk, typed: str, said: str
) -> None:
    """Nothing is guessed, and the value beside it is not recorded either."""
    path_id = desk.in_assessment()
    before = desk.kept(path_id)

    answer = desk.record(path_id, "sex=male", typed)

    assert answer.code == 4
    assert said in answer.err
    assert answer.out == ""
    assert desk.kept(path_id) == before


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("cd19", "write a fact as name=value"),
        ("=positive", "write a fact as name=value"),
        ("cd19=", "has no value"),
    ],
)
def test_a_fact_not_of_the_form_is_a_usage_error(desk: Desk, typed: str, said: str) -> None:
    """The form is shown."""
    path_id = desk.enrol()

    answer = desk.record(path_id, typed)

    assert answer.code == 2
    assert said in answer.err


def test_a_fact_given_twice_is_a_usage_error(desk: Desk) -> None:
    """Which of the two was meant is not for a program to say."""
    path_id = desk.enrol()

    answer = desk.record(path_id, "sex=male", "sex=female")

    assert answer.code == 2
    assert "sex is given twice" in answer.err


def test_a_percentage_keeps_its_unit_and_a_sensitivity_without_one_is_refused(desk: Desk) -> None:
    """1e-4 beside a percentage could be a fraction or a ten-thousandth of a per cent."""
    path_id = desk.in_assessment()
    words = ("mrd=0.005 %@2026-11-20", "--specimen", "marrow", "--method", "flow")

    unclear = desk.record(path_id, *words, "--sensitivity", "1e-4")
    clear = desk.record(path_id, *words, "--sensitivity", "1e-5 fraction")

    value = desk.ask("fact", "list", path_id, "--fact", "mrd")[0]["value"]
    assert unclear.code == 4
    assert "the sensitivity has no unit" in unclear.err
    assert clear.code == 0
    assert (value["value"], value["sensitivity"]) == ("0.00005", "0.00001")


@pytest.mark.parametrize("command", ["patient show", "step explain", "step list", "history"])
def test_an_unknown_patient_is_not_found(desk: Desk, command: str) -> None:
    """Exit code 3, and where to look."""
    desk.enrol()

    answer = desk.run(*command.split(), "P-QQQQQQ")

    assert answer.code == 3
    assert "There is no patient P-QQQQQQ" in answer.err
    assert "allpath patient list" in answer.err


def test_a_step_that_does_not_lead_out_of_the_state_is_refused(desk: Desk) -> None:
    """The steps there are stand in the sentence."""
    path_id = desk.enrol()

    answer = desk.confirm(path_id, "hsct")

    assert answer.code == 4
    assert "There is no step hsct from referred" in answer.err
    assert "assessment" in answer.err


def test_a_step_whose_facts_are_missing_is_refused_with_their_names(desk: Desk) -> None:
    """Unknown never opens a gate."""
    path_id = desk.in_assessment()

    answer = desk.confirm(path_id, "reinduction")

    assert answer.code == 4
    assert "missing: " in answer.err
    assert "lineage" in answer.err
    assert desk.ask("patient", "show", path_id)["path"]["state"] == "assessment"


def test_a_second_confirm_of_the_same_step_is_refused(desk: Desk) -> None:
    """A double click takes one step."""
    path_id = desk.assessed()
    desk.confirm(path_id, "reinduction")
    before = desk.kept(path_id)

    again = desk.confirm(path_id, "reinduction")

    assert again.code == 4
    assert desk.kept(path_id) == before


def test_a_second_confirm_with_the_same_key_gives_the_first_answer(desk: Desk) -> None:
    """A client that did not hear the answer may ask again."""
    path_id = desk.assessed()
    desk.confirm(path_id, "reinduction", "--key", "click-1")
    before = desk.kept(path_id)

    again = desk.confirm(path_id, "reinduction", "--key", "click-1")

    assert again.code == 0
    assert "done before under the same key" in again.out
    assert desk.kept(path_id) == before


def test_a_step_waiting_for_its_second_signature_is_not_confirmed_again(desk: Desk) -> None:
    """The way on is to countersign."""
    path_id = desk.palliative()
    desk.confirm(path_id, "supportive")

    again = desk.confirm(path_id, "supportive", actor=SECOND_CLINICIAN)

    assert again.code == 4
    assert "Countersign it, or decline it" in again.err


def test_nothing_leads_out_of_a_final_state(desk: Desk) -> None:
    """A path that ended stays ended."""
    path_id = desk.died()

    answer = desk.confirm(path_id, "assessment")

    assert answer.code == 4
    assert "the state is final" in answer.err
    assert "The path has ended" in desk.run("patient", "show", path_id).out


def test_a_countersignature_that_nobody_waits_for_is_refused(desk: Desk) -> None:
    """The sentence says what comes first."""
    path_id = desk.enrol()

    answer = desk.run("step", "countersign", path_id, "--actor", CLINICIAN)

    assert answer.code == 4
    assert "confirm one first" in answer.err


@pytest.mark.parametrize("actor", ["", "Cora", "Cora:", ":coordinator", "Cora:porter"])
def test_a_write_without_a_named_person_is_a_usage_error_that_shows_the_form(
    desk: Desk, actor: str
) -> None:
    """Nothing is anonymous."""
    path_id = desk.enrol()

    answer = desk.run("fact", "record", path_id, "sex=male", "--actor", actor)

    assert answer.code == 2
    assert '--actor "Dr A. Sample:clinician"' in answer.err
    assert desk.kept(path_id) == 1


def test_an_auditor_reads_and_does_not_write(desk: Desk) -> None:
    """Exit code 6 says that the role, not the form, is wrong."""
    path_id = desk.enrol()

    answer = desk.run("fact", "record", path_id, "sex=male", "--actor", AUDITOR)

    assert answer.code == 6
    assert desk.kept(path_id) == 1


def test_a_path_changed_since_it_was_looked_at_is_a_conflict_that_says_what_changed(
    desk: Desk,
) -> None:
    """Human choices are never retried over somebody else's work."""
    path_id = desk.assessed()
    seen = desk.ask("patient", "show", path_id)["path"]["version"]
    desk.record(path_id, "hct_ci=2")

    answer = desk.confirm(path_id, "reinduction", "--if-version", str(seen))

    assert answer.code == 5
    assert "since then: fact recorded by Cora Coordinator" in answer.err
    assert desk.ask("patient", "show", path_id)["path"]["state"] == "assessment"


def test_two_processes_that_confirm_at_once_leave_one_winner(desk: Desk) -> None:
    """One exits 0, the other 5 and says what changed; nothing is lost or doubled."""
    desk.at = now()
    path_id = desk.assessed()
    version = desk.ask("patient", "show", path_id)["path"]["version"]
    words = ("step", "confirm", path_id, "reinduction", "--if-version", str(version))

    both = [desk.start(*words, "--actor", actor) for actor in (CLINICIAN, SECOND_CLINICIAN)]
    streams = [process.communicate(timeout=60) for process in both]

    codes = [process.returncode for process in both]
    loser = streams[codes.index(5)][1]
    confirmed = [
        entry
        for entry in desk.ask("history", path_id)["entries"]
        if entry["kind"] == "step_confirmed"
    ]
    assert sorted(codes) == [0, 5]
    assert "since then: step confirmed by Dr" in loser
    assert [entry["state_to"] for entry in confirmed] == ["assessment", "reinduction"]
    assert desk.ask("history", path_id)["verified"] is True


@pytest.mark.parametrize(
    ("option", "text"),
    [("--as-of", "2026-13-01"), ("--as-of", "tomorrow"), ("--as-of", "23/11/2026")],
)
def test_a_moment_that_is_none_is_a_usage_error(desk: Desk, option: str, text: str) -> None:
    """The form is shown."""
    answer = desk.run("worklist", option, text)

    assert answer.code == 2
    assert "write an existing day as 2026-11-23" in answer.err


def test_a_step_takes_effect_neither_in_the_future_nor_before_its_state(desk: Desk) -> None:
    """The order of care stays the order of days."""
    path_id = desk.assessed()

    future = desk.confirm(path_id, "reinduction", "--on", "2026-11-24")
    before = desk.confirm(path_id, "reinduction", "--on", "2026-11-22")
    no_day = desk.confirm(path_id, "reinduction", "--on", "2026-11-31")

    assert (future.code, before.code, no_day.code) == (4, 4, 2)
    assert "lies in the future" in future.err
    assert "the path entered assessment on 23-Nov-2026" in before.err


def test_an_explanation_for_a_day_before_the_enrolment_is_refused(desk: Desk) -> None:
    """Nothing was decided for somebody who was not there."""
    path_id = desk.assessed()

    answer = desk.run("step", "explain", path_id, "--as-of", "2026-11-01")

    assert answer.code == 4
    assert "was not enrolled then" in answer.err


def test_errors_come_as_json_on_standard_error_when_json_is_asked_for(desk: Desk) -> None:
    """Programs read the kind and the details, never the sentence."""
    path_id = desk.assessed()

    missing = desk.run("patient", "show", "P-QQQQQQ", "--json")
    refused = desk.run("fact", "record", path_id, "cd19=strong", "--actor", COORDINATOR, "--json")
    usage = desk.run("step", "confirm", path_id, "--json")

    assert (missing.out, missing.error["kind"], missing.error["exit_code"]) == ("", "not_found", 3)
    assert (refused.out, refused.error["kind"], refused.error["fact"]) == (
        "",
        "fact_refused",
        "cd19",
    )
    assert (usage.out, usage.error["kind"], usage.code) == ("", "usage", 2)


def test_a_corrupt_database_is_named_and_left_as_it_is(desk: Desk) -> None:
    """Exit code 7, and the file is not made worse."""
    desk.enrol()
    damaged = b"not a database at all, " * 500
    desk.database.write_bytes(damaged)
    for beside in ("-wal", "-shm"):
        Path(f"{desk.database}{beside}").unlink(missing_ok=True)

    answer = desk.run("worklist")

    assert answer.code == 7
    assert str(desk.database) in answer.err
    assert desk.database.read_bytes() == damaged


def test_a_newer_database_is_not_touched(desk: Desk) -> None:
    """An old program must not write into tables it does not know."""
    desk.enrol()
    connection = sqlite.connect(str(desk.database))
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()

    read = desk.run("worklist")
    upgrade = desk.run("db", "upgrade")

    assert (read.code, upgrade.code) == (7, 7)
    assert "Install the newer program" in read.err


def test_a_database_that_cannot_be_written_says_so_and_keeps_what_it_has(desk: Desk) -> None:
    """A read-only disk loses nothing, and nobody is left to believe in a write."""
    path_id = desk.enrol()
    before = desk.kept(path_id)

    with _read_only(desk.folder):
        read = desk.run("worklist")
        write = desk.record(path_id, "sex=male")

    assert write.code == 7
    assert str(desk.database) in write.err
    assert read.code in {0, 7}
    assert desk.kept(path_id) == before


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """Nobody may write into the folder; root, who always may, is somebody else meanwhile."""
    root = os.geteuid() == 0
    files = [path for path in folder.iterdir() if path.is_file()]
    for path in files:
        path.chmod(0o444)
    folder.chmod(0o555)
    parents = [path for path in folder.parents if root and path.stat().st_mode & 0o005 != 0o005]
    modes = {path: path.stat().st_mode for path in parents}
    for path in parents:
        path.chmod(0o755)
    try:
        if root:
            os.seteuid(_NOBODY)
        yield
    finally:
        if root:
            os.seteuid(0)
        for path, mode in modes.items():
            path.chmod(mode)
        folder.chmod(0o755)
        for path in files:
            path.chmod(0o644)


def test_a_database_in_a_folder_that_is_not_there_is_refused(desk: Desk) -> None:
    """A mistyped folder is not silently made."""
    desk.variables["ALLPATH_DATABASE"] = f"sqlite:///{desk.folder / 'nowhere' / 'desk.db'}"

    answer = desk.run("worklist")

    assert answer.code == 7
    assert "nowhere" in answer.err


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALLPATH_TIME_ZONE", "Mars/Base"),
        ("ALLPATH_DATABASE", "mysql://somewhere"),
        ("ALLPATH_DATABASE_KEY_FILE", "/no/such/key"),
        ("ALLPATH_DEBUG", "maybe"),
        ("ALLPATH_ENVIRONMENT", "<b>training</b>"),
    ],
)
def test_a_bad_setting_stops_the_start_and_names_the_variable(
    desk: Desk, variable: str, value: str
) -> None:
    """Exit code 2: nothing was tried with half a configuration."""
    desk.variables[variable] = value

    answer = desk.run("worklist")

    assert answer.code == 2
    assert variable in answer.err
    assert not desk.database.exists()


def test_a_default_that_does_not_fit_the_pathway_names_its_variable(desk: Desk) -> None:
    """The site's default, not the coordinator's typing, is what is wrong."""
    desk.variables["ALLPATH_REGION"] = "MARS"

    answer = desk.run(
        "enrol", "--family", "Sample", "--given", "Sam", "--identifier", "mrn=9990000001",
        "--actor", COORDINATOR,
    )  # fmt: skip

    assert answer.code == 2
    assert "ALLPATH_REGION is MARS" in answer.err


def test_an_nhs_number_with_a_wrong_check_digit_is_refused(desk: Desk) -> None:
    """A mistyped number would let the same person in twice."""
    person = ("enrol", "--family", "Sample", "--given", "Sam", "--actor", COORDINATOR)

    wrong = desk.run(*person, "--identifier", "nhs=999 000 0019")
    right = desk.run(*person, "--identifier", "nhs=999 000 0018")

    assert wrong.code == 4
    assert "check digit" in wrong.err
    assert right.code == 0


def test_an_unknown_command_is_a_usage_error_with_a_near_name(desk: Desk) -> None:
    """Exit code 2 and one sentence."""
    answer = desk.run("worklst")

    assert answer.code == 2
    assert "Did you mean 'worklist'" in answer.err


def test_an_error_nobody_foresaw_says_so_without_a_trace_and_without_data(desk: Desk) -> None:
    """The trace is for those who ask for it, because it may show a patient's data."""
    desk.enrol()
    broken = (
        "import allpath.cli.printing as p\n"
        "def put_json(content): raise ZeroDivisionError('Sample, Sam')\n"
        "p.put_json = put_json\n"
        "from allpath.cli import main\nmain(['patient', 'list', '--json'])"
    )

    plain = _python(desk, broken)
    asked = _python(desk, broken, ALLPATH_DEBUG="1")

    assert plain.code == 1
    assert "ZeroDivisionError" in plain.err
    assert "Sample" not in plain.err
    assert "Traceback" not in plain.err
    assert "Traceback" in asked.err


def _python(desk: Desk, code: str, **variables: str) -> Answer:
    environment = {**os.environ, **desk._environment(), **variables}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    return Answer(done.returncode, done.stdout, done.stderr)
