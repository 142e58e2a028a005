"""Passwords: long enough, kept as argon2id, compared in the same time whoever is asked for."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from allpath.problems import UsageError

SHORTEST: Final = 12
LONGEST: Final = 256
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look like another."""
_HASHER: Final = PasswordHasher()  # argon2id, with the parameters of RFC 9106 for little memory


def hashed(password: str, name: str) -> str:
    """The hash to keep; raises UsageError for one that is too short, too long, or the name."""
    text = _read(password)
    if len(text) < SHORTEST:
        msg = f"The password has {len(text)} characters; use {SHORTEST} or more, a few words do."
        raise UsageError(msg)
    if len(text) > LONGEST:
        raise UsageError(f"The password is longer than {LONGEST} characters; use a shorter one.")
    if text.casefold() == name.casefold() or len(set(text)) == 1:
        raise UsageError("The password can be guessed at once; use a few words of your own.")
    return _HASHER.hash(text)


def by_chance() -> str:
    """A password of twenty letters by chance, in groups, to be copied or typed once."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def is_right(password: str, kept: str | None) -> bool:
    """Whether the password is the one kept; as slow where there is no account as where there is."""
    text = _read(password)[: LONGEST + 1]
    try:
        _HASHER.verify(kept or _nobodys(), text)
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept)  # an account of the organisation's sign-in keeps none


def _read(password: str) -> str:
    """As typed, whichever keyboard composed its letters."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
