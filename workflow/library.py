"""Finds the pathway a path is pinned to, by its hash: in the database, then among those shipped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from workflow.errors import NotFoundError, RefusedError
from workflow.pathway import Pathway
from workflow.records import PathRecord
from workflow.store import Store, Transaction
from workflow.versions import newest_published, read_version, status_of, version_of


class Library:
    """Every version there is. One that was read once is remembered: its hash is its content."""

    def __init__(self, store: Store, shipped: Callable[[str], Pathway]) -> None:
        self._store = store
        self._shipped = shipped
        self._read: dict[str, Pathway] = {}

    def pinned(self, path: PathRecord) -> Pathway:
        """The version the path is pinned to; raises RefusedError when it is nowhere to be found."""
        found = self._read.get(path.pathway_hash) or self.by_hash(path.pathway_hash)
        if found is None:
            found = self._shipped(path.pathway_id)
            if found.content_hash != path.pathway_hash:
                raise RefusedError(_nowhere(path, found))
            self._read[path.pathway_hash] = found
        return found

    def by_hash(self, content_hash: str) -> Pathway | None:
        """The kept version with exactly this hash, if any; raises IntegrityError if damaged."""
        if content_hash not in self._read:
            kept = self._store.version(content_hash)
            if kept is None:
                return None
            self._read[content_hash] = read_version(kept)
        return self._read[content_hash]

    def for_new_paths(self, pathway_id: str) -> Pathway:
        """The version new paths are enrolled on: the newest published one, else the shipped file.

        Raises NotFoundError when there is no pathway of that id.
        """
        signatures = self._store.signatures_of(pathway_id)
        newest = newest_published(signatures)
        found = None if newest is None else self.by_hash(newest)
        if found is not None:
            return found
        shipped = self._shipped(pathway_id)
        if status_of(shipped.content_hash, signatures) == "retired":
            msg = (
                f"The version {shipped.version} of {pathway_id} is retired and takes no new "
                "paths; publish a newer one with `allpath pathway publish FILE`."
            )
            raise RefusedError(msg)
        return shipped

    def is_draft(self, pathway: Pathway) -> bool:
        """Whether this version was never published by two people."""
        return status_of(pathway.content_hash, self._store.signatures_of(pathway.id)) == "draft"

    def keep(self, transaction: Transaction, pathway: Pathway, now: datetime) -> None:
        """The version is kept in the database, once."""
        if not transaction.has_version(pathway.content_hash):
            transaction.keep_version(version_of(pathway, now))

    def keep_pinned(self, now: datetime) -> int:
        """Versions that paths are pinned to and that only this program still ships are kept too."""
        count = 0
        for pathway_hash, path in {path.pathway_hash: path for path in self._store.paths()}.items():
            if self._store.version(pathway_hash) is not None:
                continue
            try:
                pathway = self.pinned(path)
            except (NotFoundError, RefusedError):
                continue  # an older program's version: `allpath doctor` names the paths
            with self._store.begin() as transaction:
                self.keep(transaction, pathway, now)
            count += 1
        return count


def _nowhere(path: PathRecord, shipped: Pathway) -> str:
    return (
        f"The path {path.path_id} is pinned to version {path.pathway_version} of "
        f"{path.pathway_id} ({path.pathway_hash[:12]}), which neither the database keeps nor this "
        f"program ships (it ships {shipped.version}, {shipped.content_hash[:12]}). Run `allpath db "
        "upgrade` with the program that shipped that version, then use this one."
    )
