"""An import may be rehearsed, repeated and cut short; nothing is half done or doubled."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite

from allpath.imports.importer import Importer, committed
from allpath.imports.transcript import Transcript
from storage.engine import open_store
from tests.conftest import NOW
from tests.imports.registry import Registry, day, ebmt_row
from workflow.commands import NewFact, TranscribedStep
from workflow.errors import RefusedError
from workflow.pathway import Pathway
from workflow.records import Actor

TOO_SHORT = (
    "line 4: The row has 3 cells, the header 15. Give empty cells too, and quote cells that hold "
    "the delimiter."
)
GOOD = [
    ebmt_row(1, 30),
    ebmt_row(2, 400, died=True, relapse=200, recovery=20),
    ebmt_row(3, 500, relapse=90, adverse=10),
]


def test_the_report_counts_patients_events_and_what_was_written(registry: Registry) -> None:
    """A person compares these figures with those the registry gives."""
    answer = registry.run("ebmt", registry.write(GOOD), "--json")

    figures = answer.figures
    assert figures.pop("seconds") >= 0
    assert answer.exit_code == 0
    assert figures == {
        "patients": 3,
        "relapses": 2,
        "deaths": 1,
        "steps": 6,
        "facts": 9,
        "left_out": 0,
        "rejected": 0,
    }


def test_people_read_the_same_figures_in_words(registry: Registry) -> None:
    """Without --json the answer is two sentences, on standard output."""
    answer = registry.run("ebmt", registry.write(GOOD))

    first, second = answer.stdout.splitlines()
    assert first == "Patients 3: relapses 2, deaths 1."
    assert second.startswith("Newly enrolled 3; steps written 6, facts 9; rows rejected 0; in ")


def test_a_second_run_reports_the_same_totals_and_changes_nothing(registry: Registry) -> None:
    """Whoever is not sure whether the import ran simply runs it again."""
    file = registry.write(GOOD)
    first = registry.run("ebmt", file, "--json").figures
    before = registry.histories()

    second = registry.run("ebmt", file, "--json").figures

    changed = {"seconds": 0.0, "steps": 0, "facts": 0}
    assert {**second, "seconds": 0.0} == {**first, **changed}
    assert registry.histories() == before


def test_a_dry_run_says_what_would_happen_and_writes_nothing(registry: Registry) -> None:
    """Every row is decided and checked, and taken back."""
    bad = ebmt_row(4, 30, period="2001-2005")
    file = registry.write([*GOOD, bad])

    rehearsal = registry.run("ebmt", file, "--dry-run", "--json")

    figures = rehearsal.figures
    assert (figures["patients"], figures["steps"], figures["facts"]) == (3, 6, 9)
    assert (figures["rejected"], figures["dry_run"], rehearsal.exit_code) == (1, True, 4)
    assert registry.histories() == {}
    assert list(registry.folder.glob("*rejects*")) == []
    assert registry.run("ebmt", registry.write(GOOD)).exit_code == 0


def test_bad_rows_are_put_aside_with_line_and_reason_and_stop_nobody(registry: Registry) -> None:
    """The good rows before and after them are imported; the bad ones can be put right."""
    bad = [ebmt_row("", 30), "7,too,short", ebmt_row(8, -3), ebmt_row(1, 60)]
    file = registry.write([GOOD[0], *bad, GOOD[1]])

    answer = registry.run("ebmt", file, "--json")

    assert answer.exit_code == 4
    assert (answer.figures["patients"], answer.figures["rejected"]) == (2, 4)
    assert [line for line in answer.stderr.splitlines() if line.startswith("line ")] == [
        "line 3: The column id is empty. Each row needs its identifier.",
        TOO_SHORT,
        "line 5: The column rec holds a negative number. Days are 0 or more from the start.",
        "line 6: The row has the identifier of line 2. Leave one of the two out.",
    ]
    assert set(registry.histories()) == {"1", "2"}
    with (registry.folder / "registry.rejects.csv").open(encoding="utf-8", newline="") as kept:
        header, *rows = csv.reader(kept)
    assert header[:3] == ["line", "reason", "id"]
    assert [(row[0], ",".join(row[2:])) for row in rows] == [
        (str(line), text) for line, text in enumerate(bad, start=3)
    ]


def test_rejected_rows_that_were_put_right_are_imported_from_the_rejects_file(
    registry: Registry,
) -> None:
    """The two columns in front, line and reason, do not disturb the mapping."""
    registry.run(
        "ebmt", registry.write([GOOD[0], ebmt_row(9, 30, period="?")]), "--rejects", "r.csv"
    )
    rejects = registry.folder / "r.csv"
    rejects.write_text(rejects.read_text(encoding="utf-8").replace(",?,", ",1985-1989,"), "utf-8")

    answer = registry.run("ebmt", rejects, "--json")

    assert (answer.exit_code, answer.figures["patients"]) == (0, 1)
    assert set(registry.histories()) == {"1", "9"}


def test_rejects_are_never_written_over_another_file(registry: Registry) -> None:
    """Rows that somebody is putting right by hand stay; the next rejects get a number."""
    file = registry.write([ebmt_row(1, 30, period="?")])
    registry.run("ebmt", file)

    refused = registry.run("ebmt", file, "--rejects", file)
    nowhere = registry.run("ebmt", file, "--rejects", "no/where.csv")
    registry.run("ebmt", file)

    assert (refused.exit_code, nowhere.exit_code) == (4, 4)
    assert "There is no folder no. Name another file with --rejects." in nowhere.stderr
    assert refused.stderr.strip().endswith("exists already. Name another file with --rejects.")
    assert sorted(path.name for path in registry.folder.glob("*.rejects*")) == [
        "registry.rejects-2.csv",
        "registry.rejects.csv",
    ]


def test_a_row_that_tells_another_story_than_the_path_is_left_to_a_person(
    registry: Registry,
) -> None:
    """A corrected registry file never rewrites what is on record."""
    registry.run("ebmt", registry.write([ebmt_row(1, 300)]))
    before = registry.histories()

    answer = registry.run("ebmt", registry.write([ebmt_row(1, 300, relapse=200)]))

    assert answer.exit_code == 4
    assert "its history lacks what this row says: new_relapse, relapse_next." in answer.stderr
    assert registry.histories() == before


def test_a_step_that_is_not_open_leaves_the_person_unenrolled(
    tmp_path: Path, pathway: Pathway
) -> None:
    """Enrolment and everything after it are one transaction: all of a row, or nothing."""
    store = open_store(f"sqlite:///{tmp_path / 'allpath.db'}")
    importer = Importer(
        store=store,
        pathway=pathway,
        system="registry",
        actor=Actor("importer", "service"),
        settings={},
        begin=committed,
    )
    too_early = TranscribedStep(step="fu_hsct", effective_on=day(50))
    transcript = Transcript(
        identifier="1",
        family_name="Sample",
        given_name="Pat",
        settings={},
        state="hsct",
        reason="registry_transcription",
        entered_on=day(0),
        acts=(NewFact(fact="hsct_date", value="1990-01-01", effective_at=day(0)), too_early),
        happened=frozenset(),
    )

    with pytest.raises(RefusedError, match="Cannot confirm fu_hsct"):
        importer.carry_out(transcript, NOW)

    assert list(store.paths()) == []
    assert store.find("1") == ()
    store.close()


@pytest.mark.campaign
def test_an_import_that_was_killed_is_completed_by_the_next_one(registry: Registry) -> None:
    """A real process, killed -9: every path is whole or absent, and the next run adds the rest."""
    people = 300
    rows = [
        ebmt_row(n, 400 + n, died=n % 2 == 0, relapse=200 + n % 90) for n in range(1, people + 1)
    ]
    file = registry.write(rows)
    command = [
        str(Path(sys.executable).with_name("allpath")),
        "import",
        "ebmt",
        str(file),
        "--json",
    ]
    with subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and enrolled(registry.folder / "allpath.db") < 40:
            pass
        process.kill()
    kept = registry.histories()

    figures = registry.run("ebmt", file, "--json").figures

    whole = registry.histories()
    assert 40 <= len(kept) < people
    assert {history[-1].state_to for history in kept.values()} <= {"dead", "transferred"}
    assert figures["patients"] == people
    assert figures["steps"] == 3 * (people - len(kept))
    assert registry.disagreements() == []
    assert {number: whole[number] for number in kept} == kept


def test_two_imports_at_once_enrol_everybody_once(registry: Registry) -> None:
    """Whichever process is second at a row finds the person there already, and agrees."""
    people = 60
    file = registry.write([ebmt_row(n, 400 + n, relapse=200) for n in range(1, people + 1)])
    allpath = str(Path(sys.executable).with_name("allpath"))
    command = [allpath, "import", "ebmt", str(file), "--json"]
    registry.run("ebmt", registry.write([], "nobody.csv"))

    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [json.loads(process.communicate()[0]) for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert [answer["patients"] for answer in answers] == [people, people]
    assert sum(answer["steps"] for answer in answers) == 3 * people
    assert len(registry.histories()) == people
    assert registry.disagreements() == []


def enrolled(database: Path) -> int:
    """How many paths another process has written so far; 0 while there is no database."""
    try:
        connection = sqlite.connect(f"file:{database}?mode=ro", uri=True)
    except sqlite.OperationalError:
        return 0
    try:
        return int(connection.execute("SELECT count(*) FROM path").fetchone()[0])
    except sqlite.OperationalError:
        return 0
    finally:
        connection.close()
