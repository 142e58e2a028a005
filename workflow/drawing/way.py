"""Where one patient came from, is, and could go next, as one small picture for the top of a page.

The whole pathway is the overview's to draw; here stand only the way so far, the present state and
the steps out of it, each with its status in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workflow.drawing.patient import moves_of
from workflow.drawing.scene import LEADING, Box, Group, Line, Look, Rect, Scene, Text, wrapped
from workflow.found import Found
from workflow.records import JournalEntry
from workflow.steps import MAIN, Step, StepStatus
from workflow.titles import titled

_EDGE: Final = 12
_BOX: Final = 158
_HEIGHT: Final = 64
_STEP: Final = 56
_GAP: Final = 44
_BETWEEN: Final = 14
_PAD: Final = 9
_EARLIER: Final = 2
"""So many states before the present one are drawn; what was before them is counted."""
_LOOKS: Final[dict[StepStatus, Look]] = {
    "recommended": "strong",
    "available": "dashed",
    "blocked": "dotted",
    "unknown": "dotted",
    "forbidden": "dotted",
}


def way(found: Found, journal: Sequence[JournalEntry]) -> Scene:
    """The last states, the present one and every main step out of it that is not always open."""
    steps = [step for step in found.decision().steps if step.track == MAIN and not step.is_exit]
    moves = moves_of(found, journal)
    places = [(_title(found, move.target), f"from {move.on:%d-%b-%Y}") for move in moves[:-1]]
    hidden = len(places) - _EARLIER
    shown = places[-_EARLIER:]
    if hidden > 0:
        count = "1 state before" if hidden == 1 else f"{hidden} states before"
        shown.insert(0, (count, "see the history"))
    since = found.case.path.entered[MAIN]
    tall = max(_HEIGHT, len(steps) * (_STEP + _BETWEEN) - _BETWEEN)
    middle = _EDGE + tall / 2
    groups: list[Group] = []
    x = float(_EDGE)
    for title, text in shown:
        rect = Rect(x, middle - _HEIGHT / 2, _BOX, _HEIGHT)
        arrow = Line(((rect.right, middle), (rect.right + _GAP, middle)), "strong", "arrow")
        groups.append(Group((*_box(rect, title, text, "soft"), arrow), f"{title}, {text}."))
        x = rect.right + _GAP
    title = _title(found, found.case.path.state)
    here = Rect(x, middle - _HEIGHT / 2, _BOX, _HEIGHT)
    shapes = _box(here, title, f"here since {since:%d-%b-%Y}", "filled")
    groups.append(Group(shapes, f"The patient is in {title} since {since:%d-%b-%Y}."))
    groups += _ways_on(found, steps, here, middle)
    right = here.right + (_GAP + _BOX if steps else 0)
    return Scene(
        name="way",
        title=f"{title}: the way here, and the steps from here",
        description=tuple(group.sentence for group in groups),
        width=right + _EDGE,
        height=tall + 2 * _EDGE,
        groups=tuple(groups),
    )


def _ways_on(found: Found, steps: Sequence[Step], here: Rect, middle: float) -> list[Group]:
    groups = []
    y = middle - (len(steps) * (_STEP + _BETWEEN) - _BETWEEN) / 2
    bend = here.right + _GAP / 2
    for step in steps:
        rect = Rect(here.right + _GAP, y, _BOX, _STEP)
        look, level = _LOOKS[step.status], y + _STEP / 2
        line = Line(((here.right, middle), (bend, middle), (bend, level), (rect.x, level)), look)
        head = Line(((bend, level), (rect.x, level)), look, "arrow")
        title = _title(found, step.target)
        because = titled(found.pathway, step.because)
        sentence = f"{title} is {step.status}: {because}."
        shapes = (line, head, *_box(rect, title, step.status, look))
        groups.append(Group(shapes, sentence, {"to": step.target, "status": step.status}))
        y += _STEP + _BETWEEN
    return groups


def _box(rect: Rect, title: str, text: str, look: Look) -> tuple[Box | Line | Text, ...]:
    is_dark = look == "filled"
    lines = wrapped(title, rect.width - 2 * _PAD, at_most=2, bold=True)
    y = rect.y + (rect.height - (len(lines) + 1) * LEADING) / 2 + LEADING * 0.75
    texts = [
        Text(rect.x + _PAD, y + number * LEADING, line, bold=True, on_dark=is_dark)
        for number, line in enumerate(lines)
    ]
    texts.append(Text(rect.x + _PAD, y + len(lines) * LEADING, text, on_dark=is_dark))
    return (Box(rect, look), *texts)


def _title(found: Found, state: str) -> str:
    model = found.pathway.states.get(state)
    return model.title if model else state
