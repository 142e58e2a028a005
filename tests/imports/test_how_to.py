"""The page that tells how to import a CSV file does what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

from tests.imports.registry import Registry

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "import-a-csv.md"


def test_the_example_of_the_page_runs_as_it_is_printed(registry: Registry) -> None:
    """Whoever copies the two files and the commands sees the same sentences."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    for name, suffix in (("csv", "csv"), ("yaml", "yaml")):
        (content,) = [text for language, text in blocks if language == name]
        (registry.folder / f"patients.{suffix}").write_text(content, encoding="utf-8")
    sessions = [text for language, text in blocks if language == "console"]

    seen = []
    for session in sessions:
        command = session.splitlines()[0].removeprefix("$ allpath import ")
        answer = registry.run(*shlex.split(command))
        seen.append((answer.exit_code, answer.stderr + answer.stdout))

    printed = [session.split("\n", 1)[1] for session in sessions]
    assert [code for code, _ in seen] == [4, 4]
    assert [without_time(text) for _, text in seen] == [without_time(text) for text in printed]


def without_time(text: str) -> str:
    """The text without how long it took."""
    return re.sub(r"in \d+\.\d s", "in ... s", text)
