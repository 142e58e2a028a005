"""The only place that turns an error into an exit code and a sentence for people or programs.

0 ok · 1 unexpected · 2 usage · 3 not found · 4 refused · 5 conflict · 6 not permitted ·
7 external system · 8 integrity
"""

from __future__ import annotations

import re
from typing import Any, Final

from workflow.errors import (
    AllpathError,
    ConflictError,
    FactError,
    IntegrityError,
    NotFoundError,
    NotPermittedError,
    PathwayError,
    RefusedError,
    StoreError,
)


class UsageError(AllpathError):
    """The command or a setting was not written as it must be; the message shows the form.

    `field` names what of it is wrong, for a form that tells it there; empty where all of it is.
    """

    def __init__(self, message: str, field: str = "") -> None:
        self.field = field
        super().__init__(message)


UNEXPECTED: Final = 1
USAGE: Final = 2
_FAMILIES: Final[tuple[tuple[type[AllpathError], int, str], ...]] = (
    (UsageError, USAGE, "usage"),
    (NotFoundError, 3, "not_found"),
    (RefusedError, 4, "refused"),
    (FactError, 4, "fact_refused"),
    (PathwayError, 4, "pathway_refused"),
    (ConflictError, 5, "conflict"),
    (NotPermittedError, 6, "not_permitted"),
    (StoreError, 7, "database"),
    (IntegrityError, 8, "integrity"),
)


_TYPED: Final = re.compile(r"""^([^:'"]+: )(['"]).*\2(?= (?:is|can|has|holds|lies)\b)""", re.DOTALL)
"""What was typed, as the message about a fact quotes it: it may be a birth date or a name."""


def exit_code(error: BaseException) -> int:
    """The exit code of the error's family; 1 for what nobody expected."""
    return _family(error)[0]


def answer(error: BaseException) -> dict[str, Any]:
    """The error for programs: `{"error": {kind, exit_code, message, and what else is known}}`."""
    code, kind = _family(error)
    content: dict[str, Any] = {"kind": kind, "exit_code": code, "message": sentence(error)}
    if isinstance(error, FactError):
        content["fact"] = error.fact
    if isinstance(error, RefusedError) and error.reasons:
        content["reasons"] = list(error.reasons)
    if isinstance(error, ConflictError) and error.changes:
        content["changes"] = list(error.changes)
    if isinstance(error, PathwayError):
        content["source"] = error.source
        content["problems"] = [
            {"line": problem.line, "field": problem.field, "message": problem.message}
            for problem in error.problems
        ]
    return {"error": content}


def text(error: BaseException) -> str:
    """The error for people: one sentence, and below it the reasons or what others changed."""
    lines = [sentence(error)]
    if isinstance(error, RefusedError):
        lines += [f"  {reason}" for reason in error.reasons]
    if isinstance(error, ConflictError):
        lines += [f"  since then: {change}" for change in error.changes]
    return "\n".join(lines)


def sentence(error: BaseException) -> str:
    """What happened, to which thing, and what to do."""
    if isinstance(error, FactError):
        return _TYPED.sub(r"\1what was typed", str(error))
    if isinstance(error, AllpathError):
        return str(error)
    # The text of an unexpected error may quote a value; a patient's data stay out of it.
    return (
        f"Allpath stopped at something nobody foresaw ({type(error).__name__}). What was confirmed "
        "before is kept. Set ALLPATH_DEBUG=1 and try again to see where; then report it."
    )


def _family(error: BaseException) -> tuple[int, str]:
    for family, code, kind in _FAMILIES:
        if isinstance(error, family):
            return code, kind
    return UNEXPECTED, "unexpected"
