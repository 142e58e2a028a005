"""`allpath pathway show`: a whole pathway to read, on the screen, as Markdown or as a page."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from allpath.cli.decide import chosen_pathway
from allpath.cli.pathwaytext import put_document
from allpath.cli.printing import note, put_json
from allpath.cli.session import Json, open_session
from allpath.problems import UsageError
from workflow.errors import RefusedError
from workflow.reading_copy.compose import reading_copy
from workflow.reading_copy.markdown import markdown
from workflow.reading_copy.page import page


def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID|FILE", help="A shipped pathway, or a file.")],
    *,
    as_html: Annotated[bool, typer.Option("--html", help="As one self-contained page.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the page or Markdown to this file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a pathway in plain English: states, rows, checkpoints, numbers, invariants, figures.

    Example: `allpath pathway show relapsed_all --html --out copy.html`
    """
    open_session(ctx)
    if as_html + as_markdown + as_json > 1:
        raise UsageError("--html, --markdown and --json exclude each other; give one of them.")
    if out is not None and not (as_html or as_markdown):
        raise UsageError("--out needs --html or --markdown; the screen has no file form.")
    pathway = chosen_pathway(name)
    if as_json:
        put_json({**json.loads(pathway.canonical), "hash": pathway.content_hash})
        return
    document = reading_copy(pathway)
    if not (as_html or as_markdown):
        put_document(document)
        return
    text = page(document) if as_html else markdown(document)
    if out is None:
        sys.stdout.write(text)
        return
    _write(out, text)


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"The copy cannot be written to {out}: {error.strerror}. Name another file."
        raise RefusedError(msg) from None
    note(f"Written to {out}.")
