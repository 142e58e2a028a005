"""A scene as SVG: built as a tree, so that no text can break it; the same scene, the same bytes.

It carries its own title and description, uses no style sheet and no script, and says nothing by
colour alone: what a look means is also said by line style and in words.
"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET  # written only, never read

from workflow.drawing.scene import Box, Group, Line, Look, Scene, Text

FACES: Final = "Liberation Sans, Arial, Helvetica, sans-serif"
"""Faces of one width; the first comes with the renderer that makes PNG."""
INK: Final = "#16262e"
PAPER: Final = "#ffffff"
DARK: Final = "#123f4a"
SOFT: Final = "#e9f0f1"
_LINE: Final = "#3c4f58"
_ARROW: Final = (7, 4)
_LOOKS: Final[dict[Look, dict[str, str]]] = {
    "plain": {"stroke-width": "1.2"},
    "strong": {"stroke-width": "2.8"},
    "dashed": {"stroke-width": "1.2", "stroke-dasharray": "6 4"},
    "dotted": {"stroke-width": "1.6", "stroke-dasharray": "1.5 4"},
    "filled": {"stroke-width": "2.8", "fill": DARK},
    "soft": {"stroke-width": "1.2", "fill": SOFT},
}


def svg(scene: Scene) -> str:
    """The scene as one SVG document."""
    # A page may hold several pictures, and no two things on it may share an id.
    named = {part: f"{scene.name}-{part}" for part in ("title", "desc")}
    size = {"width": _number(scene.width), "height": _number(scene.height)}
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {size['width']} {size['height']}",
            **size,
            "role": "img",
            "aria-labelledby": " ".join(named.values()),
            "font-family": FACES,
        },
    )
    ET.SubElement(root, "title", {"id": named["title"]}).text = scene.title
    ET.SubElement(root, "desc", {"id": named["desc"]}).text = "\n".join(scene.description)
    ET.SubElement(root, "rect", {**size, "fill": PAPER})
    for group in scene.groups:
        _draw_group(root, group)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _draw_group(root: ET.Element, group: Group) -> None:
    parent = ET.SubElement(root, "g", {f"data-{key}": text for key, text in group.facts.items()})
    if group.sentence:
        ET.SubElement(parent, "title").text = group.sentence
    for shape in group.shapes:
        if isinstance(shape, Box):
            _draw_box(parent, shape)
        elif isinstance(shape, Line):
            _draw_line(parent, shape)
        else:
            _draw_text(parent, shape)


def _draw_box(parent: ET.Element, box: Box) -> None:
    rect = box.rect
    radius = rect.height / 2 if box.round_ and rect.height < 60 else 14 if box.round_ else 4  # noqa: PLR2004 - taller ends look like a pill no more
    ET.SubElement(
        parent,
        "rect",
        {
            "x": _number(rect.x),
            "y": _number(rect.y),
            "width": _number(rect.width),
            "height": _number(rect.height),
            "rx": _number(radius),
            "fill": PAPER,
            "stroke": _LINE,
            **_LOOKS[box.look],
        },
    )


def _draw_line(parent: ET.Element, line: Line) -> None:
    points = " L".join(f"{_number(x)} {_number(y)}" for x, y in line.points)
    ET.SubElement(
        parent, "path", {"d": f"M{points}", **_LOOKS[line.look], "stroke": _LINE, "fill": "none"}
    )
    x, y = line.points[-1]
    if line.end == "dot":
        ET.SubElement(
            parent, "circle", {"cx": _number(x), "cy": _number(y), "r": "3", "fill": _LINE}
        )
    elif line.end == "arrow":
        ET.SubElement(parent, "path", {"d": _head(line), "fill": _LINE})


def _head(line: Line) -> str:
    """The arrow head at the end of a line, pointing where its last piece goes."""
    (before_x, before_y), (x, y) = line.points[-2:]
    length, half = _ARROW
    if before_y == y:
        back = x - length if x > before_x else x + length
        corners = ((x, y), (back, y - half), (back, y + half))
    else:
        back = y - length if y > before_y else y + length
        corners = ((x, y), (x - half, back), (x + half, back))
    return "M" + " L".join(f"{_number(px)} {_number(py)}" for px, py in corners) + " Z"


def _draw_text(parent: ET.Element, text: Text) -> None:
    weight = {"font-weight": "bold"} if text.bold else {}
    anchor = {"text-anchor": "end"} if text.ends else {}
    ET.SubElement(
        parent,
        "text",
        {
            "x": _number(text.x),
            "y": _number(text.y),
            "font-size": str(text.size),
            **weight,
            **anchor,
            "fill": PAPER if text.on_dark else INK,
        },
    ).text = text.content


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
