"""A mapping says how any file's columns become paths; what is wrong with it is named by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.imports.registry import Registry
from workflow.loading import shipped

CLINIC = """\
title: clinic list
pathway: relapsed_all
delimiter: ";"
identifier: {system: mrn, column: number}
name: {family: {column: surname}, given: {column: forename}}
settings:
  active_set: {column: group, lookup: {child: COG, adult: ADULT}}
  region: {value: UK}
start: {on: {column: referred}}
events:
  birth: {date: born}
  seen: {days: seen_after}
  sample: {date: sampled}
acts:
  - {fact: birth_date, on: birth}
  - {fact: sex, column: sex, lookup: {f: female, m: male}, on: start}
  - {fact: identity_checked, value: "yes", on: seen}
  - {step: assessment, on: seen, when: {column: group, is: [child, adult]}, reason: first_visit}
  - fact: mrd
    on: sample
    parts:
      result: {value: quantified}
      value: {column: mrd}
      raw_unit: {value: percent}
      specimen: {value: marrow}
totals: {seen: seen}
"""
COLUMNS = "number;surname;forename;group;referred;born;sex;seen_after;sampled;mrd"
PEOPLE = [
    "17;Sample;Pat;child;2026-05-04;2015-02-28;f;2.5;2026-05-08;0.3",
    "18;Sample;Sam;;2026-05-05;;m;;;",
]


def write_mapping(registry: Registry, text: str) -> Path:
    """A mapping file beside the others."""
    path = registry.folder / "map.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_mapping_turns_any_columns_into_persons_settings_facts_and_steps(
    registry: Registry,
) -> None:
    """Dates, days, looked-up words and results in parts; an empty cell records nothing."""
    file = registry.write(PEOPLE, header=COLUMNS)

    answer = registry.run("csv", file, "--map", write_mapping(registry, CLINIC), "--json")

    assert (answer.exit_code, answer.stderr) == (0, "")
    assert {**answer.figures, "seconds": 0} == {
        "patients": 2,
        "seen": 1,
        "steps": 1,
        "facts": 5,
        "left_out": 0,
        "rejected": 0,
        "seconds": 0,
    }
    histories = registry.histories()
    assert [(e.kind, e.detail.get("fact"), str(e.effective_on)) for e in histories["17"]] == [
        ("enrolled", None, "2026-05-04"),
        ("fact_recorded", "birth_date", "2015-02-28"),
        ("fact_recorded", "sex", "2026-05-04"),
        ("fact_recorded", "identity_checked", "2026-05-06"),
        ("step_transcribed", None, "2026-05-06"),
        ("fact_recorded", "mrd", "2026-05-08"),
    ]
    assert histories["17"][0].detail["settings"] == {
        "active_set": "COG",
        "region": "UK",
        "time_zone": "UTC",
    }
    assert histories["17"][4].reason == "first_visit"
    assert [entry.detail.get("fact") for entry in histories["18"]] == [None, "sex"]


def test_a_column_may_hold_the_title_of_a_person(registry: Registry) -> None:
    """Who is addressed as Dr at home is not another person here; an empty cell is no title."""
    mapping = CLINIC.replace(
        "given: {column: forename}", "given: {column: forename}, title: {column: as}"
    )
    file = registry.write([f"{PEOPLE[0]};Dr.", f"{PEOPLE[1]};"], header=f"{COLUMNS};as")

    answer = registry.run("csv", file, "--map", write_mapping(registry, mapping))

    assert answer.exit_code == 0
    with registry._open() as store:
        people = [store.person(path.path_id) for path in store.paths()]
    assert {(person.given_name, person.title) for person in people} == {("Pat", "Dr"), ("Sam", "")}


def test_a_second_run_of_any_mapping_changes_nothing(registry: Registry) -> None:
    """What is on record already is recognised from the history, results in parts included."""
    file, mapping = registry.write(PEOPLE, header=COLUMNS), write_mapping(registry, CLINIC)
    registry.run("csv", file, "--map", mapping)

    again = registry.run("csv", file, "--map", mapping, "--json").figures

    assert (again["patients"], again["steps"], again["facts"]) == (2, 0, 0)


def test_who_withdrew_their_data_is_in_no_total_and_counted_apart(registry: Registry) -> None:
    """The figures of a registry are no part of anybody's care, in the first run or the second."""
    no_research = "  - {fact: consent_data, column: research, lookup: {n: withdrawn}, on: start}\n"
    mapping = write_mapping(registry, CLINIC.replace("totals:", f"{no_research}totals:"))
    rows = [f"{PEOPLE[0]};n", f"{PEOPLE[1]};"]
    file = registry.write(rows, header=f"{COLUMNS};research")

    first, second = (
        registry.run("csv", file, "--map", mapping, "--json").figures for _ in range(2)
    )

    for figures in (first, second):
        assert (figures["patients"], figures["left_out"], figures["seen"]) == (1, 1, 0)
    assert set(registry.histories()) == {"17", "18"}
    said = registry.run("csv", file, "--map", mapping).stdout
    assert "1 left out because data use was withdrawn." in said


def test_a_value_that_does_not_fit_its_fact_rejects_the_row(registry: Registry) -> None:
    """A percentage above 100 is a slip of the pen, and the person is not enrolled either."""
    file = registry.write([PEOPLE[0].replace("0.3", "300"), PEOPLE[1]], header=COLUMNS)

    answer = registry.run("csv", file, "--map", write_mapping(registry, CLINIC))

    assert answer.exit_code == 4
    assert "line 2: mrd: value 300 percent is outside 0 to 1" in answer.stderr
    assert set(registry.histories()) == {"18"}


def test_a_date_that_does_not_exist_rejects_the_row(registry: Registry) -> None:
    """Weeks and other spellings are not guessed at either."""
    rows = [PEOPLE[0].replace("2026-05-04", day) for day in ("2026-02-30", "2026-W19-1", "4.5.26")]

    answer = registry.run(
        "csv", registry.write(rows, header=COLUMNS), "--map", write_mapping(registry, CLINIC)
    )

    assert [line for line in answer.stderr.splitlines() if line.startswith("line ")] == [
        "line 2: The column referred holds something else. Write an existing day as YYYY-MM-DD.",
        "line 3: The column referred holds something else. Write an existing day as YYYY-MM-DD.",
        "line 4: The column referred holds something else. Write an existing day as YYYY-MM-DD.",
    ]


def test_a_row_without_a_name_or_with_a_wrong_nhs_number_is_rejected(registry: Registry) -> None:
    """Whoever is enrolled can be found again, exactly as if typed in at the desk."""
    rows = [PEOPLE[0].replace("Pat", ""), PEOPLE[1].replace("18;", "9990000019;")]
    mapping = write_mapping(registry, CLINIC.replace("system: mrn", "system: nhs"))
    rows[0] = rows[0].replace("17;", "999 000 0018;")

    answer = registry.run("csv", registry.write(rows, header=COLUMNS), "--map", mapping)

    assert answer.stderr.splitlines()[:2] == [
        "line 2: The column forename is empty. Each row needs a family and a given name.",
        "line 3: nhs: the check digit of the NHS number does not agree; look at the source again.",
    ]


WRONG: dict[str, tuple[str, str, str]] = {
    "fact": (
        "fact: sex,",
        "fact: sexe,",
        ":16: acts.1.fact: there is no fact sexe; did you mean sex?",
    ),
    "state": (
        "step: assessment",
        "step: asessment",
        ":18: acts.3.step: there is no step asessment; did you mean assessment?",
    ),
    "start": (
        "start: {on",
        "start: {state: hsct, on",
        ":9: start.state: the pathway starts in referred; say why, for instance reason: ",
    ),
    "unknown start": (
        "start: {on",
        "start: {state: hsckt, on",
        ":9: start.state: there is no state hsckt; did you mean hsct?",
    ),
    "event": (
        "on: seen, when",
        "on: sean, when",
        ":18: acts.3.on: there is no event sean; did you mean seen?",
    ),
    "free of": (
        "is: [child, adult]",
        "is: child, free_of: death",
        ":18: acts.3.when.free_of: there is no event death; there are birth, seen, sample",
    ),
    "column": (
        "days: seen_after",
        "days: seen",
        ":12: events.seen.days: registry.csv has no column seen; there are number, surname,",
    ),
    "setting": (
        "region:",
        "regions:",
        ":8: settings.regions: there is no setting regions; did you mean region?",
    ),
    "value of a setting": (
        "adult: ADULT",
        "adult: OLD",
        ":7: settings.active_set.lookup.adult: active_set: 'OLD' is not one of COG,",
    ),
    "value of a fact": (
        "m: male",
        "m: man",
        ":16: acts.1.lookup.m: sex: 'man' is not one of male, female, other, unknown",
    ),
    "no value": (
        'value: "yes", ',
        "",
        ":17: acts.2: identity_checked needs a value, a column or parts; only a date can be",
    ),
    "total": (
        "{seen: seen}",
        "{facts: sean}",
        ":26: totals.facts: the report has a figure facts already; choose another name",
    ),
    "field": ("delimiter:", "delimeter:", ":3: delimeter: unknown field; delete it or correct its"),
    "missing field": ("title: clinic list\n", "", ":1: title: this field is needed and missing"),
    "duplicate key": (
        "pathway: relapsed_all",
        "title: another",
        ":2: title: this key stands twice; keep one",
    ),
    "two sources": (
        "{value: UK}",
        "{value: UK, column: sex}",
        ":8: settings.region: give either value or column, not both",
    ),
    "no time": ("{date: born}", "{happened: born}", ":11: events.birth: give either date or days"),
    "neither": ("fact: birth_date, ", "", ":15: acts.0: give either fact or step"),
    "a day before": (
        "on: birth}",
        "on: -3}",
        ":15: acts.0.on: write the name of an event,",
    ),
    "a list": (
        "value: UK",
        "value: [UK]",
        ":8: settings.region.value: write one word, number or date",
    ),
    "system": ("system: mrn", "system: MRN", ":4: identifier.system: write the system in small"),
    "not YAML": ("title: clinic list", "title: [", ":3: this is not YAML"),
    "not a mapping": (CLINIC, "- a list", ": a mapping has fields: title, pathway, identifier"),
    "too large": (CLINIC, "#" * 300_000, ": the mapping is larger than 256 KiB; shorten it"),
}


@pytest.mark.parametrize(("right", "wrong", "finding"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_with_a_mapping_is_named_by_line_and_cure(
    registry: Registry, right: str, wrong: str, finding: str
) -> None:
    """The mapping is checked against the pathway and the file before any row is looked at."""
    assert right in CLINIC
    mapping = write_mapping(registry, CLINIC.replace(right, wrong))

    answer = registry.run("csv", registry.write(PEOPLE, header=COLUMNS), "--map", mapping)

    assert answer.exit_code == 4
    assert f"{mapping}{finding}" in answer.stderr
    assert registry.histories() == {}


def test_a_mapping_that_is_not_there_is_not_found(registry: Registry) -> None:
    """The sentence names the file and the option."""
    answer = registry.run("csv", registry.write([]), "--map", "nowhere.yaml")

    assert answer.exit_code == 3
    assert "The mapping nowhere.yaml cannot be read: No such file" in answer.stderr


def test_a_pathway_that_is_not_shipped_is_not_found(registry: Registry) -> None:
    """Those there are, are named."""
    mapping = write_mapping(registry, CLINIC.replace("relapsed_all", "relapsed_aml"))

    answer = registry.run("csv", registry.write(PEOPLE, header=COLUMNS), "--map", mapping)

    assert answer.exit_code == 3
    known = ", ".join(shipped())
    assert f"There is no pathway relapsed_aml; shipped are: {known}" in answer.stderr
