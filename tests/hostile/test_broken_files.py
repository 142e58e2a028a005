"""A pathway file that is broken or hostile is refused at once, with line and cure."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from allpath.cli.app import app
from tests.cli.conftest import MORNING as NOW
from tests.hostile.corpus import BASE, Hostile, corpus

CORPUS: Final = corpus()
HEAVIEST: Final = (
    *("a billion laughs", "a bomb of one long text", "500 levels of indentation"),
    *("100,000 brackets", "500 lists of conditions", "a chain of 900", "a chain of 3,000"),
    *("7,000 states", "10,000 states", "10,000 empty states", "10,000 wrong states"),
    *("8,000 misspelt states", "4,000 facts", "4,000 derived", "6,000 rows"),
    *("5,000 rows of a gate", "5,000 unknown sources", "20,000 parts of a condition"),
    *("2,000 early routes for 250 states", "a name of 200,000 letters", "dots as a name"),
)
# What a library or Python would say; a care path's author must never meet it.
INTERNAL: Final = (
    *("Traceback", "pydantic", "KeyError", "NoneType", "TypeError", "union_tag", "Decimal("),
    *("Input should be", "constrained-", "tuple[", "dict[", "class ", "Error:", "foresaw"),
)
SECONDS: Final = 1.0
SLACK_SECONDS: Final = 0.5  # the machine has other work; what ran away took minutes
MEGABYTES: Final = 200


def _check(file: Path) -> tuple[int, str]:
    """`pathway check --json` on a file: the exit code and what was said on either stream."""
    settings = {"ALLPATH_DATABASE": f"sqlite:///{file.parent}/desk.db"}
    arguments = ["pathway", "check", str(file), "--json"]
    result = CliRunner().invoke(app, arguments, env=settings, obj=lambda: NOW)
    return result.exit_code, result.stdout + result.stderr


def test_the_file_they_are_made_from_is_sound(tmp_path: Path) -> None:
    """Each of them is wrong for the one reason it is named after."""
    file = tmp_path / "sound.yaml"
    file.write_text(BASE)

    code, said = _check(file)

    assert code == 0, said


def test_there_are_more_than_220_and_no_two_are_the_same() -> None:
    """The count would be worth nothing if one mistake were counted twice."""
    assert len({item.data for item in CORPUS}) == len(CORPUS) >= 220
    assert len({item.name for item in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("item", [pytest.param(item, id=item.name) for item in CORPUS])
def test_it_is_refused_with_its_line_and_the_cure(item: Hostile, tmp_path: Path) -> None:
    """An author finds the place and knows what to write, and nobody uses a wrong rule."""
    file = tmp_path / "hostile.yaml"
    file.write_bytes(item.data)

    code, said = _check(file)

    assert code == 4, said[:500]
    problems = json.loads(said)["error"]["problems"]
    there = [p for p in problems if item.first <= p["line"] <= item.last]
    texts = [f"{problem['field']}: {problem['message']}" for problem in there]
    assert any(all(words in text for words in item.says) for text in texts), problems[:5]
    assert all(problem["line"] >= 1 for problem in problems)
    assert all(len(problem["message"]) <= 500 for problem in problems)
    assert [word for word in INTERNAL if word in said] == []


# The peak of its own memory: what the system counts for a child includes the parent it came from.
MEASURED: Final = """
import atexit, sys
from pathlib import Path
def tell():
    status = Path("/proc/self/status")
    if status.is_file():
        peak = next(line for line in status.read_text().splitlines() if "VmHWM" in line)
        Path(sys.argv[-1]).write_text(peak.split()[1])
atexit.register(tell)
from allpath.cli import main
main(sys.argv[1:-1])
"""


def _spent(file: Path) -> tuple[int, float, float]:
    """The exit code of the command as a process of its own, its CPU seconds and its megabytes."""
    sink = os.open(file.parent / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    peak = file.parent / "peak.txt"
    arguments = ["pathway", "check", str(file), "--json", str(peak)]
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", MEASURED, *arguments],
        {**os.environ, "ALLPATH_DATABASE": f"sqlite:///{file.parent}/desk.db"},
        file_actions=[(os.POSIX_SPAWN_DUP2, sink, 1), (os.POSIX_SPAWN_DUP2, sink, 2)],
    )
    _pid, status, usage = os.wait4(child, 0)
    os.close(sink)
    seconds = usage.ru_utime + usage.ru_stime
    megabytes = int(peak.read_text()) / 1024 if peak.is_file() else 0.0
    return os.waitstatus_to_exitcode(status), seconds, megabytes


@pytest.fixture(scope="module")
def start_seconds(tmp_path_factory: pytest.TempPathFactory) -> float:
    """What the command costs before it reads anything: the same on a file of no content."""
    file = tmp_path_factory.mktemp("start") / "empty.yaml"
    file.write_text("")
    return min(_spent(file)[1] for _attempt in range(2))


@pytest.mark.parametrize("name", HEAVIEST)
def test_the_heaviest_take_a_second_and_200_megabytes_at_most(
    name: str, start_seconds: float, tmp_path: Path
) -> None:
    """A file somebody was sent cannot make the program hang or fill the machine."""
    item = next(item for item in CORPUS if item.name == name)
    file = tmp_path / "hostile.yaml"
    file.write_bytes(item.data)

    code, seconds, megabytes = _spent(file)

    assert code == 4
    assert seconds - start_seconds <= SECONDS + SLACK_SECONDS
    assert megabytes <= MEGABYTES
