"""The engine, the store and the scheduler know no disease; only pathway files do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for floor in ("workflow", "storage", "scheduler") for path in (ROOT / floor).rglob("*.py")
)
ANY_CASE = re.compile(
    r"leuk(a)?emi|lymphoblast|(?<![a-z])mrd(?![a-z])|hsct|car[-_ ]?t(?![a-z])|cd19|cd22"
    r"|blinatumomab|inotuzumab|nelarabine|chimerism|relapse|remission|lineage|reinduction|karnofsky|ukall"
    r"|(?<![a-z])(cns|bfm|gvhd|ecog)(?![a-z])",
    re.IGNORECASE,
)
AS_WRITTEN = re.compile(r"\b(ALL|COG|AALL\d+|PH|CR[12])\b")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_below_the_front_door_names_a_disease(source: Path) -> None:
    """A rule hidden in Python is one that no clinician reads, and holds for every pathway."""
    text = source.read_text()

    found = [match[0] for words in (ANY_CASE, AS_WRITTEN) for match in words.finditer(text)]

    assert found == []


def test_the_words_are_found_where_they_stand() -> None:
    """The test above would see them: the pathway files are full of them."""
    text = "".join(path.read_text() for path in (ROOT / "workflow" / "pathways").glob("*.yaml"))

    words = {match[0].lower() for match in ANY_CASE.finditer(text)}

    assert {"mrd", "hsct", "car-t", "cart", "cd19", "chimerism", "relapse", "leukaemi"} <= words
