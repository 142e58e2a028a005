"""`allpath pathway`: which pathways there are, what they say, whether a file of one is sound."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer

from allpath import words
from allpath.answers import pathway_answer
from allpath.cli.decide import chosen_pathway
from allpath.cli.draw import draw
from allpath.cli.printing import note, put, put_json, put_table
from allpath.cli.prove import prove
from allpath.cli.readingcopy import show
from allpath.cli.session import Json, open_session
from workflow.errors import PathwayError
from workflow.loading import load_file, load_shipped, shipped
from workflow.pathway import Pathway

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="ID|FILE", help="A shipped pathway, or a file.")]


app.command()(draw)


@app.callback()
def _group() -> None:
    """List, show, draw, check and trace pathways."""


@app.command("list")
def list_(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List the shipped pathways with version, review and hash.

    Example: `allpath pathway list`
    """
    session = open_session(ctx)
    today = session.now().astimezone(session.settings.zone).date()
    found = [load_shipped(name) for name in shipped()]
    if as_json:
        put_json(
            [
                {**pathway_answer(item), "out_of_date": today > item.reviewed.expires}
                for item in found
            ]
        )
        return
    put_table(
        ("Pathway", "Title", "Version", "Reviewed by", "Review expires", "Hash"),
        [
            (
                item.id,
                item.title,
                item.version,
                item.reviewed.by,
                words.day(item.reviewed.expires)
                + (" OUT OF DATE" if today > item.reviewed.expires else ""),
                item.content_hash[:12],
            )
            for item in found
        ],
    )


app.command("show")(show)


@app.command()
def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A pathway file.")],
    *,
    as_json: Json = False,
) -> None:
    """Check a pathway file: every problem with its line, its field and the cure.

    Example: `allpath pathway check relapsed_all.yaml`
    """
    open_session(ctx)
    try:
        pathway = load_file(file)
    except PathwayError as error:
        if not as_json:
            put(*(f"{error.source}{problem}" for problem in error.problems))
            note(f"allpath: {words.counted(len(error.problems), 'problem')} in {error.source}.")
            raise typer.Exit(4) from None
        raise
    if as_json:
        put_json({"ok": True, **pathway_answer(pathway)})
    else:
        put(f"{file}: ok, {pathway.id} {pathway.version}, hash {pathway.content_hash}")


app.command("prove")(prove)


@app.command()
def trace(ctx: typer.Context, name: Name, *, as_json: Json = False) -> None:
    """Trace every statement of the source to what implements it and the tests that show it.

    Example: `allpath pathway trace relapsed_all --json`
    """
    open_session(ctx)
    pathway = chosen_pathway(name)
    statements = traced(pathway)
    if as_json:
        put_json({"statements": statements})
        return
    put_table(
        ("Statement", "Kind", "Implemented by", "Tests"),
        [
            (item["id"], item["kind"], ", ".join(item["implemented_by"]), str(len(item["tests"])))
            for item in statements
        ],
    )


def traced(pathway: Pathway) -> list[dict[str, Any]]:
    """Every statement with what implements it and the tests named in the generated file."""
    tests = _tests(pathway.id)
    return [
        {
            "id": name,
            "kind": statement.kind,
            "implemented_by": list(statement.implemented_by),
            "tests": list(tests.get(name, ())),
        }
        for name, statement in pathway.statements.items()
    ]


def _tests(pathway_id: str) -> dict[str, list[str]]:
    file = resources.files("workflow") / "pathways" / f"{pathway_id}.tests.json"
    return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else {}
