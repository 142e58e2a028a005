"""The pictures of time and of the cohort: whole, readable, and never one word over another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations
from typing import get_args
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.drawing.test_svg import luminance
from workflow.drawing.bars import Bar, Column, columns, ranking
from workflow.drawing.canvas import FILLS, GRID, LATE, LINE, Canvas, Head, Mark
from workflow.drawing.days import DayAxis
from workflow.drawing.ribbons import Ribbon, ribbons
from workflow.drawing.scene import Rect
from workflow.drawing.spreads import Row, spreads
from workflow.drawing.svg import DARK, INK, PAPER
from workflow.drawing.swimmer import Event, Lane, Segment, swimmer
from workflow.drawing.timeline import Anchor, Happening, Kind, Timeline, drawn
from workflow.drawing.timeline import Bar as Stay
from workflow.drawing.timeline import Lane as Row_
from workflow.figures import spread

_SVG = "{http://www.w3.org/2000/svg}"
_HEAD = Head("test", "A figure <of> many", ("n = 12 patients, data of 26-Nov-2026.",))
_TODAY = date(2026, 11, 26)
_MARKS: tuple[Mark, ...] = get_args(Mark)
_WORDS = st.text("abcdefgh WÄ<&", min_size=1, max_size=90).map(str.strip).filter(bool)
_DAYS = st.integers(0, 2500).map(lambda days: _TODAY - timedelta(days))
_FEW = settings(max_examples=12, deadline=None)


def faults(canvas: Canvas) -> Iterator[str]:
    """What lies over another word, or off the picture; what does not parse raises."""
    root = ET.fromstring(canvas.svg())  # noqa: S314 - our own text
    assert root.get("role") == "img"
    assert root.findtext(f"{_SVG}title")
    assert root.findtext(f"{_SVG}desc")
    assert not any(element.get("style") for element in root.iter())
    sheet = Rect(0, 0, canvas.width, canvas.height)
    yield from (f"off: {text}" for text in canvas.texts if not sheet.holds(text.area))
    for one, other in combinations(canvas.texts, 2):
        if one.area.meets(other.area):
            yield f"{one.content!r} over {other.content!r}"
    for box in root.iter(f"{_SVG}rect"):
        wide = float(box.get("x", "0")) + float(box.get("width", "0"))
        if wide > canvas.width + 0.5:
            yield f"off: a box to {wide}"


@_FEW
@given(
    stays=st.lists(st.tuples(_WORDS, _DAYS, st.integers(0, 400), st.booleans()), max_size=9),
    happenings=st.lists(st.tuples(_DAYS, st.sampled_from(_MARKS)), max_size=30),
    anchors=st.lists(st.tuples(_WORDS.map(lambda w: w[:40]), _DAYS), max_size=4),
)
def test_a_timeline_of_anybody_is_whole(
    stays: list[tuple[str, date, int, bool]],
    happenings: list[tuple[date, Mark]],
    anchors: list[tuple[str, date]],
) -> None:
    """Long titles, a day's stay and ten years of care stand side by side, and nothing is lost."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    bars = tuple(
        Stay(title, kinds[days % 3], since, None if goes_on else since + timedelta(days), title)
        for title, since, days, goes_on in stays
    )
    lane = Row_("Results", tuple(Happening(on, mark, "seen") for on, mark in happenings))
    marks = tuple((mark, f"what {mark} means") for mark in _MARKS)
    shown = Timeline(
        _HEAD, bars, (lane,), tuple(Anchor(*anchor) for anchor in anchors), _TODAY, marks
    )

    canvas = drawn(shown)

    assert list(faults(canvas)) == []
    told = canvas.svg()
    assert all(f"{on:%d-%b-%Y}" in told for _, on in anchors)


@_FEW
@given(st.lists(st.tuples(_WORDS, st.integers(0, 5000)), max_size=12))
def test_a_ranking_and_its_columns_are_whole(given_: list[tuple[str, int]]) -> None:
    """From nobody to thousands, every bar has its words and its number."""
    bars = [Bar(title, count, f"{count} patients, 9 days", title) for title, count in given_]
    weeks = [
        Column(_TODAY - timedelta(7 * (len(given_) - number)), count, str(count))
        for number, (_, count) in enumerate(given_)
    ]

    assert list(faults(ranking(_HEAD, bars))) == []
    assert list(faults(columns(_HEAD, weeks))) == []


@_FEW
@given(
    st.lists(
        st.tuples(_WORDS, st.lists(st.integers(0, 900), max_size=9), st.integers(1, 900)),
        max_size=9,
    )
)
def test_spreads_are_whole(given_: list[tuple[str, list[int], int]]) -> None:
    """A target far beyond every time so far still stands on the picture."""
    rows = [
        Row(title, spread(days), target, ("median 9999.5 d (1 to 9999)", "target 99 days"), title)
        for title, days, target in given_
    ]

    assert list(faults(spreads(_HEAD, rows))) == []


@_FEW
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")),
        st.integers(1, 400),
        max_size=14,
    ),
    _WORDS,
)
def test_ribbons_are_whole(counts: dict[tuple[str, str], int], word: str) -> None:
    """One patient among hundreds still has a ribbon, and every state its words."""
    drawn_ = [Ribbon(a, b, count, f"{a} to {b}") for (a, b), count in counts.items()]
    titles = {name: f"{word} {name}" for name in "abcdef"}
    notes = {f"{side}:{name}": "left 4 times" for side in ("left", "entered") for name in titles}

    canvas = ribbons(_HEAD, drawn_, titles, notes)

    assert list(faults(canvas)) == []
    root = ET.fromstring(canvas.svg())  # noqa: S314 - our own text
    assert len(list(root.iter(f"{_SVG}path"))) == len(counts)


@_FEW
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.integers(1, 30), st.integers(0, 300)), min_size=1, max_size=9),
            st.lists(st.tuples(st.integers(0, 900), st.sampled_from(_MARKS)), max_size=3),
        ),
        max_size=12,
    )
)
def test_swimmers_are_whole(
    given_: list[tuple[list[tuple[int, int]], list[tuple[int, Mark]]]],
) -> None:
    """A number stands in a segment only where there is room, and behind no event."""
    lanes = []
    for place, (stays, events) in enumerate(given_):
        day, segments = 0, []
        for state, days in stays:
            segments.append(Segment(state, day, day + days))
            day += days
        happened = tuple(Event(min(on, day), mark) for on, mark in events)
        lanes.append(Lane(f"P-{place:06}", tuple(segments), happened, "said"))
    states = [f"State {number}" for number in range(1, 31)]

    canvas = swimmer(_HEAD, lanes, states, [(mark, f"what {mark} means") for mark in _MARKS])

    assert list(faults(canvas)) == []


@pytest.mark.parametrize(("ink", "paper", "least"), [
    *((INK, fill, 4.5) for fill in FILLS),
    (LATE, PAPER, 4.5),
    *((edge, PAPER, 3.0) for edge in (LINE, DARK)),
    *((DARK, fill, 3.0) for fill in FILLS),
])  # fmt: skip
def test_words_and_marks_stand_out_from_every_fill(ink: str, paper: str, least: float) -> None:
    """The grounds are light and the edges dark, so that grey print and any eye can read them."""
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= least
    assert GRID not in FILLS


@_FEW
@given(st.integers(0, 12000), st.integers(0, 31))
def test_the_days_of_an_axis_lie_on_it_and_have_room(days: int, back: int) -> None:
    """Two days too near would be written over one another; a day beside the axis is none of it."""
    axis = DayAxis(_TODAY - timedelta(back), _TODAY + timedelta(days), 100, 900)

    ticks = axis.ticks()

    assert all(axis.holds(day) for day in ticks)
    places = [axis.x(day) for day in ticks]
    assert places == sorted(places)
    assert len(ticks) <= 9


def test_what_lies_over_a_word_is_found() -> None:
    """The tests above would see it."""
    canvas = Canvas(_HEAD, ["Told."], 300, 60)
    canvas.text(20, 30, "one word")
    canvas.text(40, 30, "another word")
    canvas.text(280, 50, "off the edge")

    found = list(faults(canvas))

    assert "'one word' over 'another word'" in found
    assert any(fault.startswith("off: ") and "off the edge" in fault for fault in found)
