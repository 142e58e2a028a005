"""`allpath pathway`: which pathways there are, what they say, whether a file of one is sound."""

from __future__ import annotations

import json
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer

from allpath import words
from allpath.answers import listed_answer, pathway_answer
from allpath.cli import migrate
from allpath.cli.decide import chosen_pathway
from allpath.cli.diff import diff
from allpath.cli.draw import draw
from allpath.cli.printing import note, put, put_json, put_table
from allpath.cli.prove import prove
from allpath.cli.publishing import approve, publish, retire
from allpath.cli.readingcopy import show
from allpath.cli.session import Json, open_session
from allpath.versions import Listed, every_version
from workflow.errors import PathwayError
from workflow.loading import load_file
from workflow.pathway import Pathway

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="ID|FILE", help="A shipped pathway, or a file.")]


app.command()(draw)


@app.callback()
def _group() -> None:
    """List, show, check, prove, draw, publish and migrate pathways."""


@app.command("list")
def list_(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List the versions shipped and kept: status, paths on each, review and hash.

    Example: `allpath pathway list`
    """
    session = open_session(ctx)
    today = session.now().astimezone(session.settings.zone).date()
    found = every_version(session.allpath)
    if as_json:
        put_json([{**listed_answer(i), "out_of_date": _is_old(i, today)} for i in found])
        return
    put_table(
        ("Pathway", "Version", "Status", "Paths", "From", "Reviewed by", "Review expires", "Hash"),
        [_listed(item, today) for item in found],
    )


def _is_old(item: Listed, today: date) -> bool:
    return today > item.pathway.reviewed.expires


def _listed(item: Listed, today: date) -> tuple[str, ...]:
    pathway = item.pathway
    expires = words.day(pathway.reviewed.expires)
    return (
        pathway.id,
        pathway.version,
        item.status,
        str(item.paths),
        "shipped" if item.is_shipped else "in the database",
        pathway.reviewed.by,
        f"{expires} OUT OF DATE" if _is_old(item, today) else expires,
        pathway.content_hash[:12],
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
app.command("diff")(diff)
app.add_typer(migrate.app, name="migrate")
app.command("publish")(publish)
app.command("approve")(approve)
app.command("retire")(retire)


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
    tests = tests_of(pathway.id)
    return [
        {
            "id": name,
            "kind": statement.kind,
            "implemented_by": list(statement.implemented_by),
            "tests": list(tests.get(name, ())),
        }
        for name, statement in pathway.statements.items()
    ]


def tests_of(pathway_id: str) -> dict[str, list[str]]:
    """The tests that look at each statement of a shipped pathway, as they are shipped with it."""
    file = resources.files("workflow") / "pathways" / f"{pathway_id}.tests.json"
    return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else {}
