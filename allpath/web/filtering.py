"""What a worklist page is asked for: the choices of its filter, as an address and as fields."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query

from allpath.assigning import keeper_title
from allpath.web.pages import Visit
from allpath.web.visiting import signed_in
from workflow.accounts import Account
from workflow.assigning import NOBODY, by_account

DUE: Final = {"": "Any time", "overdue": "Overdue", "today": "Due today", "week": "Next 7 days"}
ONLY: Final = {
    "": "Everybody",
    "blocked": "Blocked or waiting",
    "reviews": "With decisions to look at again",
    "similar": "With similar names",
}
MINE: Final = "mine"
NOBODYS: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; each part empty for everybody. `state` may name its pathway before it.

    `by` is who looks after them: MINE, NOBODYS or the mark of somebody, never a name.
    """

    text: str = ""
    state: str = ""
    due: str = ""
    only: str = ""
    site: str = ""
    by: str = ""
    waits: str = ""

    @property
    def is_decided(self) -> bool:
        """Whether each patient has to be decided to tell who fits."""
        return self.only == "blocked" or bool(self.waits)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What the address holds, by name; whom the list is searched for is not among it."""
        parts = (
            *(("state", self.state), ("due", self.due), ("only", self.only)),
            *(("site", self.site), ("by", self.by), ("waits", self.waits)),
        )
        return tuple((name, value) for name, value in parts if value)

    @property
    def query(self) -> str:
        """The same in an address, to be kept and opened again; a name is never in it."""
        return urlencode(self.fields)

    @property
    def address(self) -> str:
        """Where the list with this filter is."""
        return f"/worklist?{self.query}" if self.query else "/worklist"


Choice = Annotated[str, Query(max_length=100)]


def filter_of(
    *,
    state: Choice = "",
    due: Choice = "",
    only: Choice = "",
    site: Choice = "",
    by: Choice = "",
    waits: Choice = "",
) -> Filter:
    """What an address asks for; what it does not know counts as everybody."""
    due, only = due if due in DUE else "", only if only in ONLY else ""
    return Filter("", state, due, only, site, by, waits)


Asked = Annotated[Filter, Depends(filter_of)]


def filter_in(fields: Mapping[str, str]) -> Filter:
    """The same of the fields of a form."""
    names = ("state", "due", "only", "site", "by", "waits")
    return filter_of(**{name: fields.get(name, "")[:100] for name in names})


def filter_read(query: str) -> Filter:
    """The same of what stands behind an address, as it was kept."""
    return filter_in(dict(parse_qsl(query)))


def mark_of(keeper: str) -> str:
    """What stands in an address for whoever looks after somebody: nothing of their name."""
    return hashlib.sha256(keeper.encode()).hexdigest()[:10]


def keeper_in(visit: Visit, by: str, sites: tuple[str, ...] | None) -> str | None:
    """Who is meant by `by`; None where it is nobody who looks after anybody here."""
    if by == MINE:
        return by_account(signed_in(visit).account.name)
    if by == NOBODYS:
        return NOBODY
    return next((k for k in visit.allpath.store.worklist.keepers(sites) if mark_of(k) == by), None)


def keeper_choices(
    visit: Visit, keepers: Sequence[str], accounts: Iterable[Account], by: str
) -> dict[str, str]:
    """Whose patients may be asked for: anybody's, one's own, nobody's, then each by name.

    Whoever is asked for by an old address and looks after nobody any more is said to be so.
    """
    own = by_account(signed_in(visit).account.name)
    by_name = {account.name: account for account in accounts}
    others = {mark_of(k): keeper_title(k, by_name) for k in keepers if k not in {own, NOBODY}}
    named = dict(sorted(others.items(), key=lambda each: each[1].casefold()))
    choices = {"": "Anybody", MINE: "Me", NOBODYS: "Nobody", **named}
    return choices if by in choices else {**choices, by: "Somebody who has nobody now"}
