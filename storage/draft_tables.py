"""The table of drafts: what somebody has typed into a form about a patient and not sent yet.

It may say anything about the patient, so it is sealed under the patient's own key: it goes where
the identity goes, and an erasure takes it along.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import SQLModel

from storage.columns import CLUSTERED, check, of_path, refers, whole, words


class DraftRow(SQLModel, table=True):
    """The unsent text of one account in one form; gone when it is sent, thrown away, or old."""

    __tablename__: ClassVar[Any] = "form_draft"  # Any: the base class declares it as an attribute
    __table_args__ = (
        check("form_draft_of_form", "length(form) >= 1"),
        Index("form_draft_of_path", "path_id"),
        CLUSTERED,
    )

    account: str = refers("account.name", primary_key=True)
    form: str = words(primary_key=True)
    path_id: str = of_path()
    sealed: str = words()
    begun_at: int = whole()
    saved_at: int = whole()
