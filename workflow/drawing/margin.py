"""What stands in the right margin of an overview: tracks, what is told once, how to read it."""

from __future__ import annotations

from typing import Final

from workflow.drawing.graph import EdgeKind, Graph
from workflow.drawing.scene import LEADING, SMALL, Box, Group, Line, Look, Rect, Text, wrapped

_WIDTH: Final = 270
_PAD: Final = 9
_HEADING: Final = 14
_SAMPLE: Final = 44
_LEGEND: Final[tuple[tuple[Look, str, frozenset[EdgeKind]], ...]] = (
    ("plain", "a rule of the pathway may recommend it", frozenset({"rule", "early"})),
    ("dashed", "an MDT decision or a person may choose it", frozenset({"mdt", "person"})),
    ("plain", "the upper floor imports the lower one", frozenset({"import"})),
)
_PATIENT: Final[tuple[tuple[Look, str], ...]] = (
    ("strong", "taken, or recommended now"),
    ("dotted", "blocked, unknown or forbidden now"),
)


def margin(graph: Graph, left: float, top: float) -> tuple[list[Group], float, float]:
    """The groups of the margin, and how far right and down they reach."""
    groups: list[Group] = []
    y = top
    tracks = [node for node in graph.nodes if node.kind == "track"]
    if tracks:
        groups.append(_heading(left, y, "Care beside the main state"))
        y += 28
    for node in tracks:
        lines = [line for remark in node.remarks for line in wrapped(remark, _WIDTH - 2 * _PAD)]
        title = wrapped(node.title, _WIDTH - 2 * _PAD, bold=True)
        height = (len(lines) + len(title)) * LEADING + 2 * _PAD
        look: Look = "filled" if node.mark == "here" else "plain"
        shapes: list[Box | Line | Text] = [Box(Rect(left, y, _WIDTH, height), look)]
        for index, line in enumerate((*title, *lines)):
            base = y + _PAD + SMALL + index * LEADING
            bold, dark = index < len(title), node.mark == "here"
            shapes.append(Text(left + _PAD, base, line, bold=bold, on_dark=dark))
        groups.append(Group(tuple(shapes), node.title, {"track": node.name}))
        y += height + 10
    y += 10 if tracks else 0
    for note in graph.notes:
        lines = [part for line in note.lines for part in wrapped(line, _WIDTH)]
        groups.append(_heading(left, y, note.title))
        y += 22
        texts = tuple(
            Text(left, y + SMALL + index * LEADING, line) for index, line in enumerate(lines)
        )
        groups.append(Group(texts))
        y += len(lines) * LEADING + 20
    legend, y = _legend(graph, left, y)
    return [*groups, legend], left + _WIDTH + 24, y


def _heading(left: float, y: float, title: str) -> Group:
    return Group((Text(left, y + _HEADING, title, _HEADING, bold=True),))


def _legend(graph: Graph, left: float, y: float) -> tuple[Group, float]:
    shapes: list[Box | Line | Text] = [
        Text(left, y + _HEADING, "How to read the lines", _HEADING, bold=True)
    ]
    y += 26
    kinds = {edge.kind for edge in graph.edges}
    entries = [(look, meaning) for look, meaning, shown in _LEGEND if shown & kinds]
    if any(node.mark for node in graph.nodes):
        entries += _PATIENT
    for look, meaning in entries:
        lines = wrapped(meaning, _WIDTH - _SAMPLE - 12)
        shapes.append(Line(((left, y + LEADING / 2), (left + _SAMPLE, y + LEADING / 2)), look))
        for line in lines:
            shapes.append(Text(left + _SAMPLE + 12, y + SMALL, line))
            y += LEADING
        y += 4
    lines = wrapped("A dot joins a rail; lines that cross without a dot do not meet.", _WIDTH)
    for line in lines:
        shapes.append(Text(left, y + SMALL, line))
        y += LEADING
    return Group(tuple(shapes)), y
