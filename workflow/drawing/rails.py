"""Where everything of an overview stands: states in one column, steps on rails beside it.

A step forward in the order of care leaves its state on the right, a step back on the left. Every
step has a row of its own with its label; behind the label it runs level to the rail of its target,
which brings it up or down to the target's row. Labels stand in rows no other line uses on that side
of the rails, so that nothing is ever drawn over a word or through a box.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from workflow.drawing.graph import Edge, Graph, Node, telling
from workflow.drawing.margin import margin
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

_EDGE: Final = 24
_BOX: Final = 210
_TITLE: Final = 15
_PAD: Final = 9
_GAP: Final = 14
_LABEL: Final = 300
_NEAR: Final = 6
"""Between a box and its label, and between a label and its line."""
_RAIL: Final = 14
_HEAD: Final = 74


@dataclass(frozen=True, slots=True)
class _Row:
    """One step's row beside its state: the lines of its label and where they begin."""

    edge: Edge
    lines: tuple[str, ...]
    y: float


@dataclass(frozen=True, slots=True)
class _Placed:
    """A state's box, the rows on its left and right, and the y at which steps arrive."""

    node: Node
    rect: Rect
    title: tuple[str, ...]
    rows: dict[int, tuple[_Row, ...]]
    arrives: float


def overview_page(graph: Graph) -> Scene:
    """The drawing of a whole pathway, with what is told beside it in the right margin."""
    nodes = [node for node in graph.nodes if node.kind != "track"]
    order = {node.name: index for index, node in enumerate(nodes)}
    sides = {side: [edge for edge in graph.edges if _side(order, edge) == side] for side in (-1, 1)}
    rails = {side: _rails(order, edges) for side, edges in sides.items()}
    room = {side: _room(edges, rails[side]) for side, edges in sides.items()}
    left = _EDGE + room[-1]
    placed = _column(nodes, sides, left)
    shapes = [_state(item) for item in placed.values()]
    for side, edges in sides.items():
        shapes += _steps(placed, edges, rails[side], side)
    aside, width, height = margin(graph, left + _BOX + room[1] + _EDGE, _HEAD)
    title = Text(_EDGE, 44, graph.title, 20, bold=True)
    bottom = max((item.rect.bottom for item in placed.values()), default=_HEAD)
    return Scene(
        name=graph.name,
        title=graph.title,
        description=telling(graph),
        width=max(width, title.width + 2 * _EDGE),
        height=max(bottom, height) + _EDGE,
        groups=(Group((title,)), *shapes, *aside),
    )


def _side(order: dict[str, int], edge: Edge) -> int:
    return 1 if order[edge.source] < order[edge.target] else -1


def _rails(order: dict[str, int], edges: list[Edge]) -> dict[str, int]:
    """The lane of each target's rail, the nearest targets innermost; rails apart share a lane."""
    spans: dict[str, tuple[int, int]] = {}
    for edge in edges:
        ends = (order[edge.source], order[edge.target])
        low, high = spans.get(edge.target, ends)
        spans[edge.target] = (min(low, *ends), max(high, *ends))
    lanes: dict[str, int] = {}
    for target in sorted(spans, key=lambda name: (spans[name][1] - spans[name][0], order[name])):
        low, high = spans[target]
        taken = {
            lane
            for other, lane in lanes.items()
            if spans[other][0] <= high and low <= spans[other][1]
        }
        lanes[target] = next(lane for lane in range(len(lanes) + 1) if lane not in taken)
    return lanes


def _room(edges: list[Edge], rails: dict[str, int]) -> float:
    """How much room a side needs for its labels and its rails."""
    if not edges:
        return 0
    return _labels(edges) + (max(rails.values()) + 1) * _RAIL


def _labels(edges: Iterable[Edge]) -> float:
    lines = [line for edge in edges for line in wrapped(edge.label, _LABEL)]
    return max((Text(0, 0, line).width for line in lines), default=0) + 2 * _NEAR + _RAIL


def _column(nodes: list[Node], sides: dict[int, list[Edge]], left: float) -> dict[str, _Placed]:
    placed: dict[str, _Placed] = {}
    y: float = _HEAD
    for node in nodes:
        title = wrapped(node.title, _BOX - 2 * _PAD, size=_TITLE, bold=True)
        rows, heights = {}, [0.0]
        for side, edges in sides.items():
            at = y + _PAD
            if any(edge.target == node.name for edge in edges):
                at += LEADING + 2
            side_rows = []
            for edge in (edge for edge in edges if edge.source == node.name):
                lines = wrapped(edge.label, _LABEL)
                side_rows.append(_Row(edge, lines, at))
                at += LEADING * len(lines) + 2
            rows[side] = tuple(side_rows)
            heights.append(at - y)
        words = len(title) * (_TITLE + 4) + len(_remarks(node)) * LEADING
        height = max(*heights, words + _PAD) + _PAD
        rect = Rect(left, y, _BOX, height)
        placed[node.name] = _Placed(node, rect, title, rows, y + _PAD + LEADING / 2)
        y = rect.bottom + _GAP
    return placed


def _remarks(node: Node) -> tuple[str, ...]:
    return tuple(line for remark in node.remarks for line in wrapped(remark, _BOX - 2 * _PAD))


def _state(item: _Placed) -> Group:
    node, rect = item.node, item.rect
    dark = node.mark == "here"
    looks: dict[str, Look] = {"here": "filled", "visited": "soft"}
    shapes: list[Box | Line | Text] = [
        Box(rect, looks.get(node.mark, "plain"), round_=node.kind == "final")
    ]
    y = rect.y + _PAD + _TITLE - 2
    for line in item.title:
        shapes.append(Text(rect.x + _PAD, y, line, _TITLE, bold=True, on_dark=dark))
        y += _TITLE + 4
    for line in _remarks(node):
        shapes.append(Text(rect.x + _PAD, y, line, on_dark=dark))
        y += LEADING
    sentence = ". ".join((node.title, *node.remarks))
    return Group(tuple(shapes), sentence, {"state": node.name})


def _steps(
    placed: dict[str, _Placed], edges: list[Edge], rails: dict[str, int], side: int
) -> list[Group]:
    """The steps on one side: a row and a level line each, and one rail for each target."""
    groups: list[Group] = []
    if not edges:
        return groups
    inner = _labels(edges)
    for target, lane in rails.items():
        goal = placed[target]
        border = goal.rect.right if side > 0 else goal.rect.x
        rail = _beside(goal.rect, inner + lane * _RAIL, side)
        rows = [
            row for item in placed.values() for row in item.rows[side] if row.edge.target == target
        ]
        groups += [_step(goal.rect, row, rail, side) for row in rows]
        levels = [row.y + LEADING / 2 for row in rows]
        far = max(levels, key=lambda level: abs(level - goal.arrives))
        plain = Line(((rail, far), (rail, goal.arrives), (border, goal.arrives)), end="arrow")
        taken = [
            replace(plain, points=((rail, level), *plain.points[1:]), look="strong")
            for level, row in zip(levels, rows, strict=True)
            if row.edge.taken
        ]
        groups.append(Group((plain, *taken), f"Steps to {goal.node.title}", {"to": target}))
    return groups


def _step(column: Rect, row: _Row, rail: float, side: int) -> Group:
    edge = row.edge
    texts: list[Text] = []
    for index, content in enumerate(row.lines):
        x, y = _beside(column, _NEAR, side), row.y + SMALL + index * LEADING
        texts.append(Text(x, y, content, ends=side < 0))
    level = row.y + LEADING / 2
    start = _beside(column, _NEAR + texts[0].width + _NEAR, side)
    line = Line(((start, level), (rail, level)), edge.look, "dot")
    facts = {"from": edge.source, "to": edge.target, "kind": edge.kind}
    if edge.status:
        facts["status"] = edge.status
    return Group((*texts, line), edge.sentence, facts)


def _beside(rect: Rect, distance: float, side: int) -> float:
    return rect.right + distance if side > 0 else rect.x - distance
