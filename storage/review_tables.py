"""The table of past decisions to look at again, and what a person said of each."""

from __future__ import annotations

from typing import Any, ClassVar, get_args

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from storage.columns import CLUSTERED, check, of_path, one_of, whole, words
from workflow.review import ReviewKind, ReviewStatus


class ReviewRow(SQLModel, table=True):
    """One past decision to look at again; its verdict is filled in once, and journaled."""

    __tablename__: ClassVar[Any] = "review_item"  # Any: the base class declares it as an attribute
    __table_args__ = (
        one_of("review_item_kind", "kind", get_args(ReviewKind)),
        one_of("review_item_status", "status", get_args(ReviewStatus)),
        check("review_item_closed", "(closed_at IS NULL) = (status = 'open')"),
        check("review_item_about", "opened_by_seq >= 1 AND length(about) >= 1"),
        Index(
            "review_item_open",
            "path_id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        CLUSTERED,
    )

    path_id: str = of_path(primary_key=True)
    seq: int = whole(primary_key=True)
    kind: str = words()
    about: str = words()
    opened_at: int = whole()
    opened_by_seq: int = whole()
    before: str = words()
    after: str = words()
    status: str = words()
    closed_at: int | None = whole()
    closed_by: str = words()
    reason: str = words()
