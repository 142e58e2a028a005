"""The second factor: a code that changes every 30 seconds (TOTP, RFC 6238)."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import struct
from datetime import datetime
from typing import Final

_PERIOD: Final = 30
_DIGITS: Final = 6


def new_secret() -> str:
    """A secret for an authenticator, in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, now: datetime, steps: int = 0) -> str:
    """The code of a moment, or so many periods after it. Source: RFC 4226 and RFC 6238."""
    counter = struct.pack(">Q", int(now.timestamp()) // _PERIOD + steps)
    mark = hmac.digest(base64.b32decode(secret), counter, "sha1")
    offset = mark[-1] & 15
    number = struct.unpack(">I", mark[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def is_right_code(secret: str, code: str, now: datetime) -> bool:
    """Whether the code is that of now, or of the period before or after: clocks differ a little."""
    given = "".join(code.split())
    try:
        return any(hmac.compare_digest(code_at(secret, now, n), given) for n in (-1, 0, 1))
    except (binascii.Error, TypeError):
        return False
