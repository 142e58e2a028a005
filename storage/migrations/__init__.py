"""How a database came to have the tables it has: one revision after another, oldest first."""

from typing import Final

REVISIONS: Final = (
    *("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011"),
    *("0012", "0013", "0014", "0015", "0016", "0017", "0018", "0019", "0020"),
)
"""Every revision this program knows; the last one is what it works with."""
HEAD: Final = REVISIONS[-1]
