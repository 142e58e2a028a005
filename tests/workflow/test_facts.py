"""Fact records become one sheet: what is known, as of when, and why something is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.facts import FactRecord, FactSheet, sheet_from_records
from workflow.loading import load_shipped

PATHWAY = load_shipped("relapsed_all")
TODAY = date(2026, 11, 23)
LEARNT = datetime(2026, 11, 1, 8, tzinfo=UTC)
MRD = {"result": "quantified", "value": "0.002", "specimen": "marrow"}


def _record(number: int, fact: str, value: Any, on: date = TODAY, **more: Any) -> FactRecord:  # noqa: ANN401 - any field of a record
    given_fields = {
        "record_id": f"P/{number}",
        "fact": fact,
        "value": value,
        "effective_at": on,
        "recorded_at": LEARNT + timedelta(hours=number),
        "status": "final",
        "source": "test",
        "actor": "Cora Coordinator:coordinator",
    }
    return FactRecord(**{**given_fields, **more})


def _sheet(*records: FactRecord, **more: Any) -> FactSheet:  # noqa: ANN401 - any argument of the sheet
    asked: dict[str, Any] = {
        "settings": {},
        "state": "response_assessment",
        "episode": 1,
        "since": {"state": (date(2020, 1, 1), 0)},
        "as_of": TODAY,
        **more,
    }
    return sheet_from_records(PATHWAY, records, **asked)


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["lineage", "cd19", "goals"]),
        st.integers(0, 2),
        st.dates(TODAY - timedelta(days=40), TODAY),
        st.sampled_from(["final", "preliminary", "amended", "cancelled"]),
    ),
    max_size=8,
)
_VALUES = {"lineage": "BTM", "cd19": "pdn", "goals": "cpc"}


@settings(max_examples=200)
@given(RECORDS, st.randoms())
def test_the_order_of_recording_does_not_matter(rows: list[Any], shuffled: Any) -> None:  # noqa: ANN401 - a source of chance
    """The same records give the same sheet in whatever order they are read."""
    records = [
        _record(number, fact, PATHWAY.facts[fact].values[pick % 2], on, status=status)
        for number, (fact, pick, on, status) in enumerate(rows)
    ]
    mixed = list(records)
    shuffled.shuffle(mixed)

    assert _sheet(*mixed) == _sheet(*records)


def test_a_preliminary_value_is_unknown_and_says_so() -> None:
    """Gates wait for the final word of the laboratory."""
    sheet = _sheet(_record(1, "lineage", "B", status="preliminary"))

    assert "lineage" not in sheet.values
    assert sheet.notes["lineage"] == "preliminary, not yet final"


def test_a_stale_value_is_unknown_from_the_day_after() -> None:
    """Fitness counts for fourteen days, the fifteenth it must be asked again."""
    record = _record(1, "performance", 1, TODAY - timedelta(days=14))

    assert "performance" in _sheet(record).values
    stale = _sheet(record, as_of=TODAY + timedelta(days=1))
    assert "performance" not in stale.values
    assert stale.notes["performance"] == "stale since 23-Nov-2026"


def test_a_finding_at_relapse_goes_stale_only_before_treatment() -> None:
    """The marrow at relapse must be fresh in assessment, and stays the site of relapse after."""
    record = _record(1, "marrow_blast_pct", "62", TODAY - timedelta(days=60))

    assert "marrow_blast_pct" in _sheet(record).values
    assert "marrow_blast_pct" not in _sheet(record, state="assessment").values


def test_the_latest_effective_value_counts_not_the_latest_recorded() -> None:
    """A result that arrives late does not displace a newer sample."""
    newer = _record(1, "lineage", "B", TODAY)
    late = _record(2, "lineage", "T", TODAY - timedelta(days=5))

    assert _sheet(newer, late).values["lineage"] == "B"


def test_a_correction_replaces_the_record_it_names() -> None:
    """The old record no longer counts; a voided one leaves nothing."""
    old = _record(1, "lineage", "B")
    new = _record(2, "lineage", "T", supersedes="P/1", status="corrected")
    void = _record(3, "lineage", "T", supersedes="P/2", status="entered_in_error")

    assert _sheet(old, new).values["lineage"] == "T"
    assert "lineage" not in _sheet(old, new, void).values


def test_a_sheet_as_known_at_an_instant_ignores_later_knowledge() -> None:
    """What was learnt afterwards, corrections included, is not there."""
    old = _record(1, "lineage", "B")
    new = _record(9, "lineage", "T", supersedes="P/1", status="corrected")

    then = _sheet(old, new, known_at=LEARNT + timedelta(hours=5))

    assert then.values["lineage"] == "B"


def test_facts_of_an_earlier_episode_do_not_count() -> None:
    """A new relapse asks again, except for what lasts a life."""
    lineage = _record(1, "lineage", "B")
    birth = _record(2, "birth_date", "2014-05-10")

    sheet = _sheet(lineage, birth, episode=2)

    assert set(sheet.values) & {"lineage", "birth_date"} == {"birth_date"}


def test_facts_of_an_earlier_line_do_not_count() -> None:
    """The response to the first line says nothing about the second."""
    response = _record(1, "marrow_response", "M3", TODAY - timedelta(days=10))
    since = {"state": (TODAY, 0), "line": (TODAY - timedelta(days=5), 0)}

    assert "marrow_response" not in _sheet(response, since=since).values


def test_cd19_counts_only_from_a_sample_after_the_last_directed_therapy() -> None:
    """CD19 can be lost under CD19-directed therapy, so it is examined again."""
    cd19 = _record(1, "cd19", "positive", TODAY - timedelta(days=20))
    therapy = _record(2, "last_cd19_therapy_date", (TODAY - timedelta(days=10)).isoformat())

    sheet = _sheet(cd19, therapy)

    assert "cd19" not in sheet.values
    assert "not later than the directed therapy" in sheet.notes["cd19"]
    assert _sheet(cd19).values["cd19_date"] == TODAY - timedelta(days=20)


def test_cd19_is_unknown_where_a_directed_therapy_was_given_on_an_unknown_day() -> None:
    """Whether the sample came after it cannot be told, so the gate stays shut."""
    cd19 = _record(1, "cd19", "positive", TODAY - timedelta(days=20))
    given_before = _record(2, "prior_blina", "responder")
    never = _record(3, "prior_blina", "none")
    none_given = _record(4, "last_cd19_therapy_date", "none")

    assert "cd19" not in _sheet(cd19, given_before).values
    assert _sheet(cd19, never).values["cd19"] == "positive"
    assert _sheet(cd19, given_before, none_given).values["cd19"] == "positive"


def test_an_end_recorded_twice_does_not_lose_the_mrd_of_block_1() -> None:
    """Only the start of the next line ends the time in which it is looked for."""
    end = _record(1, "reinduction_end_date", "2026-10-20", date(2026, 10, 20))
    again = _record(2, "reinduction_end_date", "2026-10-21", date(2026, 10, 21))
    mrd = _record(3, "mrd", {**MRD, "sample_date": "2026-10-22"}, date(2026, 10, 22))
    next_line = _record(4, "reinduction_start_date", "2026-11-02", date(2026, 11, 2))
    late = _record(5, "mrd", {**MRD, "sample_date": "2026-11-20"}, date(2026, 11, 20))

    assert _sheet(end, again, mrd).records["mrd_block1"] == mrd
    assert "mrd_block1" not in _sheet(end, next_line, late).values


def test_the_report_status_of_a_result_is_that_of_its_record() -> None:
    """An MRD is unusable while preliminary, whatever its text says."""
    sheet = _sheet(_record(1, "mrd", {**MRD, "report_status": "final"}, status="preliminary"))

    assert sheet.values["mrd"].report_status == "preliminary"


def test_the_mrd_of_block_1_is_the_first_usable_one_after_line_1() -> None:
    """A blood sample and a too early marrow do not count; a later marrow never replaces it."""
    end = _record(1, "reinduction_end_date", "2026-10-20", date(2026, 10, 20))
    early = _record(2, "mrd", {**MRD, "sample_date": "2026-10-01"}, date(2026, 10, 1))
    blood = _record(
        3, "mrd", {**MRD, "specimen": "blood", "sample_date": "2026-10-21"}, date(2026, 10, 21)
    )
    first = _record(4, "mrd", {**MRD, "sample_date": "2026-10-22"}, date(2026, 10, 22))
    later = _record(
        5, "mrd", {**MRD, "value": "0.00001", "sample_date": "2026-11-20"}, date(2026, 11, 20)
    )

    sheet = _sheet(end, early, blood, first, later)

    assert sheet.records["mrd_block1"] == first
    assert sheet.records["mrd"] == later


def test_not_applicable_counts_as_unknown_unless_the_fact_says_otherwise() -> None:
    """Nobody opens a gate by calling organ function not applicable."""
    sheet = _sheet(
        _record(1, "organ_function", "not_applicable"),
        _record(2, "pregnancy", "not_applicable"),
        _record(3, "testicular", "not_applicable"),
        _record(4, "prior_hsct_date", "not_applicable"),
    )

    assert "organ_function" not in sheet.values
    assert sheet.values["pregnancy"] == "not_applicable"
    assert sheet.values["testicular"] == "negative"
    assert sheet.values["prior_hsct_date"] == "none"
