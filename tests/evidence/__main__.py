"""`python -m tests.evidence` writes the pages of evidence in docs/reference again."""

from __future__ import annotations

import sys

from tests.evidence.pages import FOLDER, NotThereError, pages

if __name__ == "__main__":
    try:
        for name, text in pages().items():
            (FOLDER / name).write_text(text, "utf-8")
    except NotThereError as error:
        sys.exit(str(error))
