"""A drawing as Mermaid text, which many editors and forges show as a picture."""

from __future__ import annotations

import re
from typing import Final

from workflow.drawing.graph import EdgeLook, Graph, NodeKind

_SHAPES: Final[dict[NodeKind, tuple[str, str]]] = {
    "state": ("[", "]"),
    "final": ("([", "])"),
    "track": ("[/", "/]"),
    "row": ("[", "]"),
    "outcome": ("([", "])"),
    "checkpoint": ("[\\", "\\]"),
}
_ARROWS: Final[dict[EdgeLook, str]] = {
    "plain": "-->",
    "strong": "==>",
    "dashed": "-.->",
    "dotted": "-.->",
}
# Mermaid's own way to write a character by name or number inside quotes.
_CODES: Final = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;", "&": "#amp;"}


def mermaid(graph: Graph) -> str:
    """The drawing as a Mermaid flow chart, read from the top."""
    ids = node_ids(graph)
    lines = ["---", f"title: {_title(graph.title)}", "---", "flowchart TD"]
    lines += [f"    accTitle: {_plain(graph.title)}", f"    accDescr: {_plain(graph.summary)}"]
    for node in graph.nodes:
        left, right = _SHAPES[node.kind]
        text = "<br/>".join(map(_quoted, (node.title, *node.remarks)))
        lines.append(f'    {ids[node.name]}{left}"{text}"{right}')
    for edge in graph.edges:
        arrow = f'{_ARROWS[edge.look]}|"{_quoted(edge.label)}"|'
        lines.append(f"    {ids[edge.source]} {arrow} {ids[edge.target]}")
    marked = [(node.mark, ids[node.name]) for node in graph.nodes if node.mark]
    if marked:
        lines.append("    classDef here fill:#123f4a,color:#ffffff,stroke-width:3px")
        lines.append("    classDef visited fill:#e9f0f1,color:#16262e")
        lines += [f"    class {name} {mark}" for mark, name in marked]
    lines += [
        f"    %% {_plain(note.title)}: {_plain(' '.join(note.lines))}" for note in graph.notes
    ]
    return "\n".join(lines) + "\n"


def node_ids(graph: Graph) -> dict[str, str]:
    """A word for each node that no format takes for one of its own; no two are the same."""
    ids: dict[str, str] = {}
    for node in graph.nodes:
        name = "n_" + re.sub(r"[^A-Za-z0-9]+", "_", node.name)
        taken = set(ids.values())
        ids[node.name] = next(
            word
            for word in (name, *(f"{name}_{number}" for number in range(2, len(ids) + 3)))
            if word not in taken
        )
    return ids


def _quoted(text: str) -> str:
    return "".join(_CODES.get(character, character) for character in _plain(text))


def _plain(text: str) -> str:
    """One line: line ends and other invisible characters become blanks."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _title(text: str) -> str:
    """The title in the YAML header, always in quotes."""
    return '"' + _plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
