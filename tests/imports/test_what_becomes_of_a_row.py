"""Every combination of events in a registry row ends as the registry reports it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.imports.registry import Registry, day, ebmt_row

STORIES: Mapping[str, tuple[str, list[tuple[str, int]]]] = {
    "seen for 30 days": (ebmt_row(1, 30), [("transferred", 30)]),
    "seen for 99 days": (ebmt_row(1, 99), [("transferred", 99)]),
    "seen for 100 days": (ebmt_row(1, 100), [("fu_hsct", 100), ("transferred", 100)]),
    "seen for years": (ebmt_row(1, 3000), [("fu_hsct", 100), ("transferred", 3000)]),
    "never seen again": (ebmt_row(1, 0), [("transferred", 0)]),
    "died on day 40": (ebmt_row(1, 40, died=True), [("dead", 40)]),
    "died on day 100": (ebmt_row(1, 100, died=True), [("dead", 100)]),
    "died within day 100": (ebmt_row(1, 100.5, died=True), [("dead", 100)]),
    "died on day 101": (ebmt_row(1, 101, died=True), [("fu_hsct", 100), ("dead", 101)]),
    "died at once": (ebmt_row(1, 0.03, died=True), [("dead", 0)]),
    "relapsed early, then seen": (
        ebmt_row(1, 80, relapse=50),
        [("relapse_next", 50), ("transferred", 80)],
    ),
    "relapsed early, then died": (
        ebmt_row(1, 180, died=True, relapse=50),
        [("relapse_next", 50), ("dead", 180)],
    ),
    "relapsed on day 100": (
        ebmt_row(1, 300, died=True, relapse=100),
        [("relapse_next", 100), ("dead", 300)],
    ),
    "relapsed within day 100": (
        ebmt_row(1, 300, relapse=100.5),
        [("relapse_next", 100), ("transferred", 300)],
    ),
    "relapsed on day 101": (
        ebmt_row(1, 101, relapse=101),
        [("fu_hsct", 100), ("relapse_next", 101), ("transferred", 101)],
    ),
    "relapsed and died on day 100": (
        ebmt_row(1, 100, died=True, relapse=100),
        [("relapse_next", 100), ("dead", 100)],
    ),
    "relapsed late and died that day": (
        ebmt_row(1, 500, died=True, relapse=500),
        [("fu_hsct", 100), ("relapse_next", 500), ("dead", 500)],
    ),
    "everything": (
        ebmt_row(1, 700, died=True, relapse=400, recovery=22.5, adverse=400),
        [("fu_hsct", 100), ("relapse_next", 400), ("dead", 700)],
    ),
}


@pytest.mark.parametrize(("row", "expected"), STORIES.values(), ids=STORIES.keys())
def test_a_registry_row_becomes_the_path_that_it_tells_of(
    registry: Registry, row: str, expected: list[tuple[str, int]]
) -> None:
    """Each step is dated as the registry dates it, and same-day events keep their order."""
    registry.run("ebmt", registry.write([row]))

    (history,) = registry.histories().values()
    steps = [(e.state_to, e.effective_on) for e in history if e.kind == "step_transcribed"]
    assert steps == [(state, day(after)) for state, after in expected]
    assert registry.disagreements() == []


def test_enrolment_in_hsct_is_an_act_of_its_own_with_a_coded_reason(registry: Registry) -> None:
    """A path that starts in the middle says so, on the first day of the period's first year."""
    registry.run("ebmt", registry.write([ebmt_row(1, 30, period="1985-1989")]))

    first = registry.histories()["1"][0]
    assert (first.kind, first.state_from, first.state_to) == ("enrolled", "", "hsct")
    assert (first.reason, first.effective_on) == ("registry_transcription", day(0, 1985))


def test_transcribed_steps_are_the_importers_and_need_no_second_signature(
    registry: Registry,
) -> None:
    """The history shows who wrote the steps down and why, and that observation ended."""
    registry.run("ebmt", registry.write([ebmt_row(1, 300)]))

    steps = [e for e in registry.histories()["1"] if e.kind == "step_transcribed"]
    assert [(e.actor, e.role, e.reason, e.rule) for e in steps] == [
        ("importer", "service", "registry_transcription", "HS-03"),
        ("importer", "service", "observation_ended", "FH-01"),
    ]


def test_facts_are_recorded_on_the_days_they_were_so(registry: Registry) -> None:
    """A fraction of a day is the day it lies in, and nothing is recorded that was not reported."""
    row = ebmt_row(1, 700, died=True, relapse=400.9, recovery=22.5, adverse=150)
    registry.run("ebmt", registry.write([row]))

    facts = [
        (e.detail["fact"], e.effective_on)
        for e in registry.histories()["1"]
        if e.kind == "fact_recorded"
    ]
    assert facts == [
        ("hsct_date", day(0)),
        ("platelet_recovery", day(22)),
        ("new_relapse", day(100)),
        ("adverse_event", day(150)),
        ("new_relapse", day(400)),
        ("death_date", day(700)),
    ]


def test_an_event_that_was_not_reported_leaves_no_fact(registry: Registry) -> None:
    """Not seen until day 30 is not the same as never: unknown stays unknown."""
    registry.run("ebmt", registry.write([ebmt_row(1, 30)]))

    kinds = [e.detail.get("fact", e.kind) for e in registry.histories()["1"]]
    assert kinds == ["enrolled", "hsct_date", "step_transcribed"]


def test_nobody_who_was_imported_carries_a_reminder(registry: Registry) -> None:
    """Observation ended decades ago; the worklist must not fill with it."""
    rows = [row.replace("1,", f"{n},", 1) for n, (row, _) in enumerate(STORIES.values())]
    registry.run("ebmt", registry.write(rows))

    assert {history[-1].state_to for history in registry.histories().values()} == {
        "dead",
        "transferred",
    }
    assert registry.live_checkpoints() == 0
