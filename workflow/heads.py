"""The head of the log, as it leaves the house: how long the log is, its root, when, and signed.

It is written as a note that other tools read too: four lines of text, an empty line, and a line
with the signature, which begins with a dash and the name of the key. Source: C2SP tlog-checkpoint
and signed-note.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from workflow.canonical import canonical
from workflow.records import AuditEvent, JournalEntry, iso

DASH: Final = "\N{EM DASH}"
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,99}")
"""How a key, and with it the log, may be called."""
_NOTE: Final = re.compile(
    rf"([^\s+]+)\n(0|[1-9][0-9]{{0,17}})\n([A-Za-z0-9+/]{{43}}=)\nsigned (\S+)\n\n"
    rf"{DASH} (\S+) ([A-Za-z0-9+/]+=*)\n"
)


@dataclass(frozen=True, slots=True)
class Head:
    """The log of one moment: its first `size` entries have this root. `origin` names the log."""

    origin: str
    size: int
    root: bytes
    signed_at: datetime

    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\nsigned {iso(self.signed_at)}\n"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head with the signature under it; `key_id` is `NAME+HASH`, as in the public key."""

    head: Head
    key_id: str
    signature: str

    def note(self) -> str:
        """The signed head as it is handed to others."""
        name = self.key_id.partition("+")[0]
        return f"{self.head.text()}\n{DASH} {name} {self.signature}\n"


def read_note(text: str) -> SignedHead:
    """The signed head in a note; raises ValueError when it is none. No signature is checked."""
    found = _NOTE.fullmatch(text)
    if found is None:
        raise ValueError("This is not a signed head of a log.")
    origin, size, root, at, name, signature = found.groups()
    try:
        mark = base64.b64decode(signature, validate=True)[:4].hex()
        signed_at = datetime.fromisoformat(at).astimezone(UTC)
        head = Head(origin, int(size), base64.b64decode(root, validate=True), signed_at)
    except (ValueError, binascii.Error):
        raise ValueError("This is not a signed head of a log.") from None
    return SignedHead(head, f"{name}+{mark}", signature)


def split_notes(text: str) -> list[str]:
    """The notes that stand one after the other in a file; a rest that is none comes last."""
    ends = [found.end() for found in re.finditer(rf"^{DASH} .*\n", text, re.MULTILINE)]
    starts = [0, *ends]
    pieces = [text[start:end] for start, end in zip(starts, [*ends, len(text)], strict=True)]
    return [piece.lstrip("\n") for piece in pieces if piece.strip()]


def entry_content(entry: JournalEntry) -> bytes:
    """What the log keeps of a journal entry: the hash before it and its payload."""
    return f"journal\n{entry.previous}\n{entry.payload()}".encode()


def audit_content(number: int, event: AuditEvent) -> bytes:
    """What the log keeps of an audit event: all of it, with its number."""
    payload = {
        "action": event.action,
        "actor": event.actor,
        "at": iso(event.at),
        "detail": event.detail,
        "number": number,
        "os_user": event.os_user,
        "path_id": event.path_id,
        "role": event.role,
    }
    return f"audit\n{canonical(payload)}".encode()
