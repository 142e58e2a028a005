"""The steps in a picture are those of the machine: every one, and none besides."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.drawing.conftest import PATHWAYS
from workflow.drawing.overview import in_order, overview
from workflow.drawing.pages import pathway_files
from workflow.drawing.rails import overview_page
from workflow.drawing.rungs import graph_of, state_table
from workflow.drawing.scene import Line
from workflow.loading import load_shipped
from workflow.machine import edges
from workflow.pathway import Pathway
from workflow.rules import Kind, rules_of

each_pathway = pytest.mark.parametrize("pathway", PATHWAYS, ids=lambda pathway: pathway.id)


@each_pathway
def test_the_overview_accounts_once_for_every_step_of_the_machine(pathway: Pathway) -> None:
    """A step that is missing, or invented, would mislead whoever reads the picture."""
    pairs = Counter(overview(pathway).pairs)

    assert pairs == Counter(edges(pathway))


@each_pathway
def test_every_step_of_the_model_is_a_line_in_the_picture(pathway: Pathway) -> None:
    """What the model holds is what people see."""
    graph = overview(pathway)

    groups = overview_page(graph).groups

    lines = {
        (group.facts["from"], group.facts["to"])
        for group in groups
        if "from" in group.facts and any(isinstance(shape, Line) for shape in group.shapes)
    }
    assert lines == {(edge.source, edge.target) for edge in graph.edges}


@each_pathway
def test_a_states_picture_leads_where_the_state_leads(pathway: Pathway) -> None:
    """Rows, MDT decisions and exits together are the steps out of the state."""
    for name in pathway.states:
        table = state_table(pathway, name)

        targets = {rung.target for rung in table.rungs if rung.target and rung.target != name}
        targets |= {target for note in table.also for _, target in note.edges}

        assert targets == set(rules_of(pathway).edges[name]), name


@each_pathway
def test_every_row_of_a_state_is_in_its_picture(pathway: Pathway) -> None:
    """Notes may share a box; no row is left out."""
    for name in pathway.states:
        table, rows = state_table(pathway, name), rules_of(pathway).rows[name]

        notes = sum(int(rung.title.split()[0]) for rung in table.rungs if rung.kind is Kind.NOTE)
        others = sum(rung.kind is not Kind.NOTE for rung in table.rungs)

        assert notes + others == len(rows), name


@each_pathway
def test_a_gate_that_is_not_entered_is_passed_in_the_text_formats(pathway: Pathway) -> None:
    """`no` of a gate, and `yes` of a row that leaves it, go on behind its last row."""
    for name in pathway.states:
        table = state_table(pathway, name)
        ways = {(edge.source, edge.label): edge.target for edge in graph_of(table).edges}

        for rung in table.rungs:
            if rung.jump:
                label = "no" if rung.kind is Kind.ENTER else "yes"
                behind = [other.at for other in table.rungs if other.at >= rung.jump]
                expected = f"row:{behind[0]}" if behind else None
                assert ways.get((f"row:{rung.at}", label)) == expected


@each_pathway
def test_no_two_pictures_of_a_pathway_share_a_file(pathway: Pathway) -> None:
    """One would silently take the place of the other."""
    count = 1 + len(pathway.states) + len(pathway.tracks)

    assert len(pathway_files(pathway)) == 2 * count


def test_states_stand_in_the_order_of_care_and_final_ones_together_at_the_end() -> None:
    """The picture is read from the top."""
    order = in_order(load_shipped("relapsed_all"))

    assert order[:4] == ("referred", "assessment", "reinduction", "response_assessment")
    assert order[-3:] == ("transferred", "withdrawn", "dead")


def test_what_many_states_share_is_told_once() -> None:
    """Four lines out of every state would hide the others."""
    graph = overview(load_shipped("relapsed_all"))

    told = {note.title: note for note in graph.notes}

    assert "To Dead from every state but Dead." in told["Always open to a person"].lines
    assert ("hsct", "dead") not in {(edge.source, edge.target) for edge in graph.edges}
