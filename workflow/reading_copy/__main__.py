"""`python -m workflow.reading_copy FOLDER` writes the copies of every shipped pathway."""

from __future__ import annotations

import sys
from pathlib import Path

from workflow.loading import load_shipped, shipped
from workflow.reading_copy.compose import reading_copy
from workflow.reading_copy.markdown import markdown
from workflow.reading_copy.page import page


def main(folder: Path) -> None:
    """Write Markdown and HTML of every shipped pathway into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for pathway_id in shipped():
        document = reading_copy(load_shipped(pathway_id))
        (folder / f"{pathway_id}.md").write_text(markdown(document), encoding="utf-8")
        (folder / f"{pathway_id}.html").write_text(page(document), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
