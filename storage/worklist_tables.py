"""The tables of the worklist as people use it: who looks after whom, and filters kept by name."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.columns import APPENDED, BIG, CLUSTERED, check, of_path, one_of, refers, whole, words
from workflow.records import ACTING


class AssignmentRow(SQLModel, table=True):
    """Somebody said who looks after a patient from now on, for ever; the latest one counts."""

    __tablename__: ClassVar[Any] = "assignment"  # Any: the base class declares it as an attribute
    __table_args__ = (
        one_of("assignment_role", "role", ACTING),
        check("assignment_told", "length(actor) >= 1 AND length(reason) >= 1"),
        Index("assignment_of_path", "path_id", "number"),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    path_id: str = of_path()
    looked_after_by: str = words()
    reason: str = words()
    actor: str = words()
    role: str = words()
    os_user: str = words()
    at: int = whole()
    key: str = words()


class SavedViewRow(SQLModel, table=True):
    """A filter of the worklist that somebody keeps under a name, alone or with others."""

    __tablename__: ClassVar[Any] = "saved_view"
    __table_args__ = (
        check("saved_view_named", "length(view_id) >= 1 AND length(title) >= 1"),
        Index("saved_view_of_account", "account"),
        CLUSTERED,
    )

    view_id: str = words(primary_key=True)
    account: str = refers("account.name")
    title: str = words()
    query: str = words()
    shared_with: str = words()
    created_at: int = whole()
    changed_at: int = whole()
    removed_at: int | None = whole()
