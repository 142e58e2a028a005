"""The pictures under diagrams/ are those the program draws today."""

from __future__ import annotations

from pathlib import Path

from allpath.diagrams import drawn, main
from allpath.floors import floors
from workflow.loading import load_shipped, shipped

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "diagrams"


def test_the_committed_pictures_are_the_drawn_ones_and_no_others() -> None:
    """`make diagrams` was run after the last change of a pathway or of an import."""
    committed = {
        file.relative_to(FOLDER).as_posix(): file.read_bytes().decode()
        for file in FOLDER.rglob("*")
        if file.is_file()
    }

    today = drawn()

    assert sorted(committed) == sorted(today)
    assert [name for name in today if committed[name] != today[name]] == []


def test_every_pathway_state_and_track_has_its_picture_in_the_index() -> None:
    """Whoever cannot see a picture finds the same in words under its link."""
    index = (FOLDER / "README.md").read_text("utf-8")

    for pathway_id in shipped():
        pathway = load_shipped(pathway_id)
        names = ("overview", *pathway.states, *(f"track-{name}" for name in pathway.tracks))
        assert all(f"({pathway_id}/{name}.svg)" in index for name in names)
        assert all(f"({pathway_id}/{name}.mmd)" in index for name in names)


def test_drawing_again_removes_old_pictures_and_nothing_else(tmp_path: Path) -> None:
    """A state that is gone leaves no picture; a file somebody put there stays."""
    (tmp_path / "gone").mkdir()
    old, foreign = tmp_path / "gone" / "overview.svg", tmp_path / "gone" / "notes.txt"
    old.write_text("old")
    foreign.write_text("mine")

    main(tmp_path)

    assert not old.exists()
    assert foreign.read_text() == "mine"
    assert (tmp_path / "relapsed_all" / "overview.svg").is_file()


def test_the_floors_are_drawn_from_the_imports_that_stand_in_the_code(tmp_path: Path) -> None:
    """An import within a function counts too: it ties the floors just the same."""
    for floor in ("allpath", "storage", "scheduler", "workflow"):
        (tmp_path / floor).mkdir()
    (tmp_path / "workflow" / "upwards.py").write_text("def f():\n    from storage.rows import x\n")
    (tmp_path / "storage" / "rows.py").write_text("import sqlmodel\nimport json\n")

    graph = floors(tmp_path)

    assert graph.pairs == (("workflow", "storage"),)
    remarks = {node.name: node.remarks[1] for node in graph.nodes}
    assert remarks["storage"] == "from outside: sqlmodel"
    assert remarks["workflow"] == "nothing from outside"


def test_every_import_between_floors_leads_down() -> None:
    """The picture shows the house as it was meant."""
    order = ("allpath", "storage", "scheduler", "workflow")

    pairs = floors(ROOT).pairs

    assert pairs
    assert all(order.index(upper) < order.index(lower) for upper, lower in pairs)
    assert ("storage", "scheduler") not in pairs
