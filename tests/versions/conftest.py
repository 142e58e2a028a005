"""A desk with one patient, and a newer file of the shipped pathway, changed as a test likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Desk, desk

SHIPPED = Path(__file__).parents[2] / "workflow" / "pathways" / "relapsed_all.yaml"
AUTHOR = "Dr Ada Sample:clinician"
APPROVER = "Dr Ben Second:clinician"
NUMBER = next(
    line.split('"')[1] for line in SHIPPED.read_text("utf-8").splitlines() if "version:" in line
)
"""The version number of the shipped file."""


RENAMED = ("title: Relapsed acute", "title: Renewed acute")
"""A change of the title alone."""


def newer(folder: Path, *changes: tuple[str, str], version: str = "9.0.0") -> Path:
    """A file of the shipped pathway with a higher version and these changes of its text."""
    text = SHIPPED.read_text("utf-8").replace(f'version: "{NUMBER}"', f'version: "{version}"', 1)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    file = folder / f"relapsed_all-{version}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def published(desk: Desk) -> str:
    """Version 9.0.0, changed in its title only, is published by two people; its hash."""
    file = newer(desk.folder, RENAMED)
    return publish(desk, file)


def publish(desk: Desk, file: Path, version: str = "9.0.0") -> str:
    """The file is signed by its author and approved by another person; answers the hash."""
    desk.ask("pathway", "publish", str(file), "--actor", AUTHOR)
    answer = desk.ask("pathway", "approve", "relapsed_all", version, "--actor", APPROVER)
    return str(answer["hash"])


__all__ = ["desk"]
