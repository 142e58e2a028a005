"""One patient's line on a worklist page, and what it shows of how things stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from markupsafe import Markup

from allpath import words
from allpath.assigning import keeper_title
from allpath.blocked import blocked_by
from allpath.everybody import tasks_of
from allpath.reviews import Waiting
from allpath.tasks import Task
from allpath.web.pages import Visit, fragment
from workflow.accounts import Account
from workflow.assigning import account_in
from workflow.store import WorklistRow

_COLOURS: Final = {"overdue": "red", "due": "yellow", "quiet": "grey"}


@dataclass(frozen=True, slots=True)
class Row:
    """One patient on the list."""

    task: Task
    due: str
    due_on: date | None
    tag: str
    blocked: str
    may_act: bool
    keeper: str
    is_chosen: bool = False

    @property
    def html(self) -> Markup:
        """The row on the page; whatever changes of the patient changes the head of the history."""
        item = self.task
        told = (item.to_do, item.days, item.is_similar, self.due, self.due_on, self.tag)
        pinned = (item.path.path_id, item.path.head, *told, self.blocked, self.may_act)
        beside = (item.checkpoint and item.checkpoint.key, self.keeper, self.is_chosen)
        return fragment("worklist_row.html", *pinned, *beside, row=self, may_act=self.may_act)

    @property
    def mark(self) -> str:
        """A short word that changes when the patient's line does, whatever the time of day."""
        item = self.task
        shown = (item.path.path_id, item.path.head, item.bucket, item.reviews, self.keeper)
        return f"{crc32(repr(shown).encode()):08x}"


def lines_of(visit: Visit, found: Iterable[WorklistRow], waiting: Waiting) -> Iterator[Row]:
    """The lines of these rows, each worked out as it is asked for."""
    accounts: dict[str, Account] = {}
    zone, may_act = visit.zone, visit.may("see_to")
    for item in tasks_of(visit.allpath, found, waiting, visit.now):
        if account_in(item.keeper) and not accounts:  # read once, and for a list of nobody's never
            accounts = {each.name: each for each in visit.allpath.store.accounts.every()}
        keeper, blocked = keeper_title(item.keeper, accounts), blocked_by(item)
        yield Row(item, *_due(item, visit.now, zone), blocked, may_act, keeper)


def _due(item: Task, now: datetime, zone: ZoneInfo) -> tuple[str, date | None, str]:
    """When the patient is to be seen to, in words and as a day, and the colour of it."""
    row = item.checkpoint
    if row is None:
        return "No next step", None, "red"
    text = words.due(row, now, zone).partition(" - ")[0]
    return text, row.due_at.astimezone(zone).date(), _COLOURS.get(item.bucket, "blue")
