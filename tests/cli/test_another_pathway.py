"""A patient on a pathway that is not the first one: every command speaks of that pathway."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import COORDINATOR, Answer, Desk
from workflow.loading import shipped

CASES = Path(__file__).parents[1] / "data"
WATCHED = ("cart_infusion_date=2026-11-23", "new_relapse=none", "new_cancer=none")
NOT_DETECTED = ("mrd.result=not_detected", "mrd.sensitivity=0.001 %", "mrd.specimen=marrow")
DAY_28 = (*NOT_DETECTED, "marrow_response=M1", "new_relapse=none", "new_cancer=none")
PERSON = ("--family", "Sample", "--given", "Sam", "--identifier", "mrn=9990000001")


def _enrol(desk: Desk, *more: str) -> Answer:
    return desk.run(
        "enrol", *PERSON, "--pathway", "cart_follow_up", "--actor", COORDINATOR, "--json", *more
    )


def test_a_patient_is_carried_from_the_infusion_into_the_first_year(desk: Desk) -> None:
    """Enrol, record, explain, confirm, history and worklist work without any set or line."""
    path_id = _enrol(desk).json["path_id"]
    desk.record(path_id, *WATCHED)
    early = desk.ask("step", "explain", path_id)
    desk.at += timedelta(days=28)
    recorded = desk.record(path_id, *DAY_28)

    confirmed = desk.confirm(path_id, "first_year")

    assert early["route"]["reason"] == "watch_continues"
    assert early["timing"] == early["risk"] == {}
    assert (recorded.code, confirmed.code) == (0, 0), recorded.err + confirmed.err
    assert desk.ask("step", "explain", path_id)["state"] == "first_year"
    history = desk.ask("history", path_id)
    assert history["entries"][-1]["state_to"] == "first_year"
    (row,) = desk.ask("worklist")["rows"]
    assert (row["path_id"], row["state"]) == (path_id, "first_year")
    shown = desk.run("patient", "show", path_id).out + desk.run("step", "explain", path_id).out
    assert "First year" in shown
    assert "active set" not in shown.lower()


def test_the_sites_timing_set_is_no_hindrance_where_a_pathway_has_none(desk: Desk) -> None:
    """A hospital that sets a default for one pathway can enrol on another."""
    desk.variables["ALLPATH_ACTIVE_SET"] = "COG"

    assert _enrol(desk).code == 0


def test_a_setting_the_pathway_does_not_declare_is_refused_by_name(desk: Desk) -> None:
    """Nothing is kept that no rule looks at."""
    answer = _enrol(desk, "--active-set", "COG")

    assert answer.code == 4
    assert "active_set is not a setting; settings are region, site, time_zone" in answer.err


@pytest.mark.parametrize("pathway_id", [name for name in shipped() if name != "relapsed_all"])
def test_the_cases_of_a_smaller_pathway_agree_on_the_command_line(
    desk: Desk, pathway_id: str
) -> None:
    """`allpath decide --pathway ID --check` is what an author runs after each change."""
    answer = desk.run(
        "decide", str(CASES / f"{pathway_id}.yaml"), "--pathway", pathway_id, "--check"
    )

    agreeing, of, asked, *_ = answer.out.splitlines()[-1].split()
    assert (answer.code, of) == (0, "of")
    assert agreeing == asked


def test_the_doctor_knows_every_shipped_pathway(desk: Desk) -> None:
    """What can be enrolled on is looked after."""
    findings = desk.ask("doctor")["findings"]

    assert set(shipped()) <= {finding["name"] for finding in findings}
