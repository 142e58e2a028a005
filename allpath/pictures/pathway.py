"""The pathway as a picture to take away: whole, with a patient on it, or a patient's way alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from allpath.pictures.picture import Picture
from workflow.drawing.graph import Graph
from workflow.drawing.overview import overview
from workflow.drawing.patient import patient_overview
from workflow.drawing.rails import overview_page
from workflow.drawing.scene import Scene
from workflow.drawing.svg import svg
from workflow.drawing.way import way
from workflow.found import Found
from workflow.pathway import Pathway
from workflow.records import JournalEntry

_WHOLE: Final = ("Kind", "From", "To", "How it stands", "What is said")
_WAY: Final = ("Number", "What the picture says")
_PLACES: Final = {"": "Not visited", "here": "Here", "visited": "Was here"}


def pathway_picture(found: Found, journal: Sequence[JournalEntry]) -> Picture:
    """The whole pathway with the patient's position and way."""
    return of_graph(patient_overview(found, journal), "pathway")


def overview_picture(pathway: Pathway) -> Picture:
    """The whole pathway, nobody on it."""
    return of_graph(overview(pathway), pathway.id)


def way_picture(found: Found, journal: Sequence[JournalEntry]) -> Picture:
    """The last states, the present one, and the steps from it."""
    scene = way(found, journal)
    return Picture(scene.name, scene.title, svg(scene), _WAY, tuple(_numbered(scene)))


def of_graph(graph: Graph, name: str, scene: Scene | None = None) -> Picture:
    """A drawing with the table of its states and steps; `scene` where it is not an overview."""
    page = scene if scene is not None else overview_page(graph)
    return Picture(name, graph.title, svg(page), _WHOLE, tuple(_rows(graph)))


def _numbered(scene: Scene) -> Iterator[tuple[str, ...]]:
    for number, sentence in enumerate(scene.description, start=1):
        yield str(number), sentence


def _rows(graph: Graph) -> Iterator[tuple[str, ...]]:
    titles = {node.name: node.title for node in graph.nodes}
    for node in graph.nodes:
        said = "; ".join(node.remarks) or "Nothing more"
        yield node.kind.capitalize(), node.title, "None", _PLACES[node.mark], said
    for edge in graph.edges:
        how = (edge.status or "").capitalize() or ("Taken" if edge.taken else "Not from here")
        ends = titles.get(edge.source, edge.source), titles.get(edge.target, edge.target)
        yield "Step", *ends, how, edge.sentence or edge.label
