"""Shapes on a page: boxes, lines and texts with their places, before any file format.

Lengths are pixels at natural size; y grows downwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

SMALL: Final = 12
"""The smallest text there is, in pixels."""
LEADING: Final = 16
"""From one line of small text to the next."""

Look = Literal["plain", "strong", "dashed", "dotted", "filled", "soft"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rect:
    """An upright rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height

    def meets(self, other: Rect) -> bool:
        """Whether the two share more than an edge."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )

    def holds(self, other: Rect) -> bool:
        """Whether the other lies wholly within this one."""
        return (
            self.x <= other.x
            and other.right <= self.right
            and self.y <= other.y
            and other.bottom <= self.bottom
        )


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `x` is its left end, or its right one where it `ends` there."""

    x: float
    y: float
    content: str
    size: int = SMALL
    bold: bool = False
    on_dark: bool = False
    ends: bool = False

    @property
    def area(self) -> Rect:
        """The room it takes, never less than what a sans serif face needs."""
        height = self.size * 1.15
        left = self.x - self.width if self.ends else self.x
        return Rect(left, self.y - self.size * 0.9, self.width, height)

    @property
    def width(self) -> float:
        """How wide it is."""
        return text_width(self.content, self.size, bold=self.bold)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with a border; its look says what it means, and words always say it too."""

    rect: Rect
    look: Look = "plain"
    round_: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Straight pieces, upright or level, with an arrow head at the end or a dot where they join."""

    points: tuple[Point, ...]
    look: Look = "plain"
    end: Literal["", "arrow", "dot"] = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that belong together, with the sentence a reader hears for them.

    `facts` names what they stand for, such as the two states of an edge.
    """

    shapes: tuple[Box | Line | Text, ...]
    sentence: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole page of shapes, with its title and the description of everything in it."""

    name: str
    title: str
    description: tuple[str, ...]
    width: float
    height: float
    groups: tuple[Group, ...]

    @property
    def shapes(self) -> tuple[Box | Line | Text, ...]:
        """Every shape of every group."""
        return tuple(shape for group in self.groups for shape in group.shapes)


# Widths of letters in thousandths of the text size: the faces we name share them (a test measures
# the one that comes with the renderer). A little is added for a reader's machine without them.
_WIDTHS: Final = {
    letter: width
    for width, letters in (
        (280, "ijl'|.,I /\\"),
        (310, "ft:;![]"),
        (400, "r-()`{}*"),
        (440, '"'),
        (510, "cksvxyz"),
        (560, "abdeghnopquJ0123456789?#$_"),
        (615, "+<=>~^FTZL"),
        (670, "ABEKPSVXY&"),
        (725, "CDHNRUw"),
        (780, "GOQ"),
        (840, "mM"),
        (950, "W%"),
        (1020, "@"),
    )
    for letter in letters
}
_LATIN: Final = 800
_SQUARE: Final = 1020
_LAST_LATIN: Final = "\u1fff"
"""Arrows, signs and the scripts behind them take a whole square."""
_SPARE: Final = 1.05
_BOLD: Final = 1.1


def text_width(content: str, size: int, *, bold: bool = False) -> float:
    """At least how wide a text is, in pixels."""
    thousandths = sum(_WIDTHS.get(c, _LATIN if c <= _LAST_LATIN else _SQUARE) for c in content)
    return round(thousandths * (_BOLD if bold else 1) * _SPARE * size / 1000, 1)


def wrapped(
    content: str, width: float, *, at_most: int = 0, size: int = SMALL, bold: bool = False
) -> tuple[str, ...]:
    """A text in lines no wider than `width`; past `at_most` lines it ends with `...`."""
    width = width / _BOLD if bold else width
    lines: list[str] = []
    for word in _words(content, width, size):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    if at_most and len(lines) > at_most:
        last = lines[at_most - 1]
        while text_width(f"{last} ...", size) > width and len(last) > 1:
            last = last.rpartition(" ")[0] or last[:-1]
        lines = [*lines[: at_most - 1], f"{last} ..."]
    return tuple(lines)


def _words(content: str, width: float, size: int) -> list[str]:
    """The words of a text, those too long for a line cut in pieces that fit."""
    words: list[str] = []
    for word in content.split():
        rest = word
        while text_width(rest, size) > width and len(rest) > 1:
            sizes = range(len(rest) - 1, 0, -1)
            fitting = [n for n in sizes if text_width(rest[:n], size) <= width] or [1]
            fits = next((n for n in fitting if not rest[n - 1].isalnum()), fitting[0])
            words.append(rest[:fits])
            rest = rest[fits:]
        words.append(rest)
    return words
