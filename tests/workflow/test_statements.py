"""Every statement of the source guideline is traced to what implements and tests it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.trace import trace, trace_file
from workflow.loading import load_shipped, shipped
from workflow.naming_checks import implementing_names
from workflow.pathway import Pathway


@pytest.mark.parametrize("statement", [f"S{number}" for number in range(1, 60)])
def test_each_statement_is_implemented_by_things_that_exist(
    pathway: Pathway, statement: str
) -> None:
    """What a statement names is in the pathway; only headings name nothing."""
    found = pathway.statements[statement]

    assert set(found.implemented_by) <= implementing_names(pathway)
    assert found.implemented_by or found.kind == "heading"


@pytest.mark.parametrize("pathway_id", shipped())
def test_the_trace_file_is_true(pathway_id: str) -> None:
    """The generated file lists exactly the tests that look at each statement today."""
    assert json.loads(trace_file(pathway_id).read_text()) == trace(load_shipped(pathway_id))


@pytest.mark.parametrize("pathway_id", shipped())
def test_every_statement_that_is_not_a_heading_has_a_test(pathway_id: str) -> None:
    """Nothing of the guideline is implemented on trust."""
    pathway = load_shipped(pathway_id)
    tests = trace(pathway)

    untested = [
        name
        for name, statement in pathway.statements.items()
        if statement.kind != "heading" and not tests[name]
    ]

    assert untested == []


def test_the_kinds_are_those_of_the_rules_text(rules_text: str, pathway: Pathway) -> None:
    """The Kind column of the rules and the file agree, line by line."""
    rows = [line.split("|") for line in rules_text.splitlines() if line.startswith("| S")]
    kinds = {row[1].strip(): row[3].strip() for row in rows if row[1].strip()[1:].isdigit()}

    assert {name: s.kind for name, s in pathway.statements.items()} == kinds


def test_the_safety_texts_stand_in_the_docs(pathway: Pathway) -> None:
    """What the software must say is said where people read about it, word for word."""
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "safety.md").read_text()

    assert [text for text in pathway.safety if text not in page] == []
    assert pathway.reviewed.by in page
    assert f"{pathway.reviewed.expires:%d %B %Y}" in page
