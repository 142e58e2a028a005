"""Nothing in a picture lies over a word, and no line goes through a box."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest

from tests.drawing.conftest import PATHWAYS
from workflow.drawing.ladder import table_page
from workflow.drawing.overview import overview
from workflow.drawing.pages import tables
from workflow.drawing.rails import overview_page
from workflow.drawing.rungs import state_table
from workflow.drawing.scene import Box, Line, Rect, Scene, Text
from workflow.loading import load_shipped
from workflow.pathway import Pathway

_TOUCH = 0.5
"""Half a pixel: a line may end on the border of a box."""

each_pathway = pytest.mark.parametrize("pathway", PATHWAYS, ids=lambda pathway: pathway.id)


def faults(scene: Scene) -> list[str]:
    """What is drawn over something else, or off the page."""
    texts = [shape for shape in scene.shapes if isinstance(shape, Text)]
    boxes = [shape.rect for shape in scene.shapes if isinstance(shape, Box)]
    pieces = [
        piece for shape in scene.shapes if isinstance(shape, Line) for piece in _pieces(shape)
    ]
    page = Rect(0, 0, scene.width, scene.height)
    found = [f"off the page: {area}" for area in (*boxes, *pieces) if not page.holds(area)]
    found += [f"off the page: {text}" for text in texts if not page.holds(text.area)]
    found += [
        f"{one.content!r} over {other.content!r}"
        for one, other in combinations(texts, 2)
        if one.area.meets(other.area)
    ]
    found += [
        f"a line over {text.content!r}"
        for text in texts
        for piece in pieces
        if piece.meets(text.area)
    ]
    found += [
        f"{text.content!r} over the border of a box"
        for text in texts
        for box in boxes
        if text.area.meets(box) and not box.holds(text.area)
    ]
    found += [f"a line through {box}" for box in boxes for piece in pieces if piece.meets(_in(box))]
    found += [f"{one} over {other}" for one, other in combinations(boxes, 2) if one.meets(other)]
    return found


def _pieces(line: Line) -> Iterator[Rect]:
    """The straight pieces of a line, a hair wide."""
    for (ax, ay), (bx, by) in pairwise(line.points):
        assert ax == bx or ay == by, "upright or level"
        yield Rect(min(ax, bx), min(ay, by), abs(ax - bx) or 0.1, abs(ay - by) or 0.1)


def _in(box: Rect) -> Rect:
    """The box without its border."""
    wide, high = box.width - 2 * _TOUCH, box.height - 2 * _TOUCH
    return Rect(box.x + _TOUCH, box.y + _TOUCH, wide, high)


@each_pathway
def test_no_word_of_an_overview_is_drawn_over(pathway: Pathway) -> None:
    """A label on a line cannot be read, and a line through a box looks like a step."""
    assert faults(overview_page(overview(pathway))) == []


@each_pathway
def test_no_word_of_a_states_picture_is_drawn_over(pathway: Pathway) -> None:
    """However long the conditions are, they stay in their boxes."""
    for table in tables(pathway):
        assert faults(table_page(table)) == [], table.name


@each_pathway
def test_a_row_shows_its_condition_and_says_when_it_was_shortened(pathway: Pathway) -> None:
    """What the box has no room for is in the sentence that belongs to it."""
    for name in pathway.states:
        table = state_table(pathway, name)
        groups = [group for group in table_page(table).groups if "rule" in group.facts]

        for rung, group in zip(table.rungs, groups, strict=True):
            shown = "".join(shape.content for shape in group.shapes if isinstance(shape, Text))
            written = rung.condition.replace(" ", "")
            is_whole = written in shown.replace(" ", "")
            assert is_whole or " ..." in shown
            assert rung.condition in group.sentence


def test_steps_forward_stand_on_the_right_and_steps_back_on_the_left() -> None:
    """The direction of care can be seen at a glance."""
    groups = overview_page(overview(load_shipped("relapsed_all"))).groups
    boxes = {
        group.facts["state"]: shape.rect
        for group in groups
        for shape in group.shapes
        if "state" in group.facts and isinstance(shape, Box)
    }

    for group in (group for group in groups if "from" in group.facts):
        start, end = boxes[group.facts["from"]], boxes[group.facts["to"]]
        areas = [shape.area for shape in group.shapes if isinstance(shape, Text)]
        if start.y < end.y:
            assert all(area.x >= start.right for area in areas), group.sentence
        else:
            assert all(area.right <= start.x for area in areas), group.sentence
