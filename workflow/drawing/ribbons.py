"""Who went where: a ribbon from each state to the next one, as wide as the number that took it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workflow.drawing.canvas import FILLS, Canvas, Head
from workflow.drawing.scene import LEADING, SMALL, wrapped
from workflow.drawing.svg import PAPER

_WIDTH: Final = 940
_EDGE: Final = 12
_LABEL: Final = 250
_NODE: Final = 14
_GAP: Final = 12
_TALL: Final = 520
_THINNEST: Final = 3.0
_LEAST: Final = 2 * LEADING
"""A state is at least as high as its words."""


@dataclass(frozen=True, slots=True)
class Ribbon:
    """So many went from one state to another; `said` tells it. A hidden count is hollow."""

    source: str
    target: str
    count: int
    said: str
    is_hidden: bool = False


def ribbons(
    head: Head,
    drawn: Sequence[Ribbon],
    titles: Mapping[str, str],
    notes: Mapping[str, str],
) -> Canvas:
    """States on the left and on the right in the order of `titles`; `notes` stand below a name.

    A note's key is `left:NAME` or `entered:NAME`.
    """
    sources = [state for state in titles if any(each.source == state for each in drawn)]
    targets = [state for state in titles if any(each.target == state for each in drawn)]
    total = max(1, sum(each.count for each in drawn))
    scale = _TALL / total
    wide = {each: max(_THINNEST, each.count * scale) for each in drawn}
    left = _heights(sources, {s: sum(wide[e] for e in drawn if e.source == s) for s in sources})
    right = _heights(targets, {t: sum(wide[e] for e in drawn if e.target == t) for t in targets})
    height = max([y + tall for y, tall in (*left.values(), *right.values())] + [LEADING]) + _EDGE
    canvas = Canvas(head, [each.said for each in drawn] or ["Nothing."], _WIDTH, height)
    if not drawn:
        canvas.text(_EDGE, _EDGE + SMALL, "Nobody has gone on yet.")
    places = {state: number for number, state in enumerate(titles)}
    used: dict[tuple[str, str], float] = {}
    edge, other = _LABEL + _NODE, _WIDTH - _LABEL - _NODE
    ordered = sorted(drawn, key=lambda each: (places[each.source], places[each.target]))
    bands = []
    for each in ordered:
        top = left[each.source][0] + used.get(("left", each.source), 0)
        upper = right[each.target][0] + used.get(("entered", each.target), 0)
        used["left", each.source] = top - left[each.source][0] + wide[each]
        used["entered", each.target] = upper - right[each.target][0] + wide[each]
        bands.append((each, (edge, top, top + wide[each]), (other, upper, upper + wide[each])))
    for each, start, end in sorted(bands, key=lambda band: -wide[band[0]]):  # thin ones on top
        canvas.about(each.said)
        fill = PAPER if each.is_hidden else FILLS[places[each.source] % len(FILLS)]
        canvas.band(start, end, fill, dashes="5 3" if each.is_hidden else "")
    for side, places_of in (("left", left), ("entered", right)):
        for state, (y, tall) in places_of.items():
            canvas.about(f"{titles[state]}: {notes[f'{side}:{state}']}.")
            x = _LABEL if side == "left" else other
            canvas.box((x, y), (_NODE, tall), FILLS[places[state] % len(FILLS)])
            lines = (
                *wrapped(titles[state], _LABEL - 2 * _EDGE, at_most=1),
                notes[f"{side}:{state}"],
            )
            middle = y + tall / 2 - LEADING / 2 + 4
            for number, line in enumerate(lines):
                at = x - 8 if side == "left" else x + _NODE + 8
                canvas.text(
                    at, middle + number * LEADING, line, bold=number == 0, ends=side == "left"
                )
    return canvas


def _heights(states: Sequence[str], needed: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """For each state its upper edge and its height, one below the other."""
    y = float(_EDGE)
    found = {}
    for state in states:
        tall = max(_LEAST, needed[state])
        found[state] = (y, tall)
        y += tall + _GAP
    return found
