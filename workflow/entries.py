"""The kinds of entry a pathway file may hold, read without guessing.

A reader that turns `yes` into true, 1 into a date or `true` into 1 would accept a slip of the pen
as a clinical rule. Each kind says in its refusal what to write.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

_DAY: Final = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?")
_LARGEST: Final = 10**12


def _as_tuple(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _day(value: object) -> object:
    if type(value) is date:  # a pathway made again from another, not from a file
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # a day that no calendar has, such as 30 February
    raise ValueError("is not a date; write an existing day as YYYY-MM-DD")


def _number(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        raise ValueError("is not a number; write one such as 0.001 or 1e-4")
    if isinstance(value, int | str | Decimal) and not abs(Decimal(value)) <= _LARGEST:
        raise ValueError("is not a number this program can use; write one up to 1e12")
    return value


Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.\-/]*$", max_length=80)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Word = Annotated[str, Field(pattern=r"^[!-~]([ -~]*[!-~])?$", max_length=80)]
"""A value or a code, in plain ASCII: two values may never look alike and differ."""

Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True, ge=-(10**6), le=10**6)]
Quantity = Annotated[Decimal, BeforeValidator(_number)]
Day = Annotated[date, BeforeValidator(_day)]
Names = Annotated[tuple[Word, ...], BeforeValidator(_as_tuple)]
"""One name or a list of names."""
