"""Results over time: what is joined, what lies below its limit, and what has no place at all."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from workflow.drawing.trend import Point, joined, trend
from workflow.measurement import Measurement

THRESHOLD = Decimal("1e-4")
LIMIT = Decimal("1e-5")


def _point(day: int, value: str = "", method: str = "flow", episode: int = 1) -> Point:
    """A result of marrow on a day of November: quantified, or not detected without a value."""
    given = Decimal(value) if value else None
    kind = "quantified" if value else "not_detected"
    result = Measurement(kind, given, LIMIT, None, method, "marrow")
    return Point(date(2026, 11, day), result, episode)


def test_neighbours_of_one_method_specimen_and_episode_are_joined() -> None:
    """A trend is one assay over time."""
    first, second, third = _point(1, "3e-3"), _point(8, "2e-3"), _point(15, "1e-3")

    assert list(joined([third, first, second])) == [(first, second), (second, third)]


@pytest.mark.parametrize(
    "other",
    [
        _point(8, "2e-3", method="ngs"),
        _point(8, "2e-3", episode=2),
        _point(8),
        Point(date(2026, 11, 8), Measurement("quantified", LIMIT, None, None, "flow", "blood")),
    ],
)
def test_nothing_else_is_ever_joined(other: Point) -> None:
    """A line between two methods, specimens or episodes would show a change nobody measured."""
    assert list(joined([_point(1, "3e-3"), other])) == []


def test_a_result_below_detection_interrupts_the_line() -> None:
    """The value between is not known, so the line does not run over it."""
    assert list(joined([_point(1, "3e-3"), _point(8), _point(15, "1e-3")])) == []


def test_the_threshold_and_every_limit_stand_in_the_picture() -> None:
    """Whoever reads the picture sees what counts as negative, and below what nothing was seen."""
    picture = trend([_point(1, "3e-3"), _point(8, method="ngs")], THRESHOLD, "MRD of a block")

    root = ET.fromstring(picture)  # noqa: S314 - our own text, made a line above
    words = " ".join(root.itertext())
    assert root.attrib["aria-labelledby"] == "trend-mrd-of-a-block-title trend-mrd-of-a-block-desc"
    shown = " ".join(words.split())  # no line breaks a number, so its spaces are no common ones
    drawn = {"".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")}
    assert "threshold 0.01 % (1\xa0\N{MULTIPLICATION SIGN}\xa010\N{MINUS SIGN}4)" in drawn
    assert 'dy="-4"' in picture
    assert "The threshold is 0.01 % (1 \N{MULTIPLICATION SIGN} 10⁻⁴)." in shown
    limit = "1 \N{MULTIPLICATION SIGN} 10⁻⁵"
    assert f"08-Nov-2026: not detected (sensitivity 0.001 % ({limit})), ngs." in shown
    assert re.search(r"\de-\d", picture) is None
    assert "style" not in picture
    marks = [float(e.attrib["cy"]) for e in root.iter("{http://www.w3.org/2000/svg}circle")]
    assert len(marks) == 2


def test_a_result_without_a_level_has_no_place_and_breaks_nothing() -> None:
    """A log axis has no zero; such a result stands in the table, and the picture stays whole."""
    unknown = Point(date(2026, 11, 2), Measurement("not_detected", method="flow"))
    zero = Point(date(2026, 11, 3), Measurement("quantified", Decimal(0), method="flow"))

    alone = trend([unknown, zero], THRESHOLD, "MRD")
    together = trend([unknown, zero, _point(4, "1")], None, "MRD")

    assert "circle" not in alone
    assert together.count("<circle") == 2
    assert not unknown.is_drawn
    assert not zero.is_drawn
