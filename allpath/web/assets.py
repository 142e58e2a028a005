"""Brings what the pages take from elsewhere into place; run when the product is built.

`npm ci` has put the packages into node_modules, as pinned by package-lock.json. Their files are
copied without anything that would be fetched from another place, and never committed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from allpath.web.pages import STATIC

_FROM: Final = {
    "nhsuk-frontend.css": "nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.css",
    "nhsuk-frontend.js": "nhsuk-frontend/dist/nhsuk/nhsuk-frontend.min.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
}
VENDOR: Final = STATIC / "vendor"
_FONTS: Final = re.compile(r"@font-face\s*\{[^}]*\}")
_MAPS: Final = re.compile(r"/[*/]# sourceMappingURL=\S+( \*/)?")
_ELSEWHERE: Final = re.compile(r"""(?:url\(|@import\s+)['"]?https?:""")


def missing(folder: Path) -> list[str]:
    """The names of the files that are not in their place."""
    return [name for name in _FROM if not (folder / name).is_file()]


def main(modules: Path, target: Path) -> int:
    """Every file is put in place; answers 1 and says why when one is missing or reaches outside."""
    target.mkdir(parents=True, exist_ok=True)
    for name, source in _FROM.items():
        try:
            text = (modules / source).read_text("utf-8")
        except OSError as error:
            sys.stderr.write(f"{source}: {error.strerror}; run `npm ci` first.\n")
            return 1
        kept = _MAPS.sub("", _FONTS.sub("", text))
        if _ELSEWHERE.search(kept):
            sys.stderr.write(f"{source} asks for something from another place.\n")
            return 1
        (target / name).write_text(kept, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path("node_modules"), VENDOR))
