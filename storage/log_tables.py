"""The tables of the log that shows whether anything was rewritten: its leaves and its signed heads.

Both are append-only. A leaf names its entry by opaque id and number and holds a hash of it, nothing
else; whoever proves anything needs the leaves of every site, so no site is kept from them.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables import BIG, CLUSTERED, TEXT

JOURNAL_SOURCE: Final = "journal"
AUDIT_SOURCE: Final = "audit"


def _words(**options: Any) -> Any:  # noqa: ANN401 - a column stands where its value's type is named
    return Field(sa_type=TEXT, **options)


def _whole(**options: Any) -> Any:  # noqa: ANN401 - see above
    return Field(sa_type=BIG, **options)


class LogLeafRow(SQLModel, table=True):
    """One entry in the log, for ever: the journal entry `key`/`seq`, or the audit event `seq`."""

    __tablename__: ClassVar[Any] = "log_leaf"  # Any: the base class declares it as an attribute
    __table_args__ = (
        CheckConstraint("position >= 0 AND seq >= 1", name="log_leaf_counts"),
        CheckConstraint("source IN ('journal', 'audit')", name="log_leaf_source"),
        CheckConstraint("length(leaf_hash) = 64", name="log_leaf_hash_length"),
        UniqueConstraint("source", "key", "seq"),
        CLUSTERED,
    )

    position: int = _whole(primary_key=True)
    source: str = _words()
    key: str = _words()
    seq: int = _whole()
    leaf_hash: str = _words()


class LogHeadRow(SQLModel, table=True):
    """The log as it was signed once: how many entries, their root, when, and by which key."""

    __tablename__: ClassVar[Any] = "log_head"
    __table_args__ = (
        CheckConstraint("size >= 1", name="log_head_size"),
        CheckConstraint("length(root) = 64", name="log_head_root_length"),
        CheckConstraint("length(key_id) >= 1 AND length(signature) >= 1", name="log_head_signed"),
        CLUSTERED,
    )

    size: int = _whole(primary_key=True)
    root: str = _words()
    signed_at: int = _whole()
    key_id: str = _words()
    signature: str = _words()
