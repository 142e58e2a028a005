"""Secrets come from files: no option, variable or process argument carries one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from allpath.settings import VARIABLES
from tests import postgresql
from tests.cli.conftest import Desk
from tests.privacy.canary import SECRETS, Witness, arguments_of_processes, hits
from tests.privacy.commands import commands, options_of

SOUNDS_SECRET: Final = re.compile(
    r"passw|secret|token|key|credential|auth|bearer|pin\b", re.IGNORECASE
)
NO_SECRET: Final = {
    "--key": "names a request, so that repeating it does nothing twice",
}


def test_no_option_of_any_command_takes_a_secret() -> None:
    """A command line is seen by everybody on the machine and kept in the shell's history."""
    takes_its_value = [
        f"{name} {option}"
        for name, command in commands().items()
        for option, parameter in options_of(command)
        if SOUNDS_SECRET.search(option)
        and option not in NO_SECRET
        and not option.endswith("-file")
        and "Path" not in str(parameter.type_descriptor.annotation)
    ]

    assert takes_its_value == []


def test_the_option_that_names_a_request_says_so() -> None:
    """`--key` sounds like a secret and is none; whoever reads its help knows."""
    helps = {
        parameter.help
        for command in commands().values()
        for option, parameter in options_of(command)
        if option == "--key"
    }

    assert helps
    assert [text for text in helps if not re.search("twice|repeat|again|same", text)] == []


def test_no_variable_holds_a_secret() -> None:
    """The environment of a process is read by whoever may look at the machine; files are not."""
    sound = [name for name in VARIABLES if SOUNDS_SECRET.search(name.replace("ALLPATH_", ""))]

    program = "ALLPATH_REAUTHENTICATION"  # names the program that asks, and holds nothing itself
    assert sound
    assert [name for name in sound if not name.endswith("_FILE")] == [program]


@pytest.fixture
def server_desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose database is on a server that is given a password."""
    password = tmp_path / "password"
    password.write_text(SECRETS["password of the database"] + "\n")
    with postgresql.fresh() as name:
        url = postgresql.server().url(name)
        yield Desk(
            tmp_path,
            variables={
                "ALLPATH_DATABASE": url.render_as_string(hide_password=False),
                "ALLPATH_DATABASE_PASSWORD_FILE": str(password),
                "ALLPATH_SITES": "*",
                "ALLPATH_PG_BIN": str(postgresql.server().programs),
                "ALLPATH_DEBUG": "1",
            },
        )


def test_the_password_of_a_server_is_in_no_argument_and_no_answer(server_desk: Desk) -> None:
    """The server's own programs are started with it in their environment alone."""
    witness = Witness(server_desk)
    with arguments_of_processes() as witness.spawned:
        witness.run("db status")
        witness.run("db backup", str(server_desk.folder / "backup.dump"))
        witness.run("doctor", code=tuple(range(9)))

    texts = [text for s in witness.said for text in (s.answer.out, s.answer.err, s.log)]
    assert any("pg_dump" in given for given in witness.spawned)
    assert [t for t in (*texts, *witness.spawned) if hits(t, tuple(SECRETS.values()))] == []
