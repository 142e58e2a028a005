"""A drawing as DOT text, for Graphviz and the programs that read it."""

from __future__ import annotations

from typing import Final

from workflow.drawing.graph import Edge, EdgeLook, Graph, Node

_SHAPES: Final = {"final": "oval", "outcome": "oval", "track": "parallelogram"}

_STYLES: Final[dict[EdgeLook, str]] = {
    "plain": "solid",
    "strong": "bold",
    "dashed": "dashed",
    "dotted": "dotted",
}


def dot(graph: Graph) -> str:
    """The drawing as a directed graph, read from the top."""
    lines = [
        f"digraph {_quoted(graph.name)} {{",
        f"  label={_quoted(graph.title)}; labelloc=t; rankdir=TB;",
        '  node [shape=box, fontname="Helvetica"]; edge [fontname="Helvetica"];',
    ]
    lines += [f"  {_quoted(node.name)} [{_node(node)}];" for node in graph.nodes]
    lines += [
        f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [{_edge(edge)}];"
        for edge in graph.edges
    ]
    for note in graph.notes:
        told = " ".join((f"{note.title}:", *note.lines))
        lines.append(f"  {_quoted(f'note: {note.title}')} [shape=note, label={_quoted(told)}];")
    return "\n".join((*lines, "}")) + "\n"


def _node(node: Node) -> str:
    style = {"here": ', style="filled,bold", fillcolor="#123f4a", fontcolor="#ffffff"'}
    style["visited"] = ', style=filled, fillcolor="#e9f0f1"'
    shape = f", shape={_SHAPES[node.kind]}" if node.kind in _SHAPES else ""
    label = "\\n".join(_escaped(line) for line in (node.title, *node.remarks))
    return f'label="{label}"{shape}{style.get(node.mark, "")}'


def _edge(edge: Edge) -> str:
    told = f"label={_quoted(edge.label)}, tooltip={_quoted(edge.sentence)}"
    return f"{told}, style={_STYLES[edge.look]}"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """A text inside quotes: one line, with quotes and back slashes escaped."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line.replace("\\", "\\\\").replace('"', '\\"')
