"""The pages of evidence are those written today, and name nothing that is not there."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from tests.evidence.collected import ROOT, every_test
from tests.evidence.pages import (
    FOLDER,
    HAZARDS,
    STANDARDS,
    NotThereError,
    hazard_log,
    pages,
    standards,
    traceability,
)
from tests.evidence.rules import rows_of
from workflow.loading import shipped
from workflow.strict_yaml import read_yaml

HAZARD: dict[str, Any] = {
    "hazard": "a hazard",
    "cause": "a cause",
    "control": "a control",
    "where": ["workflow/decide.py"],
    "tests": ["tests/evidence/test_pages.py::test_the_committed_pages_are_the_written_ones"],
    "left": "a rest",
}


def test_the_committed_pages_are_the_written_ones() -> None:
    """`make reference` was run after the last change of a hazard, a standard, a row or a test."""
    committed = {name: (FOLDER / name).read_text("utf-8") for name in pages()}

    assert committed == pages()


def test_there_are_forty_hazards_and_every_one_has_a_test() -> None:
    """Whoever asks what could go wrong finds what stands in the way, and the proof of it."""
    rows = re.findall(
        r"^\| H\d\d \|.*$", (FOLDER / "hazard-log.md").read_text("utf-8"), re.MULTILINE
    )

    assert len(rows) >= 40
    assert [row for row in rows if "tests/" not in row] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tests": ["tests/evidence/test_pages.py::test_that_nobody_wrote"]}, "no test"),
        ({"where": ["workflow/nothing.py"]}, "no workflow/nothing.py"),
        ({"left": ""}, "missing or blank"),
        ({"tests": []}, "missing or blank"),
    ],
)
def test_a_hazard_that_names_nothing_is_refused(change: dict[str, Any], said: str) -> None:
    """A log that names what is not there would be worse than none."""
    with pytest.raises(NotThereError, match=said):
        hazard_log([{"group": "Made up", "rows": [HAZARD | change]}])


def test_a_paragraph_without_test_and_reason_is_refused() -> None:
    """None may be passed over in silence."""
    blank = {"paragraph": "1", "asks": "something", "tests": [], "note": ""}

    with pytest.raises(NotThereError, match="neither a test nor a reason"):
        standards([{"standard": "S", "title": "T", "rows": [blank]}])


def test_every_paragraph_of_both_standards_is_there() -> None:
    """The paragraphs are counted against their list, so that none is forgotten."""
    parts = read_yaml(STANDARDS.read_bytes(), STANDARDS.name).content
    part_11, hipaa = ([row["paragraph"] for row in part["rows"]] for part in parts)

    tens = [*(f"11.10({letter})" for letter in "abcdefghij"), "11.10(k)(1)", "11.10(k)(2)", "11.30"]
    shown = ["11.50(a)(1)", "11.50(a)(2)", "11.50(a)(3)", "11.50(b)", "11.70"]
    persons = [*(f"11.100({letter})" for letter in "abc"), "11.200(a)(1)", "11.200(a)(1)(i)"]
    persons += ["11.200(a)(1)(ii)", "11.200(a)(2)", "11.200(a)(3)", "11.200(b)"]
    codes = [f"11.300({letter})" for letter in "abcde"]
    assert part_11 == [*tens, *shown, *persons, *codes]
    access = ["(a)(1)", "(a)(2)(i)", "(a)(2)(ii)", "(a)(2)(iii)", "(a)(2)(iv)"]
    others = ["(b)", "(c)(1)", "(c)(2)", "(d)", "(e)(1)", "(e)(2)(i)", "(e)(2)(ii)"]
    assert hipaa == [f"164.312{part}" for part in (*access, *others)]


@pytest.mark.parametrize("pathway_id", shipped())
def test_every_row_of_every_pathway_has_a_test(pathway_id: str) -> None:
    """No rule is there on trust; a row that nobody reaches or names is found by its id."""
    rows = list(rows_of(pathway_id))

    assert [row.route.id for row in rows if not row.tests] == []
    assert [row.route.id for row in rows if not row.leads] == []
    page = traceability()
    assert [row.route.id for row in rows if f"| `{row.route.id}`" not in page] == []


def test_the_tests_read_from_the_files_are_those_that_pytest_collects() -> None:
    """A test that pytest does not run proves nothing, whatever its name is."""
    folders = ("tests/evidence/", "tests/audit/test_merkle.py", "tests/workflow/test_facts.py")
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]

    done = subprocess.run(
        [*command, *folders], cwd=ROOT, capture_output=True, text=True, check=True
    )

    lines = {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}
    assert lines == {test for test in every_test() if test.startswith(folders)}


def test_the_sources_can_be_edited_by_hand() -> None:
    """Each names the page it becomes in its first lines, so that nobody edits the page."""
    assert "hazard-log.md" in HAZARDS.read_text("utf-8")[:400]
    assert "standards.md" in STANDARDS.read_text("utf-8")[:400]
