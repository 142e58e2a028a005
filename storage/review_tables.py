"""The table of past decisions to look at again, and what a person said of each."""

from __future__ import annotations

from typing import Any, ClassVar, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from storage.tables import BIG, CLUSTERED, TEXT
from workflow.review import ReviewKind, ReviewStatus


def _words(**options: Any) -> Any:  # noqa: ANN401 - a column stands where its value's type is named
    return Field(sa_type=TEXT, **options)


def _whole(**options: Any) -> Any:  # noqa: ANN401 - see above
    return Field(sa_type=BIG, **options)


def _one_of(name: str, column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


class ReviewRow(SQLModel, table=True):
    """One past decision to look at again; its verdict is filled in once, and journaled."""

    __tablename__: ClassVar[Any] = "review_item"  # Any: the base class declares it as an attribute
    __table_args__ = (
        _one_of("review_item_kind", "kind", get_args(ReviewKind)),
        _one_of("review_item_status", "status", get_args(ReviewStatus)),
        CheckConstraint("(closed_at IS NULL) = (status = 'open')", name="review_item_closed"),
        CheckConstraint("opened_by_seq >= 1 AND length(about) >= 1", name="review_item_about"),
        Index(
            "review_item_open",
            "path_id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        CLUSTERED,
    )

    path_id: str = Field(
        sa_type=TEXT, sa_column_args=(ForeignKey("path.path_id"),), primary_key=True
    )
    seq: int = _whole(primary_key=True)
    kind: str = _words()
    about: str = _words()
    opened_at: int = _whole()
    opened_by_seq: int = _whole()
    before: str = _words()
    after: str = _words()
    status: str = _words()
    closed_at: int | None = _whole()
    closed_by: str = _words()
    reason: str = _words()
