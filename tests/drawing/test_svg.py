"""The pictures can be read by everybody: with a screen reader, in grey, at any text."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
import vl_convert

from allpath.pictures.png import png
from tests.drawing.conftest import PATHWAYS, made_up
from workflow.drawing.ladder import table_page
from workflow.drawing.overview import overview
from workflow.drawing.pages import tables
from workflow.drawing.rails import overview_page
from workflow.drawing.scene import Group, Scene, Text, text_width, wrapped
from workflow.drawing.svg import DARK, INK, PAPER, SOFT, svg

_SVG = "{http://www.w3.org/2000/svg}"
_LETTERS = [chr(code) for code in range(33, 127)] + list("äéßµ≥→·ÄÜ")


def scenes() -> Iterator[Scene]:
    """Every picture of every pathway."""
    for pathway in PATHWAYS:
        yield overview_page(overview(pathway))
        yield from map(table_page, tables(pathway))


def test_every_picture_is_sound_and_says_what_it_is() -> None:
    """A screen reader announces an image with its title and reads the description."""
    for scene in scenes():
        root = ET.fromstring(svg(scene))  # noqa: S314 - our own text

        named = [root.find(f"{_SVG}{tag}") for tag in ("title", "desc")]
        assert root.get("role") == "img"
        assert all(part is not None and part.text for part in named)
        ids = [part.get("id", "") for part in named if part is not None]
        assert root.get("aria-labelledby") == " ".join(ids)
        assert all(name.startswith(scene.name) for name in ids)
        assert not any(element.get("style") for element in root.iter())
        assert min(int(text.get("font-size", "0")) for text in root.iter(f"{_SVG}text")) >= 12


def test_the_same_pathway_gives_the_same_bytes() -> None:
    """A picture changes only when the pathway does."""
    first, second = made_up(8), made_up(8)

    assert svg(overview_page(overview(first))) == svg(overview_page(overview(second)))


@pytest.mark.parametrize(("ink", "paper"), [(INK, PAPER), (INK, SOFT), (PAPER, DARK)])
def test_text_stands_out_from_its_ground_in_colour_and_in_grey(ink: str, paper: str) -> None:
    """The contrast of WCAG is that of the luminance, which is what a grey print keeps."""
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_no_letter_is_wider_than_was_reckoned() -> None:
    """Else a text would grow out of its box."""
    for weight in ("normal", "bold"):
        for letter in _LETTERS:
            row = letter * 40
            scene = Group((Text(0, 20, row, 20, bold=weight == "bold"),))
            pixels = _dark(_page(scene, 1100, 30))

            right = max((x for x, _ in pixels), default=0)

            assert right <= text_width(row, 20, bold=weight == "bold"), (letter, weight)


def test_words_appear_in_the_png() -> None:
    """A renderer without the face leaves all text out, and says nothing."""
    page = _page(Group((Text(10, 30, "MRD", 20),)), 100, 50)

    drawn = _dark(page)
    without = _dark(page.replace("MRD", ""))

    assert len(without) == 0
    assert len(drawn) > 100


def test_a_png_is_twice_as_fine_as_the_picture() -> None:
    """Small text stays sharp in print."""
    made = png(_page(Group((Text(10, 30, "MRD", 20),)), 100, 50))

    assert struct.unpack(">II", made[16:24]) == (200, 100)


def test_a_shortened_text_says_so_and_keeps_whole_words() -> None:
    """Half a word could mean another."""
    lines = wrapped("one two three four five six seven eight", 60, at_most=2)

    assert len(lines) == 2
    assert lines[-1].endswith(" ...")
    assert set(" ".join(lines).split()) <= {"one", "two", "three", "four", "five", "six", "..."}


def _page(group: Group, width: int, height: int) -> str:
    return svg(Scene("test", "Test", ("Test",), width, height, (group,)))


def luminance(colour: str) -> float:
    """How light a colour is, as WCAG reckons it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _dark(picture: str) -> list[tuple[int, int]]:
    """The dark pixels of a picture, by a reader of our own."""
    content = vl_convert.svg_to_png(picture)
    width, height = struct.unpack(">II", content[16:24])
    chunks, at = b"", 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        if content[at + 4 : at + 8] == b"IDAT":
            chunks += content[at + 8 : at + 8 + length]
        at += length + 12
    rows = _unfiltered(zlib.decompress(chunks), width * 4)
    return [(x, y) for y in range(height) for x in range(width) if rows[y][4 * x] < 128]


def _unfiltered(raw: bytes, stride: int) -> list[bytearray]:
    """The rows of an RGBA picture, with the five filters of PNG undone."""
    rows: list[bytearray] = []
    above = bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        for index in range(stride):
            left = row[index - 4] if index >= 4 else 0
            corner = above[index - 4] if index >= 4 else 0
            row[index] = (row[index] + _predicted(kind, left, above[index], corner)) & 255
        rows.append(row)
        above = row
    return rows


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        guess = left + up - corner
        return min((left, up, corner), key=lambda value: abs(guess - value))
    return (0, left, up, (left + up) // 2)[kind]
