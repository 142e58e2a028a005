"""One lane for each patient: stays as segments with the number of their state, events as shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from workflow.drawing.canvas import FILLS, GRID, Canvas, Head, Mark
from workflow.drawing.scene import LEADING, text_width

_WIDTH: Final = 940
_EDGE: Final = 12
_LEFT: Final = 96
_RIGHT: Final = 20
_ROW: Final = 24
_BAR: Final = 15
_KEY: Final = 6
_MARK: Final = 7
"""Half of what a mark takes: no number stands behind one."""
_STEPS: Final = (7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stay in a state, from a day of the path to another; `state` counts from 1."""

    state: int
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Event:
    """What happened on a day of the path, as a shape."""

    day: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Lane:
    """One path by its opaque id."""

    name: str
    segments: tuple[Segment, ...]
    events: tuple[Event, ...]
    said: str


def swimmer(
    head: Head,
    lanes: Sequence[Lane],
    states: Sequence[str],
    marks: Sequence[tuple[Mark, str]],
) -> Canvas:
    """The lanes under one another; `states` are the names behind the numbers."""
    used = {segment.state for lane in lanes for segment in lane.segments}
    states_key = [(number, text) for number, text in enumerate(states, start=1) if number in used]
    floor = _EDGE + _ROW * len(lanes) + 4
    key_height = _key(None, states_key, marks, 0)
    height = floor + 44 + key_height + _EDGE
    canvas = Canvas(head, [lane.said for lane in lanes] or ["Nobody."], _WIDTH, height)
    last = max([s.until for lane in lanes for s in lane.segments] + [_STEPS[0]])
    scale = (_WIDTH - _LEFT - _RIGHT) / last
    step = next((step for step in _STEPS if last / step <= 12), _STEPS[-1])  # noqa: PLR2004 - so many numbers fit below
    canvas.about("Days since the path began.")
    for day in range(0, last + 1, step):
        x = _LEFT + day * scale
        canvas.rule((x, _EDGE), (x, floor), GRID, width=1)
        canvas.text(x, floor + 16, str(day), middle=True)
    canvas.text((_LEFT + _WIDTH) / 2, floor + 34, "days since the path began", middle=True)
    for number, lane in enumerate(lanes):
        _draw_lane(canvas, lane, _EDGE + _ROW * number, scale)
    _key(canvas, states_key, marks, floor + 44)
    return canvas


def _draw_lane(canvas: Canvas, lane: Lane, y: float, scale: float) -> None:
    canvas.about(lane.said)
    canvas.text(_LEFT - 10, y + 16, lane.name, ends=True)
    marks = [_LEFT + event.day * scale for event in lane.events]
    for segment in lane.segments:
        left = _LEFT + segment.since * scale
        wide = max(1.5, (segment.until - segment.since) * scale)
        canvas.box((left, y + 4), (wide, _BAR), FILLS[segment.state % len(FILLS)])
        number = str(segment.state)
        room = text_width(number, 12) / 2 + 3
        places = (left + wide * share for share in (0.5, 0.25, 0.75))
        inside = (x for x in places if left + room <= x <= left + wide - room)
        free = (x for x in inside if all(abs(x - mark) > room + _MARK for mark in marks))
        x = next(free, None)
        if x is not None:
            canvas.text(x, y + 16, number, middle=True)
    for event in lane.events:
        x = min(_LEFT + event.day * scale, _WIDTH - _EDGE)
        canvas.mark(x, y + 4 + _BAR / 2, event.mark)


def _key(
    canvas: Canvas | None,
    states: Sequence[tuple[int, str]],
    marks: Sequence[tuple[Mark, str]],
    y: float,
) -> float:
    """The key in lines no wider than the picture; answers how high it is."""
    x, row = float(_EDGE), y + LEADING
    entries: list[tuple[int | Mark, str]] = [*states, *marks]
    for sign, text in entries:
        wide = 30 + text_width(text, 12) + 20
        if x + wide > _WIDTH - _EDGE:
            x, row = float(_EDGE), row + LEADING * 1.5
        if canvas is not None:
            _entry(canvas, x, row, sign, text)
        x += wide
    return row + _KEY - y


def _entry(canvas: Canvas, x: float, y: float, sign: int | Mark, text: str) -> None:
    canvas.about(f"{sign}: {text}.")
    if isinstance(sign, int):
        canvas.box((x, y - 12), (24, _BAR), FILLS[sign % len(FILLS)])
        canvas.text(x + 12, y, str(sign), middle=True)
    else:
        canvas.mark(x + 12, y - 4, sign)
    canvas.text(x + 30, y, text)
