"""One patient's time as a picture: stays as bars, results and checkpoints as marks, today a rule.

Each stay has a row of its own, so that no name is ever lost in a short bar. What was undone keeps
its row, broken and said so: the past stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal

from workflow.drawing.canvas import FILLS, GRID, LATE, LINE, Canvas, Head, Mark
from workflow.drawing.days import DayAxis
from workflow.drawing.scene import LEADING, text_width, wrapped
from workflow.drawing.svg import DARK, PAPER

WIDTH: Final = 940
_LEFT: Final = 284
_RIGHT: Final = 18
_ROW: Final = 26
_BAR: Final = 15
_TOP: Final = 12
_DAYS: Final = 88
_AHEAD: Final = 0.12
"""So much of the time so far is drawn of what is to come."""
_LEAST: Final = 14
_NEAR: Final = 0.3
"""An anchor so much before the first stay is drawn; one further back is told below."""

Kind = Literal["state", "track", "undone"]
_FILLED: Final[dict[Kind, str]] = {"state": FILLS[0], "track": FILLS[1], "undone": PAPER}


@dataclass(frozen=True, slots=True)
class Bar:
    """A stay: `until` is None where it goes on, `said` is its sentence."""

    title: str
    kind: Kind
    since: date
    until: date | None
    said: str


@dataclass(frozen=True, slots=True)
class Happening:
    """A mark on a day: a result, or a checkpoint with how it stands."""

    on: date
    mark: Mark
    said: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Marks of one kind on a row of their own."""

    title: str
    happenings: tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A day others are counted from."""

    title: str
    on: date


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that one picture shows; `key` tells what its marks mean."""

    head: Head
    bars: tuple[Bar, ...]
    lanes: tuple[Lane, ...]
    anchors: tuple[Anchor, ...]
    today: date
    key: tuple[tuple[Mark, str], ...] = ()


@lru_cache(maxsize=64)
def timeline(shown: Timeline) -> str:
    """The picture as SVG; the same content is the same picture, and drawn once."""
    return drawn(shown).svg()


def drawn(shown: Timeline) -> Canvas:
    """The picture on its sheet."""
    bars, lanes, anchors, today = shown.bars, shown.lanes, shown.anchors, shown.today
    axis = _axis(bars, anchors, today)
    above = [each for each in sorted(anchors, key=lambda each: each.on) if axis.holds(each.on)]
    before = [each for each in anchors if each.on < axis.first]
    notes = wrapped(_before(before), WIDTH - 2 * _TOP) if before else ()
    top = _TOP + LEADING * (len(above) + 1) + 6
    bottom = top + _ROW * (len(bars) + len(lanes)) + 6
    key_lines = _key_lines(shown.key)
    height = bottom + 30 + LEADING * 1.5 * len(key_lines) + LEADING * len(notes) + 8
    told = tuple(_sentences(bars, lanes, anchors, today))
    canvas = Canvas(shown.head, told, WIDTH, height)
    _draw_days(canvas, axis, top, bottom)
    _draw_anchors(canvas, axis, above, today, bottom)
    y = float(top)
    for bar in bars:
        _draw_bar(canvas, axis, bar, today, y)
        y += _ROW
    for lane in lanes:
        _draw_lane(canvas, axis, lane, y)
        y += _ROW
    y = bottom + 30 + LEADING
    for line in key_lines:
        x = float(_TOP + 6)
        for mark, text in line:
            canvas.mark(x, y - 4, mark, _ink(mark))
            x = canvas.text(x + 12, y, text) + 22
        y += LEADING * 1.5
    for note in notes:
        canvas.text(_TOP, y, note)
        y += LEADING
    return canvas


def _axis(bars: Sequence[Bar], anchors: Sequence[Anchor], today: date) -> DayAxis:
    first = min([bar.since for bar in bars] + [today - timedelta(_LEAST)])
    span = max(_LEAST, (today - first).days)
    near = [each.on for each in anchors if 0 < (first - each.on).days <= max(30, span * _NEAR)]
    last = today + timedelta(max(_LEAST, int(span * _AHEAD)))
    return DayAxis(min([first, *near]), last, _LEFT, WIDTH - _RIGHT)


def _draw_days(canvas: Canvas, axis: DayAxis, top: float, bottom: float) -> None:
    canvas.about("The days.")
    canvas.rule((axis.left, bottom), (axis.right, bottom))
    free = 0.0
    for day in axis.ticks():
        x, text = axis.x(day), f"{day:%d-%b-%Y}"
        canvas.rule((x, top), (x, bottom + 5), GRID, width=1)
        half = text_width(text, 12) / 2
        if x - half > free and x + half < canvas.width:
            canvas.text(x, bottom + 19, text, middle=True)
            free = x + half + 4


def _draw_anchors(
    canvas: Canvas, axis: DayAxis, anchors: Sequence[Anchor], today: date, bottom: float
) -> None:
    y = float(_TOP + 10)
    for anchor in anchors:
        canvas.about(f"{anchor.title}: {anchor.on:%d-%b-%Y}.")
        _flag(canvas, (axis.x(anchor.on), y), bottom, f"{anchor.title} {anchor.on:%d-%b-%Y}")
        y += LEADING
    canvas.about(f"Today is {today:%d-%b-%Y}.")
    _flag(canvas, (axis.x(today), y), bottom, f"today {today:%d-%b-%Y}", is_today=True)


def _flag(
    canvas: Canvas, top: tuple[float, float], bottom: float, text: str, *, is_today: bool = False
) -> None:
    """A rule over all rows with its words at its top, on whichever side has room."""
    x, y = top
    ink, dashes, width = (LATE, "", 2.0) if is_today else (LINE, "6 4", 1.4)
    canvas.rule((x, y - 10), (x, bottom), ink, dashes=dashes, width=width)
    wide = text_width(text, 12)
    is_left = x + wide + 8 > canvas.width
    left = x - 5 - wide if is_left else x + 5
    canvas.box((left - 1, y - 11), (wide + 1, 14), PAPER, edge=PAPER)
    canvas.text(x - 5 if is_left else x + 5, y, text, ends=is_left, ink=ink)


def _draw_bar(canvas: Canvas, axis: DayAxis, bar: Bar, today: date, y: float) -> None:
    canvas.about(bar.said)
    until = bar.until or today
    days = (until - bar.since).days
    _label(canvas, bar.title, y, f"{days} d")
    left, right = axis.x(bar.since), axis.x(until)
    dashes = "5 3" if bar.kind == "undone" else ""
    size = (max(3.0, right - left), _BAR)
    canvas.box((left, y + 4), size, _FILLED[bar.kind], dashes=dashes)
    if bar.kind == "undone":
        middle = y + 4 + _BAR / 2
        canvas.rule((left, middle), (left + size[0], middle), LINE, dashes="1.5 4")


def _draw_lane(canvas: Canvas, axis: DayAxis, lane: Lane, y: float) -> None:
    canvas.about(f"{lane.title}: {len(lane.happenings)}.")
    early = sum(each.on < axis.first for each in lane.happenings)
    late = sum(each.on > axis.last for each in lane.happenings)
    beside = [f"{n} {word}" for n, word in ((early, "earlier"), (late, "later")) if n]
    more = f" ({', '.join(beside)})" if beside else ""
    _label(canvas, lane.title, y, f"{len(lane.happenings)}{more}")
    canvas.rule((axis.left, y + _ROW / 2), (axis.right, y + _ROW / 2), GRID, width=1)
    for each in lane.happenings:
        if axis.holds(each.on):
            canvas.about(each.said)
            canvas.mark(axis.x(each.on), y + _ROW / 2, each.mark, _ink(each.mark))


def _label(canvas: Canvas, title: str, y: float, number: str) -> None:
    room = _LEFT - _TOP - _DAYS - 10
    canvas.text(_TOP, y + 16, wrapped(title, room, at_most=1)[0], bold=True)
    canvas.text(_LEFT - 10, y + 16, number, ends=True)


def _key_lines(key: Sequence[tuple[Mark, str]]) -> list[list[tuple[Mark, str]]]:
    """The key in lines no wider than the picture."""
    lines: list[list[tuple[Mark, str]]] = []
    x = float(WIDTH)
    for mark, text in key:
        wide = 12 + text_width(text, 12) + 22
        if x + wide > WIDTH - 2 * _TOP:
            lines.append([])
            x = 0
        lines[-1].append((mark, text))
        x += wide
    return lines


def _ink(mark: Mark) -> str:
    return LATE if mark in {"missed", "late"} else DARK


def _before(anchors: Sequence[Anchor]) -> str:
    return "Before the picture: " + "; ".join(f"{a.title} {a.on:%d-%b-%Y}" for a in anchors) + "."


def _sentences(
    bars: Sequence[Bar], lanes: Sequence[Lane], anchors: Sequence[Anchor], today: date
) -> Iterator[str]:
    for anchor in anchors:
        yield f"{anchor.title}: {anchor.on:%d-%b-%Y}."
    for bar in bars:
        yield bar.said
    for lane in lanes:
        yield f"{lane.title}: {len(lane.happenings)}."
        yield from (each.said for each in lane.happenings)
    yield f"Today is {today:%d-%b-%Y}."
