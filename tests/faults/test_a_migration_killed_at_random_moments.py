"""A migration that is killed again and again goes on where it was, and moves nobody twice."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from allpath import migrations
from allpath.cli.migrate import plan_text
from allpath.migrations import Wishes
from tests.conftest import CLINICIAN, COORDINATOR, NOW, SECOND_CLINICIAN
from tests.faults.migrant import moved, opened
from tests.faults.verifier import opened as seen
from tests.faults.verifier import verify
from tests.versions.conftest import newer
from workflow.commands import ConfirmStep, Enrol, NewFact
from workflow.loading import load_file, load_shipped
from workflow.orchestrator import Orchestrator
from workflow.records import Person

pytestmark = pytest.mark.campaign

PATIENTS: Final = 80
KILLS: Final = 6
LATER: Final = (
    "title: first MDT held, expects: [mdt_held], due: 7 d",
    "title: first MDT held, expects: [mdt_held], due: 9 d",
)
RENAMED_STATE: Final = ("fu_chemo", "fu_drugs")


@pytest.mark.timeout(300)
def test_a_killed_migration_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    """Each path is on exactly one side at every moment, and in the end all have moved once."""
    database, undisturbed = tmp_path / "killed.db", tmp_path / "undisturbed.db"
    plan = _planned(database, tmp_path)
    shutil.copy(database, undisturbed)
    chance = random.Random(20261126)

    kills = 0
    while kills < KILLS:
        kills += _killed_after(database, plan, chance.randint(1, PATIENTS // KILLS - 2))
        assert verify(database).findings == []
    last = moved(database, plan)
    again = moved(database, plan)
    reference = moved(undisturbed, plan)

    verdict = verify(database, reference=undisturbed)
    assert verdict.findings == []
    assert verdict.counted["migrated"] == PATIENTS
    assert (reference.moved, last.left, again.left) == (PATIENTS, (), ())
    assert 0 < last.moved < PATIENTS, "nothing was left to do, or nothing had been done"
    assert (again.moved, again.already) == (0, PATIENTS)


def _planned(database: Path, folder: Path) -> Path:
    """A ward of made-up patients, and a plan for it that a second person approved."""
    allpath = opened(database)
    for number in range(PATIENTS):
        _enrolled(allpath.orchestrator, number)
    old = load_shipped("relapsed_all")
    new = load_file(newer(folder, LATER, RENAMED_STATE))
    with allpath.store.begin() as transaction:
        allpath.orchestrator.library.keep(transaction, new, NOW)
    wishes = Wishes({RENAMED_STATE[0]: RENAMED_STATE[1]}, {}, ())
    made = migrations.make_plan(allpath.store, old, new, wishes, NOW)
    migrations.approve(allpath, made, SECOND_CLINICIAN, plan_text(made), NOW)
    allpath.store.close()
    file = folder / "plan.yaml"
    file.write_text(plan_text(made), encoding="utf-8")
    return file


def _enrolled(orchestrator: Orchestrator, number: int) -> None:
    path_id = f"P-{number:04d}"
    fact = NewFact(fact="identity_checked", value="yes", effective_at=NOW.date())
    orchestrator.enrol(
        Enrol(
            actor=COORDINATOR,
            person=Person(path_id, f"Made-up {number}", "Pat", {"mrn": str(number)}),
            pathway_id="relapsed_all",
            settings={"active_set": "COG"},
            entered_on=NOW.date(),
            facts=(fact,),
        ),
        NOW,
    )
    if number % 2:
        step = ConfirmStep(actor=CLINICIAN, path_id=path_id, step="assessment")
        orchestrator.confirm(step, NOW)


def _killed_after(database: Path, plan: Path, moves: int) -> bool:
    """The migration dies by force once it has moved so many more paths."""
    before = _moves(database)
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("migrant.py"), database, plan],
        stdout=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None and _moves(database) < before + moves:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.001)
        process.send_signal(signal.SIGKILL)
        return process.wait() == -signal.SIGKILL


def _moves(database: Path) -> int:
    with seen(database) as connection:
        (row,) = connection.execute("SELECT count(*) AS n FROM journal WHERE kind = 'migrated'")
        return int(row["n"])
