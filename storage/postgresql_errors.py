"""What PostgreSQL complains of, said in one sentence with a cure and without a patient's data.

The server's details quote values ("Key (system, value)=(mrn, ...)"), so only its first line and the
name of the broken rule are ever shown.
"""

from __future__ import annotations

from typing import Any, Final

from workflow.errors import AllpathError, ConflictError, RefusedError, StoreError

TRANSIENT: Final = frozenset({"40001", "40P01"})
"""Undone for the sake of another transaction: a serialisation failure, a deadlock."""
TAKEN: Final = {
    "identifier_pkey": "A patient with one of these identifiers is already enrolled, perhaps by "
    "somebody else at this moment or at another site; look the patient up, or correct it.",
    "path_pkey": "There is already a path with this id; nothing was enrolled. Try again.",
}
"""What a double row of these tables means to whoever enrols."""
SENTENCES: Final = {
    "25006": "cannot be written: the server takes no changes now, as a standby does. Name the "
    "server that does.",
    "42P01": "has not the tables this program needs; run `allpath db upgrade` as their owner.",
    "53100": "cannot grow because the server's disk is full; nothing was changed. Make room first.",
    "53300": "has no connection left; close programs that hold some, or raise max_connections.",
    "57014": "was stopped because it took too long; nothing was changed. Try again.",
    "XX001": "is damaged; keep it as it is and restore the last backup.",
    "XX002": "is damaged; keep it as it is and restore the last backup.",
}
_BROKEN: Final = ("08", "57P")
_ONE_LINE: Final = 200


def explained(error: BaseException, name: str, patience_seconds: float) -> AllpathError:
    """What the driver's error means for the database of this name, and what to do."""
    state = str(getattr(error, "sqlstate", None) or "")
    if state.startswith("23") or state == "P0001":
        return _rule(error, state)
    # What the driver itself refuses to send, as a NUL in a text, has no state of the server.
    if state.startswith("22") or (not state and type(error).__name__ == "DataError"):
        # Named, not quoted: the server's own sentence may show the value.
        msg = f"The database refused a value that it cannot keep ({type(error).__name__})."
        return RefusedError(msg)
    if state in TRANSIENT:
        msg = (
            "Somebody else changed the same rows at the same moment; nothing of yours was written. "
            "Look again and decide."
        )
        return ConflictError(msg)
    if state == "42501":
        return _rights(error, name)
    if state == "55P03":
        msg = (
            f"Somebody else held what was asked for in {name} for {patience_seconds:g} seconds; "
            "nothing was changed. Try again."
        )
        return StoreError(msg)
    if state in SENTENCES:
        return StoreError(f"The database {name} {SENTENCES[state]}")
    if not state or state.startswith(_BROKEN):
        msg = (
            f"The server of {name} cannot be reached or broke the connection "
            f"({_first_line(error)}); nothing was changed. Look after the server, then try again."
        )
        return StoreError(msg)
    return StoreError(f"The database {name} cannot be used: {_first_line(error)} ({state}).")


def _rule(error: BaseException, state: str) -> AllpathError:
    rule = str(_diagnosis(error).constraint_name or "")
    if state == "23505":
        sentence = TAKEN.get(
            rule,
            f"Somebody else wrote the same at the same moment ({rule}); nothing of yours was "
            "written. Look again and decide.",
        )
        return ConflictError(sentence)
    msg = f"The database refused a row that breaks one of its rules: {_first_line(error)}."
    return RefusedError(msg)


def _rights(error: BaseException, name: str) -> AllpathError:
    reason = _first_line(error)
    if "row-level security" in reason:
        msg = (
            f"The patient belongs to a site that is not among those of ALLPATH_SITES ({reason}); "
            "nothing was changed."
        )
        return RefusedError(msg)
    msg = (
        f"The role you connect to {name} with may not do this ({reason}); let the owner of the "
        "tables run `allpath db grant ROLE`, or `allpath db upgrade` where tables are to change."
    )
    return StoreError(msg)


def _first_line(error: BaseException) -> str:
    text = _diagnosis(error).message_primary or str(error)
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    return lines[0][:_ONE_LINE].rstrip(".") if lines else type(error).__name__


def _diagnosis(error: BaseException) -> Any:  # noqa: ANN401 - the driver's, without types here
    return getattr(error, "diag", None) or _Nothing


class _Nothing:
    """What is known of an error that did not come from the server."""

    constraint_name = None
    message_primary = None
