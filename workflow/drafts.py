"""What somebody typed into a form about a patient and has not sent yet, as a record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

KEPT: Final = timedelta(hours=24)
"""So long after it was last typed in a draft is kept; longer than any session lasts."""


@dataclass(frozen=True, slots=True)
class FormDraft:
    """One draft: whose, of which form, about whom. `content` is what stands in the fields."""

    account: str
    form: str
    path_id: str
    content: str
    begun_at: datetime
    saved_at: datetime
