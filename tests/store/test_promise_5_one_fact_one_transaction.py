"""Promise 5: one fact, one transaction. State, history, checkpoints, notices and audit together.

That it also holds when the process is killed is told in `tests/faults/`.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.sql_store import SqlStore
from tests.store.acts import NOW, checkpoint, fact, step
from tests.store.conftest import Place
from tests.store.test_store_promises import commit, everything
from workflow.errors import RefusedError


def test_a_commit_is_written_whole_or_not_at_all(place: Place, enrolled: SqlStore) -> None:
    """A row that the database refuses takes everything before it along."""
    path = enrolled.case("P-1").path
    before = everything(place)
    impossible = checkpoint(name="C-X", due_at=NOW + timedelta(days=90))
    broken = step(path, facts=(fact(path),), checkpoints=(impossible,))

    with pytest.raises(RefusedError, match="checkpoint_window"):
        commit(enrolled, broken)

    assert everything(place) == before


def test_a_block_that_raises_leaves_nothing(place: Place, enrolled: SqlStore) -> None:
    """An error after the write, in the caller's own code, undoes the write too."""
    path = enrolled.case("P-1").path
    before = everything(place)

    def write_and_fail() -> None:
        with enrolled.begin() as transaction:
            transaction.write(step(path))
            raise LookupError

    with pytest.raises(LookupError):
        write_and_fail()

    assert everything(place) == before
