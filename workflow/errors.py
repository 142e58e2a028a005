"""Every error Allpath raises on purpose: what happened, to which thing, and what to do."""

from __future__ import annotations


class AllpathError(Exception):
    """Something was asked that cannot be done; the message says what to do instead."""


class PathwayError(AllpathError):
    """A pathway file is wrong at a named line and field.

    `problems` holds one entry per finding, in the order of the file.
    """

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = problems
        super().__init__("\n".join(f"{source}{problem}" for problem in problems))


class Problem:
    """One finding in a pathway file: line (from 1; 0 when the whole file is meant), field, cure."""

    __slots__ = ("field", "line", "message")

    def __init__(self, message: str, field: str = "", line: int = 0) -> None:
        self.message = message
        self.field = field
        self.line = line

    @property
    def place(self) -> str:
        """Line and field, to be read behind the name of the file."""
        where = f":{self.line}" if self.line else ""
        return f"{where}: {self.field}" if self.field else where

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class FactError(AllpathError):
    """A value cannot be recorded for a fact; `fact` names it."""

    def __init__(self, fact: str, message: str) -> None:
        self.fact = fact
        super().__init__(message)


class NotFoundError(AllpathError):
    """The patient, path, step, fact or checkpoint that was named does not exist."""


class RefusedError(AllpathError):
    """A guard or a check refused the command; nothing was changed.

    `reasons` lists the unmet and unknown clauses in plain words; may be empty.
    """

    def __init__(self, message: str, reasons: tuple[str, ...] = ()) -> None:
        self.reasons = reasons
        super().__init__(message)


class ConflictError(AllpathError):
    """Somebody else changed the same path first; nothing was changed.

    `changes` lists, in plain words, what was done since the caller looked.
    """

    def __init__(self, message: str, changes: tuple[str, ...] = ()) -> None:
        self.changes = changes
        super().__init__(message)


class NotPermittedError(AllpathError):
    """The actor's role, or being the same person twice, does not allow this."""


class StoreError(AllpathError):
    """The database cannot be used as it is: missing rights, wrong version, full disk, no key."""


class IntegrityError(AllpathError):
    """The stored history does not agree with its own hashes."""
