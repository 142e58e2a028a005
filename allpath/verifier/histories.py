"""Checks each path: its chain of entries, its fact records and where it says it stands.

This is the loop that a whole database goes through, so it spells canonical JSON out by hand: all
texts of an entry are escaped in one go and put into their places.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from heapq import merge
from itertools import groupby
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any, Final

from allpath.verifier.findings import Report
from allpath.verifier.reader import Rows
from allpath.verifier.standalone import GENESIS, MOVES, fact_digest, instant

Row = Sequence[Any]  # Any: what a driver answers

TEXTS: Final = (
    *("actor", "at", "decision_digest", "effective_on", "facts_digest", "kind", "note", "option"),
    *("os_user", "path_id", "pathway_hash", "reason", "role", "rule", "state_from", "state_to"),
    "track",
)
ENTRIES: Final = (
    "SELECT j.path_id, j.seq, j.actor, j.at, j.decision_digest, j.effective_on, j.facts_digest, "
    "j.kind, j.note, j.option, j.os_user, j.pathway_hash, j.reason, j.role, j.rule, j.state_from, "
    "j.state_to, j.track, j.detail, j.previous, j.hash, l.position, l.leaf_hash FROM journal j "
    "LEFT JOIN log_leaf l ON l.source = 'journal' AND l.key = j.path_id AND l.seq = j.seq "
    "ORDER BY j.path_id, j.seq"
)
FACT_COLUMNS: Final = (
    *("path_id", "record_id", "fact", "value", "effective_at", "recorded_at", "status", "source"),
    *("actor", "episode", "supersedes"),
)
FACTS: Final = f"SELECT {', '.join(FACT_COLUMNS)} FROM fact_record ORDER BY path_id, seq, place"  # noqa: S608 - our own names
PATHS: Final = (
    "SELECT path_id, version, head, state, pathway_hash, site, merged_into, settings FROM path "
    "ORDER BY path_id"
)
MERGED_INTO: Final = "merged_into"
MERGES: Final = frozenset({MERGED_INTO, "unmerged_from"})
BETWEEN: Final = "\x7f"
"""Stands between texts that are escaped together; an entry that holds it is spelt the slow way."""
_PAYLOAD: Final = (
    '{"actor":"%s","at":"%s","decision_digest":"%s","detail":%s,"effective_on":%s,'
    '"facts_digest":"%s","kind":"%s","note":"%s","option":%s,"os_user":"%s","path_id":"%s",'
    '"pathway_hash":"%s","reason":"%s","role":"%s","rule":"%s","seq":%d,"state_from":"%s",'
    '"state_to":"%s","track":"%s"}'
)
_moment = lru_cache(maxsize=4096)(instant)


def check_histories(rows: Rows, report: Report) -> None:
    """Every path, by id: its entries, its facts and its own row; what is wrong is in the report."""
    kinds = ((0, PATHS), (1, ENTRIES), (2, FACTS))
    ways = [_grouped(kind, rows(query)) for kind, query in kinds]
    for path_id, parts in groupby(merge(*ways, key=itemgetter(0)), key=itemgetter(0)):
        found: dict[int, list[Row]] = {kind: group for _, kind, group in parts}
        _check_path(path_id, found.get(0, []), found.get(1, []), found.get(2, []), report)


def _grouped(kind: int, rows: Iterable[Row]) -> Iterator[tuple[str, int, list[Row]]]:
    for path_id, group in groupby(rows, key=itemgetter(0)):
        yield path_id, kind, list(group)


def payload_of(row: Row) -> str:
    """What the hash of the entry covers, from its columns as they lie there."""
    (path_id, seq, actor, at, decision, day, facts, kind, note, option, user, pathway, reason) = (
        row[:13]
    )
    role, rule, state_from, state_to, track, detail = row[13:19]
    texts = (
        *(actor, decision, day or "", facts, kind, note, option or "", user, path_id, pathway),
        *(reason, role, rule, state_from, state_to, track),
    )
    words = encode_basestring(BETWEEN.join(texts))[1:-1].split(BETWEEN)
    if len(words) != len(texts):
        words = [encode_basestring(text)[1:-1] for text in texts]
    (a, decision, b, facts, kind, note, c, user, path_id, pathway, reason, role, rule, d, e, f) = (
        words
    )
    day = "null" if day is None else f'"{b}"'
    option = "null" if option is None else f'"{c}"'
    return _PAYLOAD % (
        *(a, _moment(at), decision, detail, day, facts, kind, note, option, user, path_id),
        *(pathway, reason, role, rule, seq, d, e, f),
    )


@dataclass(slots=True)
class At:
    """How far the history of one path was followed, and the fact records it told of."""

    seq: int = 0
    head: str = GENESIS
    state: str = ""
    pinned: str = ""
    merged: str = ""
    told: dict[str, tuple[Any, ...]] = field(default_factory=dict)  # Any: number, place, digest


def _check_path(
    path_id: str, path: list[Row], entries: list[Row], facts: list[Row], report: Report
) -> None:
    before = len(report.found)
    at = check_entries(entries, report)
    report.facts += len(facts)
    if len(report.found) == before:  # else what an entry tells of its facts cannot be believed
        _check_facts(path_id, at.told, facts, report)
    _check_row(path_id, path, at, report)


def check_entries(entries: Sequence[Row], report: Report) -> At:
    """The entries of one path are each what they were, follow one another, and are in the log."""
    at = At()
    for row in entries:
        report.entries += 1
        seq, kind, detail, previous, known, position, leaf = row[1], row[7], *row[18:23]
        try:
            before, payload = previous.encode(), payload_of(row).encode()
            is_own = sha256(before + payload).hexdigest() == known
            sealed = sha256(b"\0journal\n" + before + b"\n" + payload).hexdigest()
        except (ValueError, TypeError, OverflowError, AttributeError):
            report.add(f"{row[0]}, entry {seq}", "cannot be read", position)
            continue
        report.matched += leaf is not None
        report.waiting += leaf is None
        is_next = seq == at.seq + 1 and previous == at.head and row[15] == at.state
        if not (is_own and is_next and (leaf is None or leaf == sealed)):
            _explain(row, at, is_own, sealed, report)
        if row[11] != at.pinned and at.pinned and not _is_move(kind, detail, at.pinned):
            what = "was decided by another pathway version than the one before"
            report.add(f"{row[0]}, entry {seq}", what, position)
        if '"record":' in detail:
            _tell(detail, seq, position, at.told)
        if kind in MERGES:
            at.merged = json.loads(detail).get("other", "") if kind == MERGED_INTO else ""
        at.seq, at.head, at.state, at.pinned = seq, known, row[16], row[11]
    return at


def _explain(row: Row, at: At, is_own: bool, sealed: str, report: Report) -> None:  # noqa: FBT001 - asked for once, above
    """Everything that is wrong with one entry."""
    path_id, seq, position, leaf = row[0], row[1], row[21], row[22]
    where = f"{path_id}, entry {seq}"
    if seq != at.seq + 1:
        what = "is missing" if seq == at.seq + 2 else f"to {seq - 1} are missing"
        report.add(f"{path_id}, entry {at.seq + 1}", what)
    elif row[19] != at.head:
        report.add(where, "does not continue the entry before it", position)
    elif row[15] != at.state:
        report.add(where, f"starts from {row[15]}, but the path was in {at.state}", position)
    if not is_own:
        report.add(where, "was changed after it was written", position)
    if leaf is not None and leaf != sealed:
        what = "is not the one that was sealed"
        report.add(where, f"{what}, though it agrees with itself" if is_own else what, position)


def _is_move(kind: str, detail: str, pinned: str) -> bool:
    return kind in MOVES and json.loads(detail).get("from") == pinned


def _tell(detail: str, seq: int, position: int | None, told: dict[str, tuple[Any, ...]]) -> None:
    content = json.loads(detail)
    if "record_id" in content and "record" in content:
        told[content["record_id"]] = (seq, position, content["record"])


def _check_facts(
    path_id: str, told: dict[str, tuple[Any, ...]], facts: list[Row], report: Report
) -> None:
    """Every fact record is the one whose digest an entry keeps, and no entry misses its own."""
    kept = {}
    for row in facts:
        try:
            kept[row[1]] = fact_digest(dict(zip(FACT_COLUMNS, row, strict=True)))
        except (ValueError, TypeError, OverflowError):
            kept[row[1]] = ""
    for record_id, (seq, position, digest) in told.items():
        if kept.get(record_id) != digest:
            what = "was changed" if record_id in kept else "is gone"
            where = f"{path_id}, entry {seq}"
            report.add(where, f"recorded the fact record {record_id}, which {what}", position)
    for record_id in sorted(kept.keys() - told.keys()):
        report.add(path_id, f"has a fact record {record_id} of which no entry tells")


def _check_row(path_id: str, path: list[Row], at: At, report: Report) -> None:
    """The path stands where its history ends."""
    if not path:
        report.add(path_id, "has a history, but the path itself is gone")
        return
    _, version, head, state, pathway_hash, site, merged_into, settings = path[0]
    for name, is_, expected in (
        ("version", version, at.seq),
        ("last hash", head, at.head),
        ("state", state, at.state),
        ("pathway version", pathway_hash, at.pinned or pathway_hash),
        ("site", site, str(_site(settings))),
        ("path it was merged into", merged_into, at.merged),
    ):
        if is_ != expected:
            shown = (str(text)[:12] or "none" for text in (is_, expected))
            report.add(
                f"{path_id}, the path itself,", "has {} {}, its history {}".format(name, *shown)
            )


def _site(settings: str) -> object:
    try:
        return json.loads(settings).get("site", "")
    except (ValueError, AttributeError):
        return None
