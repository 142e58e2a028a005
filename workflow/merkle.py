"""One log of everything: a tree of hashes in which each entry, and each earlier log, can be proved.

A root of 32 bytes stands for the whole log. An inclusion proof shows that one entry is in it, a
consistency proof that a later log begins with all that was in an earlier one; both are short.
A leaf and a node are hashed differently (0x00 and 0x01 before them), so that neither can be taken
for the other. Positions count from 0. Source: RFC 9162, section 2.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

EMPTY: Final = hashlib.sha256(b"").digest()
"""The root of a log without entries."""


def leaf_hash(content: bytes) -> bytes:
    """What stands for one entry."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """What stands for everything below two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """What must be known of a log to go on with it: one hash for each complete part, largest first.

    It grows by one leaf at a time and holds no more than 64 hashes, however long the log is.
    """

    __slots__ = ("_parts", "size")

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """The log has one more entry."""
        size = self.size
        while size & 1:
            leaf = node_hash(self._parts.pop(), leaf)
            size >>= 1
        self._parts.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the log as it is now."""
        if not self._parts:
            return EMPTY
        *others, root = self._parts
        for part in reversed(others):
            root = node_hash(part, root)
        return root


class Tree:
    """A whole log in memory, to make proofs from; every complete part is hashed once."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self._levels: list[Sequence[bytes]] = [tuple(leaves)]
        self.size = len(self._levels[0])
        while len(below := self._levels[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            self._levels.append([node_hash(left, right) for left, right in pairs])

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` entries; of all of them where none is given."""
        size = self.size if size is None else size
        self._require(0, size)
        return self._part(0, size) if size else EMPTY

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """The proof that the entry at this position is in the log of this size.

        Raises ValueError when there is no such position or size.
        """
        self._require(position + 1, size)
        start, proof = 0, []
        while size > 1:
            split = _split(size)
            if position < split:
                proof.append(self._part(start + split, size - split))
                size = split
            else:
                proof.append(self._part(start, split))
                start, position, size = start + split, position - split, size - split
        return proof[::-1]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the log of size `new` begins with that of size `old`; nothing before 1.

        Raises ValueError when there is no such size.
        """
        self._require(old, new)
        if old in {0, new}:
            return []
        start, whole, proof = 0, True, []
        while old != new:
            split = _split(new)
            if old <= split:
                proof.append(self._part(start + split, new - split))
                new = split
            else:
                proof.append(self._part(start, split))
                start, old, new, whole = start + split, old - split, new - split, False
        if not whole:
            proof.append(self._part(start, new))
        return proof[::-1]

    def _part(self, start: int, size: int) -> bytes:
        """The root of `size` entries from `start` on, which begins a complete part."""
        if size & (size - 1) == 0:
            level = size.bit_length() - 1
            return self._levels[level][start >> level]
        split = _split(size)
        return node_hash(self._part(start, split), self._part(start + split, size - split))

    def _require(self, least: int, size: int) -> None:
        if not 0 <= least <= size <= self.size:
            msg = f"The log has {self.size} entries; nothing can be proved of {least} in {size}."
            raise ValueError(msg)


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
    return last == 0 and found == root  # a rest would mean a proof for a log of another size


def is_consistent(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Whether the proof shows that the log of size `new` begins with that of size `old`."""
    if not 0 <= old <= new:
        return False
    if old in {0, new}:
        return not proof and old_root == (new_root if old else EMPTY)
    parts = list(proof)
    if old & (old - 1) == 0:
        parts.insert(0, old_root)
    if not parts:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = found = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            was, found = node_hash(part, was), node_hash(part, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, part)
        at, last = at >> 1, last >> 1
    return last == 0 and was == old_root and found == new_root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
