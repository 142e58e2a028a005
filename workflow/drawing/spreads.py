"""How long things took: the middle half as a box, the median as a rule, and a target if any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from workflow.drawing.canvas import FILLS, GRID, LATE, Canvas, Head
from workflow.drawing.scene import LEADING, wrapped
from workflow.figures import Spread

_WIDTH: Final = 940
_EDGE: Final = 12
_LABEL: Final = 300
_SHOWN: Final = 270
_ROW: Final = 44
_BOX: Final = 18
_BOTTOM: Final = 62
_STEPS: Final = (1, 2, 5, 10, 20, 30, 60, 90, 180, 365, 730, 1825)


@dataclass(frozen=True, slots=True)
class Row:
    """One length of time: its spread, None where nobody has come so far, and its words."""

    title: str
    spread: Spread | None
    target: float | None
    shown: tuple[str, ...]
    said: str


def spreads(head: Head, rows: Sequence[Row]) -> Canvas:
    """The rows under one another over an axis of days."""
    height = _EDGE + _ROW * len(rows) + _BOTTOM
    canvas = Canvas(head, [row.said for row in rows] or ["Nothing."], _WIDTH, height)
    left, right, floor = _LABEL, _WIDTH - _SHOWN, _EDGE + _ROW * len(rows) + 4
    ends = [row.spread.upper for row in rows if row.spread] + [r.target for r in rows if r.target]
    most = max([*ends, 10.0]) * 1.08
    step = next((step for step in _STEPS if most / step <= 7), _STEPS[-1])  # noqa: PLR2004 - so many numbers fit below
    canvas.about("Days.")
    for days in range(0, int(most) + 1, step):
        x = left + (right - left) * days / most
        canvas.rule((x, _EDGE), (x, floor), GRID, width=1)
        canvas.text(x, floor + 16, f"{days}", middle=True)
    canvas.text((left + right) / 2, floor + 34, "days", middle=True)
    for number, row in enumerate(rows):
        y = _EDGE + _ROW * (number + 0.5)
        canvas.about(row.said)
        for at, line in enumerate(wrapped(row.title, _LABEL - 2 * _EDGE, at_most=2)):
            canvas.text(_EDGE, y - 3 + at * LEADING, line, bold=True)
        for at, line in enumerate(row.shown):
            canvas.text(right + 16, y - 3 + at * LEADING, line)
        if row.target is not None:
            x = left + (right - left) * row.target / most
            canvas.rule((x, y - 18), (x, y + 18), LATE, dashes="6 3", width=2)
        if row.spread is not None:
            low, mid, high = (
                left + (right - left) * value / most
                for value in (row.spread.lower, row.spread.median, row.spread.upper)
            )
            canvas.box((low, y - _BOX / 2), (max(1.0, high - low), _BOX), FILLS[0])
            canvas.rule((mid, y - _BOX / 2 - 3), (mid, y + _BOX / 2 + 3), width=3)
    y = height - 8
    canvas.about("How to read it.")
    canvas.box((_EDGE, y - 11), (22, 12), FILLS[0])
    canvas.rule((_EDGE + 11, y - 13), (_EDGE + 11, y + 3), width=3)
    x = canvas.text(_EDGE + 30, y, "middle half of the times, with the median") + 24
    canvas.rule((x, y - 13), (x, y + 3), LATE, dashes="6 3", width=2)
    canvas.text(x + 8, y, "due window of the pathway or the site plan")
    return canvas
