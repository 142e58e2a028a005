"""Text that is what it looks like: no invisible character, no loose accent, no odd space.

A reviewer signs what is on the screen. Two names that look alike and are not the same would let a
rule pass review that does something else.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Controls, soft hyphens, joiners, fillers, directions, variation selectors, tags, and the line ends
# that only some programs count (they would put every line number after them in doubt).
_INVISIBLE: Final = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_LINE_END: Final = re.compile("\r\n|\r|\n")

Place = tuple[int, str]
"""A line (from 1) and what is wrong there."""


def lines_before(text: str, position: int) -> int:
    """The line (from 1) in which a position stands, for every kind of line end."""
    return len(_LINE_END.findall(text[:position])) + 1


def invisible(text: str) -> Place | None:
    """The first character nobody can see, or None."""
    bad = _INVISIBLE.search(text)
    if bad is None:
        return None
    if bad.start() == 0 and bad.group() == "\ufeff":
        return 1, "begins with a byte order mark (U+FEFF); save it as UTF-8 without one"
    message = f"invisible or control character U+{ord(bad.group()):04X}; delete it"
    return lines_before(text, bad.start()), message


def ambiguous(text: str) -> Place | None:
    """The first letter or space that can be written in two ways that look the same, or None."""
    if text.isascii():
        return None
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if line.isascii():
            continue
        if not unicodedata.is_normalized("NFC", line):
            return number, "a letter is written in an unusual way (not Unicode NFC); retype it"
        for letter in line:
            sort = unicodedata.category(letter)
            if sort == "Zs" and letter != " ":
                return number, f"an unusual space U+{ord(letter):04X}; write a plain one"
            if sort in {"Mn", "Me", "Co", "Cn"}:
                return (
                    number,
                    f"an unusual sign U+{ord(letter):04X}; delete it or retype the letter",
                )
    return None


def foreign_letter(name: str) -> str:
    """The first character of a name that is not plain ASCII, as U+0000; empty when all are."""
    return next((f"U+{ord(letter):04X}" for letter in name if not " " <= letter <= "~"), "")
