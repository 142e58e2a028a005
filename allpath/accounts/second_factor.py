"""The second factor: a code that changes every 30 seconds (TOTP, RFC 6238)."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
import struct
from datetime import datetime
from typing import Final
from urllib.parse import quote

_PERIOD: Final = 30
_DIGITS: Final = 6


def new_secret() -> str:
    """A secret for an authenticator, in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def is_secret(text: str) -> bool:
    """Whether the text is a secret as `new_secret` makes them."""
    return re.fullmatch("[A-Z2-7]{32}", text) is not None


def link_of(secret: str, name: str) -> str:
    """The address that an authenticator reads, from a picture or on the same phone."""
    label = quote(f"Allpath:{name}")
    return f"otpauth://totp/{label}?secret={secret}&issuer=Allpath&digits=6&period=30"


def code_at(secret: str, now: datetime, steps: int = 0) -> str:
    """The code of a moment, or so many periods after it. Source: RFC 4226 and RFC 6238."""
    counter = struct.pack(">Q", int(now.timestamp()) // _PERIOD + steps)
    mark = hmac.digest(base64.b32decode(secret), counter, "sha1")
    offset = mark[-1] & 15
    number = struct.unpack(">I", mark[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def period_of(secret: str, code: str, now: datetime) -> int | None:
    """The period whose code was given: that of now, the one before or after, for clocks differ.

    None for a wrong code. Whoever lets somebody in remembers the period: a code is good once.
    """
    given = "".join(code.split()).encode()
    present = int(now.timestamp()) // _PERIOD
    found = None
    for steps in (-1, 0, 1):
        try:
            if hmac.compare_digest(code_at(secret, now, steps).encode(), given):
                found = present + steps
        except binascii.Error:
            return None
    return found
