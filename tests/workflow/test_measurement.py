"""MRD as a censored measurement: what a result proves, and what it cannot."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.entry import measurement_from_entry
from workflow.errors import FactError
from workflow.measurement import Measurement, as_percent
from workflow.pathway import Fact

NEGATIVE = Decimal("0.0001")
MRD = Fact(type="measurement", title="MRD", unit="1")
SAMPLED = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("result", "below"),
    [
        (Measurement("quantified", Decimal("0.00009")), True),
        (Measurement("quantified", Decimal("0.0001")), False),
        (Measurement("quantified"), None),
        (Measurement("not_detected", sensitivity=Decimal("0.0001")), True),
        (Measurement("not_detected", sensitivity=Decimal("0.00001")), True),
        (Measurement("not_detected", sensitivity=Decimal("0.001")), None),
        (Measurement("not_detected"), None),
        (Measurement("below_quantification", loq=Decimal("0.0001")), True),
        (Measurement("below_quantification", loq=Decimal("0.0005")), None),
        (Measurement("below_quantification"), None),
    ],
)
def test_a_result_is_below_a_threshold_only_when_it_proves_so(
    result: Measurement,
    below: bool | None,  # noqa: FBT001 - the expected answer of a table test
) -> None:
    """Equal to the threshold is positive; a coarse assay proves nothing, in neither direction."""
    assert result.compare("below", NEGATIVE) is below


@given(
    st.sampled_from(["below", "at_most", "above", "at_least"]),
    st.decimals(0, 1, places=6),
    st.sampled_from(["quantified", "not_detected", "below_quantification"]),
    st.decimals(0, 1, places=6),
    st.decimals(0, 1, places=6),
)
def test_a_censored_result_never_contradicts_a_value_it_allows(
    op: str, limit: Decimal, result: str, bound: Decimal, truth: Decimal
) -> None:
    """Whatever the true value inside the interval is, a known answer holds for it."""
    censored = Measurement(result, bound, sensitivity=bound, loq=bound)
    if result == "quantified":
        truth = bound
    elif truth >= bound:
        return

    answer = censored.compare(op, limit)

    exact = Measurement("quantified", truth).compare(op, limit)
    assert answer is None or answer is exact


@pytest.mark.parametrize(
    ("entry", "fraction"),
    [
        ({"result": "quantified", "value": "0.3", "raw_unit": "percent"}, "0.003"),
        ({"result": "quantified", "value": "5", "raw_unit": "per_1e4"}, "0.0005"),
        ({"result": "quantified", "value": "-3", "raw_unit": "log10"}, "0.001"),
        ({"result": "quantified", "value": "0.002", "raw_unit": "fraction"}, "0.002"),
    ],
)
def test_an_entry_becomes_a_fraction_of_cells(entry: dict[str, str], fraction: str) -> None:
    """Each unit converts exactly, and what was typed stays beside it."""
    found = measurement_from_entry("mrd", MRD, {**entry, "specimen": "marrow"}, SAMPLED, "final")

    assert found.value == Decimal(fraction)
    assert found.raw_text == f"{entry['value']} {entry['raw_unit']}"
    assert found.sample_date == SAMPLED


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"result": "quantified", "value": "0.01"}, "a number without unit is refused"),
        ({"result": "quantified", "value": "3", "raw_unit": "fraction"}, "give the unit percent"),
        ({"result": "quantified", "value": "300", "raw_unit": "percent"}, "outside 0 to 1"),
        ({"result": "not_detected"}, "not detected needs the sensitivity"),
        ({"result": "quantified", "raw_unit": "percent"}, "needs its value"),
        ({"result": "quantified", "value": "ten", "raw_unit": "percent"}, "is not a number"),
        ({"result": "quantified", "value": "1", "raw_unit": "ppm"}, "'ppm' is not a unit"),
        ({"result": "seen", "value": "1", "raw_unit": "percent"}, "result 'seen' is not one of"),
        ("0.3 %", "give the result, its value with unit"),
    ],
)
def test_an_ambiguous_entry_is_refused_with_its_cure(entry: object, words: str) -> None:
    """A missing unit, sensitivity or value could mean anything, so nothing is recorded."""
    raw = {**entry, "specimen": "marrow"} if isinstance(entry, dict) else entry

    with pytest.raises(FactError) as caught:
        measurement_from_entry("mrd", MRD, raw, SAMPLED, "final")

    assert words in str(caught.value)


def test_a_final_entry_needs_its_specimen() -> None:
    """Blood and marrow are not the same; the gate asks for marrow."""
    with pytest.raises(FactError, match="say the specimen"):
        measurement_from_entry(
            "mrd",
            MRD,
            {"result": "quantified", "value": "1", "raw_unit": "percent"},
            SAMPLED,
            "final",
        )


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        ("0.003", "0.3 % (3e-3)"),
        ("0.0001", "0.01 % (1e-4)"),
        ("0.00012", "0.012 % (1.2e-4)"),
        ("0", "0 % (0)"),
    ],
)
def test_a_fraction_is_shown_as_percent_and_power_of_ten(fraction: str, text: str) -> None:
    """Both ways a ward writes MRD stand side by side."""
    assert as_percent(Decimal(fraction)) == text
