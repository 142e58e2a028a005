"""Every command of the application, taken from the application itself."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer

from allpath.cli.app import DOORS


def commands() -> dict[str, Any]:  # Any: typer's own click
    """Each command by the words that call it, `fact record`."""
    found: dict[str, Any] = {}
    for door, (module, _, _) in DOORS.items():
        if find_spec(module) is not None:
            command = typer.main.get_command(import_module(module).app)
            found.update(_below(door, command))
    return found


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer's own click
    inner = getattr(command, "commands", None)
    if not inner:
        yield name, command
        return
    for word, one in inner.items():
        yield from _below(f"{name} {word}", one)


def options_of(command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer's own click
    """The options of a command that take a value, with what they take."""
    for parameter in command.params:
        for name in parameter.opts:
            if name.startswith("--") and not getattr(parameter, "is_flag", False):
                yield name, parameter
