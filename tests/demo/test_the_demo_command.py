"""What `allpath demo` promises: the same again, nothing overwritten, commands that work."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from allpath.demo.carrying import COORDINATOR
from allpath.demo.cohort import FEWEST
from allpath.demo.fresh_file import fresh_file, refuse_other_files
from storage.engine import open_store
from tests.conftest import NOW
from tests.demo.conftest import Built, run
from workflow.commands import Enrol
from workflow.errors import RefusedError, StoreError
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.pathway import Pathway
from workflow.records import Person


def _heads(built: Built) -> dict[str, str]:
    return {path.path_id: path.head for path in built.store().paths()}


def test_the_same_seed_and_moment_give_the_same_journals(summed_up: Built, told: Built) -> None:
    """Every path has the same id and the same last hash in both files."""
    assert _heads(summed_up) == _heads(told)


def test_the_safety_text_comes_first_and_says_that_nobody_is_real(
    told: Built, pathway: Pathway
) -> None:
    """Before any patient is shown, it is said what this is not, and that all of it is made up."""
    before, _, after = told.out.partition("SYNTHETIC PATIENTS ONLY")

    shown = " ".join(before.split())
    assert shown == " ".join(" ".join(text.split()) for text in pathway.safety[:2])
    assert "72 patients: " in after


def test_the_story_is_that_of_the_patient_whose_hsct_waits(told: Built) -> None:
    """Facts, decision, the rows read and the history, late checkpoint and correction among them."""
    story = told.out[told.out.index("One patient's story") : told.out.index("Try next")]

    for words in (
        "awaiting second confirmation of hsct",
        "COG early (active)",
        "Pathway supports: HSCT",
        "HW-08",
        "Fact corrected HCT comorbidity index",
        "Checkpoint escalated HSCT consultation",
        "Step proposed",
    ):
        assert words in story


def test_the_next_commands_work_as_they_are_printed(told: Built, tmp_path: Path) -> None:
    """Somebody who copies the lines one after the other never meets a refusal."""
    lines = [line.strip() for line in told.out[told.out.index("Try next") :].splitlines()[1:]]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("allpath ")]
    copied = shutil.copy(told.database, tmp_path)

    answers = [run(*command, ALLPATH_DATABASE=f"sqlite:///{copied}") for command in commands]

    assert f"export ALLPATH_DATABASE=sqlite:///{told.database}" in lines
    assert "export ALLPATH_ENVIRONMENT=training" in lines
    assert [answer.code for answer in answers] == [0] * len(commands)
    assert {tuple(command[:2]) for command in commands} >= {
        ("step", "explain"),
        ("fact", "record"),
        ("step", "confirm"),
        ("step", "countersign"),
    }


def test_an_earlier_demonstration_is_replaced(told: Built, tmp_path: Path) -> None:
    """`make demo` can be run again and again; no log of the old file is left beside the new one."""
    path = tmp_path / "demo.db"
    shutil.copy(told.database, path)
    (tmp_path / "demo.db-wal").touch()

    with fresh_file(path) as url:
        open_store(url).close()

    assert [file.name for file in tmp_path.iterdir()] == ["demo.db"]
    with closing(open_store(f"sqlite:///{path}")) as store:
        assert list(store.paths()) == []


def test_an_earlier_demonstration_stays_when_building_fails(told: Built, tmp_path: Path) -> None:
    """Whoever stops the demonstration half-way still has the one from before."""
    path = tmp_path / "demo.db"
    shutil.copy(told.database, path)

    with pytest.raises(KeyboardInterrupt), fresh_file(path):
        raise KeyboardInterrupt

    assert [file.name for file in tmp_path.iterdir()] == ["demo.db"]
    assert path.read_bytes() == told.database.read_bytes()


@pytest.mark.parametrize("kind", ["a letter", "another program's database", "nothing"])
def test_another_file_is_refused_and_left_as_it_is(kind: str, tmp_path: Path) -> None:
    """A file that is no demonstration is never replaced, whatever it is."""
    path = tmp_path / "thesis.db"
    path.touch()
    if kind == "a letter":
        path.write_text("Dear colleague")
    if kind == "another program's database":
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE path (settings TEXT)")
            database.execute("INSERT INTO path VALUES ('[1]')")
            database.commit()
    content = path.read_bytes()

    answer = run("demo", "--database", str(path))

    assert answer.code == 4
    assert f"{path} is there already" in answer.err
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.db"]


def test_a_demonstration_with_a_patient_of_ones_own_is_kept(told: Built, tmp_path: Path) -> None:
    """Whoever enrolled somebody while trying things out does not lose it to the next demo."""
    path = tmp_path / "demo.db"
    shutil.copy(told.database, path)
    with closing(open_store(f"sqlite:///{path}")) as store:
        enrol = Enrol(
            actor=COORDINATOR,
            person=Person("P-000001", "Sample", "Sam", {"mrn": "9990000001"}),
            pathway_id="relapsed_all",
            settings={"active_set": "COG"},
            entered_on=NOW.date(),
        )
        Orchestrator(store, load_shipped).enrol(enrol, NOW)

    with pytest.raises(RefusedError, match="holds more than demo patients"):
        refuse_other_files(path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The sentence says which folder to create."""
    with (
        pytest.raises(StoreError, match="There is no folder"),
        fresh_file(tmp_path / "no" / "d.db"),
    ):
        pass


def test_too_few_patients_for_every_journey_are_refused(tmp_path: Path) -> None:
    """The fewest there can be are named; nothing is written."""
    answer = run("demo", "--database", str(tmp_path / "demo.db"), "--patients", "3")

    assert answer.code == 2
    assert str(FEWEST) in answer.err
    assert list(tmp_path.iterdir()) == []
