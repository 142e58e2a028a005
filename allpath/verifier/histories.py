"""Checks each path: its chain of entries, its fact records and where it says it stands.

This is the loop that a whole database goes through, so the database itself spells an entry as
canonical JSON and only what it cannot do alike everywhere, the moment, is put in here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from allpath.verifier.findings import Report
from allpath.verifier.lost import Span, name_lost
from allpath.verifier.reader import Rows
from allpath.verifier.standalone import GENESIS, MOVES, fact_digest, instant

Row = Sequence[Any]  # Any: what a driver answers

TEXTS: Final = (
    *("actor", "decision_digest", "coalesce(effective_on, '')", "facts_digest", "kind", "note"),
    *("coalesce(option, '')", "os_user", "path_id", "pathway_hash", "reason", "role", "rule"),
    *("state_from", "state_to", "track"),
)
"""What the database escapes; two of them may be none, which their own columns say."""
MERGED_INTO: Final = "merged_into"
MERGES: Final = frozenset({MERGED_INTO, "unmerged_from"})
_PAYLOAD: Final = (
    '{"actor":"%s","at":"%s","decision_digest":"%s","detail":%s,"effective_on":%s,'
    '"facts_digest":"%s","kind":"%s","note":"%s","option":%s,"os_user":"%s","path_id":"%s",'
    '"pathway_hash":"%s","reason":"%s","role":"%s","rule":"%s","seq":%d,"state_from":"%s",'
    '"state_to":"%s","track":"%s"}'
)
FACT_COLUMNS: Final = (
    *("path_id", "record_id", "fact", "value", "effective_at", "recorded_at", "status", "source"),
    *("actor", "episode", "supersedes"),
)
FACTS: Final = f"SELECT {', '.join(FACT_COLUMNS)} FROM fact_record"  # noqa: S608 - our own names
PATHS: Final = (
    "SELECT path_id, version, head, state, pathway_hash, site, merged_into, settings FROM path"
)
DAY: Final = 86_400_000_000
"""So many microseconds has a day in UTC."""


def check_histories(rows: Rows, report: Report, span: Span) -> None:
    """Every path of the span, by id: its entries, its facts and its own row."""
    its = span.where("path_id")
    queries = (
        f"{PATHS} WHERE {its} ORDER BY path_id",
        entries_of(rows, span),
        f"{FACTS} WHERE {its} ORDER BY path_id, seq, place",
    )
    ways = [_grouped(kind, rows(query)) for kind, query in enumerate(queries)]
    before = report.matched
    for path_id, parts in groupby(merge(*ways, key=itemgetter(0)), key=itemgetter(0)):
        found: dict[int, list[Row]] = {kind: group for _, kind, group in parts}
        _check_path(path_id, found.get(0, []), found.get(1, []), found.get(2, []), report)
    name_lost(
        rows, f"l.source = 'journal' AND {span.where('l.key')}", report.matched - before, report
    )


def entries_of(rows: Rows, span: Span) -> str:
    """The query of all entries, spelt as far as the database can, with their places in the log."""
    return (
        f"SELECT path_id, seq, at, {rows.array_of(TEXTS)}, detail, effective_on, option, previous, "  # noqa: S608 - our own names, and ids in quotes
        "hash, position, leaf_hash FROM journal LEFT JOIN (SELECT key, seq AS place, position, "
        "leaf_hash FROM log_leaf WHERE source = 'journal') l ON key = path_id AND place = seq "
        f"WHERE {span.where('path_id')} ORDER BY path_id, seq"
    )


def _grouped(kind: int, rows: Iterable[Row]) -> Iterator[tuple[str, int, list[Row]]]:
    for path_id, group in groupby(rows, key=itemgetter(0)):
        yield path_id, kind, list(group)


@lru_cache(maxsize=10_000)
def _day(number: int) -> str:
    return instant(number * DAY)[:11]


def _moment(microseconds: int) -> str:
    """The same as `instant` answers, from a day that is made once."""
    day, rest = divmod(microseconds, DAY)
    second, part = divmod(rest, 1_000_000)
    minute, second = divmod(second, 60)
    return f"{_day(day)}{minute // 60:02}:{minute % 60:02}:{second:02}.{part:06}Z"


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
        _, seq, when, texts, detail, day, option, previous, known, position, leaf = row
        try:
            # Between two texts stand three signs that no escaped text has in it.
            (a, b, c, d, kind, e, f, g, h, pinned, i, j, k, starts, ends, m) = texts[2:-2].split(
                '","'
            )
            day = "null" if day is None else f'"{c}"'
            option = "null" if option is None else f'"{f}"'
            payload = _PAYLOAD % (
                *(a, _moment(when), b, detail, day, d, kind, e, option, g, h, pinned, i, j, k, seq),
                *(starts, ends, m),
            )
            before, content = previous.encode(), payload.encode()
            own = sha256(before + content).hexdigest()
            sealed = sha256(b"\0journal\n" + before + b"\n" + content).hexdigest()
            if '"record":' in detail:
                _tell(detail, seq, position, at.told)
            is_pinned = (
                pinned == at.pinned or not at.pinned or _is_move(kind, detail, _plain(at.pinned))
            )
        except (ValueError, TypeError, OverflowError, AttributeError):
            report.add(f"{row[0]}, entry {seq}", "cannot be read", position)
            continue
        report.waiting += leaf is None
        is_next = seq == at.seq + 1 and previous == at.head and starts == at.state
        if not (own == known and is_next and (leaf is None or leaf == sealed)):
            _explain(row, starts, at, (own, sealed), report)
        if not is_pinned:
            what = "was decided by another pathway version than the one before"
            report.add(f"{row[0]}, entry {seq}", what, position)
        if kind in MERGES:
            at.merged = json.loads(detail).get("other", "") if kind == MERGED_INTO else ""
        at.seq, at.head, at.state, at.pinned = seq, known, ends, pinned
    report.entries += len(entries)
    report.matched += sum(row[10] is not None for row in entries)
    return at


def _explain(row: Row, starts: str, at: At, found: tuple[str, str], report: Report) -> None:
    """Everything that is wrong with one entry."""
    path_id, seq, previous, known, position, leaf = (row[n] for n in (0, 1, 7, 8, 9, 10))
    own, sealed = found
    where = f"{path_id}, entry {seq}"
    if seq != at.seq + 1:
        what = "is missing" if seq == at.seq + 2 else f"to {seq - 1} are missing"
        report.add(f"{path_id}, entry {at.seq + 1}", what)
    elif previous != at.head:
        report.add(where, "does not continue the entry before it", position)
    elif starts != at.state:
        report.add(
            where, f"starts from {_plain(starts)}, but the path was in {_plain(at.state)}", position
        )
    if own != known:
        report.add(where, "was changed after it was written", position)
    if leaf is not None and leaf != sealed:
        what = "is not the one that was sealed"
        report.add(
            where, f"{what}, though it agrees with itself" if own == known else what, position
        )


def _is_move(kind: str, detail: str, pinned: str) -> bool:
    return kind in MOVES and json.loads(detail).get("from") == pinned


def _plain(escaped: str) -> str:
    """A text as it was before the database escaped it."""
    return str(json.loads(f'"{escaped}"'))


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
        ("state", state, _plain(at.state)),
        ("pathway version", pathway_hash, _plain(at.pinned) or pathway_hash),
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
