"""The folder diagrams/: `python -m allpath.diagrams FOLDER` draws every picture in it again.

A test compares the committed bytes with those drawn today.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from allpath.floors import floors
from workflow.drawing.graph import telling
from workflow.drawing.pages import graph_files, pathway_files, pathway_index
from workflow.loading import load_shipped, shipped

_ROOT: Final = Path(__file__).parents[1]
_PICTURES: Final = frozenset({".mmd", ".svg"})
_ABOUT: Final = """# Pictures

Drawn by `make diagrams` from the pathway files and from the imports of the code; never edited. Each
picture is an SVG with a title and a description, and Mermaid text beside it. Below each link stands
the same in words.

"""


def drawn() -> dict[str, str]:
    """Every file of the folder, by its place in it."""
    code = floors(_ROOT)
    files = dict(graph_files(code, "floors"))
    index = [
        _ABOUT,
        "## The floors of the code\n\n[Picture](floors.svg), [as text](floors.mmd)\n\n",
    ]
    index.append("\n".join(f"- {sentence}" for sentence in telling(code)) + "\n")
    for pathway_id in shipped():
        pathway = load_shipped(pathway_id)
        pictures = pathway_files(pathway)
        files |= {f"{pathway_id}/{name}": text for name, text in pictures.items()}
        index += ["\n", pathway_index(pathway)]
    return files | {"README.md": "".join(index)}


def main(folder: Path) -> None:
    """The folder holds today's pictures and no older ones."""
    files = drawn()
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    for file in sorted((*folder.glob("*.*"), *folder.glob("*/*.*"))):
        if file.suffix in _PICTURES and file.relative_to(folder).as_posix() not in files:
            file.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
