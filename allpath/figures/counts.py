"""Figures about the cohort, each with its picture, its table, and what exactly it counts.

A file that leaves shows no count from one to four, and nothing that rests on so few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from allpath import words
from allpath.figures.lives import Lives
from allpath.figures.waiting import Waited
from allpath.pictures.picture import Picture
from workflow.data_use import LEFT_OUT
from workflow.drawing.bars import Bar, Column, columns, ranking
from workflow.drawing.canvas import Head
from workflow.figures import FEWEST, any_of, is_hidden, overdue_at, shown_count, week_ends

WEEKS: Final = 26
HIDDEN: Final = "Not shown"
_MOST: Final = 25
"""So many bars are read; the table has all."""
_FEW: Final = f"Counts from 1 to {FEWEST - 1} are written <{FEWEST}, as this file leaves Allpath."
_OVERDUE: Final = (
    "A checkpoint is overdue at a week's end (Sunday, midnight) when its window had run out by "
    "then and it was not recorded as met, waived, cancelled or missed for good yet. Windows are "
    "as they stand now. A patient may have several."
)
_BLOCKED: Final = (
    "Of each patient for whom no step is supported now: every missing fact where facts are "
    "missing, else the reason of the pathway. A patient with several missing facts is counted at "
    "each. Who only waits as the pathway's schedule says is not blocked. Patient-days are the days "
    "in the present state so far, added up: nobody has waited longer than that in this state."
)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a figure is about: whose lives, seen when, and whether it leaves Allpath."""

    lives: Lives
    now: datetime
    zone: ZoneInfo
    is_exported: bool = False

    @property
    def about(self) -> str:
        """How many are counted, who is not, and when the data were cut."""
        lives = self.lives
        noun = "patient" if len(lives.every) == 1 else "patients"
        cut = words.minute(self.now, self.zone)
        titles = sorted({pathway.title for pathway in lives.pathways.values()})
        of = f"{titles[0]}: " if len(titles) == 1 else ""
        parts = [f"{of}n = {self.count(len(lives.every))} {noun}, data of {cut}"]
        if lives.left_out:
            parts.append(f"{self.count(lives.left_out)} {LEFT_OUT}")
        if lives.merged:
            parts.append(f"{self.count(lives.merged)} merged into another path")
        return "; ".join(parts) + "."

    def count(self, number: int) -> str:
        """A count as it may be shown."""
        return shown_count(number, is_exported=self.is_exported)

    def hides(self, number: int) -> bool:
        """Whether what rests on so few stays here."""
        return is_hidden(number, is_exported=self.is_exported)

    def length(self, number: int) -> int:
        """How long a bar is: that of a hidden count says no more than its words."""
        return FEWEST if self.hides(number) else number

    def head(self, name: str, title: str, definition: str) -> Head:
        """The head of a picture; what leaves its page takes its definition along."""
        return Head(name, title, (self.about, *((definition, _FEW) if self.is_exported else ())))

    def notes(self, definition: str) -> tuple[str, ...]:
        """What the figure counts, and what is left out of it."""
        return (definition, *((_FEW,) if self.is_exported else ()))


def overdue_by_week(basis: Basis) -> Picture:
    """How many checkpoints were overdue at each week's end, and now."""
    late = [each for life in basis.lives.every for each in life.late]
    first = min((each.since for each in late), default=basis.now)
    ends = (*week_ends(first, basis.now, basis.zone, WEEKS), basis.now)
    counts = overdue_at(late, ends)
    patients = overdue_at([each for life in basis.lives.every for each in any_of(life.late)], ends)
    days = [words.day(_last_day(at, basis.zone)) for at in ends[:-1]]
    days.append(f"{words.minute(basis.now, basis.zone)} (now)")
    shown = [
        Column(
            _last_day(at, basis.zone), basis.length(count), basis.count(count), basis.hides(count)
        )
        for at, count in zip(ends, counts, strict=True)
    ]
    head = basis.head("overdue", "Overdue checkpoints at the end of each week, and now", _OVERDUE)
    return Picture(
        head.name,
        head.title,
        columns(head, shown).svg(),
        ("At the end of", "Overdue checkpoints", "Patients with any"),
        tuple(
            (day, basis.count(count), basis.count(people))
            for day, count, people in zip(days, counts, patients, strict=True)
        ),
        basis.notes(_OVERDUE),
    )


def _last_day(at: datetime, zone: ZoneInfo) -> date:
    """The day that ends at midnight, or the day of any other moment."""
    local = at.astimezone(zone)
    is_midnight = local.hour == local.minute == local.second == local.microsecond == 0
    return (local - timedelta(days=1)).date() if is_midnight else local.date()


def what_blocks(basis: Basis, waited: Sequence[Waited]) -> Picture:
    """What keeps patients from a step, what keeps most of them first."""
    head = basis.head("blocked", "What blocks whom", _BLOCKED)
    rows = []
    bars = []
    # The order of counts that are not shown would tell which is the larger one.
    ordered = sorted(waited, key=lambda each: (-basis.length(each.patients), each.what.text))
    for each in ordered if basis.is_exported else waited:
        patients = basis.count(each.patients)
        days = HIDDEN if basis.hides(each.patients) else f"{each.days:,}"
        rows.append((each.what.text, each.what.kind, patients, days))
        noun = "patient" if each.patients == 1 else "patients"
        shown = f"{patients} {noun}" + ("" if days == HIDDEN else f", {days} days")
        said = f"{each.what.kind}: {each.what.text}: {shown}."
        title = f"{each.what.kind}: {each.what.text}"
        bars.append(Bar(title, basis.length(each.patients), shown, said, days == HIDDEN))
    return Picture(
        head.name,
        head.title,
        ranking(head, bars[:_MOST]).svg(),
        ("What is waited for", "Kind", "Patients", "Patient-days"),
        tuple(rows),
        basis.notes(_BLOCKED),
    )
