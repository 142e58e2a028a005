"""A result that is taken over from a record stays the result it was."""

from __future__ import annotations

from typing import Any

import pytest

from storage.sql_store import SqlStore
from tests.conftest import COORDINATOR, NOW
from tests.orchestrator.conftest import Ward
from workflow.commands import CorrectFact, MoveFact

# What is kept does not depend on where it is kept.
pytestmark = pytest.mark.parametrize("place", ["file"], indirect=True)
MRD: dict[str, Any] = {"result": "quantified", "specimen": "marrow", "method": "flow"}


class OtherWard(Ward):
    """A second patient of the same house."""

    path_id = "P-000002"
    mrn = "9990000002"


@pytest.fixture
def wards(ward: Ward) -> tuple[Ward, Ward]:
    """Two patients, the first with a result that was entered in percent."""
    store: SqlStore = ward.store
    other = OtherWard(store)
    ward.enrol()
    other.enrol()
    ward.record({"mrd": {**MRD, "value": "0.3", "raw_unit": "percent"}})
    return ward, other


def _last(ward: Ward) -> Any:  # noqa: ANN401 - a result as it is kept
    return ward.store.case(ward.path_id).facts[-1].value


def test_a_result_that_is_moved_to_another_patient_is_not_divided_by_a_hundred(
    wards: tuple[Ward, Ward],
) -> None:
    """0.3 % that arrived as 0.003 % would be another patient."""
    ward, other = wards
    record = ward.store.case(ward.path_id).facts[-1].record_id
    command = MoveFact(
        actor=COORDINATOR,
        path_id=ward.path_id,
        record_id=record,
        to_path_id=other.path_id,
        reason="two samples were swapped",
    )

    ward.orchestrator.move_fact(command, NOW)

    assert _last(other)["value"] == "0.003"
    assert _last(other)["raw_text"] == "0.3 percent"


@pytest.mark.parametrize("unit", ["percent", "log10"])
def test_a_result_that_is_withdrawn_and_brought_back_reads_as_before(
    wards: tuple[Ward, Ward], unit: str
) -> None:
    """Whoever withdrew the wrong one gets back what stood there, whatever its unit."""
    ward, _ = wards
    ward.record({"mrd": {**MRD, "value": {"log10": "-3"}.get(unit, "0.1"), "raw_unit": unit}})
    first = _last(ward)
    for status in ("entered_in_error", "corrected"):
        record = ward.store.case(ward.path_id).facts[-1].record_id
        command = CorrectFact(
            actor=COORDINATOR,
            path_id=ward.path_id,
            record_id=record,
            status=status,
            reason="the wrong one was withdrawn",
        )
        ward.orchestrator.correct(command, NOW)

    assert _last(ward) == {**first, "report_status": "corrected"}
