"""The page on withdrawals and erasure does what it says, block by block."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from allpath.cli.app import app

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "erase-a-patient.md"


@dataclass
class Shell:
    """The lines of a block as a shell runs them, but in this process: two dozen starts take long.

    It knows `export`, the program with `> FILE` or `| grep`, and `$(cat FILE)`; nothing else.
    """

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, block: str) -> str:
        """What the block says; a command that fails ends it."""
        return "".join(self._line(line) for line in block.splitlines() if line)

    def _line(self, line: str) -> str:
        words = shlex.split(re.sub(r"\$\(cat (\w+)\)", lambda found: self._kept(found[1]), line))
        if words[0] == "export":
            for name, _, value in (word.partition("=") for word in words[1:]):
                self.variables[name] = value
            return ""
        assert words[0] == "allpath"
        command, _, into = _parted(words[1:], ">")
        command, is_searched, search = _parted(command, "|")
        done = CliRunner().invoke(app, command, env=self.variables)
        assert done.exit_code == 0, f"{line}: {done.stderr}"
        said = done.stdout
        if is_searched:
            assert search[0] == "grep"
            said = "".join(each for each in said.splitlines(keepends=True) if search[1] in each)
            assert said, line
        if into:
            (self.folder / into[0]).write_text(said)
            return ""
        return said

    def _kept(self, name: str) -> str:
        return (self.folder / name).read_text().strip()


def _parted(words: list[str], mark: str) -> tuple[list[str], bool, list[str]]:
    if mark not in words:
        return words, False, []
    at = words.index(mark)
    return words[:at], True, words[at + 1 :]


def test_a_patient_is_erased_by_copying_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers the letter has the page in one hand, and cannot undo what it says."""
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path)
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)

    said = [shell.run(block) for block in blocks]

    assert len(said) == 8
    assert "data use\twithdrawn since" in said[2]
    assert "1  left out because data use was withdrawn" in said[3]
    assert "gone for good\tthe name, 1 number" in said[4]
    assert "(identity erased on" in said[5]
    assert "SAMPLE, Anna" in said[5]
    assert "SAMPLE, Ben" not in said[5]
    assert "SAMPLE, Ben" in said[6]
    assert "2 patients came back without name and numbers" in said[7]
    assert "SAMPLE" not in said[7]
