"""Who looks after a patient: one person or team at a time, put on record each time it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workflow.characters import invisible
from workflow.errors import RefusedError
from workflow.records import Actor

NOBODY: Final = ""
"""In the place of whoever looks after a patient: nobody does."""
LONGEST_NAME: Final = 60
"""So many letters the name of a person or a team takes on the worklist."""
_ACCOUNT: Final = "@"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody said who looks after a path from now on; the latest one counts.

    `looked_after_by` is an account as `@name`, the name of somebody without one, or NOBODY. `key`
    is that of the request, so that asking twice assigns once.
    """

    path_id: str
    looked_after_by: str
    reason: str
    actor: Actor
    at: datetime
    key: str = ""


def by_account(name: str) -> str:
    """How an account is written as the one who looks after a patient."""
    return f"{_ACCOUNT}{name}"


def account_in(looked_after_by: str) -> str:
    """The account that looks after a patient; empty where it is a name without an account."""
    return looked_after_by[1:] if looked_after_by.startswith(_ACCOUNT) else ""


def by_name(text: str) -> str:
    """A person or a team without an account; raises RefusedError for what is no name."""
    name = " ".join(text.split())
    if not name or name.startswith(_ACCOUNT) or invisible(name) or not name.isprintable():
        raise RefusedError("Whoever looks after a patient needs a name of printable letters.")
    if len(name) > LONGEST_NAME:
        msg = f"The name of who looks after a patient is too long: at most {LONGEST_NAME} letters."
        raise RefusedError(msg)
    return name
