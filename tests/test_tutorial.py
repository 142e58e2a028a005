"""The author's tutorial is true: its files and commands, in order, give what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from workflow.loading import load_file

pytestmark = pytest.mark.campaign

PAGE = Path(__file__).parents[1] / "docs" / "tutorial" / "write-a-pathway.md"
_BLOCK = re.compile(
    r"(?:(Save this as|Add this to) `(\S+)`:\n\n)?```(yaml|sh|text)\n(.*?)```", re.DOTALL
)
_CHANGES = (
    (r"\(\d+\.\d s\)", "(0.1 s)"),
    (r"'20\d\d-\d\d-\d\d'", "'2026-11-26'"),
    (r"\b([Hh]ash:?) [0-9a-f]{12,64}\b", r"\1 0123456789ab"),
)
"""The seconds a proof takes, the days of the patients it makes up, and hashes."""


@dataclass(frozen=True)
class Shown:
    """A block of commands, what the page says they print, and what they printed."""

    commands: str
    expected: str
    found: str


def _played(folder: Path) -> Iterator[Shown]:
    """The page from top to bottom in an empty folder: files are written, commands are run."""
    commands, found = "", ""
    for how, name, kind, body in _BLOCK.findall(PAGE.read_text()):
        if kind == "yaml":
            with (folder / name).open("a" if how == "Add this to" else "w") as file:
                file.write(("\n" if how == "Add this to" else "") + body)
        elif kind == "sh":
            commands, found = body, _run(body, folder)
        else:
            yield Shown(commands, body, found)


def _run(commands: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    clean = {name: text for name, text in os.environ.items() if "ALLPATH" not in name}
    done = subprocess.run(
        ["/bin/sh", "-c", commands],
        cwd=folder,
        env={**clean, "PATH": path, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout


def _pattern(expected: str) -> str:
    """The text as a pattern: a line of three dots stands for any lines."""
    parts = _settled(expected).split("...\n")
    return r"(?:.*\n)*".join(re.escape(part) for part in parts)


def _settled(text: str) -> str:
    for pattern, instead in _CHANGES:
        text = re.sub(pattern, instead, text)
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader works."""
    return tmp_path_factory.mktemp("tutorial")


@pytest.fixture(scope="module")
def shown(folder: Path) -> list[Shown]:
    """The whole page, played once."""
    return list(_played(folder))


def test_every_command_of_the_tutorial_prints_what_the_page_shows(shown: list[Shown]) -> None:
    """Somebody who copies the blocks one after the other sees what they read."""
    differing = [
        (each.commands, each.found)
        for each in shown
        if not re.fullmatch(_pattern(each.expected), _settled(each.found))
    ]

    assert differing == []
    assert len(shown) == 11


def test_the_tutorial_ends_with_a_pathway_of_four_states(shown: list[Shown], folder: Path) -> None:
    """What was promised is what the reader has, with a picture of it."""
    pathway = load_file(folder / "wrist.yaml")

    assert shown
    assert len(pathway.states) == 4
    assert (folder / "wrist.svg").read_text().startswith("<svg")
    assert "Rows of Exercising" in (folder / "wrist.html").read_text()
