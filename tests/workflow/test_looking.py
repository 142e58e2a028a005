"""A path is looked at on every day on which something may change by itself, and on few others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import COORDINATOR, TODAY
from tests.orchestrator.conftest import AT_RELAPSE, MRD_NEGATIVE
from workflow.act import Act
from workflow.checkpoints import Context, definitions, owners
from workflow.commands import NewFact
from workflow.found import Found
from workflow.loading import load_shipped
from workflow.looking import next_look_at
from workflow.pathway import Pathway
from workflow.records import Case, PathRecord

DAYS = 450
STATES = ["assessment", "reinduction", "response_assessment", "hsct_workup", "fu_hsct", "fu_cart"]
DATES = ("relapse_date", "reinduction_start_date", "reinduction_end_date", "hsct_date")


def _case(pathway: Pathway, state: str, facts: Mapping[str, Any], ages: Mapping[str, int]) -> Case:
    """A path in a state since today, with facts recorded on days before today."""
    path = PathRecord(
        path_id="P-1",
        pathway_id=pathway.id,
        pathway_version=pathway.version,
        pathway_hash=pathway.content_hash,
        state=state,
        entered={"main": TODAY, "line": TODAY - timedelta(days=40)},
        settings={"active_set": "COG", "region": "US", "time_zone": "UTC"},
    )
    act = Act(Found(pathway, Case(path, (), ()), _noon(TODAY)), COORDINATOR)
    for name, value in facts.items():
        on = TODAY - timedelta(days=ages.get(name, 0))
        act.add_fact(NewFact(fact=name, value=value, effective_at=on), "fact_recorded")
    return Case(act.path, tuple(act.facts), ())


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _asked(context: Context) -> tuple[bool | None, ...]:
    """Whether each checkpoint that could be asked is asked."""
    whens = context.rules.checkpoint_whens
    nodes = [
        whens.get((owner, definition.id))
        for owner in owners(context.path)
        for definition in definitions(context.rules, owner)
    ]
    return tuple(node.test(context.ev) for node in nodes if node is not None)


def _context(pathway: Pathway, case: Case, day: date) -> Context:
    return Act(Found(pathway, case, _noon(day)), COORDINATOR).context()


@pytest.mark.parametrize("state", STATES)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_what_is_asked_changes_by_itself_only_on_a_day_that_was_foreseen(
    pathway: Pathway, state: str, data: st.DataObject
) -> None:
    """Whoever sleeps until the next look misses nothing."""
    ages = data.draw(st.fixed_dictionaries({n: st.integers(0, 60) for n in ("mrd", *AT_RELAPSE)}))
    facts: dict[str, Any] = {**AT_RELAPSE, "current_option": "BLINATUMOMAB"}
    for name in (*DATES, "birth_date"):
        on = TODAY - timedelta(days=data.draw(st.integers(0, 6500)))
        facts[name] = on.isoformat()
    taken = TODAY - timedelta(days=ages["mrd"])
    facts["mrd"] = {**MRD_NEGATIVE, "sample_date": taken.isoformat()}
    case = _case(pathway, state, facts, ages)

    day, looks = TODAY, 0
    while day < TODAY + timedelta(days=DAYS):
        context = _context(pathway, case, day)
        at = next_look_at(context, ())
        until = at.date() if at else TODAY + timedelta(days=DAYS)
        assert until > day
        between = day + timedelta(days=1)
        while between < min(until, TODAY + timedelta(days=DAYS)):
            assert _asked(_context(pathway, case, between)) == _asked(context), between
            between += timedelta(days=1)
        day, looks = until, looks + 1

    assert looks < DAYS / 2


def test_a_path_that_has_ended_is_never_looked_at_again(pathway: Pathway) -> None:
    """The deceased are not on anybody's list."""
    case = _case(pathway, "dead", AT_RELAPSE, {})

    assert next_look_at(_context(pathway, case, TODAY), ()) is None


def test_the_shipped_pathways_have_states_that_depend_on_the_date() -> None:
    """Else the test above would try nothing."""
    pathway = load_shipped("relapsed_all")
    case = _case(pathway, "response_assessment", AT_RELAPSE, {})

    at = next_look_at(_context(pathway, case, TODAY), ())

    assert at is not None
    assert at <= _noon(TODAY) + timedelta(days=91)
