"""Reads a database of Allpath without Allpath, and says what does not hold together in it.

Nothing of the product is imported: the rules of the journal are written down here a second time,
from the record's description, so that one mistake cannot hide in both. Run as

    python verifier.py DATABASE [--acknowledged FILE] [--reference DATABASE] [--final STATE ...]

it prints what it counted and found as JSON and leaves with 1 when there is anything to find. FILE
holds one JSON list `[path_id, seq, hash]` for each journal entry that somebody was told is kept.
The reference carried the same patients through the same acts and nobody disturbed it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlcipher3 import dbapi2

Row = dict[str, Any]  # Any: what a driver answers

GENESIS: Final = "0" * 64
LIVE: Final = frozenset({"scheduled", "open", "due", "overdue", "escalated"})
UNDONE: Final = "step_undone"
REVIEWED: Final = frozenset({"review_opened", "review_closed", "care_explained"})
TOLD: Final = frozenset({"checkpoint_escalated", "review_opened"})
MERGED_INTO: Final = "merged_into"
UNMERGED_FROM: Final = "unmerged_from"
MOVES: Final = frozenset({"migrated", "migration_reverted"})
FACT_KINDS: Final = frozenset({"fact_recorded", "fact_corrected"})
HASHED_AS_THEY_ARE: Final = (
    *("actor", "decision_digest", "effective_on", "facts_digest", "kind", "note", "option"),
    *("os_user", "path_id", "pathway_hash", "reason", "role", "rule", "seq"),
    *("state_from", "state_to", "track"),
)
# What the database numbers by itself, in the order things happened to come, may differ.
COMPARED: Final = {
    "path": "path_id",
    "journal": "path_id",
    "fact_record": "path_id",
    "checkpoint": "path_id",
    "notice": "path_id",
    "audit_event": "path_id",
    "review_item": "path_id",
    "answered": "json_extract(answer, '$.path_id')",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be: lost, half done, doubled, or tampered with."""

    kind: str
    path_id: str
    what: str


@dataclass
class Verdict:
    """What was counted and what was found."""

    counted: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def found(self, kind: str, path_id: str, what: str) -> None:
        """One more finding."""
        self.findings.append(Finding(kind, path_id, what))


@dataclass
class Kept:
    """Everything kept about one path."""

    path: Row | None = None
    journal: list[Row] = field(default_factory=list)
    facts: list[Row] = field(default_factory=list)
    checkpoints: list[Row] = field(default_factory=list)
    notices: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)
    answered: list[Row] = field(default_factory=list)
    reviews: list[Row] = field(default_factory=list)


def verify(
    database: Path,
    acknowledged: Iterable[tuple[str, int, str]] = (),
    reference: Path | None = None,
    final_states: frozenset[str] = frozenset(),
) -> Verdict:
    """What does not hold together in the database; no finding means that all of it does."""
    verdict = Verdict()
    with opened(database) as connection:
        _check_file(connection, verdict)
        paths = _kept(connection, verdict)
        if reference is not None:
            with opened(reference) as other:
                _compare(connection, other, sorted(paths), verdict)
    for path_id, kept in sorted(paths.items()):
        _check_journal(path_id, kept, verdict)
        _check_path(path_id, kept, verdict)
        _check_facts(path_id, kept, verdict)
        _check_checkpoints(path_id, kept, final_states, verdict)
        _check_reviews(path_id, kept, verdict)
        _check_commits(path_id, kept, verdict)
    _check_merges(paths, verdict)
    _check_acknowledged(paths, acknowledged, verdict)
    return verdict


@contextmanager
def opened(database: Path) -> Iterator[Any]:  # Any: a connection of a driver without types
    """A connection that only reads; it ends with its block."""
    connection = dbapi2.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    connection.row_factory = lambda cursor, row: {
        column[0]: value for column, value in zip(cursor.description, row, strict=True)
    }
    try:
        yield connection
    finally:
        connection.close()


# -- what is kept ------------------------------------------------------------------------------


def _kept(connection: Any, verdict: Verdict) -> dict[str, Kept]:  # noqa: ANN401 - untyped driver
    paths: dict[str, Kept] = defaultdict(Kept)

    def rows(table: str, order: str) -> Iterator[Row]:
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608 - our names
            verdict.counted[table] += 1
            yield row

    for row in rows("path", "path_id"):
        paths[row["path_id"]].path = row
    for row in rows("journal", "path_id, seq"):
        paths[row["path_id"]].journal.append(row)
    for row in rows("fact_record", "path_id, seq, place"):
        paths[row["path_id"]].facts.append(row)
    for row in rows("checkpoint", "path_id, opened_seq, checkpoint, occurrence"):
        paths[row["path_id"]].checkpoints.append(row)
    for row in rows("notice", "number"):
        paths[row["path_id"]].notices.append(row)
    for row in rows("audit_event", "number"):
        if row["path_id"]:  # else it tells of no one patient: a list was shown, a meeting called
            paths[row["path_id"]].audit.append(row)
    for row in rows("review_item", "path_id, seq"):
        paths[row["path_id"]].reviews.append(row)
    for row in rows("answered", "at"):
        paths[json.loads(row["answer"])["path_id"]].answered.append(row)
    return dict(paths)


def _check_file(connection: Any, verdict: Verdict) -> None:  # noqa: ANN401 - untyped driver
    for row in connection.execute("PRAGMA integrity_check"):
        if row["integrity_check"] != "ok":
            verdict.found("damaged", "", row["integrity_check"])
    for row in connection.execute("PRAGMA foreign_key_check"):
        verdict.found("half", "", f"a row of {row['table']} belongs to no path")


# -- the journal and its chain -----------------------------------------------------------------


def instant(microseconds: int) -> datetime:
    """The UTC instant of so many microseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def fact_payload(row: Row) -> str:
    """What the digest of a fact record covers, from the columns as they lie there."""
    recorded_at = instant(row["recorded_at"]).isoformat(timespec="microseconds")
    content = [row["record_id"], row["fact"], json.loads(row["value"]), row["effective_at"]]
    content += [recorded_at, row["status"], row["source"], row["actor"], row["episode"]]
    return canonical([*content, row["supersedes"]])


def payload(row: Row) -> str:
    """What the hash of a journal entry covers, from the columns as they lie there."""
    at = instant(row["at"])
    content = {name: row[name] for name in HASHED_AS_THEY_ARE}
    content["at"] = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    content["detail"] = json.loads(row["detail"])
    return canonical(content)


def canonical(content: object) -> str:
    """Canonical JSON: sorted keys, no white space, every letter as it is."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _check_journal(path_id: str, kept: Kept, verdict: Verdict) -> None:
    previous, state, pinned = GENESIS, "", ""
    for number, row in enumerate(kept.journal, start=1):
        seq = row["seq"]
        if seq != number:
            verdict.found("lost", path_id, f"entry {number} of the journal is missing")
            return
        if row["previous"] != previous:
            verdict.found("tampered", path_id, f"entry {seq} does not continue entry {seq - 1}")
        if row["hash"] != sha256(row["previous"] + payload(row)):
            verdict.found("tampered", path_id, f"entry {seq} does not agree with its own hash")
        if row["state_from"] != state:
            what = f"entry {seq} starts from {row['state_from']}, but the path was in {state}"
            verdict.found("tampered", path_id, what)
        if row["kind"] in MOVES:
            _check_move(path_id, row, pinned, kept, verdict)
        elif number > 1 and row["pathway_hash"] != pinned:
            what = f"entry {seq} is under another pathway version, and nothing moved the path"
            verdict.found("tampered", path_id, what)
        previous, state, pinned = row["hash"], row["state_to"], row["pathway_hash"]


def _check_move(path_id: str, row: Row, pinned: str, kept: Kept, verdict: Verdict) -> None:
    """A move starts from the version before it, and every checkpoint it tells of is there."""
    verdict.counted[row["kind"]] += 1
    detail = json.loads(row["detail"])
    if (detail["from"], detail["to"]) != (pinned, row["pathway_hash"]) or pinned == detail["to"]:
        what = f"entry {row['seq']} moves from {detail['from'][:8]}, the path was on {pinned[:8]}"
        verdict.found("doubled", path_id, what)
    keys = {_key(checkpoint) for checkpoint in kept.checkpoints}
    for told in detail.get("checkpoints", ()):
        if _key(told["was"]) not in keys:
            verdict.found("lost", path_id, f"entry {row['seq']} tells of a checkpoint that is gone")


def _check_path(path_id: str, kept: Kept, verdict: Verdict) -> None:
    if kept.path is None:
        verdict.found("lost", path_id, "something is kept for it, but the path is not")
        return
    nothing = {"seq": 0, "hash": GENESIS, "state_to": None, "pathway_hash": GENESIS}
    last = kept.journal[-1] if kept.journal else nothing
    for name, expected in (
        ("version", last["seq"]),
        ("head", last["hash"]),
        ("state", last["state_to"]),
        ("pathway_hash", last["pathway_hash"]),
        ("merged_into", _merged_into(kept)),
    ):
        if kept.path[name] != expected:
            what = f"its {name} is {kept.path[name]}, its journal says {expected}"
            verdict.found("half", path_id, what)


def _merged_into(kept: Kept) -> str:
    """The path that the history says this one is merged into; empty where it is not."""
    into = ""
    for row in kept.journal:
        if row["kind"] in {MERGED_INTO, UNMERGED_FROM}:
            into = json.loads(row["detail"])["other"] if row["kind"] == MERGED_INTO else ""
    return into


def _check_merges(paths: dict[str, Kept], verdict: Verdict) -> None:
    """Both histories tell of a merge and of its end; nothing is expected of a merged path."""
    twin = {MERGED_INTO: "merged_from", UNMERGED_FROM: "unmerged"}
    told: Counter[tuple[str, str, str]] = Counter()
    heard: Counter[tuple[str, str, str]] = Counter()
    for path_id, kept in paths.items():
        for row in kept.journal:
            other = json.loads(row["detail"]).get("other")
            if row["kind"] in twin:
                verdict.counted[row["kind"]] += 1
                told[twin[row["kind"]], path_id, other] += 1
            elif row["kind"] in twin.values():
                heard[row["kind"], other, path_id] += 1
        if kept.path is None or not kept.path["merged_into"]:
            continue
        if any(row["status"] in LIVE for row in kept.checkpoints):
            verdict.found("half", path_id, "something is expected of it though it was merged")
        if kept.path["next_at"] is not None:
            verdict.found("half", path_id, "somebody is to look at it though it was merged")
    for kind, path_id, other in (told - heard) | (heard - told):
        what = f"its history and that of {other} do not agree that it is {kind}"
        verdict.found("half", path_id, what)


def _check_facts(path_id: str, kept: Kept, verdict: Verdict) -> None:
    records = {row["record_id"]: row for row in kept.facts}
    told = set()
    for row in kept.journal:
        if row["kind"] not in FACT_KINDS:
            continue
        detail = json.loads(row["detail"])
        record = records.get(detail["record_id"])
        told.add(detail["record_id"])
        if record is None:
            verdict.found("half", path_id, f"entry {row['seq']} has no fact record")
        elif (
            sha256(canonical(json.loads(record["value"]))) != detail["value"]
            or sha256(fact_payload(record)) != detail["record"]
            or record["fact"] != detail["fact"]
            or record["supersedes"] != detail.get("supersedes")
            or record["effective_at"] != row["effective_on"]
            or record["recorded_at"] != row["at"]
        ):
            what = f"fact record {detail['record_id']} is not what entry {row['seq']} recorded"
            verdict.found("tampered", path_id, what)
    for record_id in records.keys() - told:
        verdict.found("half", path_id, f"no entry tells of fact record {record_id}")


# -- checkpoints -------------------------------------------------------------------------------


def _check_checkpoints(
    path_id: str, kept: Kept, final_states: frozenset[str], verdict: Verdict
) -> None:
    if kept.path is None:
        return
    state = kept.path["state"]
    tracks = [name for name in json.loads(kept.path["entered"]) if name not in {"main", "line"}]
    current = {f"state:{state}", *(f"track:{name}" for name in tracks)}
    entries = {row["seq"] for row in kept.journal}
    live = [row for row in kept.checkpoints if row["status"] in LIVE]
    for row in kept.checkpoints:
        if row["opened_seq"] not in entries or row["closed_seq"] not in {None, *entries}:
            verdict.found("half", path_id, f"{_named(row)} belongs to no entry of the journal")
    for row in live:
        if state in final_states:
            verdict.found("half", path_id, f"{_named(row)} is live though the path ended")
        elif row["owner"] not in current:
            verdict.found("half", path_id, f"{_named(row)} is live, but its owner was left")
    for count, what in (
        (Counter(_key(row) for row in kept.checkpoints), "is there twice"),
        (Counter((row["checkpoint"], row["occurrence"]) for row in live), "is expected twice"),
    ):
        for key, times in count.items():
            if times > 1:
                verdict.found("doubled", path_id, f"{key} {what}")
    _check_asked(path_id, kept, verdict)


def _check_asked(path_id: str, kept: Kept, verdict: Verdict) -> None:
    """Whatever was asked during this stay has its rows, numbered from 1 without a gap."""
    assert kept.path is not None
    since = 1
    for row in kept.journal:
        if row["kind"] == UNDONE:  # the path is back in a stay that began before
            since = json.loads(row["detail"])["stay_since"]
        elif row["state_from"] != row["state_to"] and row["kind"] not in MOVES:
            since = row["seq"]
    opened_now = {
        f"{row['owner']}/{row['checkpoint']}"
        for row in kept.checkpoints
        if row["opened_seq"] >= since or row["owner"].startswith("track:")
    }
    for name in json.loads(kept.path["asked"]):
        if name not in opened_now:
            verdict.found("lost", path_id, f"{name} was asked, but no checkpoint is there")
    numbers: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row in kept.checkpoints:
        numbers[row["checkpoint"], row["opened_seq"]].append(row["occurrence"])
    for (name, seq), occurrences in numbers.items():
        if set(occurrences) != set(range(1, max(occurrences) + 1)):
            verdict.found("lost", path_id, f"an occurrence of {name} of entry {seq} is missing")


def _check_reviews(path_id: str, kept: Kept, verdict: Verdict) -> None:
    """A review is there for each entry that opened one, and closed where an entry says so."""
    told: dict[int, str] = {}
    for row in kept.journal:
        if row["kind"] in REVIEWED:
            detail = json.loads(row["detail"])
            number = int(detail["review"].rpartition("/")[2])
            told[number] = detail.get("verdict", "open")
    found = {row["seq"]: row["status"] for row in kept.reviews}
    for number in sorted(told.keys() | found.keys()):
        if told.get(number) != found.get(number):
            what = f"review {number} is {found.get(number)}, the journal says {told.get(number)}"
            verdict.found("half", path_id, what)


def _key(row: Row) -> tuple[str, int, int]:
    return row["checkpoint"], row["opened_seq"], row["occurrence"]


def _named(row: Row) -> str:
    return f"checkpoint {row['checkpoint']} {row['opened_seq']}/{row['occurrence']}"


# -- one commit is one commit ------------------------------------------------------------------


def _check_commits(path_id: str, kept: Kept, verdict: Verdict) -> None:
    """Audit events split the journal into commits; answers and notices belong to one of them."""
    reached = 0
    ends = set()
    for row in kept.audit:
        count, writes, end = row["detail"].partition(" journal entries to ")
        if not writes:  # somebody looked
            continue
        verdict.counted["commits"] += 1
        if reached + int(count) != int(end):
            what = f"audit event '{row['detail']}' does not follow version {reached}"
            verdict.found("half", path_id, what)
        reached = int(end)
        ends.add(reached)
    if reached != len(kept.journal):
        what = f"the audit events end at {reached}, the journal at {len(kept.journal)}"
        verdict.found("half", path_id, what)
    for row in kept.answered:
        if json.loads(row["answer"])["version"] not in ends:
            verdict.found("half", path_id, f"the answer to {row['key']} belongs to no commit")
    if len(kept.answered) > len(kept.audit):
        verdict.found("half", path_id, "there are more answers than commits")
    keys = Counter((row["actor"], row["key"]) for row in kept.answered)
    verdict.findings += [
        Finding("doubled", path_id, f"{key} is answered twice") for key, n in keys.items() if n > 1
    ]
    # A reminder is a notice only: nothing new has happened to the path.
    alone = {"checkpoint_reminded", "checkpoint_expired"}
    told = Counter(row["seq"] for row in kept.notices if row["topic"] not in alone)
    missed = {_told_of(row) for row in kept.journal if row["kind"] == "checkpoint_expired"}
    to_tell = Counter(
        row["seq"]
        for row in kept.journal
        if row["kind"] in TOLD and _told_of(row) not in missed  # missed by one look: told as missed
    )
    for seq in (told - to_tell) | (to_tell - told):
        verdict.found("half", path_id, f"entry {seq} and the notices do not agree")


def _told_of(row: Row) -> tuple[Any, ...]:
    """Which checkpoint an entry tells of, and when somebody looked."""
    detail = json.loads(row["detail"])
    named = (detail.get(name) for name in ("checkpoint", "opened_seq", "occurrence"))
    return (*named, row["at"])


def _check_acknowledged(
    paths: dict[str, Kept], acknowledged: Iterable[tuple[str, int, str]], verdict: Verdict
) -> None:
    hashes = {
        (path_id, row["seq"]): row["hash"]
        for path_id, kept in paths.items()
        for row in kept.journal
    }
    for path_id, seq, known_hash in acknowledged:
        verdict.counted["acknowledged"] += 1
        if hashes.get((path_id, seq)) != known_hash:
            verdict.found("lost", path_id, f"entry {seq} was acknowledged and is not kept")


def _compare(
    connection: Any,  # noqa: ANN401 - untyped driver
    reference: Any,  # noqa: ANN401 - untyped driver
    path_ids: Sequence[str],
    verdict: Verdict,
) -> None:
    for table, owner in COMPARED.items():
        query = f"SELECT {owner} AS of_path, * FROM {table}"  # noqa: S608 - our names
        # When a path is to be looked at again is worked out anew by each look, told to nobody.
        unlike = {"number", "next_at"} if table == "path" else {"number"}
        here, there = _by_owner(connection, query, unlike), _by_owner(reference, query, unlike)
        for path_id in path_ids:
            verdict.counted["compared"] += 1
            extra, missing = here[path_id] - there[path_id], there[path_id] - here[path_id]
            for rows, kind in ((missing, "lost"), (extra, "doubled")):
                if rows:
                    what = f"{rows.total()} rows of {table} differ from the undisturbed path"
                    verdict.found(kind, path_id, what)


def _by_owner(
    connection: Any,  # noqa: ANN401 - untyped driver
    query: str,
    unlike: set[str],
) -> dict[str, Counter[str]]:
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for found in connection.execute(query):
        row = {name: value for name, value in found.items() if name not in unlike}
        rows[row["of_path"]][canonical(row)] += 1
    return rows


def main() -> int:
    """Verify what the command line names; answers 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", type=Path)
    parser.add_argument("--acknowledged", type=Path)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--final", nargs="*", default=[])
    given = parser.parse_args()
    lines = given.acknowledged.read_text().splitlines() if given.acknowledged else []
    acknowledged = [(path_id, seq, known) for path_id, seq, known in map(json.loads, lines)]
    verdict = verify(given.database, acknowledged, given.reference, frozenset(given.final))
    findings = [asdict(finding) for finding in verdict.findings]
    sys.stdout.write(json.dumps({"counted": verdict.counted, "findings": findings}) + "\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
