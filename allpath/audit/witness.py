"""A witness: remembers the last head it saw and accepts only one that goes on from there."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allpath.audit.keys import PublicKey
from workflow.errors import IntegrityError, StoreError
from workflow.heads import SignedHead, read_note
from workflow.merkle import is_consistent


@dataclass(frozen=True, slots=True)
class Seen:
    """What a witness accepted: the size it knew before (None: nothing), and the head it knows."""

    before: int | None
    signed: SignedHead


def known_size(file: Path) -> int:
    """How long the log is that this witness saw last; 0 where it saw none."""
    known = _read(file)
    return 0 if known is None else known.head.size


def accept(
    file: Path, proof_since: Callable[[int], Mapping[str, Any]], keys: Sequence[PublicKey]
) -> Seen:
    """The witness remembers a newer head, which was signed and begins with what it knew.

    `proof_since` answers a consistency proof from a size on. Raises IntegrityError, and remembers
    what it knew, when the head does not go on from there; StoreError when the file is damaged.
    """
    known = _read(file)
    old = known.head.size if known else 0
    given = proof_since(old)
    try:
        signed = read_note(given["head"])
        proof = [bytes.fromhex(part) for part in given["proof"]]
    except (ValueError, TypeError):
        raise StoreError("What the witness was given is no proof; make it again.") from None
    head = signed.head
    if not any(key.has_signed(signed) for key in keys):
        names = ", ".join(key.key_id for key in keys)
        msg = (
            f"The head of {head.size:,} entries was not signed with {names}; nothing was accepted. "
            "Ask whoever runs the log, and keep what this witness knows."
        )
        raise IntegrityError(msg)
    if known is not None:
        is_next = (
            given["old"] == old
            and head.origin == known.head.origin
            and is_consistent(old, head.size, proof, known.head.root, head.root)
        )
        if not is_next:
            msg = (
                f"The log of {head.size:,} entries does not go on from the {old:,} that this "
                "witness saw: it was rewritten or cut, or the proof is not from there on. Nothing "
                "was accepted."
            )
            raise IntegrityError(msg)
    _keep(file, signed)
    return Seen(None if known is None else old, signed)


def _read(file: Path) -> SignedHead | None:
    try:
        return read_note(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        msg = f"{file} is not what a witness keeps, or cannot be read; bring it back from a backup."
        raise StoreError(msg) from None


def _keep(file: Path, signed: SignedHead) -> None:
    """The file is the old one or the new one, never half of it."""
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_text(signed.note(), "utf-8")
        os.replace(part, file)  # noqa: PTH105 - said as the system does: in one step
    except OSError as error:
        raise StoreError(f"{file} cannot be written ({error.strerror}).") from None
