"""The token in each form, different on every page, so that its length tells nothing of it."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode


def masked(token: str) -> str:
    """The form token of a session as one page shows it."""
    kept = token.encode()
    mask = secrets.token_bytes(len(kept))
    mixed = bytes(a ^ b for a, b in zip(kept, mask, strict=True))
    return urlsafe_b64encode(mask + mixed).decode()


def unmasked(text: str) -> bytes:
    """The token that a page showed; nothing where it is none."""
    try:
        both = urlsafe_b64decode(text.encode())
        half = len(both) // 2
        return bytes(a ^ b for a, b in zip(both[:half], both[half:], strict=True))
    except ValueError:
        return b""
