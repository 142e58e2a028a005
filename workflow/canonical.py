"""Canonical JSON and its hash: the one form in which content is compared and chained."""

from __future__ import annotations

import hashlib
import json
from typing import Final

_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(content: object) -> str:
    """Canonical JSON: sorted keys, no white space, UTF-8; dates and numbers as text or integers."""
    return _ENCODER.encode(content)


def digest(content: object) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()
