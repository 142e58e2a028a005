"""`allpath demo`: a fresh database of made-up patients, its worklist, and one patient's story."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from textwrap import wrap
from time import perf_counter
from typing import Annotated, Final

import typer

from allpath import words
from allpath.bootstrap import open_allpath
from allpath.cli.banner import put_banner, put_state
from allpath.cli.demoserving import serve_demo
from allpath.cli.history import line_of
from allpath.cli.patient import put_facts
from allpath.cli.printing import (
    heading,
    is_terminal,
    progress,
    put,
    put_found,
    put_json,
    put_lines,
    screen,
)
from allpath.cli.session import Json, Session, open_session
from allpath.cli.why import put_decision
from allpath.cli.worklist import cells, put_tasks
from allpath.demo.carrying import CLINICIAN, COORDINATOR, SECOND_CLINICIAN
from allpath.demo.cohort import FEWEST, MOST, build
from allpath.demo.fresh_file import fresh_file
from allpath.demo.meetings import hold
from allpath.everybody import everybody
from allpath.problems import UsageError
from allpath.tasks import Census, Task
from workflow.found import Found
from workflow.pathway import Pathway
from workflow.steps import MAIN

app = typer.Typer(add_completion=False)

PATHWAY: Final = "relapsed_all"
STORY: Final = "hsct"
TRAINING: Final = "training"
SHOWN: Final = 15
SHOWN_SAFETY: Final = 2
BANNER: Final = "SYNTHETIC PATIENTS ONLY: every name, number and result below is made up."


@app.command()
def demo(
    ctx: typer.Context,
    *,
    database: Annotated[
        Path, typer.Option(metavar="FILE", help="The file; an earlier demo there is replaced.")
    ] = Path("demo.db"),
    patients: Annotated[int, typer.Option(min=FEWEST, max=MOST, help="How many patients.")] = 72,
    seed: Annotated[int, typer.Option(help="Another seed gives other patients.")] = 1,
    as_json: Json = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Then serve the pages, with an account for each role.")
    ] = False,
    port: Annotated[int, typer.Option(help="Where to serve them.", min=0, max=65535)] = 8000,
) -> None:
    """Fill a fresh database with made-up patients in every state, and show what there is to see.

    Example: `allpath demo`
    """
    if as_json and serve:
        raise UsageError("Choose one: --json for programs, or --serve for people.")
    begun = perf_counter()
    session = open_session(ctx)
    now = session.now()
    with fresh_file(database) as url, progress("Carrying patients along", patients) as show:
        product = open_allpath(_on(session, url).settings, use_clock=session.use_clock)
        with closing(product.store):
            build(product.store, product.orchestrator, patients, seed, now, progress=show)
            hold(product, now)
    url = f"sqlite:///{database.absolute()}"
    built = _on(session, url)
    with closing(built.allpath.store):
        tasks, census = everybody(built.allpath, now)
        if as_json:
            put_json(
                {
                    "database": url,
                    "patients": census.counts.total(),
                    "by_state": _by_state(built),
                    "worklist_rows": len(tasks),
                    "seconds": round(perf_counter() - begun, 2),
                }
            )
            return
        _put_safety(built)
        _put_worklist(built, tasks, census, now)
        _put_story(built, _waiting(tasks), now)
        _put_next(session, built, tasks)
        if serve:
            serve_demo(built, port)


def _on(session: Session, url: str) -> Session:
    """The same session on another database: a demonstration is never encrypted."""
    settings = replace(
        session.settings,
        database=url,
        is_default_database=False,
        key_file=None,
        environment=session.settings.environment or TRAINING,
    )
    return Session(settings, session.use_clock)


def _pathway(session: Session, name: str) -> Pathway:
    """The version the made-up patients were enrolled on."""
    return session.allpath.orchestrator.library.for_new_paths(name)


def _by_state(session: Session) -> dict[str, dict[str, int]]:
    """How many patients of each pathway are in each of its states, states without any too."""
    counts = Counter((path.pathway_id, path.state) for path in session.allpath.store.paths())
    return {
        name: {state: counts[name, state] for state in _pathway(session, name).states}
        for name in sorted({pathway_id for pathway_id, _ in counts})
    }


def _put_safety(session: Session) -> None:
    for text in _pathway(session, PATHWAY).safety[:SHOWN_SAFETY]:
        _put_paragraph(text)
        put("")
    put(BANNER)


def _open_part(title: str) -> None:
    """A part of the demonstration begins, with a blank line before it everywhere."""
    if not is_terminal():  # on a terminal a heading brings its own
        put("")
    heading(title)


def _put_paragraph(text: str) -> None:
    """Running text in lines that fit the terminal, also where there is none."""
    put(*wrap(" ".join(text.split()), screen().width))


def _put_worklist(session: Session, tasks: list[Task], census: Census, now: datetime) -> None:
    _open_part("The worklist, most pressing first")
    shown = tasks[:SHOWN]
    if is_terminal():
        put_tasks(session, shown, now)
    else:
        put_lines(cells(session, task, now) for task in shown)
    if len(tasks) > len(shown):
        more = words.counted(len(tasks) - len(shown), "more patient")
        put(f"({more}: `allpath worklist` shows everybody)")
    put(census.sentence())
    for name, states in _by_state(session).items():
        pathway = _pathway(session, name)
        counts = (f"{words.state(pathway, state)} {count}" for state, count in states.items())
        _put_paragraph(f"{pathway.title}: {', '.join(counts)}.")


def _waiting(tasks: list[Task]) -> Task:
    """The patient whose story is told: a transplantation waits for its second signature."""
    return next(task for task in tasks if task.path.pending and task.path.pending.step == STORY)


def _put_story(session: Session, task: Task, now: datetime) -> None:
    """One patient: the latest facts, the decision and its reasons, the history."""
    store, path_id = session.allpath.store, task.path.path_id
    found = session.allpath.orchestrator.look(path_id, now)
    _open_part("One patient's story")
    put_banner(found, task.person)
    put_state(found)
    latest = _latest(found)
    put_facts(latest)
    earlier = len(found.case.facts) - len(latest.case.facts)
    put(f"  ({words.counted(earlier, 'earlier record')}: `allpath fact list {path_id}`)")
    _open_part("What the pathway supports today, and why")
    decision = found.decision(explained=True)
    put_decision(found.pathway, decision, active_set=task.path.settings.get("active_set"))
    _open_part("What happened so far")
    entries = store.journal(path_id)
    told = [entry for entry in entries if entry.kind != "fact_recorded"]
    for entry in told:
        put_found(*line_of(entry, session.zone_of(task.path), {}, found.pathway))
    put(f"  ({len(entries) - len(told)} recorded facts left out: `allpath history {path_id}`)")


def _latest(found: Found) -> Found:
    """The same patient with the latest record of each fact alone."""
    latest = [record for name, record in found.sheet().records.items() if record.fact == name]
    facts = tuple(record for record in found.case.facts if record in latest)
    return Found(found.pathway, replace(found.case, facts=facts), found.now)


def _put_next(session: Session, built: Session, tasks: list[Task]) -> None:
    """Commands that work as they stand, on patients of this database."""
    _open_part("Try next")
    for line in (*_surroundings(session, built), *_commands(built, tasks)):
        typer.echo(f"  {line}")  # never wrapped, so that it can be copied


def _surroundings(session: Session, built: Session) -> Iterator[str]:
    """What the shell has to know before the commands work."""
    program = Path(sys.argv[0])
    if program.name == "allpath" and shutil.which(program.name) is None:
        yield f'export PATH={shlex.quote(str(program.absolute().parent))}:"$PATH"'
    yield f"export ALLPATH_DATABASE={shlex.quote(built.settings.database)}"
    yield f"export ALLPATH_ENVIRONMENT={built.settings.environment}"
    if session.settings.key_file:
        yield "unset ALLPATH_DATABASE_KEY_FILE"


def _commands(session: Session, tasks: list[Task]) -> Iterator[str]:
    """A look, a fact, a step, a second signature and a history, each with a patient it fits."""
    free = [task for task in tasks if not task.path.pending]
    yield "allpath worklist --overdue"
    for task, fact, value in islice(_one_fact_missing(session, free), 1):
        yield f"allpath step explain {task.path.path_id}"
        yield f'allpath fact record {task.path.path_id} {fact}={value} --actor "{COORDINATOR}"'
    for task, step in islice(_ready(free), 1):
        yield f'allpath step confirm {task.path.path_id} {step} --actor "{CLINICIAN}"'
    waiting = _waiting(tasks).path.path_id
    yield f'allpath step countersign {waiting} --actor "{SECOND_CLINICIAN}"'
    yield f"allpath history {waiting}"


def _one_fact_missing(session: Session, tasks: list[Task]) -> Iterator[tuple[Task, str, str]]:
    """Patients whose decision waits for a single fact, with a value that it may have."""
    for task in tasks:
        missing = task.decision.missing if task.decision else ()
        known = _pathway(session, task.path.pathway_id).facts
        if len(missing) == 1 and known[missing[0]].values:
            yield task, missing[0], known[missing[0]].values[0]


def _ready(tasks: list[Task]) -> Iterator[tuple[Task, str]]:
    """Patients for whom a step is recommended that one signature is enough for."""
    for task in tasks:
        for step in task.decision.steps if task.decision else ():
            if step.status == "recommended" and step.track == MAIN and not step.two_person:
                yield task, step.key
