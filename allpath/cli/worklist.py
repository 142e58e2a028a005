"""`allpath worklist`: who needs what today."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from allpath import words
from allpath.cli.printing import (
    WIDE,
    is_terminal,
    note,
    progress,
    put,
    put_json,
    put_lines,
    screen,
    styled,
)
from allpath.cli.session import AsOf, Json, Session, open_session
from allpath.tasks import NO_NEXT_STEP, Census, Task, census, is_final, pressing, task, task_answer

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def worklist(
    ctx: typer.Context,
    *,
    state: Annotated[str, typer.Option(help="Only patients in this state.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show who needs what: every patient whose path is not final, most pressing first.

    Patients without a next step are always shown, whatever the filter.

    Example: `allpath worklist --overdue`
    """
    session = open_session(ctx)
    now = session.now(as_of)
    tasks, counted = _everybody(session, now)
    shown = [
        item
        for item in tasks
        if item.bucket == NO_NEXT_STEP
        or ((not state or item.path.state == state) and (not overdue or item.bucket == "overdue"))
    ]
    if as_json:
        put_json(
            {
                "as_of": now.isoformat(timespec="seconds"),
                "census": counted.answer(),
                "rows": [task_answer(item, now) for item in shown],
            }
        )
        return
    similar = words.similar(item.person for item in tasks)
    if is_terminal():
        _put(session, shown, now, similar)
    else:
        put_lines(_cells(session, item, now, similar) for item in shown)
    note(*(f"{item.path.path_id}: {item.problem}" for item in shown if item.problem))
    hidden = len(tasks) - len(shown)
    if not shown:
        zone = session.settings.zone
        put(
            f"Nothing is open. Looked at {words.minute(now, zone)}; every patient is counted below."
        )
    if hidden:
        put(f"({words.counted(hidden, 'patient')} not shown because of the filter)")
    put(counted.sentence())


def _everybody(session: Session, now: datetime) -> tuple[list[Task], Census]:
    allpath = session.allpath
    rows = allpath.store.worklist()
    living = [
        row for row in rows if not is_final(allpath.pathway_of(row.path.pathway_id), row.path)
    ]
    tasks = []
    with progress("Deciding", len(living)) as done:
        for number, row in enumerate(living, start=1):
            pathway = allpath.pathway_of(row.path.pathway_id)
            tasks.append(task(row, lambda name: allpath.orchestrator.look(name, now), pathway, now))
            done(number)
    return sorted(tasks, key=pressing), census(rows, allpath.pathway_of, now)


def _cells(session: Session, item: Task, now: datetime, similar: frozenset[str]) -> tuple[str, ...]:
    row = item.checkpoint
    due = words.due(row, now, session.zone_of(item.path)) if row else "No next step"
    route = words.short_route(item.decision) if item.decision else "unreadable, see below"
    warnings = len(item.decision.warnings) if item.decision else 0
    return (
        item.path.path_id,
        _name(item, similar),
        f"{item.state_title}, day {item.days}",
        item.needed,
        due,
        route,
        str(warnings) if warnings else "",
    )


def _name(item: Task, similar: frozenset[str]) -> str:
    """The name; beside one that is easily mistaken for another, a warning and the date of birth."""
    name = words.name(item.person)
    if item.path.path_id not in similar:
        return name
    return f"{name} (similar name; born {words.day(item.born)})"


def _put(session: Session, tasks: list[Task], now: datetime, similar: frozenset[str]) -> None:
    console = screen()
    if console.width < WIDE:
        for item in tasks:
            _put_stacked(_cells(session, item, now, similar))
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Patient", "Name", "State", "Needed", "Due", "Route", "Warn"):
        table.add_column(title, overflow="fold", no_wrap=title in {"Patient", "Warn"})
    for item in tasks:
        cells = _cells(session, item, now, similar)
        table.add_row(*(styled(cell) for cell in cells))
    if tasks:
        console.print(table)


def _put_stacked(cells: tuple[str, ...]) -> None:
    """One patient as a few short lines, the due moment first, for a narrow terminal."""
    console = screen()
    path_id, name, state, needed, due, route, warnings = cells
    console.print(Text.assemble((f"{path_id}  {name}", "bold")))
    console.print(Text.assemble("  ", styled(due)))
    for line in (needed, state, route):
        grid = Table.grid()
        grid.add_column(width=2)
        grid.add_column(overflow="fold")
        grid.add_row("", styled(line))
        console.print(grid)
    if warnings:
        console.print(f"  {words.counted(int(warnings), 'warning')}")
