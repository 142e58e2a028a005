"""Cases from files: `allpath decide`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from allpath.casefile import cases_in
from tests.cli.conftest import Desk

VIGNETTES = Path(__file__).parents[1] / "data" / "vignettes.yaml"


def vignette(number: int = 0) -> dict[str, Any]:
    """One of the project's own cases, as plain JSON."""
    found: dict[str, Any] = json.loads(
        json.dumps(list(cases_in(str(VIGNETTES)))[number], default=float)
    )
    return found


def written(desk: Desk, name: str, text: str) -> str:
    """A case file on the desk."""
    path = desk.folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_all_vignettes_agree_in_every_field(desk: Desk) -> None:
    """The project's own cases: 25 of 25."""
    answer = desk.run("decide", str(VIGNETTES), "--check")

    assert answer.out == "25 of 25 cases agree\n"
    assert (answer.code, answer.err) == (0, "")


def test_a_difference_is_printed_with_its_field_and_leaves_exit_code_4(desk: Desk) -> None:
    """Only keys that are expected are compared, deep ones too."""
    case = vignette(2)
    case["expected"] = {"route": {"next_state": "consolidation"}, "rule": "RA-23", "warnings": []}

    answer = desk.run("decide", written(desk, "case.json", json.dumps(case)), "--check")

    assert answer.code == 4
    assert answer.out.splitlines() == [
        "P03 route.next_state: expected consolidation, found hsct_workup",
        "P03 warnings: expected none, found W_START_HSCT_WORKUP_NOW",
        "0 of 1 cases agree",
    ]


def test_a_check_that_compares_nothing_does_not_pass(desk: Desk) -> None:
    """A file without expectations proves nothing."""
    case = vignette()
    del case["expected"]

    answer = desk.run("decide", written(desk, "case.json", json.dumps(case)), "--check")

    assert answer.code == 4
    assert answer.out == "0 of 0 cases agree\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.json", json.dumps(vignette())),
        ("pretty.json", json.dumps(vignette(), indent=1)),
        ("list.json", json.dumps([vignette()])),
        ("named.json", json.dumps({"schema_version": 1, "vignettes": [vignette()], "note": "x"})),
        ("lines.ndjson", json.dumps(vignette()) + "\n\n"),
        ("flow.yaml", json.dumps(vignette(), indent=1)),
    ],
)
def test_one_case_reads_the_same_in_every_form(desk: Desk, name: str, text: str) -> None:
    """One case, a list, a mapping of vignettes, lines; other keys are ignored."""
    answer = desk.run("decide", written(desk, name, text), "--json")

    assert answer.code == 0
    assert [json.loads(line)["id"] for line in answer.out.splitlines()] == ["P01"]
    assert list(answer.json) == [
        "id", "site", "timing", "risk", "route", "rule", "warnings", "missing",
    ]  # fmt: skip


def test_standard_input_is_read_line_by_line_in_order(desk: Desk) -> None:
    """`-` is standard input."""
    lines = "\n".join(json.dumps({**vignette(n), "id": f"c{n}"}) for n in (3, 1, 2))

    answer = desk.run("decide", "-", "--json", stdin=lines)

    assert [json.loads(line)["id"] for line in answer.out.splitlines()] == ["c3", "c1", "c2"]


def test_an_explanation_is_added_when_it_is_asked_for(desk: Desk) -> None:
    """`--explain` adds one key and changes no other."""
    file = written(desk, "case.json", json.dumps(vignette()))

    plain = desk.run("decide", file, "--json").json
    explained = desk.run("decide", file, "--json", "--explain").json

    assert explained.pop("explanation")["rows"][-1]["rule"] == "RA-20"
    assert explained == plain


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"facts": {"cd91": "positive"}}, "cd91"),
        ({"facts": {"cd19": "strong"}}, "cd19"),
        ({"facts": {"dx_date": "2024-02-30"}}, "dx_date"),
        ({"facts": {"mrd": {"result": "quantified", "value": "low"}}}, "mrd"),
        ({"facts": {"performance": 9}}, "performance"),
        ({"facts": None}, "facts"),
        ({"state": "heaven"}, "state"),
        ({"state": None}, "state"),
        ({"active_set": "MARS"}, "active_set"),
        ({"region": "MOON"}, "region"),
        ({"asof": "2026-02-30"}, "asof"),
    ],
)
def test_an_undeclared_fact_or_value_is_the_error_of_that_case_alone(
    desk: Desk, change: dict[str, Any], fact: str
) -> None:
    """The cases before and after it are decided; exit code 4 comes at the end."""
    bad = {**vignette(1), **change}
    lines = [json.dumps(case) for case in (vignette(0), bad, vignette(2))]

    answer = desk.run("decide", "-", "--json", stdin="\n".join(lines))

    first, error, last = (json.loads(line) for line in answer.out.splitlines())
    assert answer.code == 4
    assert (first["id"], last["id"]) == ("P01", "P03")
    assert set(error) == {"id", "error"}
    assert error["id"] == "P02"
    assert error["error"]["fact"] == fact
    assert error["error"]["message"]


def test_a_line_that_is_not_json_is_the_error_of_that_line_alone(desk: Desk) -> None:
    """One torn line does not lose the ten thousand others."""
    lines = "\n".join([json.dumps(vignette(0)), '{"id": "P02", ', json.dumps(vignette(2))])

    answer = desk.run("decide", "-", "--json", stdin=lines)

    ids = [json.loads(line)["id"] for line in answer.out.splitlines()]
    assert answer.code == 4
    assert ids == ["P01", "case 2", "P03"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("twice.yaml", "id: A\nid: B\n", "stands twice"),
        ("twice.json", '{"id": "A",\n "id": "B"}', "stands twice"),
        ("alias.yaml", "id: &a A\nstate: *a\n", "alias"),
        ("word.yaml", "just words\n", "holds no cases"),
        ("torn.yaml", "id: [A\n", "not YAML"),
        ("torn.json", '{"id": "A",\n', "not JSON"),
        ("deep.json", "[" * 100_000, "nested too deep"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    desk: Desk, name: str, text: str, said: str
) -> None:
    """Keys that stand twice and aliases are refused, as in a pathway."""
    answer = desk.run("decide", written(desk, name, text))

    assert answer.code == 4
    assert said in answer.err
    assert name in answer.err


def test_a_file_that_is_not_there_is_not_found(desk: Desk) -> None:
    """Exit code 3."""
    answer = desk.run("decide", "nowhere.yaml")

    assert answer.code == 3
    assert "nowhere.yaml" in answer.err


def test_numbers_stay_exact(desk: Desk) -> None:
    """1e-4 read as a binary fraction is not 1e-4, and the threshold is equality."""
    text = VIGNETTES.read_text("utf-8")
    file = written(desk, "a.json", '{"facts": {"mrd": {"value": 0.0002}}}')

    values = [next(cases_in(name))["facts"]["mrd"]["value"] for name in (str(VIGNETTES), file)]

    assert "value: 0.0002" in text
    assert [str(value) for value in values] == ["0.0002", "0.0002"]


def test_a_case_without_a_day_is_decided_as_of_the_day_given(desk: Desk) -> None:
    """`--as-of` fills in what the case does not say; a case's own asof wins."""
    case = vignette(0)
    del case["asof"]
    file = written(desk, "case.json", json.dumps(case))

    fresh = desk.run("decide", file, "--json", "--as-of", "2022-12-08").json
    stale = desk.run("decide", file, "--json").json

    assert fresh["rule"] == "RA-20"
    assert "W_MRD_STALE" in stale["warnings"]


def test_a_pathway_file_decides_instead_of_the_shipped_one(desk: Desk) -> None:
    """Clinicians try a draft before it is published."""
    other = Path(__file__).parents[1] / "data" / "two_states.yaml"

    answer = desk.run("decide", str(VIGNETTES), "--json", "--pathway", str(other))
    missing = desk.run("decide", str(VIGNETTES), "--pathway", "relapsed_al")

    assert answer.code == 4
    assert json.loads(answer.out.splitlines()[0])["error"]["fact"]
    assert missing.code == 3
    assert "shipped are" in missing.err


def test_a_final_state_has_no_route(desk: Desk) -> None:
    """A case in a final state is answered, not an error."""
    case = {**vignette(), "state": "dead"}

    answer = desk.run("decide", written(desk, "case.json", json.dumps(case)), "--json")

    assert answer.code == 0
    assert answer.json["route"]["next_state"] == "dead"


@pytest.mark.parametrize("slip", ["activeset", "as_of", "Active-Set", "Facts"])
def test_a_slip_in_a_key_that_decides_is_an_error_of_that_case(
    desk: Desk, tmp_path: Path, slip: str
) -> None:
    """An answer without the set that was meant would be another patient's answer."""
    file = tmp_path / "case.json"
    file.write_text(json.dumps({"id": 17, "state": "assessment", "facts": {}, slip: {}}))

    answer = desk.run("decide", str(file), "--json")

    assert answer.code == 4
    assert json.loads(answer.out)["id"] == 17
    assert json.loads(answer.out)["error"]["fact"] == slip
