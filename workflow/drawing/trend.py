"""Results of one measurement over time: a log axis, the threshold, and what lies below detection.

A point's shape is its method. What was not detected, or not quantified, is a triangle pointing down
at its limit, since the true value lies below. Lines join quantified results of one method, specimen
and episode that follow one another, and nothing else: two methods do not measure the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import floor, log10
from typing import Final
from xml.etree import ElementTree as ET  # written only, never read

from workflow.drawing.svg import DARK, FACES, INK, PAPER
from workflow.measurement import Measurement, as_percent, powers

_WIDTH: Final = 460
_HEIGHT: Final = 300
_LEFT: Final = 66
_RIGHT: Final = 16
_TOP: Final = 16
_BOTTOM: Final = 62
_SIZE: Final = 6
_GRID: Final = "#c8d0d4"
_LIMIT: Final = "#a3130b"
_INKS: Final = {"flow": DARK, "pcr": "#7a3e00", "ngs": "#5a2a6b", "bcrabl_rtpcr": "#1c4f8c"}
_EXPONENT: Final = re.compile("([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_LOWERED: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "\N{MINUS SIGN}0123456789")
_SIDE_BY_SIDE: Final = 4
"""Closer than so many pixels, two labels of days would be drawn over one another."""


@dataclass(frozen=True, slots=True)
class Point:
    """One result with the day of its sample and the episode it belongs to."""

    on: date
    result: Measurement
    episode: int = 1

    @property
    def level(self) -> Decimal | None:
        """Where it stands on the axis: its value, or the limit below which the value lies."""
        return {
            "quantified": self.result.value,
            "not_detected": self.result.sensitivity,
            "below_quantification": self.result.loq,
        }[self.result.result]

    @property
    def is_below(self) -> bool:
        """Whether only a limit is known, below which the true value lies."""
        return self.result.result != "quantified"

    @property
    def is_drawn(self) -> bool:
        """Whether it has a place on a log axis; what has none stands in the table alone."""
        return self.level is not None and self.level > 0

    @property
    def method(self) -> str:
        """The method, in a word."""
        return self.result.method or "method not said"


def trend(points: Sequence[Point], threshold: Decimal | None, name: str) -> str:
    """The results as one SVG; `threshold` is a fraction, and so is every value."""
    drawn = sorted((point for point in points if point.is_drawn), key=lambda point: point.on)
    ids = f"trend-{'-'.join(name.casefold().split())}"  # a page may hold several pictures
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH} {_HEIGHT}",
            "role": "img",
            "aria-labelledby": f"{ids}-title {ids}-desc",
            "font-family": FACES,
            "font-size": "12",
        },
    )
    ET.SubElement(root, "title", {"id": f"{ids}-title"}).text = f"{name} over time"
    told = ET.SubElement(root, "desc", {"id": f"{ids}-desc"})
    told.text = " ".join(sentences(drawn, threshold))
    ET.SubElement(root, "rect", {"width": str(_WIDTH), "height": str(_HEIGHT), "fill": PAPER})
    if drawn:
        _Plot(root, drawn, threshold).draw()
    return ET.tostring(root, encoding="unicode")


def sentences(points: Sequence[Point], threshold: Decimal | None) -> Iterator[str]:
    """The same as sentences: the text twin of the picture."""
    for point in points:
        yield f"{point.on:%d-%b-%Y}: {powers(str(point.result))}, {point.method}."
    if threshold is not None:
        yield f"The threshold is {powers(as_percent(threshold))}."


def joined(points: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    """The pairs a line may join: neighbours of one method, specimen and episode, both a number."""
    kinds: dict[tuple[str, str | None, int], list[Point]] = {}
    for point in sorted(points, key=lambda point: point.on):
        kinds.setdefault((point.method, point.result.specimen, point.episode), []).append(point)
    for alike in kinds.values():
        yield from (
            pair for pair in pairwise(alike) if all(p.is_drawn and not p.is_below for p in pair)
        )


class _Plot:
    """The axes and what stands between them."""

    def __init__(
        self, root: ET.Element, points: Sequence[Point], threshold: Decimal | None
    ) -> None:
        self._root = root
        self._points = points
        self._threshold = threshold if threshold is not None and threshold > 0 else None
        levels = [float(point.level) for point in points if point.level is not None]
        levels += [float(self._threshold)] if self._threshold else []
        self._low = floor(log10(min(levels))) - 1
        self._high = min(0, floor(log10(max(levels))) + 1)
        self._first, last = points[0].on.toordinal(), points[-1].on.toordinal()
        self._days = max(1, last - self._first)

    def draw(self) -> None:
        """Grid, threshold, lines, points, and how to read them."""
        for power in range(self._low, self._high + 1):
            y = self._y(10.0**power)
            self._line((_LEFT, y), (_WIDTH - _RIGHT, y), _GRID)
            self._text(_LEFT - 6, y + 4, _percent(power), "end")
        self._days_below()
        if self._threshold is not None:
            y = self._y(float(self._threshold))
            self._line((_LEFT, y), (_WIDTH - _RIGHT, y), _LIMIT, "6 4")
            text = f"threshold {powers(as_percent(self._threshold))}"
            self._text(_WIDTH - _RIGHT - 2, y - 5, text, "end", _LIMIT)
        for first, second in joined(self._points):
            self._line(self._at(first), self._at(second), _ink(first))
        for point in self._points:
            self._point(point)
        self._key()

    def _point(self, point: Point) -> None:
        x, y = self._at(point)
        group = ET.SubElement(self._root, "g")
        ET.SubElement(group, "title").text = next(sentences([point], None))
        _shape(group, x, y, "below" if point.is_below else point.method, _ink(point))
        if point.is_below and len({each.method for each in self._points}) > 1:
            self._text(x, y + 20, point.method.replace("_", " "), "middle")

    def _days_below(self) -> None:
        y, free = _HEIGHT - _BOTTOM + 18, -1000.0
        for point in self._points:
            x = self._at(point)[0]
            self._line((x, _HEIGHT - _BOTTOM), (x, _HEIGHT - _BOTTOM + 5), INK)
            if x - 36 > free + _SIDE_BY_SIDE:
                self._text(min(x, _WIDTH - _RIGHT - 34), y, f"{point.on:%d-%b-%Y}", "middle")
                free = x + 36

    def _key(self) -> None:
        x, y = float(_LEFT), _HEIGHT - 14
        kinds = dict.fromkeys(point.method for point in self._points if not point.is_below)
        if any(point.is_below for point in self._points):
            kinds["below"] = None
        for kind in kinds:
            _shape(self._root, x, y - 4, kind, _INKS.get(kind, INK))
            text = "below its limit (any method)" if kind == "below" else kind.replace("_", " ")
            self._text(x + 12, y, text, "start")
            x += 30 + 7.0 * len(text)

    def _at(self, point: Point) -> tuple[float, float]:
        room = _WIDTH - _LEFT - _RIGHT - 40
        x = _LEFT + 20 + room * (point.on.toordinal() - self._first) / self._days
        return round(x, 1), self._y(float(point.level or 1))

    def _y(self, level: float) -> float:
        share = (log10(level) - self._low) / (self._high - self._low)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)

    def _line(
        self, start: tuple[float, float], end: tuple[float, float], ink: str, dashes: str = ""
    ) -> None:
        places = dict(zip(("x1", "y1", "x2", "y2"), map(str, (*start, *end)), strict=True))
        broken = {"stroke-dasharray": dashes} if dashes else {}
        ET.SubElement(
            self._root, "line", {**places, "stroke": ink, "stroke-width": "1.4", **broken}
        )

    def _text(self, x: float, y: float, content: str, anchor: str, ink: str = INK) -> None:
        places = {"x": str(x), "y": str(y), "text-anchor": anchor, "fill": ink}
        _raised(ET.SubElement(self._root, "text", places), content)


def _raised(text: ET.Element, content: str) -> None:
    """A text with its exponents raised.

    The face of the pictures has no raised minus: a renderer would take the whole line from another
    face, or leave it out.
    """
    plain, *rest = _EXPONENT.split(content)
    text.text = plain
    for exponent, after in zip(rest[::2], rest[1::2], strict=True):
        up = ET.SubElement(text, "tspan", {"dy": "-4", "font-size": "9"})
        up.text = exponent.translate(_LOWERED)
        ET.SubElement(text, "tspan", {"dy": "4"}).text = after


def _shape(parent: ET.Element, x: float, y: float, kind: str, ink: str) -> None:
    """A mark for a kind of point: its form says the method, whatever colours are seen."""
    size = _SIZE
    if kind == "flow":
        ET.SubElement(parent, "circle", {"cx": str(x), "cy": str(y), "r": "5.5", "fill": ink})
        return
    corners = {
        "below": ((-size, -size), (size, -size), (0, size)),
        "pcr": ((-5, -5), (5, -5), (5, 5), (-5, 5)),
        "ngs": ((0, -7), (7, 0), (0, 7), (-7, 0)),
        "bcrabl_rtpcr": ((-size, size), (size, size), (0, -size)),
    }.get(kind, ((-5, -2), (5, -2), (5, 2), (-5, 2)))
    path = " L".join(f"{round(x + dx, 1)} {round(y + dy, 1)}" for dx, dy in corners)
    hollow = {"fill": PAPER, "stroke": ink, "stroke-width": "2"} if kind == "below" else {}
    ET.SubElement(parent, "path", {"d": f"M{path} Z", "fill": ink, **hollow})


def _ink(point: Point) -> str:
    return _INKS.get(point.method, INK)


def _percent(power: int) -> str:
    return f"{format(Decimal(10) ** (power + 2), 'f')} %"
