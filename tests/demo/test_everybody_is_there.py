"""Every state and every kind of patient that the demonstration promises is in its file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import pytest

from allpath.tasks import census
from storage.chain import verify_chain
from tests.conftest import NOW, TODAY
from tests.demo.conftest import Built
from workflow.civil import completed_years
from workflow.found import Found
from workflow.leading import because, leading_to
from workflow.loading import load_shipped, shipped
from workflow.pathway import Pathway
from workflow.steps import ALLOWED

Kind = Callable[[Found], bool]


def _routed(status: str, *, missing: bool) -> Kind:
    def fits(found: Found) -> bool:
        decision = found.decision()
        final = found.pathway.states[decision.state].final
        return not final and decision.route.status == status and bool(decision.missing) == missing

    return fits


def _warned(code: str) -> Kind:
    return lambda found: code in found.decision().warnings


def _track(name: str) -> Kind:
    return lambda found: name in found.case.path.open_tracks


def _checkpoint(status: str) -> Kind:
    return lambda found: any(row.status == status for row in found.case.checkpoints)


def _waits_for(step: str) -> Kind:
    return lambda found: (
        found.case.path.pending is not None and (found.case.path.pending.step == step)
    )


def _on_pathway(name: str) -> Kind:
    return lambda found: found.pathway.id == name


def _known(fact: str, value: object) -> Kind:
    return lambda found: found.sheet().values.get(fact) == value


def _set_to(setting: str, value: str) -> Kind:
    return lambda found: found.case.path.settings.get(setting) == value


def _is_aged(years: range) -> Kind:
    return lambda found: (
        "birth_date" in found.sheet().values
        and completed_years(found.sheet().values["birth_date"], TODAY) in years
    )


KINDS: dict[str, Kind] = {
    "a step is recommended": _routed("recommended", missing=False),
    "blocked although nothing is missing": _routed("blocked", missing=False),
    "undecidable for want of facts": _routed("blocked", missing=True),
    "the MDT is asked": _routed("needs_mdt", missing=False),
    "contradictory data": _warned("W_FACT_CONTRADICTORY"),
    "impossible dates": _warned("W_DATE_ORDER"),
    "MRD only preliminary": _warned("W_MRD_PRELIMINARY"),
    "MRD too old": _warned("W_MRD_STALE"),
    "MRD not sensitive enough": _warned("W_MRD_SENSITIVITY_INSUFFICIENT"),
    "MRD positive before HSCT": _warned("W_MRD_POS_PRE_HSCT"),
    "timing sets disagree": _warned("W_TIMING_DISAGREE"),
    "HSCT waits for a second clinician": _waits_for("hsct"),
    "CAR-T infusion waits for a second clinician": _waits_for("cart_infusion"),
    "supportive care waits for a second clinician": _waits_for("supportive"),
    "CNS-directed therapy beside the state": _track("cns_directed"),
    "testicular therapy beside the state": _track("testicular_directed"),
    "HSCT work-up beside the state": _track("hsct_workup"),
    "a checkpoint is due": _checkpoint("due"),
    "a checkpoint is overdue": _checkpoint("overdue"),
    "a checkpoint is escalated": _checkpoint("escalated"),
    "a corrected fact": lambda found: any(record.supersedes for record in found.case.facts),
    "a second relapse": lambda found: found.case.path.episode == 2,
    "T lineage": _known("lineage", "T"),
    "Philadelphia-positive": _known("ph_status", "positive"),
    "in a trial": _known("current_option", "CLINICAL_TRIAL"),
    "an adult": _is_aged(range(18, 120)),
    "a child": _is_aged(range(18)),
    **{f"active set {name}": _set_to("active_set", name) for name in ("COG", "INTREALL")},
    **{f"active set {name}": _set_to("active_set", name) for name in ("UKALLR3", "ADULT")},
    **{f"on the pathway {name}": _on_pathway(name) for name in shipped()},
    **{f"region {name}": _set_to("region", name) for name in ("US", "EU", "UK")},
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_patient_is_there(kind: str, everybody: list[Found]) -> None:
    """At least one patient in the file is of this kind today."""
    assert any(KINDS[kind](found) for found in everybody)


def test_every_state_of_the_pathway_is_reached(everybody: list[Found], pathway: Pathway) -> None:
    """Nobody who tries the demonstration meets an empty state."""
    here = {found.case.path.state for found in everybody if found.pathway == pathway}

    assert here == set(pathway.states)


def test_every_patient_who_is_not_in_a_final_state_has_a_live_checkpoint(
    everybody: list[Found],
) -> None:
    """Nobody is forgotten, in the demonstration either."""
    forgotten = [
        found.case.path.path_id
        for found in everybody
        if not found.pathway.states[found.case.path.state].final and not found.case.checkpoints
    ]

    assert forgotten == []


def test_every_journal_chain_verifies(summed_up: Built) -> None:
    """The histories agree with their hashes, and the paths with their histories."""
    assert verify_chain(summed_up.store()) == []


def test_the_census_adds_up_to_everybody(summed_up: Built) -> None:
    """Every patient is in exactly one part of the census, which is what the summary says too."""
    rows = summed_up.store().worklist.every()
    summary = json.loads(summed_up.out)

    counted = census(rows, lambda path: load_shipped(path.pathway_id), NOW).counts

    states = Counter((row.path.pathway_id, row.path.state) for row in rows)
    assert counted.total() == len(rows) == summary["patients"] == 72
    assert summary["worklist_rows"] == 72 - counted["final"]
    assert counted["no next step"] == 0
    assert summary["by_state"] == {
        name: {state: states[name, state] for state in load_shipped(name).states}
        for name in shipped()
    }


def test_nobody_could_be_a_real_person(summed_up: Built) -> None:
    """Names are those of trees, and every number is of the range 999 that is never given away."""
    people = [row.person for row in summed_up.store().worklist.every()]

    assert all(person.family_name.startswith("Test-") for person in people)
    assert all(
        number.startswith("999") for person in people for number in person.identifiers.values()
    )
    assert len({(person.family_name, person.given_name) for person in people}) == len(people)


def test_every_closed_step_is_explained_by_clauses_or_has_no_rule(everybody: list[Found]) -> None:
    """That conditions are not met is said only where there are conditions to be shown."""
    closed = [
        (because(found, step), leading_to(found, step))
        for found in everybody
        for step in found.decision().steps
        if step.status not in ALLOWED
    ]

    without = {told for told, rows in closed if not rows}
    assert len(closed) > 100
    assert without == {
        "no rule leads there from here; the MDT may choose it where the pathway asks the MDT"
    }
