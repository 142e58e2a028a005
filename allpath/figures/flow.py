"""Figures about where patients went: the passages between states, and a lane for each patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from allpath import words
from allpath.figures.counts import HIDDEN, Basis
from allpath.figures.lives import Life
from allpath.pictures.picture import Picture
from workflow.drawing.bars import Bar, ranking
from workflow.drawing.canvas import Mark
from workflow.drawing.ribbons import Ribbon, ribbons
from workflow.drawing.swimmer import Event, Lane, Segment, swimmer
from workflow.figures import FEWEST, Passage, passages, told_apart

LANES: Final = 40
"""So many lanes stand on one page."""
_FLOW: Final = (
    "Every time a state was left for another one, steps that were undone not counted. Per cent: of "
    "all times that state was left. Median days: in that state before. Where a count is not shown, "
    "no sum is that would tell it."
)
_STATES: Final = (
    "Each patient once, by the state of the main track now, ended paths too. Who withdrew the use "
    "of their data is in the list of patients in each state, and not here."
)
_SWIMMER: Final = (
    "One lane for each patient under the opaque id, from the day the path began to the day of the "
    "data, the earliest first: numbers are states. Whoever has this picture has data about single "
    "patients."
)
_ENDS: Final[tuple[Mark, ...]] = ("square", "bar", "missed", "waived")
_DAYS: Final[tuple[Mark, ...]] = ("circle", "below", "late")
_AGAIN: Final[Mark] = "diamond"
_ON: Final[Mark] = "up"


def flow(basis: Basis) -> Picture:
    """Who went from which state to which, how many, and after how long."""
    titles = titles_of(basis)
    # The order of counts that are not shown would tell which is the larger one.
    found = sorted(
        passages(basis.lives.courses),
        key=lambda each: (-basis.length(each.count), titles[each.source], titles[each.target]),
    )
    head = basis.head("flow", "Flow between states", _FLOW)
    table = tuple(_passage_cells(basis, passage, found, titles) for passage in found)
    drawn = [
        Ribbon(
            passage.source,
            passage.target,
            basis.length(passage.count),
            f"{cells[0]} to {cells[1]}: {cells[2]} times, {cells[3]}, median {cells[4]} days.",
            basis.hides(passage.count),
        )
        for passage, cells in zip(found, table, strict=True)
    ]
    return Picture(
        head.name,
        head.title,
        ribbons(head, drawn, titles, _sums(basis, found)).svg(),
        ("From", "To", "Times", "Per cent of those who left", "Median days before"),
        table,
        basis.notes(_FLOW),
    )


def _passage_cells(
    basis: Basis, passage: Passage, found: Sequence[Passage], titles: dict[str, str]
) -> tuple[str, ...]:
    beside = [each for each in found if each.source == passage.source]
    tells = any(basis.hides(each.count) for each in beside)
    return (
        titles[passage.source],
        titles[passage.target],
        basis.count(passage.count),
        HIDDEN if tells else f"{passage.percent:.0f} %",
        HIDDEN if basis.hides(passage.count) else f"{passage.median:g}",
    )


def _sums(basis: Basis, found: Sequence[Passage]) -> dict[str, str]:
    """How often each state was left and entered; no sum that would tell a count not shown."""
    sums: dict[str, str] = {}
    for side in ("left", "entered"):
        ends: dict[str, list[int]] = {}
        for passage in found:
            state = passage.source if side == "left" else passage.target
            ends.setdefault(state, []).append(passage.count)
        for state, counts in ends.items():
            tells = any(map(basis.hides, counts))
            times = words.counted(sum(counts), "time")
            sums[f"{side}:{state}"] = f"{side} {'(sum not shown)' if tells else times}"
    return sums


def per_state(basis: Basis) -> Picture:
    """How many are in each state, in the order of care."""
    titles = titles_of(basis)
    counts = Counter(life.course.states[-1].name for life in basis.lives.every)
    head = basis.head("states", "Patients in each state", _STATES)
    rows = [(title, counts[name]) for name, title in titles.items() if counts[name]]
    told = told_apart([count for _, count in rows], is_exported=basis.is_exported)
    table = tuple(
        (title, basis.count(count) if is_told or basis.hides(count) else HIDDEN)
        for (title, count), is_told in zip(rows, told, strict=True)
    )
    bars = [
        Bar(
            title,
            count if is_told else FEWEST,
            shown,
            f"{title}: {shown} in this state.",
            not is_told,
        )
        for (title, shown), (_, count), is_told in zip(table, rows, told, strict=True)
    ]
    return Picture(
        head.name,
        head.title,
        ranking(head, bars).svg(),
        ("State", "Patients"),
        table,
        basis.notes(_STATES),
    )


def titles_of(basis: Basis) -> dict[str, str]:
    """The states in the order of care by their names; what no version knows any more comes last."""
    found: dict[str, str] = {}
    for version in basis.lives.versions:
        found |= {name: state.title for name, state in version.states.items() if name not in found}
    seen = {stay.name for course in basis.lives.courses for stay in course.states}
    return {**found, **{name: name for name in sorted(seen - found.keys())}}


def pages_of(basis: Basis) -> int:
    """How many pages of lanes there are."""
    return max(1, -(-len(basis.lives.every) // LANES))


def swimmers(basis: Basis, number: int = 1) -> Picture:
    """A page of lanes, the path that began first on top."""
    titles = titles_of(basis)
    places = {name: place for place, name in enumerate(titles, start=1)}
    signs = _signs(basis)
    lives = sorted(basis.lives.every, key=_began)
    first = (min(number, pages_of(basis)) - 1) * LANES
    chosen = lives[first : first + LANES]
    lanes = [_lane(basis, life, places, titles, signs) for life in chosen]
    head = basis.head("swimmer", "Swimmer plot", _SWIMMER)
    shown = f"Lanes {first + 1} to {first + len(chosen)} of {len(lives)}."
    if len(lives) > LANES:
        head = replace(head, about=(*head.about, shown))
    return Picture(
        head.name,
        head.title,
        swimmer(head, lanes, list(titles.values()), list(signs.values())).svg(),
        ("Path", "Began", "Stays and events"),
        tuple(
            (lane.name, words.day(life.course.states[0].since), lane.said.partition(": ")[2])
            for lane, life in zip(lanes, chosen, strict=True)
        ),
        basis.notes(_SWIMMER),
    )


def _began(life: Life) -> tuple[date, str]:
    return life.course.states[0].since, life.path.path_id


def _signs(basis: Basis) -> dict[str, tuple[Mark, str]]:
    """What each shape means: the path goes on, it ended so, it began anew, or a day of a fact."""
    signs: dict[str, tuple[Mark, str]] = {"": (_ON, "goes on")}
    ends, days = iter(_ENDS), iter(_DAYS)
    for pathway in basis.lives.pathways.values():
        for name, state in pathway.states.items():
            if state.final and name not in signs:
                signs[name] = (next(ends, _ENDS[-1]), state.title)
            elif state.opens_episode:
                signs[name] = (_AGAIN, state.title)
        for name, fact in pathway.facts.items():
            if fact.shows is not None and fact.shows.states and name not in signs:
                signs[name] = (next(days, _DAYS[-1]), fact.title)
    return signs


def _lane(
    basis: Basis,
    life: Life,
    places: dict[str, int],
    titles: dict[str, str],
    signs: dict[str, tuple[Mark, str]],
) -> Lane:
    states = life.course.states
    today, began = basis.now.astimezone(basis.zone).date(), states[0].since
    segments, events, told = [], [], []
    for stay in states:
        mark, _ = signs.get(stay.name, signs[""])
        is_end = stay.until is None and mark not in {_ON, _AGAIN}
        until = stay.until or (stay.since if is_end else max(today, stay.since))
        since, last = (stay.since - began).days, (until - began).days
        segments.append(Segment(places[stay.name], since, last))
        if mark == _AGAIN:
            events.append(Event(since, mark))
        if stay.until is None:
            events.append(Event(last, mark if is_end else _ON))
        told.append(f"{titles[stay.name]} from day {since} to day {last}")
    for name, (mark, title) in signs.items():
        for day in life.moments.get(name, ()):
            if began <= day <= today:
                events.append(Event((day - began).days, mark))
                told.append(f"{title} on day {(day - began).days}")
    said = f"{life.path.path_id}: {'; '.join(told)}."
    return Lane(life.path.path_id, tuple(segments), tuple(events), said)
