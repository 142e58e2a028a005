"""The key that signs heads of the log, and the public half that everybody else gets.

Both are one line of text, as other tools for signed notes write them. The private one stays in a
file of its own, which nobody else may read; it is never an argument and never shown.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from workflow.errors import RefusedError, StoreError
from workflow.heads import NAME, Head, SignedHead

ED25519: Final = b"\x01"
PRIVATE: Final = "PRIVATE+KEY+"
OTHERS: Final = 0o077
"""The rights of everybody but the owner."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a key: the name of the log and 32 bytes."""

    name: str
    raw: bytes

    @property
    def key_id(self) -> str:
        """Name and mark, as a signature carries them."""
        return f"{self.name}+{mark(self.name, self.raw)}"

    def __str__(self) -> str:
        return f"{self.key_id}+{base64.b64encode(ED25519 + self.raw).decode()}"

    def has_signed(self, signed: SignedHead) -> bool:
        """Whether the signature under the head was made with this key."""
        if signed.key_id != self.key_id or signed.head.origin != self.name:
            return False
        try:
            signature = base64.b64decode(signed.signature, validate=True)[4:]
            Ed25519PublicKey.from_public_bytes(self.raw).verify(
                signature, signed.head.text().encode()
            )
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs heads under the name of the log."""

    name: str
    _key: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """The half for others."""
        return PublicKey(self.name, self._key.public_key().public_bytes_raw())

    def sign(self, head: Head) -> SignedHead:
        """The head with a signature under it."""
        public = self.public
        signature = bytes.fromhex(mark(public.name, public.raw)) + self._key.sign(
            head.text().encode()
        )
        return SignedHead(head, public.key_id, base64.b64encode(signature).decode())


def mark(name: str, raw: bytes) -> str:
    """Eight letters that tell keys apart."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + raw).hexdigest()[:8]


def public_file(file: Path) -> Path:
    """Where the public half of the key in this file lies."""
    return file.with_name(f"{file.name}.pub")


def new_key(file: Path, name: str) -> PublicKey:
    """A new key is in the file, for its owner alone, and its public half beside it.

    Raises RefusedError when there is something already or the name cannot be one, StoreError when
    nothing can be written there.
    """
    if not NAME.fullmatch(name):
        msg = f"{name!r} cannot be the name of a log; write one like ward.example/allpath."
        raise RefusedError(msg)
    if public_file(file).exists():
        msg = f"{public_file(file)} is there already, so a key was; name another file."
        raise RefusedError(msg)
    key = Ed25519PrivateKey.generate()
    signer = Signer(name, key)
    public = signer.public
    secret = base64.b64encode(ED25519 + key.private_bytes_raw()).decode()
    for path, text, mode in (
        (file, f"{PRIVATE}{public.key_id}+{secret}\n", 0o600),
        (public_file(file), f"{public}\n", 0o644),
    ):
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:
            msg = f"{path} is there already; a key is never overwritten. Name another file."
            raise RefusedError(msg) from None
        except OSError as error:
            msg = f"{path} cannot be written ({error.strerror}); name a file in a folder of yours."
            raise StoreError(msg) from None
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(text)
    return public


def read_signer(file: Path) -> Signer:
    """The key in the file. Raises StoreError, which shows nothing of it, when it cannot be used."""
    if not file.is_file():
        msg = (
            f"There is no signing key {file} (ALLPATH_SIGNING_KEY_FILE), so no head can be signed. "
            "Bring the file back from safe-keeping, or make a new key with `allpath audit key new` "
            "and give its public half to whoever holds the old one."
        )
        raise StoreError(msg)
    try:
        is_open = file.stat().st_mode & OTHERS
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise StoreError(f"The signing key {file} cannot be read; check your rights.") from None
    if is_open:
        msg = f"The signing key {file} may be read by others; take their rights: chmod 600 {file}."
        raise StoreError(msg)
    try:
        name, _, secret = _parts(text.removeprefix(PRIVATE) if text.startswith(PRIVATE) else "")
        return Signer(name, Ed25519PrivateKey.from_private_bytes(secret))
    except ValueError:
        msg = f"{file} does not hold a signing key; make one with `allpath audit key new FILE`."
        raise StoreError(msg) from None


def read_public_keys(file: Path) -> tuple[PublicKey, ...]:
    """The public keys in the file, one a line. Raises StoreError when there is none."""
    try:
        lines = file.read_text(encoding="ascii").split()
        keys = tuple(_public(line) for line in lines)
    except OSError as error:
        msg = (
            f"The public key {file} cannot be read ({error.strerror}); name the file with "
            "--public-key, or ask whoever runs the log for it."
        )
        raise StoreError(msg) from None
    except ValueError:
        keys = ()
    if not keys:
        msg = f"{file} does not hold a public key; it is one line like NAME+12345678+AbCd..."
        raise StoreError(msg)
    return keys


def _public(line: str) -> PublicKey:
    name, known, raw = _parts(line)
    if mark(name, raw) != known:
        raise ValueError("The mark of the key is not that of its bytes.")
    return PublicKey(name, raw)


def _parts(text: str) -> tuple[str, str, bytes]:
    name, known, encoded = text.split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    if not NAME.fullmatch(name) or raw[:1] != ED25519 or len(raw) != 33:  # noqa: PLR2004 - kind and 32 bytes
        raise ValueError("This is no key.")
    return name, known, raw[1:]
