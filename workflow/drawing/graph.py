"""The model of a drawing: nodes, edges and what is told beside them, before any file format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflow.steps import StepStatus

NodeKind = Literal["state", "final", "track", "row", "outcome", "checkpoint"]
EdgeKind = Literal["rule", "early", "mdt", "person", "no", "import"]
EdgeLook = Literal["plain", "strong", "dashed", "dotted"]
Whereabouts = Literal["", "here", "visited"]


@dataclass(frozen=True, slots=True)
class Node:
    """A box with its title, lines below it, and whether the patient is or was there."""

    name: str
    title: str
    kind: NodeKind = "state"
    remarks: tuple[str, ...] = ()
    mark: Whereabouts = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one node to another.

    `label` is short and stands in the picture, `sentence` says all of it. `status` is that of the
    step for the patient, `taken` when the patient went this way.
    """

    source: str
    target: str
    label: str
    sentence: str
    kind: EdgeKind = "rule"
    status: StepStatus | None = None
    taken: str = ""

    @property
    def look(self) -> EdgeLook:
        """How its line is drawn: what a table recommends full, what people choose broken.

        Where the patient is, what holds now goes before what was once taken.
        """
        if self.status in {"blocked", "unknown", "forbidden"}:
            return "dotted"
        if self.status == "recommended" or (self.taken and self.status is None):
            return "strong"
        return "dashed" if self.kind in {"mdt", "person"} else "plain"


@dataclass(frozen=True, slots=True)
class Note:
    """What is told once beside the picture; `edges` are those that are told, not drawn."""

    title: str
    lines: tuple[str, ...]
    edges: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole drawing: nodes in the order they are read, edges in the order of their sources."""

    name: str
    title: str
    summary: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    notes: tuple[Note, ...] = ()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every edge the picture accounts for, drawn or told in a note."""
        drawn = tuple((edge.source, edge.target) for edge in self.edges)
        return drawn + tuple(pair for note in self.notes for pair in note.edges)


def telling(graph: Graph) -> tuple[str, ...]:
    """The same facts as sentences: the text twin of a picture, its `<desc>` and its index entry."""
    nodes = tuple(
        f"{node.title}: {'; '.join(node.remarks)}."
        for node in graph.nodes
        if node.remarks and node.kind in {"state", "final", "track"}
    )
    edges = tuple(
        edge.sentence
        for edge in sorted(graph.edges, key=lambda edge: edge.status is None)
        if edge.sentence
    )
    notes = tuple(f"{note.title}: {' '.join(note.lines)}" for note in graph.notes)
    return (graph.summary, *notes, *nodes, *edges)
