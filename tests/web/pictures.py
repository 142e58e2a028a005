"""Pictures of the pages, as they stand in docs/reference/pages: `python -m tests.web.pictures`."""

from __future__ import annotations

import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.web.browsing import NARROW, WIDE, chromium, seated
from tests.web.serving import missing, served
from tests.web.sights import SIGHTS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference" / "pages"
TALLEST = 1600
"""In pixels: a list goes on in the same way."""
SMALL = frozenset({"sign-in", "worklist", "patient-response_assessment"})
"""What is shown on a telephone's screen too."""


def main(folder: Path) -> int:
    """Each page once; answers 1 and says why where there is no browser."""
    if lacking := missing():
        sys.stderr.write(f"The pages cannot be pictured: {lacking}.\n")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    # From within, so that no page shows where on this machine the file lies.
    with (
        TemporaryDirectory() as place,
        chdir(place),
        served(Path()) as site,
        chromium() as browser,
    ):
        for sight in SIGHTS:
            sizes = {sight.name: WIDE}
            if sight.name in SMALL:
                sizes[f"{sight.name}-narrow"] = NARROW
            for name, size in sizes.items():
                with seated(browser, site, size) as seat:
                    sight.seen(site, seat)
                    full = seat.page.evaluate("document.documentElement.scrollHeight")
                    seat.page.set_viewport_size({"width": size[0], "height": min(full, TALLEST)})
                    seat.page.screenshot(path=folder / f"{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(FOLDER))
