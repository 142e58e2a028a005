"""A made-up cohort carried by the product, with where each path stood at each of its commits.

The positions are overheard while the store writes them, so that whoever judges the product later
need not retrace a history the way the product does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from allpath.demo.cohort import build
from storage.engine import database_at
from storage.engine import store_on as made_on
from storage.sql_store import SqlStore
from storage.transaction import SqlTransaction
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.records import CheckpointRecord, Commit, JournalEntry, PathRecord


@dataclass(frozen=True)
class Moment:
    """A commit of a path: where it stood before, and how many facts were known before it.

    `live` are the checkpoints still expected after it.
    """

    before: PathRecord | None
    after: PathRecord
    known: int
    entries: tuple[JournalEntry, ...]
    live: tuple[CheckpointRecord, ...]


@dataclass
class Overheard:
    """Every commit of every path, in order."""

    moments: dict[str, list[Moment]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def hear(self, commit: Commit) -> None:
        """One more commit."""
        mine = self.moments[commit.path.path_id]
        before = mine[-1].after if mine else None
        known = self.facts[commit.path.path_id]
        rows = {row.key: row for row in (*(mine[-1].live if mine else ()), *commit.checkpoints)}
        live = tuple(row for row in rows.values() if row.is_live)
        mine.append(Moment(before, commit.path, known, commit.entries, live))
        self.facts[commit.path.path_id] += len(commit.facts)

    def forget_after(self, path_id: str, count: int, facts: int) -> None:
        """The commits of a path after so many were undone by a test."""
        del self.moments[path_id][count:]
        self.facts[path_id] = facts


class _Ear:
    """A transaction that is overheard."""

    def __init__(self, inner: SqlTransaction, heard: Overheard) -> None:
        self._inner = inner
        self._heard = heard

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transaction has
        return getattr(self._inner, name)

    def write(self, commit: Commit) -> None:
        """The commit is written, and noted."""
        self._inner.write(commit)
        self._heard.hear(commit)


class OverheardStore(SqlStore):
    """The real store, every commit of which is noted."""

    heard: Overheard

    @contextmanager
    def begin(self) -> Iterator[Any]:  # Any: the transaction, or what listens to it
        """A transaction as ever."""
        with super().begin() as transaction:
            yield _Ear(transaction, self.heard)


@dataclass(frozen=True)
class Cohort:
    """The patients, and what was overheard while they were carried."""

    file: Path
    store: OverheardStore
    orchestrator: Orchestrator
    now: datetime

    @property
    def heard(self) -> Overheard:
        """What was overheard."""
        return self.store.heard


def cohort(folder: Path, patients: int, seed: int, now: datetime) -> Cohort:
    """A cohort of so many patients on a fresh file; the same seed gives the same cohort."""
    file = folder / f"cohort-{patients}-{seed}.db"
    database = database_at(f"sqlite:///{file}")
    made_on(database).close()
    store = OverheardStore(database)
    store.heard = Overheard()
    orchestrator = Orchestrator(store, load_shipped)
    build(store, orchestrator, patients, seed, now)
    return Cohort(file, store, orchestrator, now)
