"""`allpath import csv` and `allpath import ebmt`: a file's rows become paths, each one decided."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from time import perf_counter
from typing import Annotated, Final

import typer

from allpath.cli.printing import note, progress, put, put_json
from allpath.cli.session import Json, Session, open_session, read_actor
from allpath.imports.batch import import_rows
from allpath.imports.checking import refuse_unless_columns_are_there, refuse_unless_it_fits
from allpath.imports.importer import Importer, committed, rehearsed
from allpath.imports.mapping import Mapping, load_mapping, read_mapping
from allpath.imports.report import Report, free_name, refuse_if_taken, write_rejects
from allpath.imports.table import Table, read_table
from allpath.patients import enrolment_settings
from workflow.strict_yaml import Document

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Enrol patients from a file, one path for each row."""


EBMT: Final = "ebmt.yaml"
ACTOR: Final = "importer:service"
SHOWN_REJECTS: Final = 10
REFUSED: Final = 4

File = Annotated[Path, typer.Argument(metavar="FILE", help="The CSV file, in UTF-8 with a header.")]
Map = Annotated[
    Path, typer.Option("--map", metavar="MAP.yaml", help="The mapping: what the columns mean.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check and decide every row, but write nothing.")
]
Rejects = Annotated[
    Path | None,
    typer.Option(
        "--rejects",
        metavar="FILE",
        help="Where rejected rows go; default: a new FILE.rejects.csv in this folder.",
    ),
]


@app.command("csv")
def import_csv(
    ctx: typer.Context,
    file: File,
    mapping: Map,
    *,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    as_json: Json = False,
) -> None:
    """Enrol a patient for each row of a CSV file, as a mapping in YAML says.

    Example: `allpath import csv patients.csv --map patients.yaml --dry-run`
    """
    meaning = Meaning(str(mapping), *load_mapping(mapping))
    _import(open_session(ctx), file, meaning, Wishes(dry_run, rejects, as_json))


@app.command("ebmt")
def import_ebmt(
    ctx: typer.Context,
    file: File,
    *,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    as_json: Json = False,
) -> None:
    """Enrol the transplanted patients of an EBMT file, followed from day 0.

    Example: `allpath import ebmt ebmt4.csv --json`
    """
    shipped = (resources.files("allpath.imports") / EBMT).read_bytes()
    meaning = Meaning(EBMT, *read_mapping(shipped, EBMT))
    _import(open_session(ctx), file, meaning, Wishes(dry_run, rejects, as_json))


@dataclass(frozen=True)
class Meaning:
    """A mapping with the file it is written in, so that a finding has its line."""

    source: str
    mapping: Mapping
    document: Document


@dataclass(frozen=True)
class Wishes:
    """What the person asked for beside the file."""

    dry_run: bool
    rejects: Path | None
    as_json: bool


def _import(session: Session, file: Path, meaning: Meaning, wishes: Wishes) -> None:
    begun = perf_counter()
    mapping = meaning.mapping
    pathway = session.allpath.orchestrator.library.for_new_paths(mapping.pathway)
    refuse_unless_it_fits(mapping, meaning.document, meaning.source, pathway)
    table = read_table(file, mapping.delimiter)
    refuse_unless_columns_are_there(
        mapping, meaning.document, meaning.source, table.header, file.name
    )
    if wishes.rejects is not None:
        refuse_if_taken(wishes.rejects)
    importer = Importer(
        store=session.allpath.store,
        pathway=pathway,
        system=mapping.identifier.system,
        actor=read_actor(ACTOR),
        settings=enrolment_settings(
            pathway, session.settings, active_set="", region="", site="", time_zone=""
        ),
        begin=rehearsed if wishes.dry_run else committed,
    )
    with progress("Importing", len(table.rows)) as show:
        report = import_rows(table, mapping, importer, session.now, show)
    report.seconds = perf_counter() - begun
    kept_in = _keep_rejects(file, table, report, wishes, mapping.delimiter)
    _tell(report, kept_in, wishes)
    if report.rejects:
        raise typer.Exit(REFUSED)


def _keep_rejects(
    file: Path, table: Table, report: Report, wishes: Wishes, delimiter: str
) -> Path | None:
    """Where the rejected rows are kept; a dry run keeps them only where it was told to."""
    if not report.rejects or (wishes.dry_run and wishes.rejects is None):
        return None
    path = wishes.rejects or free_name(Path(), file)
    write_rejects(path, table.header, report.rejects, delimiter)
    return path


def _tell(report: Report, kept_in: Path | None, wishes: Wishes) -> None:
    for reject in report.rejects[:SHOWN_REJECTS]:
        note(f"line {reject.row.line}: {reject.sentence}")
    more = len(report.rejects) - SHOWN_REJECTS
    if more > 0:
        note(f"... and {more:,} more.")
    if kept_in is not None:
        note(f"The rejected rows are in {kept_in}. Put them right there and import that file.")
    if wishes.as_json:
        put_json({**report.figures(), **({"dry_run": True} if wishes.dry_run else {})})
    else:
        put(*(["Dry run: nothing was written."] if wishes.dry_run else []), *report.sentences())
