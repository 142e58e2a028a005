"""What people and programs read: the worklist, the why-table, a patient, and the two streams."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from datetime import timedelta

import pytest

from tests.cli.conftest import AT_RELAPSE, CLINICIAN, COORDINATOR, Desk

READS = (
    "worklist",
    "patient list",
    "patient show {id}",
    "fact list {id}",
    "step list {id}",
    "step explain {id}",
    "step explain {id} reinduction",
    "history {id}",
    "doctor",
    "db status",
    "pathway list",
    "pathway show relapsed_all",
    "pathway trace relapsed_all",
)


@pytest.mark.parametrize("command", READS)
def test_every_read_answers_with_one_json_document_and_nothing_else(
    desk: Desk, command: str
) -> None:
    """Programs read standard output as it is."""
    path_id = desk.assessed()

    answer = desk.run(*command.format(id=path_id).split(), "--json")

    assert answer.code == 0
    assert answer.err == ""
    assert answer.json


@pytest.mark.parametrize("command", READS)
def test_every_read_answers_piped_without_colour_or_frame(desk: Desk, command: str) -> None:
    """What is cut and sorted has no drawing in it, and is never cut off."""
    path_id = desk.assessed()

    answer = desk.run(*command.format(id=path_id).split())

    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert not re.search("[─│╭╮…]", answer.out)


def test_help_of_every_command_shows_an_example(desk: Desk) -> None:
    """A new user copies the first line that works."""
    tree = {
        "patient": ("list", "show", "set"),
        "fact": ("record", "list", "correct"),
        "step": ("list", "explain", "confirm", "countersign"),
        "pathway": ("list", "show", "check", "trace"),
        "db": ("upgrade", "status"),
    }
    single = ("decide", "enrol", "worklist", "history", "sweep", "doctor")
    commands = [*((name,) for name in single), *((n, v) for n, vs in tree.items() for v in vs)]

    without = [
        command
        for command in commands
        if "Example: allpath" not in desk.run(*command, "--help").out
    ]

    assert without == []


def test_the_worklist_puts_the_longest_overdue_first_and_adds_up_to_the_census(desk: Desk) -> None:
    """Every patient is counted exactly once."""
    late = desk.in_assessment("9990000001")
    desk.at += timedelta(days=5)
    later = desk.enrol(mrn="9990000002")
    desk.at += timedelta(days=4)
    fresh = desk.enrol(mrn="9990000003")
    ended = desk.enrol(mrn="9990000004")
    desk.record(ended, "death_date=2026-11-30")
    desk.confirm(ended, "dead")

    found = desk.ask("worklist")
    plain = desk.run("worklist")

    assert [row["path_id"] for row in found["rows"]] == [late, later, fresh]
    assert found["census"] == {
        "patients": 4,
        "overdue": 2,
        "due": 0,
        "open": 1,
        "quiet": 0,
        "no_next_step": 0,
        "final": 1,
        "merged_into_another": 0,
        "not_enrolled_yet": 0,
    }
    last = plain.out.splitlines()[-1]
    assert last == "4 patients: 2 overdue, 0 due, 1 open, 0 no next step, 1 final"
    assert "Overdue 6 days - 26-Nov-2026" in plain.out


def test_the_worklist_is_true_without_a_sweep_and_the_same_after_one(desk: Desk) -> None:
    """A silent scheduler must not make anything look on time."""
    desk.in_assessment()
    desk.at += timedelta(days=9)
    before = desk.ask("worklist")["census"]

    swept = desk.ask("sweep")
    again = desk.ask("sweep")

    assert before["overdue"] == 1
    assert (swept["overdue"] > 0, again["overdue"], again["due"]) == (True, 0, 0)
    assert desk.ask("worklist")["census"] == before


def test_the_worklist_says_what_is_needed_verb_first_and_why_it_stands_still(desk: Desk) -> None:
    """Before the first coffee the verb comes first."""
    ready, waiting = desk.assessed("9990000001"), desk.in_assessment("9990000002")

    rows = {row["path_id"]: row for row in desk.ask("worklist")["rows"]}
    plain = desk.run("worklist").out

    assert rows[waiting]["needed"].startswith("Record ")
    assert rows[ready]["decision"]["route"]["status"] == "recommended"
    assert "recommended: reinduction" in plain
    assert "undecidable: active infection missing (+" in plain


def test_a_waiting_signature_is_what_the_worklist_asks_for(desk: Desk) -> None:
    """A half-signed step is nobody's until somebody is named."""
    path_id = desk.palliative()
    desk.confirm(path_id, "supportive")

    row = desk.ask("worklist")["rows"][0]

    assert row["needed"] == "Countersign Supportive care (first: Dr Ada Sample)"


def test_filters_say_how_many_they_hide_and_leave_the_census_alone(desk: Desk) -> None:
    """Nobody is forgotten because a filter was left on."""
    desk.in_assessment("9990000001")
    desk.enrol(mrn="9990000002")

    answer = desk.run("worklist", "--state", "referred")
    overdue = desk.run("worklist", "--overdue")

    assert "(1 patient not shown because of the filter)" in answer.out
    assert "2 patients: " in answer.out
    assert "Nothing is open" in overdue.out
    assert "2 patients: 0 overdue, 0 due, 2 open, 0 no next step, 0 final" in overdue.out


def test_a_patient_without_a_next_step_passes_every_filter(desk: Desk) -> None:
    """Promise 3: nobody is forgotten, in a place nobody can filter away."""
    import sqlcipher3.dbapi2 as sqlite  # noqa: PLC0415 - only this test goes behind the product

    path_id = desk.enrol()
    connection = sqlite.connect(str(desk.database))
    connection.execute("UPDATE checkpoint SET status = 'cancelled', next_at = NULL, closed_seq = 1")
    connection.commit()
    connection.close()

    answer = desk.run("worklist", "--state", "hsct", "--overdue")

    assert path_id in answer.out
    assert "No next step" in answer.out
    assert answer.out.splitlines()[-1].startswith("1 patient: 0 overdue, 0 due, 0 open, 1 no next")


def test_who_looks_after_a_patient_is_said_and_read_at_the_command_line(desk: Desk) -> None:
    """The page and the command are two doors to one service."""
    path_id = desk.enrol()
    said = ("worklist", "assign", path_id, "--reason", "round", "--actor")
    auditor = desk.run(*said, "Aud Auditor:auditor", "--to", "Ward 3")

    answer = desk.run(*said, COORDINATOR, "--to", "Ward  3")
    again = desk.run(*said, COORDINATOR, "--to", "Ward 3")

    assert answer.out == f"Ward 3 looks after {path_id} from now on.\n"
    assert (auditor.code, again.code) == (6, 4)
    assert [row["looked_after_by"] for row in desk.ask("worklist")["rows"]] == ["Ward 3"]
    taken = desk.ask("audit", "list", "--action", "assigned")
    assert [(event["actor"], event["path_id"]) for event in taken] == [
        ("Cora Coordinator", path_id)
    ]


def test_an_empty_worklist_says_that_it_looked(desk: Desk) -> None:
    """Silence must never look like an answer."""
    answer = desk.run("worklist")

    assert answer.code == 0
    assert "Nothing is open. Looked at 23-Nov-2026 07:00" in answer.out
    assert "0 patients: " in answer.out


def test_the_worklist_of_a_later_day_is_read_without_writing(desk: Desk) -> None:
    """Planning the week is not living it."""
    path_id = desk.in_assessment()
    before = desk.kept(path_id)

    census = desk.ask("worklist", "--as-of", "2026-11-30")["census"]

    assert census["overdue"] == 1
    assert desk.kept(path_id) == before


def test_the_explanation_names_each_clause_with_what_was_found(desk: Desk) -> None:
    """Needed, found with date, status and source, and the result, for every row looked at."""
    path_id = desk.in_assessment()
    desk.run(
        "fact",
        "record",
        path_id,
        *AT_RELAPSE,
        "--source",
        "discharge letter",
        "--actor",
        COORDINATOR,
    )

    explained = desk.ask("step", "explain", path_id)
    plain = desk.run("step", "explain", path_id).out

    rows = explained["explanation"]["rows"]
    assert explained["rule"] == "A-16"
    assert rows[-1]["rule"] == "A-16"
    assert rows[-1]["result"] == "met"
    assert {row["result"] for row in rows} <= {"met", "not met", "unknown"}
    assert (
        "Met\tlineage of the relapse sample is B - found: B (23-Nov-2026, final, discharge letter)"
        in plain
    )
    assert "Pathway supports: Reinduction" in plain
    assert "Timing and risk by set (active: COG)" in plain


def test_the_explanation_says_who_can_supply_what_is_missing(desk: Desk) -> None:
    """The screen says which data stop the gate and whom to ask."""
    path_id = desk.in_assessment()

    explained = desk.ask("step", "explain", path_id)
    plain = desk.run("step", "explain", path_id).out

    assert explained["suppliers"]["marrow_blast_pct"] == ["laboratory"]
    assert "marrow_blast_pct\tmarrow blasts at relapse\tlaboratory" in plain
    assert "Unknown" in plain or "Met\ta fact of the list" in plain


def test_a_stale_fact_is_unknown_and_the_patient_page_says_since_when(desk: Desk) -> None:
    """A result that expired is neither yes nor no."""
    path_id = desk.assessed()
    desk.at += timedelta(days=20)

    shown = desk.ask("patient", "show", path_id)
    plain = desk.run("patient", "show", path_id).out

    assert "performance" in shown["decision"]["missing"]
    assert shown["notes"]["performance"] == "stale since 07-Dec-2026"
    assert "does not count: stale since 07-Dec-2026" in plain


def test_one_step_is_explained_by_the_rows_that_lead_to_it(desk: Desk) -> None:
    """Why not the other way: each row and invariant in question, whatever was read first."""
    path_id = desk.assessed()

    found = desk.ask("step", "explain", path_id, "cart_apheresis")["step"]

    assert found["step"] == "cart_apheresis"
    assert found["status"] == "blocked"
    assert {row["rule"] for row in found["rows"]} >= {"A-14"}


def test_every_explanation_ends_with_review_and_safety_text(desk: Desk) -> None:
    """Rules section 9, texts 1 and 2, with who reviewed the content and until when."""
    path_id = desk.assessed()

    for command in (("step", "explain", path_id), ("patient", "show", path_id)):
        out = desk.run(*command).out
        assert "not clinically signed" in out
        assert "expires 23-May-2027" in out
        assert "Decision support for healthcare professionals coordinating care." in out
        assert "Every step is a proposal." in out


def test_after_its_review_expired_the_explanation_is_marked_out_of_date(desk: Desk) -> None:
    """Content that nobody looked at again must say so."""
    path_id = desk.enrol()
    desk.at += timedelta(days=200)

    explained = desk.ask("step", "explain", path_id)
    health = desk.ask("doctor")

    assert "OUT OF DATE" in explained["explanation"]["reviewed"]
    assert any("OUT OF DATE" in item["text"] for item in health["findings"])


def test_the_banner_follows_the_rules_for_names_and_dates(desk: Desk) -> None:
    """Family name in capitals, the day of birth with the age, unknown as words."""
    path_id = desk.enrol("--fact", "birth_date=2014-05-10", family="von der Straße")

    out = desk.run("patient", "show", path_id).out

    assert f"VON DER STRASSE, Sam   {path_id}" in out
    assert "Born 10-May-2014 (12y)   Sex Not known   MRN 9990000001" in out
    assert desk.ask("patient", "show", path_id)["person"]["family_name"] == "von der Straße"


def test_the_doctor_hides_the_password_and_names_misspelt_variables(desk: Desk) -> None:
    """What is shown to support must be fit to be pasted into a ticket."""
    desk.variables["ALLPATH_TIMEZONE"] = "Europe/London"

    findings = desk.ask("doctor")["findings"]

    assert any("ALLPATH_TIMEZONE means nothing" in item["text"] for item in findings)
    assert {"database", "journal mode", "encrypted", "schema", "scheduler", "relapsed_all"} <= {
        item["name"] for item in findings
    }


def test_the_doctor_says_when_checkpoints_wait_for_a_sweep(desk: Desk) -> None:
    """A silent scheduler is an alarm."""
    desk.in_assessment()
    desk.at += timedelta(days=9)

    def scheduler() -> dict[str, str]:
        found = desk.ask("doctor")["findings"]
        return next(item for item in found if item["name"] == "scheduler")

    before = scheduler()
    desk.run("worker", "--once")
    after = scheduler()

    assert (before["result"], after["result"]) == ("warn", "ok")


@pytest.mark.parametrize("width", [60, 140])
@pytest.mark.parametrize(
    "command", ["worklist", "patient show {id}", "step explain {id}", "--help"]
)
def test_a_terminal_of_any_width_shows_whole_words_within_its_width(
    desk: Desk, command: str, width: int
) -> None:
    """Nothing runs over the edge, nothing is cut off, on 60 columns as on 140."""
    path_id = desk.assessed()

    out = _on_a_terminal(desk, width, *command.format(id=path_id).split())

    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out)
    assert max(len(line.rstrip()) for line in plain.splitlines()) <= width
    assert "…" not in plain or command == "--help"
    if command == "worklist":
        assert "SAMPLE, Sam" in plain
        assert "reinduction" in plain


def _on_a_terminal(desk: Desk, width: int, *arguments: str) -> str:
    """What a person sees: standard output is a real terminal."""
    main, terminal = pty.openpty()
    environment = {**os.environ, **desk._environment(), "COLUMNS": str(width), "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-c", "from allpath.cli import main; main()", *arguments],
        env=environment,
        stdout=terminal,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    os.close(terminal)
    chunks = []
    while True:
        try:
            chunk = os.read(main, 65536)
        except OSError:  # the other end is closed: this is how a terminal ends
            break
        if not chunk:
            break
        chunks.append(chunk)
    process.communicate(timeout=60)
    os.close(main)
    return b"".join(chunks).decode()


def test_a_real_process_separates_answer_and_error_and_leaves_its_exit_code(desk: Desk) -> None:
    """What a shell script relies on."""
    good = desk.run_apart("worklist", "--json")
    bad = desk.run_apart("patient", "show", "P-QQQQQQ", "--json")
    wrong = desk.run_apart("worklist", "--colour")
    version = desk.run_apart("--version")

    assert (good.code, good.err) == (0, "")
    assert json.loads(good.out)["census"]["patients"] == 0
    assert (bad.code, bad.out) == (3, "")
    assert json.loads(bad.err)["error"]["exit_code"] == 3
    assert (wrong.code, wrong.out) == (2, "")
    assert version.out.startswith("allpath ")


def test_help_needs_neither_database_nor_rules(desk: Desk) -> None:
    """Help comes at once: nothing heavy is read for it."""
    code = (
        "import sys\nfrom allpath.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'pydantic', 'transitions', 'alembic'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.returncode == 0
    assert not desk.database.exists()


def test_the_first_command_makes_the_database_in_the_users_folder(desk: Desk) -> None:
    """Without ALLPATH_DATABASE there is a place to start in, and the doctor names it."""
    home = {"ALLPATH_DATABASE": "", "XDG_DATA_HOME": str(desk.folder), "HOME": str(desk.folder)}

    answer = desk.run_apart("doctor", "--json", **home)

    text = json.dumps(answer.json)
    assert answer.code == 0
    assert "allpath.db" in text
    assert str(desk.folder) in text


def test_the_default_actor_comes_from_the_environment(desk: Desk) -> None:
    """A coordinator does not type the own name twenty times a morning."""
    path_id = desk.enrol()
    desk.variables["ALLPATH_ACTOR"] = CLINICIAN

    answer = desk.run("fact", "record", path_id, "sex=male")

    assert answer.code == 0
    assert desk.ask("history", path_id)["entries"][-1]["actor"] == "Dr Ada Sample"
