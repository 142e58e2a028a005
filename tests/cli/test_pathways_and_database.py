"""What the command line says about pathways and about the database it works on."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from tests.cli.conftest import Desk
from workflow.loading import shipped

SHIPPED = Path(__file__).parents[2] / "workflow" / "pathways" / "relapsed_all.yaml"


def test_the_list_shows_version_review_and_hash(desk: Desk) -> None:
    """Who reviewed the rules stands beside their name."""
    found = desk.ask("pathway", "list")

    item = next(item for item in found if item["id"] == "relapsed_all")
    assert item["reviewed_by"] == "not clinically signed"
    assert len(item["hash"]) == 64
    assert item["out_of_date"] is False


def test_a_pathway_is_shown_in_plain_english(desk: Desk) -> None:
    """States, routes, checkpoints, numbers with unit and source, invariants, safety text."""
    out = desk.run("pathway", "show", "relapsed_all").out

    assert "State response_assessment: Response assessment" in out
    assert "HSCT indicated and MRD-negative: if MRD below the negativity threshold" in out
    assert "cog_early_marrow\t36 months - COG early marrow relapse before [X1, X3, X4" in out
    assert "nobody may override it" in out
    assert "Synthetic data" in out or "synthetic data" in out


def test_a_sound_file_is_ok_with_its_hash(desk: Desk) -> None:
    """The hash of the file is the hash of the shipped pathway."""
    shown = desk.ask("pathway", "check", str(SHIPPED))

    listed = next(item for item in desk.ask("pathway", "list") if item["id"] == "relapsed_all")
    assert (shown["ok"], shown["hash"]) == (True, listed["hash"])


def test_every_problem_of_a_file_is_printed_with_line_and_field(desk: Desk) -> None:
    """A clinician goes from line to line and mends."""
    text = SHIPPED.read_text("utf-8")
    broken = desk.folder / "broken.yaml"
    broken.write_text(
        text.replace("start: referred", "strat: referred", 1).replace(
            "owner: Haematology", "ownr: Haematology", 1
        ),
        encoding="utf-8",
    )

    answer = desk.run("pathway", "check", str(broken))
    as_json = desk.run("pathway", "check", str(broken), "--json")

    assert answer.code == as_json.code == 4
    line = text[: text.index("owner: Haematology")].count("\n") + 1
    assert f"{broken}:{line}: ownr: unknown field" in answer.out
    assert "did you mean owner?" in answer.out
    assert "start: this field is needed and missing" in answer.out
    assert "problems in" in answer.err
    assert {problem["field"] for problem in as_json.error["problems"]} >= {"ownr", "start"}


@pytest.mark.parametrize("command", ["show", "trace"])
def test_a_pathway_nobody_knows_is_not_found(desk: Desk, command: str) -> None:
    """Exit code 3, and which there are."""
    answer = desk.run("pathway", command, "relapsed")

    assert answer.code == 3
    assert ", ".join(shipped()) in answer.err


def test_every_statement_is_traced_to_what_implements_it(desk: Desk) -> None:
    """S1 to S59, each with its kind; headings need nothing else."""
    statements = desk.ask("pathway", "trace", "relapsed_all")["statements"]

    assert [item["id"] for item in statements] == [f"S{number}" for number in range(1, 60)]
    assert all(set(item) == {"id", "kind", "implemented_by", "tests"} for item in statements)
    assert [
        item["id"]
        for item in statements
        if "head" not in item["kind"] and not item["implemented_by"]
    ] == []


def test_the_status_names_tables_and_revision(desk: Desk) -> None:
    """Before an upgrade one looks."""
    desk.enrol()

    status = desk.ask("db", "status")

    assert status["is_current"] is True
    assert status["counts"]["path"] == 1
    assert status["journal_mode"] in {"wal", "delete"}


def test_the_status_of_a_database_that_is_not_there_makes_none(desk: Desk) -> None:
    """Looking changes nothing."""
    answer = desk.run("db", "status")

    assert answer.code == 7
    assert not desk.database.exists()


def test_an_upgrade_of_a_current_database_changes_nothing(desk: Desk) -> None:
    """It can be run without fear, twice."""
    path_id = desk.enrol()

    answer = desk.run("db", "upgrade")

    assert answer.code == 0
    assert "is at the newest revision" in answer.out
    assert desk.kept(path_id) == 1


def test_an_encrypted_database_opens_with_its_key_file_alone(desk: Desk) -> None:
    """The key is never an argument and never shown."""
    key = desk.folder / "key"
    key.write_text("0f" * 32, encoding="ascii")
    desk.variables["ALLPATH_DATABASE_KEY_FILE"] = str(key)
    desk.enrol()

    health = desk.run("doctor")
    desk.variables["ALLPATH_DATABASE_KEY_FILE"] = ""
    without = desk.run("worklist")

    assert "encrypted\tok - yes" in health.out
    assert "0f0f" not in health.out
    assert without.code == 7


def test_the_doctor_finds_a_state_changed_behind_the_programs_back(desk: Desk) -> None:
    """Whoever edits the file is found by the next look, with an exit code of its own."""
    desk.enrol()
    healthy = desk.run("doctor")
    connection = dbapi2.connect(desk.database)
    connection.execute("UPDATE path SET state = 'hsct'")
    connection.commit()
    connection.close()

    ill = desk.run("doctor")

    assert healthy.code == 0
    assert ill.code == 8
    assert "stands in hsct, its history ends in referred" in ill.out


@pytest.mark.parametrize(("form", "begins"), [("--html", "<!DOCTYPE html>"), ("--markdown", "# ")])
def test_the_reading_copy_goes_to_the_screen_or_to_a_file(
    desk: Desk, form: str, begins: str
) -> None:
    """A clinician prints what the program would do."""
    file = desk.folder / "copy"

    shown = desk.run("pathway", "show", "relapsed_all", form)
    written = desk.run("pathway", "show", str(SHIPPED), form, "--out", str(file))

    assert shown.out.startswith(begins)
    assert (written.code, written.out) == (0, "")
    assert file.read_text("utf-8") == shown.out


@pytest.mark.parametrize(
    "options", [("--html", "--markdown"), ("--html", "--json"), ("--out", "copy.html")]
)
def test_forms_that_exclude_each_other_are_refused(desk: Desk, options: tuple[str, ...]) -> None:
    """Nobody gets one form and thinks it was the other."""
    answer = desk.run("pathway", "show", "relapsed_all", *options)

    assert (answer.code, answer.out) == (2, "")
    assert "--html" in answer.err


def test_a_copy_that_cannot_be_written_says_so(desk: Desk) -> None:
    """The message names the file and what to do."""
    answer = desk.run("pathway", "show", "relapsed_all", "--html", "--out", str(desk.folder))

    assert answer.code == 4
    assert f"cannot be written to {desk.folder}" in answer.err
