"""Two versions side by side: what changed in words, and for whom."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Desk
from tests.versions.conftest import RENAMED, newer

TWO_STATES = (Path(__file__).parents[1] / "data" / "two_states.yaml").read_text("utf-8")
RATHER = '{identity_checked: "yes"}, go: supportive'
CHANGED = (
    RENAMED,
    ("mrd_negative: {value: 0.0001", "mrd_negative: {value: 0.001"),
    ("ideal: 35 d, due: 42 d", "ideal: 35 d, due: 49 d"),
)


def test_the_changes_are_told_in_words(desk: Desk) -> None:
    """A threshold with its unit, a due moment with both days, the title."""
    file = newer(desk.folder, *CHANGED)

    answer = desk.ask("pathway", "diff", "relapsed_all", str(file), "--seconds", "0")

    told = {(item["part"], item["name"]): item["what"] for item in answer["changes"]}
    assert told["parameter", "mrd_negative"] == "value 0.0001 1, now 0.001 1"
    assert told["checkpoint", "reinduction C-RA-1"] == "due 42 d, now 49 d"
    assert "Relapsed acute" in told["pathway", "relapsed_all"]
    assert "MRD is below 0.01 % (1e-4)" in (one := told["derived fact", "mrd_below_negative"])
    assert "MRD is below 0.1 % (1e-3)" in one


def test_of_many_sentences_only_those_that_differ_are_told(desk: Desk) -> None:
    """Two long texts of which one number differs would hide it."""
    file = newer(desk.folder, ("marrow_isolated: {value: 25", "marrow_isolated: {value: 20"))

    answer = desk.ask("pathway", "diff", "relapsed_all", str(file), "--seconds", "0")

    told = {(item["part"], item["name"]): item["what"] for item in answer["changes"]}
    assert told["derived fact", "site"] == (
        "rows when marrow blasts at relapse is at least 25 %, is isolated_marrow, "
        "now when marrow blasts at relapse is at least 20 %, is isolated_marrow"
    )


def test_added_removed_and_moved_rows_are_told(desk: Desk) -> None:
    """The first true row is the answer, so its place matters."""
    row = "      - {id: RA-23, title: HSCT indicated"
    text = newer(desk.folder).read_text("utf-8")
    begin = text.index(row)
    end = text.index("      - {id: ", begin + 5)
    after = text.index("      - {id: ", end + 5)
    swapped = text[:begin] + text[end:after] + text[begin:end] + text[after:]
    (desk.folder / "swapped.yaml").write_text(swapped, encoding="utf-8")
    removed_text = (text[:begin] + text[end:]).replace(", rule:RA-23", "")
    (desk.folder / "removed.yaml").write_text(removed_text, encoding="utf-8")

    def told(name: str) -> dict[str, str]:
        found = desk.ask("pathway", "diff", "relapsed_all", str(desk.folder / name), "--seconds",
                         "0")["changes"]  # fmt: skip
        return {item["name"]: item["what"] for item in found if item["part"] == "row"}

    assert told("swapped.yaml") == {
        "response_assessment RA-23": "moved: now read after response_assessment RA-27, "
        "response_assessment RA-25"
    }
    removed = told("removed.yaml")["response_assessment RA-23"]
    assert removed.startswith("removed: ")
    assert "MRD below the negativity threshold" in removed


def test_patients_who_would_be_answered_differently_are_listed_by_opaque_id(desk: Desk) -> None:
    """Before anybody signs a version they see whom it touches; no name is shown."""
    path_id = desk.enrol()
    desk.record(path_id, "identity_checked=yes")
    desk.enrol(mrn="2")
    file = newer(desk.folder, ('{identity_checked: "yes"}, go: assessment', RATHER))

    answer = desk.ask("pathway", "diff", "relapsed_all", str(file), "--seconds", "0")

    (found,) = answer["patients"]["found"]
    assert (answer["patients"]["asked"], answer["patients"]["different"]) == (2, 1)
    assert (found["path_id"], found["old_rule"]) == (path_id, "RF-01")
    assert (found["old"], found["new"]) == ("recommended: assessment", "recommended: supportive")
    assert "Sample" not in str(answer)


def test_the_solver_gives_a_made_up_patient_for_each_state_that_differs(desk: Desk) -> None:
    """The case can be given to `decide`, and the states in which nobody differs are named."""
    old, new = desk.folder / "old.yaml", desk.folder / "new.yaml"
    old.write_text(TWO_STATES, encoding="utf-8")
    new.write_text(TWO_STATES.replace("when: is_early, go: done", "when: {lineage: T}, go: done"),
                   encoding="utf-8")  # fmt: skip

    answer = desk.ask("pathway", "diff", str(old), str(new))

    (found,) = answer["solver"]["found"]
    assert found["state"] == "waiting"
    assert found["old"] != found["new"]
    assert answer["solver"]["undecided"] == []


def test_two_pathways_are_not_compared(desk: Desk) -> None:
    """Only versions of one pathway can be set side by side; exit code 4."""
    file = desk.folder / "two.yaml"
    file.write_text(TWO_STATES, encoding="utf-8")

    assert desk.run("pathway", "diff", "relapsed_all", str(file)).code == 4
