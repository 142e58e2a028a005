"""A desk: the command line on a fresh database, with a clock that the test moves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from allpath.cli.app import app

COORDINATOR = "Cora Coordinator:coordinator"
CLINICIAN = "Dr Ada Sample:clinician"
SECOND_CLINICIAN = "Dr Ben Second:clinician"
LEAD = "Dr Lea Lead:lead"
AUDITOR = "Aud Auditor:auditor"
MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)

AT_RELAPSE = (  # noqa: SIM905 - one string, as a coordinator types it
    "sex=male birth_date=2014-05-10 dx_date=2024-03-01 cr1_date=2024-04-05 "
    "frontline_status=on_therapy relapse_date=2026-11-10 relapse_number=1 marrow_blast_pct=62 "
    "cns_status=CNS1 testicular=negative other_em=negative lineage=B ph_status=negative "
    "cd19=positive cd22=positive performance=1 organ_function=adequate active_infection=none "
    "pregnancy=not_applicable goals=curative trial_available=no prior_hsct_date=none "
    "prior_blina=none prior_ino_cycles=0 prior_cart=none vod_risk=standard"
).split()


@dataclass(frozen=True)
class Answer:
    """What a command left behind: its exit code and its two streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """Standard output, read as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error on standard error, read as JSON."""
        content: dict[str, Any] = json.loads(self.err)["error"]
        return content


@dataclass
class Desk:
    """The command line as one person uses it, in this process; `at` is what its clock says."""

    folder: Path
    at: datetime = MORNING
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        """The file everything is kept in."""
        return self.folder / "desk.db"

    def run(self, *arguments: str, stdin: str | None = None) -> Answer:
        """One command, with the desk's clock and database."""
        result = CliRunner().invoke(
            app, list(arguments), input=stdin, env=self._environment(), obj=lambda: self.at
        )
        return Answer(result.exit_code, result.stdout, result.stderr)

    def ask(self, *arguments: str) -> Any:  # noqa: ANN401 - any JSON
        """The answer of a command that has to succeed, as JSON."""
        answer = self.run(*arguments, "--json")
        assert answer.code == 0, answer.err
        return answer.json

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """The same command as a process of its own, with the machine's clock."""
        inherited = {name: text for name, text in os.environ.items() if "ALLPATH" not in name}
        return subprocess.Popen(
            [sys.executable, "-c", "from allpath.cli import main; main()", *arguments],
            env={**inherited, **self._environment(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_apart(self, *arguments: str, **variables: str) -> Answer:
        """The answer of that process."""
        process = self.start(*arguments, **variables)
        out, err = process.communicate(timeout=60)
        return Answer(process.returncode, out, err)

    def enrol(self, *more: str, mrn: str = "9990000001", family: str = "Sample") -> str:
        """A patient is enrolled; answers the path id."""
        person = ("--family", family, "--given", "Sam", "--identifier", f"mrn={mrn}")
        return str(
            self.ask("enrol", *person, "--active-set", "COG", "--actor", COORDINATOR, *more)[
                "path_id"
            ]
        )

    def record(self, path_id: str, *facts: str) -> Answer:
        """The coordinator records facts."""
        return self.run("fact", "record", path_id, *facts, "--actor", COORDINATOR)

    def confirm(self, path_id: str, step: str, *more: str, actor: str = CLINICIAN) -> Answer:
        """A step is confirmed, by the clinician unless somebody else is named."""
        return self.run("step", "confirm", path_id, step, "--actor", actor, *more)

    def in_assessment(self, mrn: str = "9990000001") -> str:
        """A patient under assessment, of whom nothing is known yet."""
        path_id = self.enrol(mrn=mrn)
        assert self.record(path_id, "identity_checked=yes").code == 0
        assert self.confirm(path_id, "assessment").code == 0
        return path_id

    def assessed(self, mrn: str = "9990000001") -> str:
        """A patient under assessment, with everything known."""
        path_id = self.in_assessment(mrn)
        assert self.record(path_id, *AT_RELAPSE).code == 0
        return path_id

    def palliative(self) -> str:
        """A patient for whom supportive care, which two people sign, is supported."""
        path_id = self.in_assessment()
        assert self.record(path_id, "goals=palliative").code == 0
        return path_id

    def died(self) -> str:
        """A patient whose path is in the final state dead."""
        path_id = self.enrol()
        assert self.record(path_id, "death_date=2026-11-22").code == 0
        assert self.confirm(path_id, "dead").code == 0
        return path_id

    def kept(self, path_id: str) -> int:
        """How many journal entries there are: unchanged where nothing was to change."""
        return len(self.ask("history", path_id)["entries"])

    def _environment(self) -> dict[str, str]:
        return {
            "ALLPATH_DATABASE": f"sqlite:///{self.database}",
            "ALLPATH_ACTOR": "",
            "ALLPATH_DATABASE_KEY_FILE": "",
            "COLUMNS": "200",
            **self.variables,
        }


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk on a fresh database."""
    return Desk(tmp_path)
