"""The demonstration, built twice through the command line at the same moment with the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from allpath.cli.app import app
from storage.engine import open_store
from storage.sql_store import SqlStore
from tests.conftest import NOW
from workflow.found import Found
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator


@dataclass(frozen=True)
class Built:
    """A demonstration: its file, and what the command that built it printed."""

    database: Path
    out: str

    def store(self) -> SqlStore:
        """The store on its file."""
        return open_store(f"sqlite:///{self.database}")


@dataclass(frozen=True)
class Answer:
    """What a command left behind: its exit code and its two streams."""

    code: int
    out: str
    err: str


def run(*arguments: str, **variables: str) -> Answer:
    """One command in this process, with a clock that stands still."""
    result = CliRunner().invoke(app, list(arguments), env=variables, obj=lambda: NOW)
    return Answer(result.exit_code, result.stdout, result.stderr)


def _built(folder: Path, *more: str) -> Built:
    database = folder / "demo.db"
    answer = run("demo", "--database", str(database), *more)
    assert answer.code == 0, answer.err
    return Built(database, answer.out)


@pytest.fixture(scope="session")
def summed_up(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A demonstration whose command answered with JSON."""
    return _built(tmp_path_factory.mktemp("summed-up"), "--json")


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The same demonstration, whose command told the story in plain text."""
    return _built(tmp_path_factory.mktemp("told"))


@pytest.fixture(scope="session")
def everybody(summed_up: Built) -> Iterator[list[Found]]:
    """Every patient as found in the file."""
    store = summed_up.store()
    orchestrator = Orchestrator(store, load_shipped)
    yield [orchestrator.look(path.path_id, NOW) for path in store.paths()]
    store.close()


__all__ = ["Answer", "Built", "run"]
