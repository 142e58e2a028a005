"""A made-up patient with words that occur nowhere else, and everywhere they were looked for."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.cli.conftest import Answer, Desk

IDENTITY: Final = ("zzcanary", "zzgiven", "9990004711", "9990000018", "999 000 0018", "zz.contact@")
"""Parts of the name, the numbers of the test range and the contact, in small letters."""
BORN: Final = "2014-05-17"
FREE_TEXT: Final = "zzfreetext"
EVERY_WORD: Final = (*IDENTITY, BORN, "17-may-2014", "17 may 2014", FREE_TEXT)
SECRETS: Final = {
    "password at the mail server": "zzmailpassword",
    "secret of the webhooks": "zzhooksecret-both-sides-hold-it",
    "password of the database": "zzdatabasepassword",
    "key of the database": "5a" * 31 + "c7",
}


@dataclass
class Said:
    """What one command was given, answered and left in the log."""

    command: str
    answer: Answer
    log: str


@dataclass
class Witness:
    """Runs commands at a desk with logs at their most talkative, and keeps whatever they say."""

    desk: Desk
    said: list[Said] = field(default_factory=list)
    spawned: list[str] = field(default_factory=list)

    def run(self, command: str, *arguments: str, code: int | tuple[int, ...] = 0) -> Answer:
        """The command, which has to end with this code or one of these."""
        with _logged() as lines:
            answer = self.desk.run(*command.split(), *arguments)
        self.said.append(Said(command, answer, "\n".join(lines)))
        codes = (code,) if isinstance(code, int) else code
        assert answer.code in codes, f"{command} {arguments}: {answer.code}\n{answer.err}"
        return answer

    def answers(self, command: str) -> list[Answer]:
        """Everything this command answered."""
        return [said.answer for said in self.said if said.command == command]


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Whatever is logged meanwhile, by anybody and at any level, with its arguments and traces."""
    lines: list[str] = []

    class Keep(logging.Handler):
        """Keeps each record as it would be written."""

        def emit(self, record: logging.LogRecord) -> None:
            """One more line."""
            lines.append(logging.Formatter("%(name)s %(message)s %(args)s").format(record))

    root, keep = logging.getLogger(), Keep(0)
    before = root.level
    root.addHandler(keep)
    root.setLevel(1)
    try:
        yield lines
    finally:
        root.removeHandler(keep)
        root.setLevel(before)


@contextmanager
def arguments_of_processes() -> Iterator[list[str]]:
    """The arguments of every process started meanwhile: everybody on a machine sees them."""
    found: list[str] = []
    listening = [True]

    def hear(event: str, given: tuple[Any, ...]) -> None:
        if listening and event in {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"}:
            found.append(" ".join(map(str, (given[0], given[1] if len(given) > 1 else ""))))

    sys.addaudithook(hear)  # one that cannot be taken away again, so it only stops listening
    try:
        yield found
    finally:
        listening.clear()


def hits(text: str, words: tuple[str, ...] = EVERY_WORD) -> list[str]:
    """The words that stand in a text, whatever their case."""
    small = text.lower()
    return [word for word in words if word in small]


def files_below(folder: Path) -> Iterator[tuple[str, str]]:
    """Each file with its text, as far as it is one."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file.relative_to(folder).as_posix(), file.read_bytes().decode("utf-8", "replace")
