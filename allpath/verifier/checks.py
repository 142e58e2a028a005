"""The whole check of a database: histories, audit events, the log, its signed heads and anchors."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from json.encoder import encode_basestring
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from allpath.verifier.beside import ACTIONS, check_beside
from allpath.verifier.findings import Report
from allpath.verifier.histories import check_histories
from allpath.verifier.lost import EVERY_PATH, Span, name_lost
from allpath.verifier.reader import Rows
from allpath.verifier.standalone import Note, instant, read_note, wrong_with

EVENTS: Final = (
    "SELECT e.number, e.at, e.action, e.actor, e.detail, e.os_user, e.path_id, e.role, l.position, "
    "l.leaf_hash FROM audit_event e LEFT JOIN log_leaf l ON l.source = 'audit' AND l.key = '' AND "
    "l.seq = e.number ORDER BY e.number"
)
LAST_EVENT: Final = "SELECT coalesce(max(seq), 0) FROM log_leaf WHERE source = 'audit'"
LEAVES: Final = "SELECT position, leaf_hash FROM log_leaf ORDER BY position"
HEADS: Final = "SELECT size, root, signed_at, key_id, signature FROM log_head ORDER BY size"
LATE: Final = 10_000
"""On a server an event may be committed after so many later ones; on a file after none."""
_EVENT: Final = (
    '\0audit\n{"action":%s,"actor":%s,"at":"%s","detail":%s,"number":%d,"os_user":%s,"path_id":%s,'
    '"role":%s}'
)


def verify(
    rows: Rows,
    keys: Mapping[str, bytes],
    anchors: Mapping[str, Sequence[str]],
    *,
    late: int = 0,
    span: Span = EVERY_PATH,
) -> Report:
    """Everything that is not as it was written.

    `keys` are public keys by their id, `anchors` the notes kept outside by the name of the place,
    `late` how many later events may have been committed before one that is not sealed yet, `span`
    the paths whose histories are looked at; everything else is looked at whole.
    """
    report = Report()
    check_histories(rows, report, span)
    _check_events(rows, report, late)
    notes = [("", note) for note in _heads(rows)]
    notes += [
        (place, note) for place, texts in anchors.items() for note in _read(place, texts, report)
    ]
    roots = _check_leaves(rows, {note.size for _, note in notes}, report)
    _check_heads(notes, roots, keys, report)
    if not anchors:
        report.notes.append(
            "No anchor was looked at: a log cut at its end together with its heads, or an old copy "
            "put back whole, is seen from outside alone."
        )
    return report


def event_leaf(row: Sequence[Any]) -> str:
    """What stands for an audit event in the log, in hexadecimal."""
    number, at, *texts = row[:8]
    action, actor, detail, user, path_id, role = map(encode_basestring, texts)
    payload = _EVENT % (action, actor, instant(at), detail, number, user, path_id, role)
    return hashlib.sha256(payload.encode()).hexdigest()


def is_good(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is good; thousands of them take a second."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _check_events(rows: Rows, report: Report, late: int) -> None:
    ((last,),) = rows(LAST_EVENT)
    before = report.matched
    telling = []
    for row in rows(EVENTS):
        report.events += 1
        if row[2] in ACTIONS:
            telling.append(row)
        number, position, leaf = row[0], row[8], row[9]
        where = f"audit event {number}"
        if leaf is None:
            report.waiting += 1
            if number < last - late:
                report.add(where, "was put in among those that were sealed")
            continue
        report.matched += 1
        try:
            is_sealed = event_leaf(row) == leaf
        except (ValueError, TypeError, OverflowError):
            is_sealed = False
        if not is_sealed:
            report.add(where, "was changed, or its leaf was: it is not the one sealed", position)
    name_lost(rows, "l.source <> 'journal'", report.matched - before, report)
    check_beside(rows, telling, report)


def _check_leaves(rows: Rows, sizes: set[int], report: Report) -> dict[int, bytes]:
    """The root of the log at each of these sizes; what is missing is in the report."""
    roots: dict[int, bytes] = {}
    parts: list[bytes] = []
    sha256, size = hashlib.sha256, 0
    for position, leaf in rows(LEAVES):
        if position != size:
            report.add(f"the log: position {size}", "is missing", size)
            break
        try:
            node = bytes.fromhex(leaf)
        except ValueError:
            report.add(f"the log: position {size}", "holds no hash", size)
            break
        rest = size
        while rest & 1:
            node = sha256(b"\x01" + parts.pop() + node).digest()
            rest >>= 1
        parts.append(node)
        size += 1
        if size in sizes:
            roots[size] = _root(parts)
    report.leaves = size
    return roots


def _root(parts: Sequence[bytes]) -> bytes:
    *others, root = parts
    for part in reversed(others):
        root = hashlib.sha256(b"\x01" + part + root).digest()
    return root


def _heads(rows: Rows) -> list[Note]:
    notes = []
    for size, root, signed_at, key_id, signature in rows(HEADS):
        name = key_id.partition("+")[0]
        text = f"{name}\n{size}\n{_base64(root)}\nsigned {instant(signed_at)}\n"
        try:
            note = read_note(f"{text}\n\N{EM DASH} {name} {signature}\n")
        except ValueError:
            note = Note(name, size, b"", text, key_id, b"")
        notes.append(note)
    return notes


def _base64(root: str) -> str:
    try:
        return base64.b64encode(bytes.fromhex(root)).decode()
    except ValueError:
        return ""


def _read(place: str, texts: Sequence[str], report: Report) -> list[Note]:
    notes = []
    for number, text in enumerate(texts, start=1):
        try:
            notes.append(read_note(text))
        except ValueError:
            report.add(f"the anchor {place}: note {number}", "is no signed head")
    return notes


def _check_heads(
    notes: Sequence[tuple[str, Note]],
    roots: Mapping[int, bytes],
    keys: Mapping[str, bytes],
    report: Report,
) -> None:
    """Each head, here and outside, was signed and is that of the first so many entries."""
    agreed = 0
    for place, note in sorted(notes, key=lambda item: item[1].size):
        report.heads += not place
        report.anchored += bool(place)
        where = f"the {f'anchor {place}' if place else 'signed head'}: {note.size} entries"
        if keys and (wrong := wrong_with(note, keys, is_good)):
            report.add(where, wrong, note.size)
            continue
        if note.size > report.leaves:
            what = f"were signed, but the log has {report.leaves} now: it was cut after them"
            report.add(where, what, report.leaves)
        elif roots[note.size] != note.root:
            what = f"had another root: the log was rewritten somewhere from position {agreed} on"
            is_named = any(agreed <= (f.position or 0) < note.size for f in report.found)
            report.add(where, f"{what}, before {note.size}", None if is_named else agreed)
        else:
            agreed = note.size
    _tell_of_keys([note for place, note in notes if not place], keys, report)
    if notes and not keys:
        report.notes.append(
            "No public key was given, so no signature was checked; name one with --public-key."
        )
    if not notes:
        report.notes.append(
            "No head was ever signed, so a history rewritten together with the log cannot be told; "
            "make a key with `allpath audit key new` and name it in ALLPATH_SIGNING_KEY_FILE."
        )


def _tell_of_keys(heads: Sequence[Note], keys: Mapping[str, bytes], report: Report) -> None:
    """Where another key began to sign, and that each of them is needed to check the whole log."""
    ordered = sorted(heads, key=lambda note: note.size)
    for before, after in pairwise(ordered):
        if before.key_id != after.key_id:
            report.notes.append(
                f"The signing key changed after {before.size} entries: {before.key_id} before, "
                f"{after.key_id} from then on. Ask whoever runs the log whether it was meant."
            )
    unknown = {note.key_id for note in ordered} - keys.keys()
    if keys and unknown and len(unknown) < len({note.key_id for note in ordered}):
        report.notes.append(
            f"Give the public half of {', '.join(sorted(unknown))} as well (--public-key, once for "
            "each key)."
        )
