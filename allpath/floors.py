"""The floors of the code as a drawing, read from the imports that stand in its sources."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from workflow.drawing.graph import Edge, Graph, Node
from workflow.drawing.overview import listed

FLOORS: Final[dict[str, str]] = {
    "allpath": "the front door: translates, never decides",
    "storage": "what is kept",
    "scheduler": "when we look",
    "workflow": "what is true",
}


def floors(root: Path) -> Graph:
    """Each floor with what it brings in from outside, and which floors it imports."""
    found = {floor: set(_imported(root / floor)) for floor in FLOORS}
    return Graph(
        name="floors",
        title="The floors of the code",
        summary=f"The code stands on {len(FLOORS)} floors; a line says that one imports another.",
        nodes=tuple(
            Node(floor, floor, "state", _remarks(floor, names)) for floor, names in found.items()
        ),
        edges=tuple(
            Edge(floor, other, f"imports {other}", f"{floor} imports {other}.", "import")
            for floor, names in found.items()
            for other in FLOORS
            if other in names and other != floor
        ),
    )


def _remarks(floor: str, names: set[str]) -> tuple[str, ...]:
    outside = sorted(names - set(FLOORS) - sys.stdlib_module_names)
    brings = f"from outside: {listed(outside)}" if outside else "nothing from outside"
    return (FLOORS[floor], brings)


def _imported(folder: Path) -> Iterator[str]:
    """The first name of every import below a folder, those inside functions too."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]
