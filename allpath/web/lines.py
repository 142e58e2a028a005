"""One patient's line on a worklist page, and what it shows of how things stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zlib import crc32

from markupsafe import Markup

from allpath import words
from allpath.assigning import keeper_title
from allpath.blocked import blocked_by, is_waiting
from allpath.everybody import tasks_of
from allpath.reviews import Waiting
from allpath.tasks import Task
from allpath.web.pages import Visit, fragment
from workflow.accounts import Account
from workflow.assigning import account_in
from workflow.civil_time import site_zone
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
    is_waiting: bool = False
    is_chosen: bool = False

    @property
    def html(self) -> Markup:
        """The row on the page; whatever changes of the patient changes the head of the history."""
        item = self.task
        told = (item.asked, item.late_actions, item.days, item.is_similar)
        due = (self.due, self.due_on, self.tag, self.blocked, self.is_waiting)
        pinned = (item.path.path_id, item.path.head, *told, *due, self.may_act)
        beside = (item.checkpoint and item.checkpoint.key, self.keeper, self.is_chosen)
        return fragment("worklist_row.html", *pinned, *beside, row=self, may_act=self.may_act)

    @property
    def mark(self) -> str:
        """A short word that changes when the patient's line does, whatever the time of day."""
        item = self.task
        late = [action.told for action in item.late_actions]
        shown = (item.path.path_id, item.path.head, item.bucket, item.reviews, self.keeper, late)
        return f"{crc32(repr(shown).encode()):08x}"


def lines_of(visit: Visit, found: Iterable[WorklistRow], waiting: Waiting) -> Iterator[Row]:
    """The lines of these rows, each worked out as it is asked for."""
    accounts: dict[str, Account] = {}
    may_act = visit.may("see_to")
    for item in tasks_of(visit.allpath, found, waiting, visit.now):
        if account_in(item.keeper) and not accounts:  # read once, and for a list of nobody's never
            accounts = {each.name: each for each in visit.allpath.store.accounts.every()}
        keeper = keeper_title(item.keeper, accounts)
        due = _due(item, visit.now)
        yield Row(item, *due, blocked_by(item), may_act, keeper, is_waiting(item))


def _due(item: Task, now: datetime) -> tuple[str, date | None, str]:
    """When the patient is to be seen to, in words and as a day, and the colour of it.

    A day is due by the calendar of the patient's site, whatever the clock of the installation.
    """
    row = item.checkpoint
    if row is None:
        return "No next step", None, "red"
    zone = site_zone(item.path.settings)
    text = words.due(row, now, zone).partition(" - ")[0]
    return text, row.due_at.astimezone(zone).date(), _COLOURS.get(item.bucket, "blue")
