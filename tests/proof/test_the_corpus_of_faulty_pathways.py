"""The proof of the proof: a faulty pathway is refuted where it is wrong, the sound one is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from allpath.cli.app import app
from tests.proof.corpus import SOUND, Fault, faults
from workflow.civil import add_months
from workflow.decide import decide
from workflow.flat_case import read_case
from workflow.loading import read_pathway
from workflow.proof.prover import PROPERTIES
from workflow.rules import rules_of

FAULTS = faults()
BY_NAME = {fault.name: fault for fault in FAULTS}
TODAY = date(2026, 11, 23)
READABLE = "readable"


def _run(*arguments: str) -> tuple[int, str]:
    """One command of the command line, on a fixed day."""
    result = CliRunner().invoke(
        app, list(arguments), obj=lambda: datetime(2026, 11, 23, 7, tzinfo=UTC)
    )
    return result.exit_code, result.stdout


def _difference(fault: Fault) -> str:
    """What a reader of a failure needs: the lines in which the pathway is faulty."""
    lines = unified_diff(
        SOUND.splitlines(), fault.text.splitlines(), "sound", fault.name, "", "", 0
    )
    return "\n".join(lines)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_faulty_pathway_is_refuted_where_it_is_wrong(name: str, tmp_path: Path) -> None:
    """A proof that misses a planted fault, or points at another line, would prove nothing."""
    fault = BY_NAME[name]
    file = tmp_path / "faulty.yaml"
    file.write_text(fault.text)

    code, out = _run("pathway", "prove", str(file), "--json")

    answer = json.loads(out)
    assert (code, answer["verdict"]) == (4, "refuted"), _difference(fault)
    found = [
        finding
        for finding in answer["counterexamples"]
        if finding["property"] == fault.finds
        and finding["where"].startswith(f"{file}:{fault.line}:")
        and fault.says in finding["message"]
    ]
    told = [(f["property"], f["where"], f["message"]) for f in answer["counterexamples"]]
    assert found, f"{fault.finds}, line {fault.line}: {fault.says}\n{_difference(fault)}\n{told}"
    cases = [f["case"] for f in answer["counterexamples"] if f["case"] is not None]
    if fault.finds == READABLE:
        assert cases == []
        return
    _decide_agrees(file, cases, tmp_path)
    if fault.shows:
        assert any(_is_shown(fault, finding["case"]) for finding in found), found


def _decide_agrees(file: Path, cases: list[Mapping[str, Any]], folder: Path) -> None:
    """`allpath decide` accepts every made-up patient and answers what the finding says."""
    if not cases:
        return
    written = folder / "cases.json"
    written.write_text(json.dumps(cases))
    code, out = _run("decide", str(written), "--pathway", str(file), "--check")
    assert (code, out.splitlines()[-1]) == (0, f"{len(cases)} of {len(cases)} cases agree"), out


def _is_shown(fault: Fault, case: Mapping[str, Any]) -> bool:
    """Whether the patient shows the fault, as the corpus says that it must be seen."""
    shows, facts = fault.shows, case["facts"]
    pathway = read_pathway(fault.text.encode(), "faulty.yaml")
    position, sheet = read_case(pathway, case, TODAY)
    decision = decide(pathway, position, sheet)
    seen = [
        decision.route.reason == shows.get("reason", decision.route.reason),
        decision.rule == shows.get("rule", decision.rule),
        all(facts.get(name) == value for name, value in shows.get("facts", {}).items()),
        all(facts["mrd"].get(name) == value for name, value in shows.get("part", {}).items()),
    ]
    if "months" in shows:
        first, relapse = (
            date.fromisoformat(facts[name]) for name in ("first_date", "relapse_date")
        )
        seen.append(relapse == add_months(first, shows["months"]))
    if "row" in shows:
        (row,) = (r for r in rules_of(pathway).rows[position.state] if r.route.id == shows["row"])
        seen += [row.test(decision._ev) is True, decision.rule != row.rule]
    if "unknown" in shows:
        filled = {**case, "facts": {**facts, shows["unknown"]: shows["filled"]}}
        after = decide(pathway, *read_case(pathway, filled, TODAY))
        seen += [shows["unknown"] not in facts, after.route != decision.route]
    return all(seen)


def test_the_sound_pathway_is_proved(tmp_path: Path) -> None:
    """Each faulty one differs from it by its fault alone, so mended they are all this one."""
    file = tmp_path / "sound.yaml"
    file.write_text(SOUND)

    code, out = _run("pathway", "prove", str(file), "--json")

    answer = json.loads(out)
    assert (code, answer["verdict"], answer["counterexamples"]) == (0, "proved", [])
    assert set(answer["properties"].values()) == {"proved"}


def test_the_corpus_reaches_every_property() -> None:
    """A property that no planted fault refutes might say "proved" whatever it is given."""
    without = {"one_answer", "nobody_forgotten", "statements_are_implemented"}

    refuted = {fault.finds for fault in FAULTS}

    assert len(FAULTS) >= 45
    assert {name for name, _ in PROPERTIES} - refuted == without
