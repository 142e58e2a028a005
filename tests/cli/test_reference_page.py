"""The reference page names every setting, and its example is a case the program decides."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from allpath.settings import VARIABLES

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "command-line.md").read_text()


def test_every_setting_is_on_the_page() -> None:
    """What a site may set can be looked up, and nothing else stands there."""
    assert set(re.findall(r"`(ALLPATH_[A-Z_]+)`", PAGE)) == set(VARIABLES)


def test_the_example_case_is_decided() -> None:
    """A reader can paste it."""
    (case,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    allpath = Path(sys.executable).parent / "allpath"

    done = subprocess.run(
        [allpath, "decide", "-", "--json"], input=case, capture_output=True, text=True, check=True
    )

    answer = json.loads(done.stdout)
    assert (answer["id"], answer["route"]["status"]) == ("P04", "blocked")
    assert list(answer) == ["id", "site", "timing", "risk", "route", "rule", "warnings", "missing"]
