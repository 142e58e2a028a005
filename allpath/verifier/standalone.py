"""Checks a bundle of Allpath's log on any machine with Python 3.11: nothing else is needed.

    python3 verify.py [BUNDLE] [--public-key FILE]

BUNDLE is the folder or the ZIP file; without it, the folder this program lies in. It checks that
every entry is what its hash says, that the entries follow one another, that each is in the log
whose head was signed, that each fact record is the one its entry tells of, and the signature.

0: all of it holds · 2: not called as it must be · 7: cannot be read · 8: something does not hold.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]  # Any: what a line of JSON or a database holds

GENESIS = "0" * 64
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOVES = frozenset({"migrated", "migration_reverted"})
UNREADABLE, BROKEN = 7, 8
ENTRIES, FACTS, HEAD, PUBLIC_KEY, ABOUT = (
    *("entries.ndjson", "facts.ndjson", "head.txt", "public-key.txt", "about.json"),
)
_NOTE = re.compile(
    "([^\\s+]+)\n([0-9]{1,18})\n([A-Za-z0-9+/]{43}=)\nsigned (\\S+)\n\n"
    "\N{EM DASH} (\\S+) ([A-Za-z0-9+/]+=*)\n"
)


# -- what an entry is ----------------------------------------------------------------------------


def canonical(content: object) -> str:
    """Canonical JSON: sorted keys, no white space, every letter as it is."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def instant(microseconds: int) -> str:
    """A moment, counted in microseconds since 1970, as text in UTC."""
    at = EPOCH + timedelta(microseconds=microseconds)
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def entry_payload(row: Row) -> str:
    """What the hash of a journal entry covers."""
    left_out = {"at", "detail", "previous", "hash"}
    content = {name: value for name, value in row.items() if name not in left_out}
    return canonical({**content, "at": instant(row["at"]), "detail": json.loads(row["detail"])})


def entry_hash(row: Row) -> str:
    """The hash that a journal entry must have."""
    return hashlib.sha256((row["previous"] + entry_payload(row)).encode()).hexdigest()


def entry_leaf(row: Row) -> bytes:
    """What stands for a journal entry in the log."""
    return leaf_hash(f"journal\n{row['previous']}\n{entry_payload(row)}".encode())


def event_leaf(row: Row) -> bytes:
    """What stands for an audit event in the log."""
    return leaf_hash(f"audit\n{canonical({**row, 'at': instant(row['at'])})}".encode())


def fact_digest(row: Row) -> str:
    """What the journal entry that recorded a fact keeps of it."""
    content = [row["record_id"], row["fact"], json.loads(row["value"]), row["effective_at"]]
    content += [instant(row["recorded_at"]).replace("Z", "+00:00"), row["status"], row["source"]]
    content += [row["actor"], row["episode"], row["supersedes"]]
    return hashlib.sha256(canonical(content).encode()).hexdigest()


# -- the log: RFC 9162, section 2.1 --------------------------------------------------------------


def leaf_hash(content: bytes) -> bytes:
    """What stands for one entry."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """What stands for everything below two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def is_included(leaf: bytes, position: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that this leaf is at this position of the log with this root."""
    if not 0 <= position < size:
        return False
    at, last, found = position, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(part, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, part)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


# -- the signature: Ed25519, RFC 8032, section 5.1 -----------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
KEY_BYTES, SIGNATURE_BYTES = 32, 64
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, point: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _add(found, point)
        point, number = _add(point, point), number >> 1
    return found


def _x_of(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def _point(encoded: bytes) -> Point | None:
    y = int.from_bytes(encoded, "little")
    x = _x_of(y & ((1 << 255) - 1), y >> 255)
    y &= (1 << 255) - 1
    return None if x is None else (x, y, 1, x * y % P)


def _same(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def has_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature under the message was made with the key of this public half."""
    if (len(public), len(signature)) != (KEY_BYTES, SIGNATURE_BYTES):
        return False
    key, half = _point(public), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    base_y = 4 * pow(5, P - 2, P) % P
    base_x = _x_of(base_y, 0)
    if key is None or half is None or base_x is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    base: Point = (base_x, base_y, 1, base_x * base_y % P)
    right = _add(half, _times(int.from_bytes(digest, "little") % ORDER, key))
    return _same(_times(scalar, base), right)


# -- a signed head -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Note:
    """A signed head: the log's name, its size and root, what was signed, and the signature."""

    origin: str
    size: int
    root: bytes
    text: str
    key_id: str
    signature: bytes


Check = Callable[[bytes, bytes, bytes], bool]
"""Whether a signature is good: takes the public key, the message and the signature."""


def read_note(text: str) -> Note:
    """The signed head in a note; raises ValueError when it is none."""
    found = _NOTE.fullmatch(text)
    if found is None:
        raise ValueError("it is not a signed head")
    origin, size, root, _, name, signature = found.groups()
    raw = base64.b64decode(signature, validate=True)
    signed = text[: text.index("\n\n") + 1]
    return Note(
        *(origin, int(size), base64.b64decode(root), signed),
        *(f"{name}+{raw[:4].hex()}", raw[4:]),
    )


def read_keys(text: str) -> dict[str, bytes]:
    """Public keys by name and mark; raises ValueError when a line is none."""
    keys = {}
    for line in text.split():
        name, mark, encoded = line.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        if hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != mark:
            raise ValueError("its mark is not that of its bytes")
        keys[f"{name}+{mark}"] = raw[1:]
    return keys


def wrong_with(note: Note, keys: Mapping[str, bytes], is_good: Check = has_signed) -> str:
    """What is wrong with a signature; empty when nothing is."""
    public = keys.get(note.key_id)
    if public is None or note.key_id.partition("+")[0] != note.origin:
        known = ", ".join(keys) or "none"
        return f"was signed with the key {note.key_id}, which is none of those given ({known})"
    if not is_good(public, note.text.encode(), note.signature):
        return "has a forged signature"
    return ""


# -- a bundle ------------------------------------------------------------------------------------


def read_bundle(where: Path) -> dict[str, str]:
    """The texts of a bundle by the names of their files; raises ValueError when it is none."""
    names = (ENTRIES, FACTS, HEAD, PUBLIC_KEY, ABOUT)
    try:
        if where.is_dir():
            return {name: (where / name).read_text("utf-8") for name in names}
        with zipfile.ZipFile(where) as packed:
            inside = {Path(name).name: name for name in packed.namelist()}
            return {name: packed.read(inside[name]).decode("utf-8") for name in names}
    except (OSError, zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"{where} is not a whole bundle of Allpath ({error})") from None


def findings_in(texts: Mapping[str, str], public_key: str = "") -> Iterator[str]:
    """Everything that does not hold in a bundle; raises ValueError when it cannot be read."""
    note = read_note(texts[HEAD])
    entries = [json.loads(line) for line in texts[ENTRIES].splitlines()]
    facts = [json.loads(line) for line in texts[FACTS].splitlines()]
    about = json.loads(texts[ABOUT])
    wrong = wrong_with(note, read_keys(public_key or texts[PUBLIC_KEY]))
    if wrong:
        yield f"the head of {note.size} entries {wrong}"
    yield from _places(entries, note)
    journal = [entry["row"] for entry in entries if entry["source"] == "journal"]
    yield from _chain(journal, about["path_id"])
    yield from _facts(journal, facts)


def _places(entries: Iterable[Row], note: Note) -> Iterator[str]:
    """Each entry is in the log at its place."""
    for entry in entries:
        row = entry["row"]
        leaf = entry_leaf(row) if entry["source"] == "journal" else event_leaf(row)
        proof = [bytes.fromhex(part) for part in entry["proof"]]
        if not is_included(leaf, entry["position"], note.size, proof, note.root):
            yield f"{_named(entry)} is not in the log that was signed: it was changed or put in"


def _chain(journal: Sequence[Row], path_id: str) -> Iterator[str]:
    """The entries of the path follow one another from the first on."""
    previous = GENESIS
    for seq, row in enumerate(journal, start=1):
        if row["path_id"] != path_id:
            yield f"journal entry {row['seq']} is of another path"
        elif row["seq"] != seq:
            yield f"journal entry {seq} is missing"
            return
        elif row["previous"] != previous or row["hash"] != entry_hash(row):
            yield f"journal entry {seq} does not agree with its hash or the entry before"
        previous = row["hash"]


def _facts(journal: Iterable[Row], facts: Iterable[Row]) -> Iterator[str]:
    """Each fact record is the one its entry tells of."""
    told = {}
    for row in journal:
        detail = json.loads(row["detail"])
        if "record" in detail:
            told[detail["record_id"]] = (row["seq"], detail["record"])
    kept = {row["record_id"]: fact_digest(row) for row in facts}
    for record_id, (seq, digest) in told.items():
        if kept.get(record_id) != digest:
            yield f"the fact record {record_id} is not what journal entry {seq} recorded"
    for record_id in sorted(kept.keys() - told.keys()):
        yield f"no journal entry tells of the fact record {record_id}"


def _named(entry: Row) -> str:
    row = entry["row"]
    if entry["source"] == "journal":
        return f"journal entry {row['seq']} of path {row['path_id']}"
    return f"audit event {row['number']}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the bundle that the command line names; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("bundle", type=Path, nargs="?", default=Path(__file__).parent)
    parser.add_argument("--public-key", type=Path, help="the key you were given, not the bundle's")
    given = parser.parse_args(arguments)
    out = sys.stdout.write
    try:
        texts = read_bundle(given.bundle)
        public_key = given.public_key.read_text("ascii") if given.public_key else ""
        findings = list(findings_in(texts, public_key))
        size = read_note(texts[HEAD]).size
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        sys.stderr.write(f"Cannot be checked: {error}.\n")
        return UNREADABLE
    for finding in findings:
        out(f"NOT RIGHT: {finding}\n")
    if findings:
        return BROKEN
    count = len(texts[ENTRIES].splitlines())
    out(f"All {count} entries are unchanged and in the log of {size} entries that was signed.\n")
    if not given.public_key:
        out("The key was the bundle's own: compare it with the one you were given before.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
