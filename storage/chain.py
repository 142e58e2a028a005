"""Checks that the stored histories agree with their own hashes, and the paths with their histories.

What is found here was changed behind the program's back. A history cut short together with its
path, or wholly rewritten, still agrees with itself: only a copy of its head kept elsewhere tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from storage.rows import read_entry, read_path, site_of
from storage.sql_store import SqlStore, Stored
from storage.statements import PATH
from workflow.errors import NotFoundError, StoreError
from workflow.records import (
    GENESIS,
    MERGED_INTO,
    MOVES,
    UNMERGED_FROM,
    JournalEntry,
    PathRecord,
)
from workflow.review import compared

UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, OverflowError)
"""What reading a row raises whose content was damaged."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement: on which path, at which journal entry (0: the path's own row), and what."""

    path_id: str
    seq: int
    what: str

    def __str__(self) -> str:
        where = f"entry {self.seq}" if self.seq else "the path itself"
        return f"{self.path_id}, {where}: {self.what}"


def verify_chain(store: SqlStore, path_id: str | None = None) -> list[Finding]:
    """Every disagreement on this path, or on all of them; an empty list means that all agrees."""
    ids = store.ids() if path_id is None else [path_id]
    return [finding for known in ids for finding in _verify(store, known)]


def _verify(store: SqlStore, path_id: str) -> Iterator[Finding]:
    try:
        stored = store.as_stored(path_id)
    except StoreError as error:
        yield Finding(path_id, 0, f"cannot be read: {error}")
        return
    findings = list(_verify_entries(path_id, stored))
    if findings:
        yield from findings
        return
    yield from _verify_facts(store, path_id, stored)
    yield from _verify_reviews(store, path_id, stored)


def _verify_entries(path_id: str, stored: Stored) -> Iterator[Finding]:
    previous, state, pinned, merged = GENESIS, "", "", ""
    for seq, row in enumerate(stored.entries, start=1):
        if row[1] != seq:
            yield Finding(path_id, seq, f"is missing; the next one kept is {row[1]}")
            return
        try:
            entry = read_entry(row)
            computed = entry.computed_hash()
        except UNREADABLE:
            yield Finding(path_id, seq, "cannot be read")
            return
        if entry.previous != previous:
            yield Finding(path_id, seq, "does not continue the entry before it")
        if entry.hash != computed:
            yield Finding(path_id, seq, "was changed after it was written")
        if pinned and entry.pathway_hash != pinned and not _tells_of_move(entry, pinned):
            yield Finding(
                path_id, seq, "was decided by another pathway version than the one before"
            )
        previous, state, pinned = entry.hash, entry.state_to, entry.pathway_hash
        if entry.kind in {MERGED_INTO, UNMERGED_FROM}:
            merged = str(entry.detail["other"]) if entry.kind == MERGED_INTO else ""
    end = _End(len(stored.entries), previous, state, pinned, merged)
    yield from _verify_path(path_id, stored.path, end)


def _verify_facts(store: SqlStore, path_id: str, stored: Stored) -> Iterator[Finding]:
    """Every fact record is the one whose hash the journal entry that recorded it keeps."""
    try:
        told = {
            entry.detail["record_id"]: (entry.seq, entry.detail["record"])
            for entry in map(read_entry, stored.entries)
            if "record" in entry.detail
        }
        facts = {record.record_id: record.digest for record in store.case(path_id).facts}
    except (*UNREADABLE, NotFoundError):
        yield Finding(path_id, 0, "its fact records cannot be read")
        return
    for record_id, (seq, digest) in told.items():
        if record_id not in facts:
            yield Finding(path_id, seq, f"the fact record {record_id} is gone")
        elif facts[record_id] != digest:
            yield Finding(path_id, seq, f"the fact record {record_id} was changed")
    for record_id in sorted(facts.keys() - told.keys()) if told else ():
        yield Finding(path_id, 0, f"the fact record {record_id} stands in no journal entry")


def _verify_reviews(store: SqlStore, path_id: str, stored: Stored) -> Iterator[Finding]:
    """Every review is the one an entry opened, and closed where an entry says so."""
    told: dict[str, tuple[int, Any]] = {}
    try:
        for entry in map(read_entry, stored.entries):
            detail = entry.detail
            if entry.kind == "review_opened":
                answers = (detail["before"], detail["after"])
                told[detail["review"]] = (
                    entry.seq,
                    (detail["of"], detail["about"], *answers, "open"),
                )
            elif detail.get("review") in told:
                _, (*opened, _) = told[detail["review"]]
                told[detail["review"]] = entry.seq, (*opened, detail["verdict"])
        kept = {
            item.review_id: (
                item.kind,
                item.about,
                compared(item.before),
                compared(item.after),
                item.status,
            )
            for item in store.reviews(path_id)
        }
    except UNREADABLE:
        yield Finding(path_id, 0, "its reviews cannot be read")
        return
    for review_id, (seq, content) in told.items():
        if review_id not in kept:
            yield Finding(path_id, seq, f"the review {review_id} is gone")
        elif kept[review_id] != content:
            yield Finding(path_id, seq, f"the review {review_id} was changed")
    for review_id in sorted(kept.keys() - told.keys()):
        yield Finding(path_id, 0, f"the review {review_id} stands in no journal entry")


def _tells_of_move(entry: JournalEntry, pinned: str) -> bool:
    return entry.kind in MOVES and entry.detail.get("from") == pinned


@dataclass(frozen=True, slots=True)
class _End:
    """Where a history ends: how many entries, the last one's hash, state and pathway version.

    `merged` is the path it was merged into, if any.
    """

    version: int
    head: str
    state: str
    pinned: str
    merged: str


def _verify_path(path_id: str, row: tuple[Any, ...] | None, end: _End) -> Iterator[Finding]:
    if row is None:
        yield Finding(path_id, 0, "is gone, or never was" if end.version == 0 else "is gone")
        return
    try:
        path: PathRecord = read_path(row)
    except UNREADABLE:
        yield Finding(path_id, 0, "cannot be read")
        return
    if path.version != end.version:
        yield Finding(path_id, 0, f"is at version {path.version}, its history at {end.version}")
    if path.head != end.head:
        yield Finding(path_id, 0, "does not name the last entry of its history as its head")
    site = row[PATH.columns.keys().index("site")]
    if site != site_of(path):
        yield Finding(path_id, 0, f"is kept at site {site!r}, its settings say {site_of(path)!r}")
    if path.merged_into != end.merged:
        what = f"says it was merged into {path.merged_into or 'none'}, its history"
        yield Finding(path_id, 0, f"{what} {end.merged or 'none'}")
    if path.state != end.state:
        where = end.state or "none"
        yield Finding(path_id, 0, f"stands in {path.state}, its history ends in {where}")
    if path.pathway_hash != end.pinned:
        what = f"is pinned to {path.pathway_hash[:12]}, its history to {end.pinned[:12]}"
        yield Finding(path_id, 0, what)
