"""Where one patient is, was and could go, marked in the drawing of the pathway.

The picture names the patient by the opaque id alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from workflow.drawing.graph import Edge, Graph, Node, Note, Whereabouts
from workflow.drawing.overview import overview
from workflow.found import Found
from workflow.records import JournalEntry
from workflow.steps import MAIN, Step
from workflow.titles import titled


@dataclass(frozen=True, slots=True)
class Move:
    """One change of the main state; `source` is empty for the first."""

    source: str
    target: str
    on: date
    how: str


def patient_overview(found: Found, journal: Sequence[JournalEntry]) -> Graph:
    """The pathway with this patient's way so far and every step out of the present state.

    Each of these steps has its status and the reason for it.
    """
    here = found.position.state
    steps = tuple(
        replace(step, because=titled(found.pathway, step.because))
        for step in found.decision().steps
    )
    moves = moves_of(found, journal)
    drawn = {(here, step.target) for step in steps if step.track == MAIN}
    drawn |= {(move.source, move.target) for move in moves}
    plain = overview(found.pathway, frozenset(drawn))
    path, title = found.case.path, found.pathway.states[here].title
    way = Note("The way so far", tuple(_told(found, move) for move in moves))
    return replace(
        plain,
        title=f"{path.path_id} in {title} - {plain.title}",
        summary=f"Path {path.path_id} is in {title} since {_day(path.entered[MAIN])}, as of "
        f"{_day(found.today)}. {plain.summary}",
        nodes=tuple(_marked_node(found, node, moves, steps) for node in plain.nodes),
        edges=tuple(_marked_edge(edge, here, moves, steps) for edge in plain.edges),
        notes=(way, *plain.notes),
    )


def moves_of(found: Found, journal: Sequence[JournalEntry]) -> tuple[Move, ...]:
    """The changes of the main state that the journal tells, oldest first."""
    return tuple(
        Move(
            entry.state_from,
            entry.state_to,
            entry.effective_on or entry.at.astimezone(found.zone).date(),
            entry.kind.replace("_", " ") + (f", rule {entry.rule}" if entry.rule else ""),
        )
        for entry in journal
        if entry.track == MAIN and entry.state_from != entry.state_to
    )


def _told(found: Found, move: Move) -> str:
    title = found.pathway.states[move.target].title
    return f"{_day(move.on)} {title} ({move.how})."


def _marked_node(
    found: Found, node: Node, moves: tuple[Move, ...], steps: tuple[Step, ...]
) -> Node:
    path = found.case.path
    if node.kind == "track":
        name = node.name.removeprefix("track:")
        said = [
            f"{step.status}: to be {step.target} ({step.because})"
            for step in steps
            if step.track == name
        ]
        if name in path.open_tracks:
            said.insert(0, f"open since {_day(path.entered[name])}")
        is_open = name in path.open_tracks
        return replace(node, remarks=(*said, *node.remarks), mark="here" if is_open else "")
    days = [move.on for move in moves if move.target == node.name]
    is_here = node.name == path.state
    said = [f"the patient is here since {_day(path.entered[MAIN])}"] if is_here else []
    if before := days[:-1] if is_here else days:
        said.append(f"was here from {', '.join(map(_day, before))}")
    mark: Whereabouts = "here" if is_here else "visited" if said else ""
    return replace(node, remarks=(*said, *node.remarks), mark=mark)


def _marked_edge(edge: Edge, here: str, moves: tuple[Move, ...], steps: tuple[Step, ...]) -> Edge:
    days = [
        _day(move.on) for move in moves if (move.source, move.target) == (edge.source, edge.target)
    ]
    taken = f"taken {', '.join(days)}" if days else ""
    step = next((s for s in steps if s.track == MAIN and s.target == edge.target), None)
    told = f" It was {taken}." if taken else ""
    if edge.source != here or step is None:
        label = f"{edge.label}; {taken}" if taken else edge.label
        return replace(edge, label=label, sentence=f"{edge.sentence}{told}", taken=taken)
    goal = edge.label.partition(":")[0]
    return replace(
        edge,
        label=f"{goal}, {step.status}: {step.because}" + (f"; {taken}" if taken else ""),
        sentence=f"The step {goal} is {step.status} now: {step.because}.{told}",
        status=step.status,
        taken=taken,
    )


def _day(day: date) -> str:
    return f"{day:%d-%b-%Y}"
