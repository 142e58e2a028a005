"""Mermaid and DOT stay sound whatever a clinician writes into a title."""

from __future__ import annotations

import re

import pytest

from tests.drawing.conftest import PATHWAYS
from workflow.drawing.dot import dot
from workflow.drawing.graph import Edge, Graph, Node, Note, telling
from workflow.drawing.mermaid import mermaid, node_ids
from workflow.drawing.overview import overview
from workflow.pathway import Pathway

ODD = 'say "no"; x < 1 & y > 2 #3 `c` \\ back\nnext'
_DOT_STRING = r'"(?:[^"\\]|\\.)*"'


def odd() -> Graph:
    """A drawing with odd characters in every text."""
    nodes = (Node("end", ODD, remarks=(ODD,), mark="here"), Node("a-b", "A"), Node("a.b", "B"))
    edge = Edge("end", "a-b", ODD, ODD)
    return Graph("graph", ODD, ODD, nodes, (edge,), (Note(ODD, (ODD,)),))


def test_mermaid_gets_no_quote_sign_or_line_end_from_a_text() -> None:
    """A quote would end the label, a sign would open a tag."""
    lines = mermaid(odd()).splitlines()

    spoken = [line for line in lines[6:] if not line.strip().startswith("%%")]
    labels = [label for line in spoken for label in re.findall(r'"([^"]*)"', line)]
    assert len(labels) == 4
    assert all("#quot;no#quot;" in label for label in labels if label.startswith("say"))
    assert not any(re.search(r"[&`]", label) for label in labels)
    assert not any(re.search(r"[<>]", label.replace("<br/>", "")) for label in labels)
    assert not any(line.startswith("next") for line in lines)


def test_mermaid_takes_no_name_for_a_word_of_its_own() -> None:
    """A state called `end` would end the chart; two names may not become one."""
    ids = node_ids(odd())

    assert ids == {"end": "n_end", "a-b": "n_a_b", "a.b": "n_a_b_2"}


def test_dot_gives_back_what_was_written() -> None:
    """A quote would end the label, a back slash would hide the next sign."""
    found = re.search(rf'"end" \[label=({_DOT_STRING}), style', dot(odd()))

    assert found is not None
    title, remark = found[1][1:-1].split("\\n")
    assert title == remark
    assert re.sub(r"\\(.)", r"\1", title) == ODD.replace("\n", " ")


@pytest.mark.parametrize("pathway", PATHWAYS, ids=lambda pathway: pathway.id)
def test_mermaid_dot_and_sentences_hold_every_step(pathway: Pathway) -> None:
    """The same drawing, whatever the format."""
    graph = overview(pathway)
    ids = node_ids(graph)

    as_mermaid = {
        tuple(re.split(r' [-=.]+>\|"[^"]*"\| ', line.strip()))
        for line in mermaid(graph).splitlines()
        if re.search(r"[-=.]+>\|", line)
    }
    as_dot = set(re.findall(r'^  "([^"]+)" -> "([^"]+)"', dot(graph), re.MULTILINE))

    pairs = {(edge.source, edge.target) for edge in graph.edges}
    assert as_mermaid == {(ids[source], ids[target]) for source, target in pairs}
    assert as_dot == pairs
    assert {edge.sentence for edge in graph.edges} <= set(telling(graph))
