"""A filter of the worklist that somebody keeps under a name, alone or shared with others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workflow.accounts import Account

ALONE: Final = ""
EVERYBODY: Final = "everybody"
LONGEST_TITLE: Final = 60


@dataclass(frozen=True, slots=True)
class SavedView:
    """Choices of the worklist's filter as an address holds them; a name is never among them.

    `shared_with` is ALONE, EVERYBODY or a role: whoever has it at a site of the account's own.
    """

    view_id: str
    account: str
    title: str
    query: str
    shared_with: str
    created_at: datetime
    changed_at: datetime
    removed_at: datetime | None = None

    def is_shown_to(self, reader: Account, keeper: Account) -> bool:
        """Whether somebody sees it: their own, or shared with them by somebody of their sites."""
        if self.removed_at is not None:
            return False
        if reader.name == self.account:
            return True
        if self.shared_with not in {EVERYBODY, reader.role} or not keeper.is_enabled:
            return False
        return not reader.sites or not keeper.sites or bool({*reader.sites} & {*keeper.sites})
