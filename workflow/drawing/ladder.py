"""Where everything of a state's picture stands: rows as a ladder, then checkpoints and sources.

Down the left side runs "no", to the right "yes". Each block of the page knows its own height, so
that nothing overlaps however long its texts are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workflow.drawing.expected import Expected
from workflow.drawing.rungs import Rung, Table
from workflow.drawing.scene import (
    LEADING,
    SMALL,
    Box,
    Group,
    Line,
    Look,
    Rect,
    Scene,
    Text,
    wrapped,
)
from workflow.rules import Kind

_LEFT: Final = 24
_RULE: Final = 116
_PAD: Final = 8
_GAP: Final = 16
_INDENT: Final = 22
_CONDITION: Final = Rect(_LEFT + _RULE, 0, 420, 0)
_OUTCOME: Final = Rect(_CONDITION.right + 40, 0, 330, 0)
_SOURCES: Final = Rect(_OUTCOME.right + 10, 0, 130, 0)
_WIDTH: Final = _SOURCES.right + _LEFT
_LINES: Final = 4
_HEADING: Final = 15
_LOOKS: Final[dict[Kind, Look]] = {
    Kind.GO: "strong",
    Kind.MDT: "dashed",
    Kind.BLOCK: "dotted",
    Kind.NOTE: "soft",
    Kind.ENTER: "plain",
    Kind.LEAVE: "plain",
}


@dataclass(slots=True)
class _Page:
    """What has been placed so far, and where the next block begins."""

    groups: list[Group]
    y: float

    def heading(self, title: str, *lines: str) -> None:
        """A heading with lines below it."""
        texts = []
        for part in wrapped(title, _WIDTH - 2 * _LEFT, size=_HEADING, bold=True):
            texts.append(Text(_LEFT, self.y + _HEADING, part, _HEADING, bold=True))
            self.y += _HEADING + 5
        self.y += 4
        texts += self._lines(lines)
        self.groups.append(Group(tuple(texts)))
        self.y += 8

    def paragraph(self, *lines: str) -> None:
        """Lines of plain text across the page."""
        self.groups.append(Group(tuple(self._lines(lines))))
        self.y += 4

    def _lines(self, lines: tuple[str, ...]) -> list[Text]:
        texts = []
        for part in (part for line in lines for part in wrapped(line, _WIDTH - 2 * _LEFT)):
            texts.append(Text(_LEFT, self.y + SMALL, part))
            self.y += LEADING
        return texts


def table_page(table: Table) -> Scene:
    """The picture of one state or track."""
    page = _Page([], 20)
    page.heading(table.title, table.summary)
    if table.rungs:
        _place_columns(page)
    for index, rung in enumerate(table.rungs):
        _place_rung(page, rung, is_last=index + 1 == len(table.rungs))
    page.y += 4 if table.rungs else 0
    for note in table.also:
        page.paragraph(f"{note.title}: {' '.join(note.lines)}")
    if table.expected:
        page.y += _GAP
        page.heading("What is expected here, and by when")
        for item in table.expected:
            _place_expected(page, item)
    if table.sources:
        page.y += _GAP
        page.heading("Sources")
        for name, text in table.sources:
            _place_source(page, name, text)
    return Scene(
        table.name, table.title, table.sentences, _WIDTH, page.y + _LEFT, tuple(page.groups)
    )


def _place_columns(page: _Page) -> None:
    columns = (
        (_LEFT, "Rule"),
        (_CONDITION.x + _PAD, "What it asks; downwards if not so"),
        (_OUTCOME.x + _PAD, "What follows if so"),
        (_SOURCES.x, "Sources"),
    )
    texts = tuple(Text(x, page.y + SMALL, title) for x, title in columns)
    page.groups.append(Group(texts))
    page.y += LEADING + 4


def _place_rung(page: _Page, rung: Rung, *, is_last: bool) -> None:
    left = _CONDITION.x + rung.depth * _INDENT
    asks = _cell(left, page.y, _CONDITION.right - left, rung.condition, rung.title)
    follows = _cell(_OUTCOME.x, page.y, _OUTCOME.width, rung.outcome)
    sources = _plain(_SOURCES, page.y + _PAD, ", ".join(rung.sources))
    rule = _plain(Rect(_LEFT, 0, _RULE - 8, 0), page.y + _PAD, rung.rule, bold=True)
    height = max(_height(texts) for texts in (asks, follows, sources, rule))
    middle = page.y + _PAD + LEADING / 2
    shapes: list[Box | Line | Text] = [
        Box(Rect(left, page.y, _CONDITION.right - left, height)),
        Box(Rect(_OUTCOME.x, page.y, _OUTCOME.width, height), _LOOKS[rung.kind]),
        Line(((_CONDITION.right, middle), (_OUTCOME.x, middle)), "plain", "arrow"),
        *rule,
        *asks,
        *follows,
        *sources,
    ]
    if not is_last:
        down = _CONDITION.x + 2 * _INDENT
        shapes.append(
            Line(((down, page.y + height), (down, page.y + height + _GAP)), "plain", "arrow")
        )
    page.groups.append(Group(tuple(shapes), rung.sentence, _facts(rung)))
    page.y += height + _GAP


def _facts(rung: Rung) -> dict[str, str]:
    facts = {"rule": rung.rule, "kind": rung.kind.value}
    return facts | ({"to": rung.target} if rung.target else {})


def _place_expected(page: _Page, item: Expected) -> None:
    late = f"late: {item.escalation}; basis: {item.basis}" if item.escalation else item.basis
    what = _cell(_CONDITION.x, page.y, _CONDITION.width, item.when, item.title)
    when = _cell(_CONDITION.right + 8, page.y, _OUTCOME.right - _CONDITION.right - 8, item.due)
    told = _below(when, late, _OUTCOME.right - _CONDITION.right - 8)
    sources = _plain(_SOURCES, page.y + _PAD, ", ".join(item.sources))
    name = _plain(Rect(_LEFT, 0, _RULE - 8, 0), page.y + _PAD, item.id, bold=True)
    height = max(_height(texts) for texts in (what, [*when, *told], sources, name))
    box = Box(Rect(_CONDITION.x, page.y, _OUTCOME.right - _CONDITION.x, height))
    page.groups.append(
        Group((box, *name, *what, *when, *told, *sources), item.sentence, {"checkpoint": item.id})
    )
    page.y += height + 6


def _place_source(page: _Page, name: str, text: str) -> None:
    names = _plain(Rect(_LEFT, 0, _RULE - 8, 0), page.y, name, bold=True)
    lines = wrapped(text, _WIDTH - _LEFT - _CONDITION.x, at_most=2)
    texts = [
        Text(_CONDITION.x, page.y + SMALL + index * LEADING, line)
        for index, line in enumerate(lines)
    ]
    page.groups.append(Group((*names, *texts), f"{name}: {text}"))
    page.y += max(len(lines), len(names)) * LEADING + 2


def _cell(x: float, y: float, width: float, content: str, title: str = "") -> list[Text]:
    """The lines of a box: a title in bold and the content, shortened past four lines."""
    titles = wrapped(title, width - 2 * _PAD, bold=True)
    lines = wrapped(content, width - 2 * _PAD, at_most=_LINES)
    return [
        Text(x + _PAD, y + _PAD + SMALL + index * LEADING, line, bold=index < len(titles))
        for index, line in enumerate((*titles, *lines))
    ]


def _below(above: list[Text], content: str, width: float) -> list[Text]:
    lines = wrapped(content, width - 2 * _PAD, at_most=_LINES)
    last = above[-1]
    return [Text(last.x, last.y + (index + 1) * LEADING, line) for index, line in enumerate(lines)]


def _plain(place: Rect, y: float, content: str, *, bold: bool = False) -> list[Text]:
    lines = wrapped(content, place.width, bold=bold)
    return [
        Text(place.x, y + SMALL + index * LEADING, line, bold=bold)
        for index, line in enumerate(lines)
    ]


def _height(texts: list[Text]) -> float:
    return len(texts) * LEADING + 2 * _PAD
