"""The tables of the log that shows whether anything was rewritten: its leaves and its signed heads.

Both are append-only. A leaf names its entry by opaque id and number and holds a hash of it, nothing
else; whoever proves anything needs the leaves of every site, so no site is kept from them.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from storage.columns import CLUSTERED, check, whole, words

JOURNAL_SOURCE: Final = "journal"
AUDIT_SOURCE: Final = "audit"


class LogLeafRow(SQLModel, table=True):
    """One entry in the log, for ever: the journal entry `key`/`seq`, or the audit event `seq`."""

    __tablename__: ClassVar[Any] = "log_leaf"  # Any: the base class declares it as an attribute
    __table_args__ = (
        check("log_leaf_counts", "position >= 0 AND seq >= 1"),
        check("log_leaf_source", "source IN ('journal', 'audit')"),
        check("log_leaf_hash_length", "length(leaf_hash) = 64"),
        UniqueConstraint("source", "key", "seq"),
        CLUSTERED,
    )

    position: int = whole(primary_key=True)
    source: str = words()
    key: str = words()
    seq: int = whole()
    leaf_hash: str = words()


class LogHeadRow(SQLModel, table=True):
    """The log as it was signed once: how many entries, their root, when, and by which key."""

    __tablename__: ClassVar[Any] = "log_head"
    __table_args__ = (
        check("log_head_size", "size >= 1"),
        check("log_head_root_length", "length(root) = 64"),
        check("log_head_signed", "length(key_id) >= 1 AND length(signature) >= 1"),
        CLUSTERED,
    )

    size: int = whole(primary_key=True)
    root: str = words()
    signed_at: int = whole()
    key_id: str = words()
    signature: str = words()
