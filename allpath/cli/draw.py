"""`allpath pathway draw`: a pathway, one of its states, or one patient's way, as a picture."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from allpath.cli.decide import chosen_pathway
from allpath.cli.looking import record_look
from allpath.cli.printing import is_terminal, note, put, put_json
from allpath.cli.session import Json, Session, open_session
from allpath.pictures.pathway import of_graph
from allpath.pictures.picture import FORMS, rendered
from allpath.problems import UsageError
from workflow.drawing.dot import dot
from workflow.drawing.graph import Graph
from workflow.drawing.ladder import table_page
from workflow.drawing.mermaid import mermaid
from workflow.drawing.overview import overview
from workflow.drawing.patient import patient_overview
from workflow.drawing.rails import overview_page
from workflow.drawing.rungs import TRACK, graph_of, state_table, track_table
from workflow.drawing.scene import Scene
from workflow.errors import NotFoundError, RefusedError
from workflow.pathway import Pathway

Form = Literal["svg", "png", "pdf", "csv", "mermaid", "dot", "text"]
_BY_SUFFIX: Final[dict[str, Form]] = {
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
    ".csv": "csv",
    ".mmd": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".txt": "text",
}


def draw(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID|FILE", help="A shipped pathway, or a file.")],
    *,
    patient: Annotated[
        str | None, typer.Option("--patient", help="Mark where this patient is, was, could go.")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Draw this state's table, or track-NAME.")
    ] = None,
    form: Annotated[
        Form | None, typer.Option("--format", help="Default: by the file's name, else svg.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Draw a pathway, one of its states, or where a patient is, was and could go.

    Example: `allpath pathway draw relapsed_all --state assessment --out assessment.svg`
    """
    session = open_session(ctx)
    pathway = chosen_pathway(name)
    if patient is not None and state is not None:
        raise UsageError("Give --patient or --state: a state's table is the same for everybody.")
    graph, scene = (
        _of_state(pathway, state) if state is not None else _whole(session, pathway, patient)
    )
    if as_json:
        put_json(asdict(graph))
        return
    form = form or (_BY_SUFFIX.get(out.suffix.lower(), "svg") if out else "svg")
    _deliver(_rendered(graph, scene, form), form, out)


def _whole(session: Session, pathway: Pathway, patient: str | None) -> tuple[Graph, Scene]:
    if patient is None:
        graph = overview(pathway)
    else:
        found = session.look(patient)
        path = found.case.path
        if path.pathway_id != pathway.id:
            msg = (
                f"{path.path_id} follows the pathway {path.pathway_id}, not {pathway.id}; draw "
                f"{path.pathway_id} instead."
            )
            raise RefusedError(msg)
        if found.pathway != pathway:
            note(f"{path.path_id} follows version {path.pathway_version}, which is drawn here.")
        record_look(session, "patient_drawn", path.path_id)
        graph = patient_overview(found, session.allpath.store.journal(path.path_id))
    return graph, overview_page(graph)


def _of_state(pathway: Pathway, state: str) -> tuple[Graph, Scene]:
    if state in pathway.states:
        table = state_table(pathway, state)
    elif (track := state.removeprefix(TRACK)) in pathway.tracks and track != state:
        table = track_table(pathway, track)
    else:
        known = ", ".join((*pathway.states, *(f"{TRACK}{track}" for track in pathway.tracks)))
        raise NotFoundError(f"{pathway.id} has no state or track {state}; it has: {known}.")
    return graph_of(table), table_page(table)


def _rendered(graph: Graph, scene: Scene, form: Form) -> bytes:
    if form in FORMS:
        return rendered(of_graph(graph, graph.name, scene), form)
    text = {
        "mermaid": lambda: mermaid(graph),
        "dot": lambda: dot(graph),
        "text": lambda: "\n".join((scene.title, *scene.description)) + "\n",
    }[form]()
    return text.encode()


def _deliver(content: bytes, form: Form, out: Path | None) -> None:
    if out is not None:
        try:
            out.write_bytes(content)
        except OSError as error:
            msg = f"The picture cannot be written to {out} ({error.strerror}); name another --out."
            raise RefusedError(msg) from None
        note(f"The picture is in {out}.")
    elif form in {"png", "pdf"}:
        if is_terminal():
            msg = f"A {form.upper()} is not for a terminal; name a file with --out FILE.{form}."
            raise UsageError(msg)
        sys.stdout.buffer.write(content)
    elif form == "text":
        put(*content.decode().splitlines())
    else:
        sys.stdout.write(content.decode())
