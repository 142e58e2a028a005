"""Every committed picture of a pathway, by file name: the overview, each state, each track."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.drawing.graph import Graph, telling
from workflow.drawing.ladder import table_page
from workflow.drawing.mermaid import mermaid
from workflow.drawing.overview import in_order, overview
from workflow.drawing.rails import overview_page
from workflow.drawing.rungs import Table, graph_of, state_table, track_table
from workflow.drawing.svg import svg
from workflow.pathway import Pathway

OVERVIEW = "overview"


def tables(pathway: Pathway) -> Iterator[Table]:
    """The table of each state in the order of care, then of each track."""
    for name in in_order(pathway):
        yield state_table(pathway, name)
    for name in pathway.tracks:
        yield track_table(pathway, name)


def graph_files(graph: Graph, name: str) -> dict[str, str]:
    """One drawing as Mermaid and SVG."""
    return {f"{name}.mmd": mermaid(graph), f"{name}.svg": svg(overview_page(graph))}


def pathway_files(pathway: Pathway) -> dict[str, str]:
    """Every picture of a pathway as Mermaid and SVG, by file name."""
    files = graph_files(overview(pathway), OVERVIEW)
    for table in tables(pathway):
        files[f"{table.name}.mmd"] = mermaid(graph_of(table))
        files[f"{table.name}.svg"] = svg(table_page(table))
    return files


def pathway_index(pathway: Pathway) -> str:
    """The pictures of a pathway as a list in Markdown, each with its description."""
    parts = [
        f"## {pathway.title}",
        f"[Overview]({pathway.id}/{OVERVIEW}.svg), [as text]({pathway.id}/{OVERVIEW}.mmd)",
        _listed(telling(overview(pathway))),
    ]
    for table in tables(pathway):
        place = f"{pathway.id}/{table.name}"
        heading = table.title.partition(" - ")[0]
        parts.append(f"### {heading}")
        parts.append(f"[Picture]({place}.svg), [as text]({place}.mmd)")
        parts.append(_listed(table.sentences))
    return "\n\n".join(parts) + "\n"


def _listed(sentences: tuple[str, ...]) -> str:
    """A paragraph and a list, with what Markdown would take for its own signs escaped."""
    first, *rest = (_escaped(sentence) for sentence in sentences)
    return "\n".join((first, "", *(f"- {sentence}" for sentence in rest))).rstrip()


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in text)
