"""Canonical JSON and its hash: the one form in which content is compared and chained."""

from __future__ import annotations

import hashlib
import json


def canonical(content: object) -> str:
    """Canonical JSON: sorted keys, no white space, UTF-8; dates and numbers as text or integers."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(content: object) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()
