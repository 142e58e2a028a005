"""A sheet for figures with an axis: bars, rules, marks and texts, each with its sentence.

A mark's form says what it means, whatever colours are seen, and every fill is light enough for dark
words upon it. What is drawn remembers where its words stand, so that a test can see that none lies
over another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal
from xml.etree import ElementTree as ET  # written only, never read

from workflow.drawing.scene import LEADING, SMALL, Text, wrapped
from workflow.drawing.svg import DARK, FACES, INK, PAPER

_EDGE: Final = 12
GRID: Final = "#c8d0d4"
LINE: Final = "#3c4f58"
LATE: Final = "#a3130b"
FILLS: Final = (
    *("#cfe3f5", "#f7ddb5", "#d5ead0", "#f3d3e1", "#dcdcdc", "#fbf3b0", "#d9d3ee", "#bfe6e2"),
)
"""For neighbours: told apart by blue, yellow and lightness, and by the words or numbers on them."""

Mark = Literal[
    "met", "missed", "late", "due", "waived", "circle", "square", "diamond", "bar", "up", "below"
]
_CORNERS: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "late": ((0, -7), (7, 6), (-7, 6)),
    "due": ((0, -7), (7, 0), (0, 7), (-7, 0)),
    "diamond": ((0, -7), (7, 0), (0, 7), (-7, 0)),
    "square": ((-5, -5), (5, -5), (5, 5), (-5, 5)),
    "bar": ((-6, -2), (6, -2), (6, 2), (-6, 2)),
    "up": ((-5, -6), (6, 0), (-5, 6)),
    "below": ((-6, -6), (6, -6), (0, 6)),
}
_HOLLOW: Final = frozenset({"due", "below"})


@dataclass(frozen=True, slots=True)
class Head:
    """What a picture says of itself: the name for its ids, its title, and on what it rests."""

    name: str
    title: str
    about: tuple[str, ...] = ()


class Canvas:
    """One picture while it is drawn; lengths are pixels, and y grows downwards.

    The head stands above everything else, and is not counted in the height that is asked for.
    """

    def __init__(self, head: Head, told: Iterable[str], width: float, height: float) -> None:
        lines = [
            line
            for number, text in enumerate((head.title, *head.about))
            for line in wrapped(text, width - 2 * _EDGE, bold=number == 0)
        ]
        above = len(lines) * LEADING + _EDGE
        self.width, self.height = width, height + above
        self.texts: list[Text] = []
        self._above = 0.0
        ids = {part: f"{head.name}-{part}" for part in ("title", "desc")}  # a page holds several
        size = {"width": number(width), "height": number(self.height)}
        self._whole = self._root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {size['width']} {size['height']}",
                **size,
                "role": "img",
                "aria-labelledby": " ".join(ids.values()),
                "font-family": FACES,
            },
        )
        ET.SubElement(self._root, "title", {"id": ids["title"]}).text = head.title
        ET.SubElement(self._root, "desc", {"id": ids["desc"]}).text = "\n".join(
            (*head.about, *told)
        )
        ET.SubElement(self._root, "rect", {**size, "fill": PAPER})
        self._at = self._root
        for row, line in enumerate(lines, start=1):
            self.text(_EDGE, row * LEADING, line, bold=row == 1)
        self._above = above
        shift = {"transform": f"translate(0 {number(above)})"}
        self._root = ET.SubElement(self._root, "g", shift)
        self._at = self._root

    def about(self, sentence: str) -> None:
        """What is drawn next belongs together, and this is what a reader hears for it."""
        self._at = ET.SubElement(self._root, "g")
        ET.SubElement(self._at, "title").text = sentence

    def box(
        self,
        at: tuple[float, float],
        size: tuple[float, float],
        fill: str,
        *,
        dashes: str = "",
        edge: str = LINE,
    ) -> None:
        """An upright rectangle from its upper left corner."""
        broken = {"stroke-dasharray": dashes} if dashes else {}
        places = zip(("x", "y", "width", "height"), map(number, (*at, *size)), strict=True)
        look = {"fill": fill, "stroke": edge, "stroke-width": "1.2", **broken}
        ET.SubElement(self._at, "rect", {**dict(places), **look})

    def rule(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        ink: str = LINE,
        *,
        dashes: str = "",
        width: float = 1.2,
    ) -> None:
        """A straight line."""
        broken = {"stroke-dasharray": dashes} if dashes else {}
        places = zip(("x1", "y1", "x2", "y2"), map(number, (*start, *end)), strict=True)
        look = {"stroke": ink, "stroke-width": number(width), **broken}
        ET.SubElement(self._at, "line", {**dict(places), **look})

    def band(
        self,
        left: tuple[float, float, float],
        right: tuple[float, float, float],
        fill: str,
        *,
        dashes: str = "",
    ) -> None:
        """A ribbon from one upright edge to another: each is x, upper y and lower y."""
        (x, top, bottom), (to, upper, lower), middle = left, right, (left[0] + right[0]) / 2
        path = (
            f"M{number(x)} {number(top)} C{number(middle)} {number(top)} {number(middle)} "
            f"{number(upper)} {number(to)} {number(upper)} L{number(to)} {number(lower)} "
            f"C{number(middle)} {number(lower)} {number(middle)} {number(bottom)} {number(x)} "
            f"{number(bottom)} Z"
        )
        broken = {"stroke-dasharray": dashes} if dashes else {}
        look = {"fill": fill, "stroke": LINE, "stroke-width": "0.8", **broken}
        ET.SubElement(self._at, "path", {"d": path, **look})

    def mark(self, x: float, y: float, kind: Mark, ink: str = DARK) -> None:
        """A point whose form says its kind."""
        if kind in {"met", "circle"}:
            place = {"cx": number(x), "cy": number(y), "r": "5.5", "fill": ink}
            ET.SubElement(self._at, "circle", place)
            return
        if kind in {"missed", "waived"}:
            size = 5.5
            across = (
                f"M{number(x - size)} {number(y - size)} L{number(x + size)} {number(y + size)}"
            )
            back = f" M{number(x - size)} {number(y + size)} L{number(x + size)} {number(y - size)}"
            level = f"M{number(x - size)} {number(y)} L{number(x + size)} {number(y)}"
            drawn = across + back if kind == "missed" else level
            look = {"stroke": ink, "stroke-width": "2.6", "fill": "none"}
            ET.SubElement(self._at, "path", {"d": drawn, **look})
            return
        corners = " L".join(f"{number(x + dx)} {number(y + dy)}" for dx, dy in _CORNERS[kind])
        hollow = {"fill": PAPER, "stroke": ink, "stroke-width": "2"} if kind in _HOLLOW else {}
        ET.SubElement(self._at, "path", {"d": f"M{corners} Z", "fill": ink, **hollow})

    def text(
        self,
        x: float,
        y: float,
        content: str,
        *,
        bold: bool = False,
        ends: bool = False,
        middle: bool = False,
        ink: str = INK,
    ) -> float:
        """A line of small text; answers where it ends on the right."""
        drawn = Text(x, y, content, SMALL, bold, ends=ends)
        if middle:
            drawn = Text(x - drawn.width / 2, y, content, SMALL, bold)
        self.texts.append(replace(drawn, y=drawn.y + self._above))
        weight = {"font-weight": "bold"} if bold else {}
        anchor = {"text-anchor": "end"} if ends else {"text-anchor": "middle"} if middle else {}
        ET.SubElement(
            self._at,
            "text",
            {
                "x": number(x),
                "y": number(y),
                "font-size": str(SMALL),
                **weight,
                **anchor,
                "fill": ink,
            },
        ).text = content
        return drawn.area.right

    def svg(self) -> str:
        """The whole picture as one document."""
        ET.indent(self._whole)
        return ET.tostring(self._whole, encoding="unicode") + "\n"


def number(value: float) -> str:
    """A length as SVG reads it."""
    return f"{value:.1f}".removesuffix(".0")
