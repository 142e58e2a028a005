"""What a measurement gives: figures with their goals, the table of them, and how time is taken."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final, Literal

MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000
"""In nanoseconds, as the clock of the measurements counts."""


@dataclass(frozen=True)
class Run:
    """One run: in which folder, by which seed, how much is measured; tells of its progress."""

    folder: Path
    seed: int
    is_quick: bool

    @property
    def chance(self) -> Random:
        """Chance that comes out the same for the same seed."""
        return Random(self.seed)

    def scaled(self, full: int, quick: int) -> int:
        """The amount of work of this run."""
        return quick if self.is_quick else full

    def tell(self, progress: str) -> None:
        """Progress goes to standard error; the table alone to standard output."""
        print(f"... {progress}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Goal:
    """What a figure must reach."""

    bound: float
    sense: Literal["at most", "at least"]

    def is_reached_by(self, measured: float) -> bool:
        """Whether the figure is on the right side of the bound."""
        return measured <= self.bound if self.sense == "at most" else measured >= self.bound


@dataclass(frozen=True)
class Figure:
    """One line of the table; without a goal it only informs."""

    what: str
    measured: float
    unit: str
    goal: Goal | None = None
    note: str = ""

    @property
    def is_missed(self) -> bool:
        """Whether there is a goal that was not reached."""
        return self.goal is not None and not self.goal.is_reached_by(self.measured)


@dataclass
class Timings:
    """Durations in nanoseconds."""

    durations: list[int] = field(default_factory=list)

    def percentile(self, percent: float) -> float:
        """The duration that so many percent of all do not exceed."""
        ordered = sorted(self.durations)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]

    @property
    def median(self) -> float:
        """The duration in the middle."""
        return self.percentile(50)

    @property
    def a_second(self) -> float:
        """How many such acts fit into a second, one after the other."""
        return len(self.durations) / (sum(self.durations) / SECOND)


def table(figures: Sequence[Figure]) -> str:
    """The figures, one line each, with their goals."""
    rows = [("measured", "figure", "goal", "")]
    rows += [
        (
            figure.what,
            f"{shown(figure.measured)} {figure.unit}".strip(),
            f"{figure.goal.sense} {shown(figure.goal.bound)}" if figure.goal else "",
            ("MISSED  " if figure.is_missed else "") + figure.note,
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        f"{what:<{widths[0]}}  {figure:>{widths[1]}}  {goal:<{widths[2]}}  {note}".rstrip()
        for what, figure, goal, note in rows
    ]
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def shown(number: float) -> str:
    """Three significant digits, without an exponent; whole numbers from a hundred on."""
    if abs(number) >= 100:  # noqa: PLR2004 - three digits before the point
        return f"{number:,.0f}"
    return f"{number:.3g}"
