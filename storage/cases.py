"""Reads all a decision needs of one path, and of its facts only those it has not read before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from storage.rows import Row, read_checkpoint, read_fact, read_path
from storage.statements import Statements
from workflow.errors import NotFoundError
from workflow.facts import FactRecord
from workflow.records import GENESIS, Case, Commit, PathRecord

NO_PATH: Final = (
    "There is no path {}; look it up by name or identifier with `allpath patient list`."
)
REMEMBERED: Final = 512
"""Of how many paths the facts are remembered, those looked at last."""


class Cases:
    """Paths as they stand, read from the database each time, but for the facts already known.

    Facts are never changed or removed, and each comes with a journal entry. So the facts that were
    read at one head of a history are right as long as that head is part of the history, and only
    those that came later are read. A head that was rolled back is part of no history.
    """

    def __init__(self, statements: Statements) -> None:
        self._sql = statements
        self._known: dict[str, tuple[int, str, tuple[FactRecord, ...]]] = {}

    def read(self, cursor: Any, path_id: str) -> Case:  # noqa: ANN401 - untyped driver
        """The path with its fact records and live checkpoints; raises NotFoundError."""
        return self._read(cursor, path_id, self._sql.path)

    def hold(self, cursor: Any, path_id: str) -> Case:  # noqa: ANN401 - untyped driver
        """The same, and nobody else may change the path until the transaction ends."""
        return self._read(cursor, path_id, self._sql.path_held)

    def _read(self, cursor: Any, path_id: str, statement: str) -> Case:  # noqa: ANN401 - see read
        row = cursor.execute(statement, (path_id,)).fetchone()
        if row is None:
            raise NotFoundError(NO_PATH.format(path_id))
        path = read_path(row)
        checkpoints = cursor.execute(self._sql.live_checkpoints, (path_id,)).fetchall()
        return Case(path, self._facts(cursor, path), tuple(map(read_checkpoint, checkpoints)))

    def committed(self, commit: Commit, rows: Sequence[Row]) -> None:
        """The facts of a commit that is on the disk, given as its rows, need not be read again."""
        known = self._known.get(commit.path.path_id)
        if known is not None and commit.entries and known[1] == commit.entries[0].previous:
            facts = (*known[2], *map(read_fact, rows))
            self._known[commit.path.path_id] = (commit.path.version, commit.path.head, facts)

    def _facts(self, cursor: Any, path: PathRecord) -> tuple[FactRecord, ...]:  # noqa: ANN401 - see read
        version, head, facts = self._known.pop(path.path_id, (0, GENESIS, ()))
        if head != path.head:
            if version and not self._is_in_history(cursor, path.path_id, version, head):
                version, facts = 0, ()
            later = cursor.execute(self._sql.facts_since, (path.path_id, version)).fetchall()
            facts = (*facts, *map(read_fact, later))
        self._known[path.path_id] = (path.version, path.head, facts)
        if len(self._known) > REMEMBERED:
            self._known.pop(next(iter(self._known)), None)
        return facts

    def _is_in_history(self, cursor: Any, path_id: str, version: int, head: str) -> bool:  # noqa: ANN401 - see read
        row = cursor.execute(self._sql.entry_hash, (path_id, version)).fetchone()
        return row is not None and bool(row[0] == head)
