"""Counts as bars: a ranking with words beside each bar, and columns for week after week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from workflow.drawing.canvas import FILLS, GRID, Canvas, Head
from workflow.drawing.scene import LEADING, text_width, wrapped
from workflow.drawing.svg import PAPER

_WIDTH: Final = 940
_EDGE: Final = 12
_LABEL: Final = 380
_BAR: Final = 16
_HEIGHT: Final = 300
_LEFT: Final = 52
_BOTTOM: Final = 46
_TOP: Final = 26


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a ranking: how long its bar is, what stands behind it, and its sentence.

    A hidden one is hollow and broken: its length says nothing.
    """

    title: str
    length: float
    shown: str
    said: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One moment: the day, its count, and the count as it may be shown; hollow where hidden."""

    on: date
    count: int
    shown: str
    is_hidden: bool = False


def ranking(head: Head, bars: Sequence[Bar]) -> Canvas:
    """Bars under one another, the first on top."""
    rows = [(bar, wrapped(bar.title, _LABEL - 2 * _EDGE, at_most=3)) for bar in bars]
    heights = [max(_BAR + 10, len(lines) * LEADING + 10) for _, lines in rows]
    height = sum(heights) + 2 * _EDGE + (LEADING if not bars else 0)
    canvas = Canvas(head, [bar.said for bar in bars] or ["Nothing."], _WIDTH, height)
    if not bars:
        canvas.text(_EDGE, 2 * _EDGE, "Nothing to show.")
    most = max([bar.length for bar in bars] + [1])
    behind = max([text_width(bar.shown, 12) for bar in bars] + [0])
    room = _WIDTH - _LABEL - behind - 2 * _EDGE
    y = float(_EDGE)
    for (bar, lines), tall in zip(rows, heights, strict=True):
        canvas.about(bar.said)
        middle = y + tall / 2
        for number, line in enumerate(lines):
            base = middle + 4 + (number - (len(lines) - 1) / 2) * LEADING
            canvas.text(_LABEL - 10, base, line, ends=True)
        long = max(2.0, room * bar.length / most)
        _box(canvas, (_LABEL, middle - _BAR / 2), (long, _BAR), "" if bar.is_hidden else FILLS[0])
        canvas.text(_LABEL + long + 8, middle + 4, bar.shown)
        y += tall
    return canvas


def columns(head: Head, shown: Sequence[Column]) -> Canvas:
    """Columns beside one another, the earliest first, each with its number on top."""
    told = [f"{each.on:%d-%b-%Y}: {each.shown}." for each in shown]
    canvas = Canvas(head, told or ["Nothing."], _WIDTH, _HEIGHT)
    if not shown:
        canvas.text(_EDGE, 2 * _EDGE, "Nothing to show.")
        return canvas
    most, floor = max([each.count for each in shown] + [1]), _HEIGHT - _BOTTOM
    step = (_WIDTH - _LEFT - _EDGE) / len(shown)
    for share in _shares(most):
        y = floor - (floor - _TOP) * share / most
        canvas.rule((_LEFT, y), (_WIDTH - _EDGE, y), GRID, width=1)
        canvas.text(_LEFT - 8, y + 4, str(share), ends=True)
    free = float(_WIDTH) + 1
    wide = min(34.0, step * 0.7)
    for number, each in reversed(tuple(enumerate(shown))):  # the last day is always written
        middle = _LEFT + step * (number + 0.5)
        canvas.about(f"{each.on:%d-%b-%Y}: {each.shown}.")
        tall = (floor - _TOP) * each.count / most
        if each.count:
            fill = "" if each.is_hidden else FILLS[1]
            _box(canvas, (middle - wide / 2, floor - tall), (wide, tall), fill)
        chip = text_width(each.shown, 12)
        at = (middle - chip / 2, floor - tall - 16)
        canvas.box(at, (chip, 13), PAPER, edge=PAPER)  # no rule goes through a number
        canvas.text(middle, floor - tall - 6, each.shown, middle=True)
        text = f"{each.on:%d-%b-%Y}"
        half = text_width(text, 12) / 2
        place = min(middle, _WIDTH - half - 2)
        if place + half < free:
            canvas.rule((middle, floor), (middle, floor + 5))
            canvas.text(place, floor + 20, text, middle=True)
            free = place - half - 6
    canvas.rule((_LEFT, floor), (_WIDTH - _EDGE, floor))
    return canvas


def _box(canvas: Canvas, at: tuple[float, float], size: tuple[float, float], fill: str) -> None:
    """A filled bar; a hollow, broken one where no fill is given."""
    canvas.box(at, size, fill or PAPER, dashes="" if fill else "5 3")


def _shares(most: int) -> tuple[int, ...]:
    """The numbers at the axis: at most five steps of 1, 2 or 5 with noughts."""
    size = 1
    while most / size > 5:  # noqa: PLR2004 - so many rules are read at a glance
        size = {"1": 2, "2": 5, "5": 10}[str(size)[0]] * 10 ** (len(str(size)) - 1)
    return tuple(range(0, most + 1, size))
