"""`allpath pathway draw`: a pathway, a state, or where one patient is, was and could go."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import AT_RELAPSE, Desk
from tests.drawing.test_geometry import faults
from workflow.drawing.graph import Edge, Graph, Node, Note
from workflow.drawing.pages import pathway_files
from workflow.drawing.rails import overview_page
from workflow.loading import load_shipped

SHIPPED = Path(__file__).parents[2] / "workflow" / "pathways" / "relapsed_all.yaml"
PNG = b"\x89PNG\r\n"


def test_the_drawn_overview_is_the_committed_one(desk: Desk) -> None:
    """One function draws for the folder and for the person."""
    answer = desk.run("pathway", "draw", "relapsed_all")

    assert answer.out == pathway_files(load_shipped("relapsed_all"))["overview.svg"]


def test_a_file_is_drawn_like_a_shipped_pathway(desk: Desk) -> None:
    """A clinician looks at what was just written."""
    answer = desk.run("pathway", "draw", str(SHIPPED), "--state", "hsct", "--format", "mermaid")

    assert answer.out == pathway_files(load_shipped("relapsed_all"))["hsct.mmd"]


def test_the_ending_of_the_files_name_chooses_the_format(desk: Desk) -> None:
    """Nobody has to say PNG twice."""
    begins = {"a.png": PNG, "a.svg": b"<svg", "a.mmd": b"---", "a.dot": b"digraph", "a.txt": b"Rel"}

    for name, start in begins.items():
        answer = desk.run("pathway", "draw", "relapsed_all", "--out", str(desk.folder / name))

        assert answer.code == 0, answer.err
        assert (desk.folder / name).read_bytes().startswith(start)


def test_a_patient_is_marked_with_the_way_so_far_and_every_step(desk: Desk) -> None:
    """Where the patient is, was and could go, with the reason for what is not open."""
    path_id = desk.assessed()

    graph = desk.ask("pathway", "draw", "relapsed_all", "--patient", path_id)

    marks = {node["name"]: node["mark"] for node in graph["nodes"] if node["mark"]}
    steps = desk.ask("step", "list", path_id)["steps"]
    drawn = {
        edge["target"]: edge["status"] for edge in graph["edges"] if edge["source"] == "assessment"
    }
    assert marks == {"referred": "visited", "assessment": "here"}
    assert drawn == {step["target"]: step["status"] for step in steps if step["track"] == "main"}
    assert set(drawn.values()) >= {"recommended", "blocked", "available"}
    taken = [edge for edge in graph["edges"] if edge["taken"]]
    assert [(edge["source"], edge["target"]) for edge in taken] == [("referred", "assessment")]
    (blocked,) = (edge for edge in graph["edges"] if edge["target"] == "supportive")
    assert "blocked: rule A-" in blocked["label"]
    assert "leads to reinduction" in blocked["label"]


def test_no_name_stands_in_a_patients_picture(desk: Desk) -> None:
    """A picture is passed on; the opaque id says whose it is to those who may know."""
    path_id = desk.enrol(family="Verysecret")

    for form in ("svg", "mermaid", "dot", "text"):
        out = desk.run(
            "pathway", "draw", "relapsed_all", "--patient", "Verysecret", "--format", form
        ).out

        assert path_id in out
        assert "verysecret" not in out.lower()
        assert "9990000001" not in out


def test_the_text_twin_says_what_the_picture_shows(desk: Desk) -> None:
    """Whoever cannot see the picture misses nothing."""
    path_id = desk.in_assessment()
    arguments = ("pathway", "draw", "relapsed_all", "--patient", path_id, "--format")

    text = desk.run(*arguments, "text").out
    root = ET.fromstring(desk.run(*arguments, "svg").out)  # noqa: S314 - our own text

    described = root.findtext("{http://www.w3.org/2000/svg}desc") or ""
    assert text.splitlines()[1:] == described.splitlines()
    assert f"Path {path_id} is in Initial assessment since 23-Nov-2026" in text
    assert "The step to Reinduction is unknown now: cannot be told yet; missing:" in text
    assert "It was taken 23-Nov-2026." in text


def test_an_open_track_is_marked(desk: Desk) -> None:
    """Care beside the main state is part of where the patient is."""
    path_id = desk.in_assessment()
    facts = (fact for fact in AT_RELAPSE if not fact.startswith("cns_status"))
    desk.record(path_id, *facts, "cns_status=CNS3")
    assert desk.confirm(path_id, "cns_directed:open").code == 0

    graph = desk.ask("pathway", "draw", "relapsed_all", "--patient", path_id)

    (track,) = (node for node in graph["nodes"] if node["name"] == "track:cns_directed")
    assert track["mark"] == "here"
    assert track["remarks"][0] == "open since 23-Nov-2026"
    assert track["remarks"][1].startswith("unknown: to be closed")


def test_nothing_in_a_patients_picture_is_drawn_over(desk: Desk) -> None:
    """Reasons are longer than rule ids, and still stay clear of the lines."""
    for path_id in (desk.enrol(), desk.in_assessment("9990000002"), desk.assessed("9990000003")):
        found = desk.ask("pathway", "draw", "relapsed_all", "--patient", path_id)

        assert faults(overview_page(_graph(found))) == []


def _graph(found: dict[str, Any]) -> Graph:
    """The drawing again, from its JSON."""
    nodes = (Node(**{**node, "remarks": tuple(node["remarks"])}) for node in found["nodes"])
    notes = (Note(note["title"], tuple(note["lines"])) for note in found["notes"])
    return Graph(
        found["name"],
        found["title"],
        found["summary"],
        tuple(nodes),
        tuple(Edge(**edge) for edge in found["edges"]),
        tuple(notes),
    )


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("relapsd_all",), 3, "There is no pathway relapsd_all; shipped are:"),
        (("nowhere.yaml",), 3, "nowhere.yaml cannot be read"),
        (("relapsed_all", "--state", "nowhere"), 3, "no state or track nowhere; it has: referred"),
        (("relapsed_all", "--patient", "P-NOBODY"), 3, "There is no patient P-NOBODY"),
        (("relapsed_all", "--patient", "P", "--state", "hsct"), 2, "Give --patient or --state"),
        (("relapsed_all", "--format", "gif"), 2, "gif"),
        (("relapsed_all", "--out", "no/such/folder.svg"), 4, "cannot be written to no/such/folder"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(
    desk: Desk, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """What happened, to which thing, and what to do."""
    answer = desk.run("pathway", "draw", *arguments)

    assert answer.code == code
    assert says in answer.err
    assert answer.out == ""


def test_a_patient_on_another_pathway_is_refused(desk: Desk) -> None:
    """The marks of one pathway mean nothing in another."""
    path_id = desk.enrol()
    other = desk.folder / "other.yaml"
    other.write_text(
        SHIPPED.read_text("utf-8").replace("id: relapsed_all", "id: other_all", 1), "utf-8"
    )

    answer = desk.run("pathway", "draw", str(other), "--patient", path_id)

    assert answer.code == 4
    assert f"{path_id} follows the pathway relapsed_all, not other_all" in answer.err


def test_a_patient_is_drawn_on_the_version_that_is_followed(desk: Desk) -> None:
    """A newer draft of the file changes nothing for those who are on their way."""
    path_id = desk.enrol()
    draft = desk.folder / "draft.yaml"
    text = SHIPPED.read_text("utf-8")
    draft.write_text(text.replace("title: Referred", "title: Reported", 1), "utf-8")

    answer = desk.run("pathway", "draw", str(draft), "--patient", path_id, "--format", "text")

    assert f"{path_id} follows version" in answer.err
    assert f"{path_id} in Referred" in answer.out


def test_a_track_is_drawn_by_the_name_of_its_picture(desk: Desk) -> None:
    """A state and a track may share a name; the picture's name says which is meant."""
    state, track = (
        desk.ask("pathway", "draw", "relapsed_all", "--state", name)["title"]
        for name in ("hsct_workup", "track-hsct_workup")
    )

    assert state.startswith("HSCT work-up - ")
    assert track.startswith("HSCT work-up beside the main state - ")


def test_png_without_its_renderer_names_the_extra(desk: Desk) -> None:
    """The extra may be left out; then the message says what brings it."""
    program = "import sys; sys.modules['vl_convert'] = None; from allpath.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "pathway", "draw", "relapsed_all", "--format", "png"],
        capture_output=True,
        text=True,
        check=False,
        cwd=desk.folder,
    )

    assert done.returncode == 4
    assert "allpath[pictures]" in done.stderr
    assert done.stdout == ""


def test_a_png_is_not_poured_on_a_terminal() -> None:
    """Its bytes would upset the terminal; the message says where to put it."""
    ours, theirs = os.openpty()
    program = "from allpath.cli import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", program, "pathway", "draw", "relapsed_all", "--format", "png"],
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2
    assert "--out FILE.png" in done.stderr


def test_a_png_goes_into_a_pipe(desk: Desk) -> None:
    """Another program may read it there."""
    program = "from allpath.cli import main; main()"
    arguments = ("pathway", "draw", "relapsed_all", "--state", "dead", "--format", "png")

    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        check=True,
        cwd=desk.folder,
    )

    assert done.stdout.startswith(PNG)
