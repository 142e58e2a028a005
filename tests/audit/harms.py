"""Twelve ways to rewrite what was kept, each at a place drawn by lot, done by whoever may do all.

Each answers what the first finding must name.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from allpath.audit.keys import Signer
from storage.rows import entry_row, read_entry
from tests.audit.ward import rehashed
from tests.store.acts import NOW
from workflow.heads import Head, entry_content
from workflow.merkle import Frontier, leaf_hash

SEALED: Final = ("identifier", "name_token", "person_key", "person")
Harm = Callable[["Hand", Random], str]


class Hand:
    """Somebody with every right on the database, who has taken the triggers away."""

    def __init__(self, connection: Any, *, is_file: bool) -> None:  # noqa: ANN401 - untyped driver
        self.connection = connection
        self.mark = "?" if is_file else "%s"
        for table in ("journal", "fact_record", "audit_event", "log_leaf", "log_head"):
            if is_file:
                connection.execute(f"DROP TRIGGER {table}_refuses_update")
                connection.execute(f"DROP TRIGGER {table}_refuses_delete")
            else:
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")

    def ask(self, sql: str, *given: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        rows: list[tuple[Any, ...]] = self.connection.execute(
            sql.replace("?", self.mark), given
        ).fetchall()
        return rows

    def do(self, sql: str, *given: object) -> None:
        """A change, which has to change something."""
        assert self.connection.execute(sql.replace("?", self.mark), given).rowcount, sql

    def entry(self, chance: Random, *, least: int = 1) -> tuple[str, int, int]:
        """A path with so many entries after a drawn one; its id, that one, and the last."""
        found = self.ask("SELECT path_id, max(seq) FROM journal GROUP BY path_id ORDER BY path_id")
        path_id, last = chance.choice([row for row in found if row[1] > least])
        return path_id, chance.randint(1, last - least), last

    def rewrite(self, path_id: str, since: int) -> None:
        """The entries from one on are changed and made to agree again, and the path with them."""
        rows = self.ask("SELECT * FROM journal WHERE path_id = ? ORDER BY seq", path_id)
        entries = [read_entry(row) for row in rows]
        changed = [replace(e, note="rewritten") if e.seq == since else e for e in entries]
        changed = [*entries[: since - 1], *rehashed(changed[since - 1 :])]
        self.do("DELETE FROM journal WHERE path_id = ?", path_id)
        for entry in changed:
            row = entry_row(entry)
            self.do(f"INSERT INTO journal VALUES ({', '.join('?' * len(row))})", *row)
        self.do("UPDATE path SET head = ? WHERE path_id = ?", changed[-1].hash, path_id)


def edit(hand: Hand, chance: Random) -> str:
    """A journal entry says something else."""
    path_id, seq, _ = hand.entry(chance, least=0)
    column, value = chance.choice(
        [("reason", "other"), ("actor", "Mallory"), ("at", 7), ("detail", '{"a": 1}')]
    )
    hand.do(f"UPDATE journal SET {column} = ? WHERE path_id = ? AND seq = ?", value, path_id, seq)
    return f"{path_id}, entry {seq}"


def delete(hand: Hand, chance: Random) -> str:
    """A journal entry is gone."""
    path_id, seq, _ = hand.entry(chance, least=0)
    hand.do("DELETE FROM journal WHERE path_id = ? AND seq = ?", path_id, seq)
    return f"{path_id}, entry {seq}"


def insert(hand: Hand, chance: Random) -> str:
    """A journal entry was put in between two."""
    path_id, seq, last = hand.entry(chance, least=0)
    for number in range(last, seq - 1, -1):
        hand.do(
            "UPDATE journal SET seq = ? WHERE path_id = ? AND seq = ?", number + 1, path_id, number
        )
    row = list(hand.ask("SELECT * FROM journal WHERE path_id = ? AND seq = ?", path_id, seq + 1)[0])
    row[1], row[13] = seq, "put in"
    hand.do(f"INSERT INTO journal VALUES ({', '.join('?' * len(row))})", *row)
    return f"{path_id}, entry {seq}"


def swap(hand: Hand, chance: Random) -> str:
    """Two journal entries changed places."""
    path_id, seq, _ = hand.entry(chance)
    for was, becomes in ((seq, 9999), (seq + 1, seq), (9999, seq + 1)):
        hand.do("UPDATE journal SET seq = ? WHERE path_id = ? AND seq = ?", becomes, path_id, was)
    return f"{path_id}, entry {seq}"


def truncate(hand: Hand, chance: Random) -> str:
    """The end of the log is gone, with its entries, leaves and heads, and paths were set back."""
    sizes = [size for (size,) in hand.ask("SELECT size FROM log_head ORDER BY size")]
    kept = chance.choice(sizes[:-1])
    lost = hand.ask("SELECT source, key, seq FROM log_leaf WHERE position >= ?", kept)
    for path_id in {key for source, key, _ in lost if source == "journal"}:
        first = min(seq for source, key, seq in lost if (source, key) == ("journal", path_id))
        hand.do("DELETE FROM journal WHERE path_id = ? AND seq >= ?", path_id, first)
        hand.connection.execute(
            f"DELETE FROM fact_record WHERE path_id = '{path_id}' AND seq >= {first}"
        )
        rest = hand.ask(
            "SELECT seq, hash, state_to FROM journal WHERE path_id = ? ORDER BY seq DESC", path_id
        )
        if rest:
            hand.do(
                "UPDATE path SET version = ?, head = ?, state = ? WHERE path_id = ?",
                *(*rest[0], path_id),
            )
        else:
            _remove_path(hand, path_id)
    for source, _, seq in lost:
        if source == "audit":
            hand.do("DELETE FROM audit_event WHERE number = ?", seq)
    hand.do("DELETE FROM log_leaf WHERE position >= ?", kept)
    hand.do("DELETE FROM log_head WHERE size > ?", kept)
    return "the anchor outside"


def _remove_path(hand: Hand, path_id: str) -> None:
    its = f"path_id = '{path_id}'"
    notices = f"SELECT number FROM notice WHERE {its}"
    hand.connection.execute(f"DELETE FROM unaddressed WHERE notice_number IN ({notices})")
    for table in ("notice", "checkpoint", "timer", *SEALED, "path"):
        hand.connection.execute(f"DELETE FROM {table} WHERE {its}")


def rehash(hand: Hand, chance: Random) -> str:
    """A history was changed and every hash after it made to fit, up to the path itself."""
    path_id, seq, _ = hand.entry(chance, least=0)
    hand.rewrite(path_id, seq)
    return f"{path_id}, entry {seq}"


def rehash_log(hand: Hand, chance: Random) -> str:
    """The same, and the log and the roots of all heads were made to fit as well."""
    path_id, seq, _ = hand.entry(chance, least=0)
    hand.rewrite(path_id, seq)
    for row in hand.ask("SELECT * FROM journal WHERE path_id = ?", path_id):
        leaf = leaf_hash(entry_content(read_entry(row))).hex()
        hand.connection.execute(
            f"UPDATE log_leaf SET leaf_hash = '{leaf}' WHERE source = 'journal' "
            f"AND key = '{path_id}' AND seq = {row[1]}"
        )
    roots, frontier = {}, Frontier()
    for (leaf,) in hand.ask("SELECT leaf_hash FROM log_leaf ORDER BY position"):
        frontier.append(bytes.fromhex(leaf))
        roots[frontier.size] = frontier.root().hex()
    changed = []
    for size, root in hand.ask("SELECT size, root FROM log_head ORDER BY size"):
        if roots[size] != root:
            changed.append(size)
            hand.do("UPDATE log_head SET root = ? WHERE size = ?", roots[size], size)
    return f"{changed[0]} entries"


def forge(hand: Hand, chance: Random) -> str:
    """A head carries the signature of somebody who has another key, or none at all."""
    size, root, key_id, good = chance.choice(
        hand.ask("SELECT size, root, key_id, signature FROM log_head")
    )
    name = key_id.partition("+")[0]
    forger = Signer(name, Ed25519PrivateKey.generate())
    signed = forger.sign(Head(name, size, bytes.fromhex(root), NOW))
    raw = bytearray(base64.b64decode(good))
    raw[chance.randrange(4, len(raw))] ^= 1
    if chance.random() < 0.5:
        hand.do(
            "UPDATE log_head SET signature = ?, key_id = ? WHERE size = ?",
            signed.signature,
            signed.key_id,
            size,
        )
    else:
        hand.do(
            "UPDATE log_head SET signature = ? WHERE size = ?", base64.b64encode(raw).decode(), size
        )
    return f"the signed head: {size} entries"


def edit_fact(hand: Hand, chance: Random) -> str:
    """A fact record has another value, status, day or author."""
    path_id, record_id = chance.choice(
        hand.ask("SELECT path_id, record_id FROM fact_record ORDER BY path_id, record_id")
    )
    column, value = chance.choice(
        [
            ("value", '"99"'),
            ("status", "preliminary"),
            ("effective_at", "2001-01-01"),
            ("actor", "M"),
        ]
    )
    hand.do(
        f"UPDATE fact_record SET {column} = ? WHERE path_id = ? AND record_id = ?",
        value,
        path_id,
        record_id,
    )
    return f"recorded the fact record {record_id}, which was changed"


def edit_event(hand: Hand, chance: Random) -> str:
    """An audit event names somebody else, or is gone."""
    (number,) = chance.choice(hand.ask("SELECT number FROM audit_event ORDER BY number"))
    if chance.random() < 0.5:
        hand.do("UPDATE audit_event SET actor = 'Mallory' WHERE number = ?", number)
    else:
        hand.do("DELETE FROM audit_event WHERE number = ?", number)
    return f"audit event {number}"


def edit_path(hand: Hand, chance: Random) -> str:
    """A path stands where its history does not end."""
    (path_id,) = chance.choice(hand.ask("SELECT path_id FROM path ORDER BY path_id"))
    column, value = chance.choice(
        [("version", 99), ("state", "dead"), ("head", "f" * 64), ("pathway_hash", "e" * 64)]
    )
    if column == "pathway_hash":  # a trigger guards it, which is no hindrance to this hand
        hand.connection.execute(
            "DROP TRIGGER IF EXISTS path_stays_pinned" + ("" if hand.mark == "?" else " ON path")
        )
    hand.do(f"UPDATE path SET {column} = ? WHERE path_id = ?", value, path_id)
    return f"{path_id}, the path itself"


def edit_log(hand: Hand, chance: Random) -> str:
    """A leaf of the log, or the root of a head, is another."""
    if chance.random() < 0.5:
        size, root = chance.choice(hand.ask("SELECT size, root FROM log_head"))
        hand.do("UPDATE log_head SET root = ? WHERE size = ?", root[::-1], size)
        return f"the signed head: {size} entries"
    position, source, key, seq = chance.choice(
        hand.ask("SELECT position, source, key, seq FROM log_leaf ORDER BY position")
    )
    hand.do("UPDATE log_leaf SET leaf_hash = ? WHERE position = ?", "a" * 64, position)
    return f"{key}, entry {seq}" if source == "journal" else f"audit event {seq}"


HARMS: Final[dict[str, Harm]] = {
    "edit": edit,
    "delete": delete,
    "insert": insert,
    "swap": swap,
    "truncate": truncate,
    "rehash": rehash,
    "rehash the log": rehash_log,
    "forge": forge,
    "edit a fact": edit_fact,
    "edit an audit event": edit_event,
    "edit a path": edit_path,
    "edit the log": edit_log,
}
