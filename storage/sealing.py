"""How an identity is sealed under a key of its own, and how it is found without being read.

A person is sealed with AES-256-GCM, bound to the path: moved to another path it does not open.
Numbers and parts of names are looked up by tokens, an HMAC under the one search key.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from functools import cache
from typing import Any, Final

from storage.rows import folded, instant
from workflow.errors import IntegrityError
from workflow.records import Person

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
GRAM: Final = 3
LONG_GRAM: Final = 4
"""A name is looked up by every three and every four letters in a row: fewer names share four.

Shorter texts are looked up by how the words of a name begin.
"""


def new_key() -> str:
    """A key nobody has had before, as 64 hexadecimal characters."""
    return secrets.token_hex(KEY_BYTES)


def sealed(person: Person, key: str) -> str:
    """The name, numbers, contact and title of the person as a ciphertext under the key."""
    told: list[Any] = [person.family_name, person.given_name, person.contact]
    told.append(dict(person.identifiers))
    if person.title:  # last, so that what was sealed before there were titles opens as it is
        told.append(person.title)
    plain = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    nonce = secrets.token_bytes(NONCE_BYTES)
    ciphertext = _cipher()(bytes.fromhex(key)).encrypt(
        nonce, plain.encode(), person.path_id.encode()
    )
    return base64.b64encode(nonce + ciphertext).decode()


def unsealed(path_id: str, text: str, erased_at: int | None, key: str | None) -> Person:
    """The person of a row: as enrolled, or without an identity where the key is not there.

    Raises IntegrityError where the ciphertext is not the one that was written under the key.
    """
    if erased_at is not None:
        return Person(path_id, "", "", {}, erased_at=instant(erased_at))
    if key is None:
        return Person(path_id, "", "", {}, is_locked=True)
    whole = base64.b64decode(text)
    try:
        plain = _cipher()(bytes.fromhex(key)).decrypt(
            whole[:NONCE_BYTES], whole[NONCE_BYTES:], path_id.encode()
        )
    except _invalid() as error:
        msg = (
            f"The identity of path {path_id} does not open under its key: one of the two was "
            "changed. Restore the last backup with its key file."
        )
        raise IntegrityError(msg) from error
    family_name, given_name, contact, identifiers, *more = json.loads(plain)
    title = more[0] if more else ""
    return Person(path_id, family_name, given_name, identifiers, contact, title)


def sealed_text(text: str, key: str, bound_to: str) -> str:
    """A text about a person as a ciphertext under their key, bound to the place it stands in."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    ciphertext = _cipher()(bytes.fromhex(key)).encrypt(nonce, text.encode(), bound_to.encode())
    return base64.b64encode(nonce + ciphertext).decode()


def unsealed_text(text: str, key: str, bound_to: str) -> str:
    """The text as it was sealed; empty where it does not open under the key in this place."""
    whole = base64.b64decode(text)
    try:
        plain: bytes = _cipher()(bytes.fromhex(key)).decrypt(
            whole[:NONCE_BYTES], whole[NONCE_BYTES:], bound_to.encode()
        )
    except _invalid():
        return ""
    return plain.decode()


def identifier_token(search_key: bytes, value: str) -> str:
    """What is kept of a number in the place of it: the same for the same number."""
    return hmac.digest(search_key, b"number\0" + value.encode(), "sha256").hex()[:32]


def name_tokens(search_key: bytes, person: Person) -> frozenset[int]:
    """What is kept of a name in the place of it, for a search by part of it."""
    name = searched_name(person)
    parts = _grams(name, GRAM) | _grams(name, LONG_GRAM) | _starts(name)
    return frozenset(_token(search_key, part) for part in parts)


def likeness(search_key: bytes, person: Person) -> int:
    """The token that people have in common whose names are easily mistaken."""
    return _token(search_key, "\0".join(("alike", *person.resembles)))


def sought_tokens(search_key: bytes, text: str) -> frozenset[int]:
    """The tokens of every name that the folded text may be a part of."""
    parts = _grams(text, LONG_GRAM) or _grams(text, GRAM) or {_as_start(text)}
    return frozenset(_token(search_key, part) for part in parts)


def is_part(text: str, person: Person) -> bool:
    """Whether the name contains the folded text; a word begins with it where it is short."""
    name = searched_name(person)
    if len(text) >= GRAM:
        return text in name
    return any(word.startswith(text) for word in name.split())


def searched_name(person: Person) -> str:
    """The name as a search compares it, family name first and last."""
    return folded(f"{person.family_name} {person.given_name} {person.family_name}")


def _grams(text: str, length: int) -> set[str]:
    return {text[at : at + length] for at in range(len(text) - length + 1)}


def _starts(text: str) -> set[str]:
    return {_as_start(word[:length]) for word in text.split() for length in range(1, GRAM)}


def _as_start(text: str) -> str:
    return f"^{text}"


def _token(search_key: bytes, part: str) -> int:
    digest = hmac.digest(search_key, b"name\0" + part.encode(), "sha256")
    return int.from_bytes(digest[:8], "big", signed=True)


# Read only where it is needed: many commands open nobody's identity.
@cache
def _cipher() -> Any:  # noqa: ANN401 - a class that is read late
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see above

    return AESGCM


@cache
def _invalid() -> type[Exception]:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see above

    return InvalidTag
