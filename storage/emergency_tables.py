"""The table of emergency access: who saw a patient of another site, why, and what was found later.

It is append-only: an access begins once, ends early once at most, and is looked at once.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import SQLModel

from storage.columns import CLUSTERED, check, of_path, one_of, whole, words
from workflow.emergency import EMERGENCY_KINDS


class EmergencyRow(SQLModel, table=True):
    """One record of an access, for ever."""

    __tablename__: ClassVar[Any] = "emergency_entry"  # Any: the base class declares an attribute
    __table_args__ = (
        one_of("emergency_entry_kind", "kind", EMERGENCY_KINDS),
        check("emergency_entry_named", "length(account) >= 1 AND length(actor) >= 1"),
        Index("emergency_entry_of_account", "account", "until"),
        Index("emergency_entry_of_path", "path_id"),
        CLUSTERED,
    )

    access_id: str = words(primary_key=True)
    kind: str = words(primary_key=True)
    path_id: str = of_path()
    account: str = words()
    actor: str = words()
    role: str = words()
    code: str = words()
    note: str = words()
    until: int = whole()
    at: int = whole()
