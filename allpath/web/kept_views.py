"""The kept filters that somebody may open: their own, and those shared with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from allpath.web.access import CLINICAL
from allpath.web.filtering import filter_read
from allpath.web.pages import Visit
from allpath.web.visiting import signed_in
from workflow.saved_view import ALONE, EVERYBODY, SavedView

SHARED: Final = {
    ALONE: "Nobody, it is mine alone",
    **{role: f"Every {role} at my sites" for role in sorted(CLINICAL)},
    EVERYBODY: "Everybody at my sites",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A kept filter as the list of them shows it."""

    view: SavedView
    address: str
    keeper: str
    is_own: bool

    @property
    def shared(self) -> str:
        """Who else sees it, in words."""
        return SHARED.get(self.view.shared_with, "Nobody")


def shown_to(visit: Visit) -> list[Shown]:
    """Every kept filter that whoever asks may open, the own ones first, each part by name."""
    store, reader = visit.allpath.store, signed_in(visit).account
    views = store.saved_views.every()
    accounts = {account.name: account for account in store.accounts.every()} if views else {}
    shown = [
        Shown(
            view,
            filter_read(view.query).address,
            accounts[view.account].display,
            view.account == reader.name,
        )
        for view in views
        if view.is_shown_to(reader, accounts[view.account])
    ]
    return sorted(shown, key=lambda each: (not each.is_own, each.view.title.casefold()))
