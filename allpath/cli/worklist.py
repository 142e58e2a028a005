"""`allpath worklist`: who needs what today."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from allpath import untold, words
from allpath.answers import moment_answer
from allpath.cli.assigning import assign
from allpath.cli.looking import record_look
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
from allpath.cli.session import AsOf, Json, KnownAt, Session, open_session
from allpath.everybody import everybody
from allpath.reviews import open_reviews, reviews_sentence
from allpath.tasks import (
    NO_NEXT_STEP,
    Task,
    task_answer,
)
from workflow.decide import Decision
from workflow.titles import titled

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
app.command("assign")(assign)


@app.callback(invoke_without_command=True)
def worklist(
    ctx: typer.Context,
    *,
    state: Annotated[str, typer.Option(help="Only patients in this state.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """Show who needs what: every patient whose path is not final, most pressing first.

    Patients without a next step are always shown, whatever the filter, and so are notices that
    reached nobody. With `--as-of` or `--known-at` it is the worklist of that day.

    Example: `allpath worklist --overdue`
    """
    if ctx.invoked_subcommand is not None:
        return
    session = open_session(ctx)
    moment = session.moment(as_of, known_at)
    now = session.now(as_of) if moment is None else moment.as_of
    is_present = as_of is None and moment is None
    problems = _watch(session, now) if is_present else ()
    tasks, counted = everybody(session.allpath, now, moment, progress)
    unheard = untold.untold(session.allpath, now) if moment is None else ()
    reviews = open_reviews(session.allpath.store, moment=moment)
    shown = [
        item
        for item in tasks
        if item.bucket == NO_NEXT_STEP
        or ((not state or item.path.state == state) and (not overdue or item.bucket == "overdue"))
    ]
    record_look(session, "worklist_shown")
    if as_json:
        put_json(
            {
                "as_of": now.isoformat(timespec="seconds"),
                **moment_answer(moment),
                "census": counted.answer(),
                "watch": list(problems),
                "rows": [task_answer(item, now) for item in shown],
                "undelivered": untold.answer(unheard),
                "reviews": {path: [i.review_id for i in items] for path, items in reviews.items()},
            }
        )
        return
    note(*(f"! {text}" for text in problems))
    if then := session.then(moment):
        put(then)
    if is_terminal():
        put_tasks(session, shown, now)
    else:
        put_lines(cells(session, item, now) for item in shown)
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
    if unheard:
        put(untold.sentence(unheard))
    if reviews:
        put(reviews_sentence(reviews))


def _watch(session: Session, now: datetime) -> tuple[str, ...]:
    """What is wrong with the background work; a silent scheduler must not look like no work."""
    from allpath.background import watch_of  # noqa: PLC0415 - opened when needed

    return watch_of(session.allpath, now).problems


def cells(session: Session, item: Task, now: datetime) -> tuple[str, ...]:
    """One patient as the worklist writes it: id, name, state, needed, due, route, warnings."""
    row = item.checkpoint
    zone = session.zone_of(item.path)
    due = words.due(row, now, zone) if row else "No next step"
    paused = item.path.paused_until
    if paused is not None and now < paused:
        due += f"; reminders paused until {words.day(paused.astimezone(zone).date())}"
    route = _route(item.decision) if item.decision else "unreadable, see below"
    warnings = len(item.decision.warnings) if item.decision else 0
    return (
        item.path.path_id,
        _name(item),
        f"{item.state_title}, day {item.days}",
        item.to_do,
        due,
        route,
        str(warnings) if warnings else "",
    )


def _route(decision: Decision) -> str:
    """The answer in a few words: a missing fact by its title, a reason by its code, read out."""
    text = words.short_route(decision)
    if words.is_undecided(decision):
        return titled(decision.pathway, text)
    return text.replace("_", " ")


def _name(item: Task) -> str:
    """The name; beside one that is easily mistaken for another, a warning and the date of birth."""
    name = words.name(item.person)
    if not item.is_similar:
        return name
    return f"{name} (similar name; born {words.day(item.born)})"


def put_tasks(session: Session, tasks: list[Task], now: datetime) -> None:
    """The list on a terminal: a table where it is wide, a few lines for each patient where not."""
    console = screen()
    if console.width < WIDE:
        for item in tasks:
            _put_stacked(cells(session, item, now))
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Patient", "Name", "State", "Needed", "Due", "Route", "Warn"):
        table.add_column(title, overflow="fold", no_wrap=title in {"Patient", "Warn"})
    for item in tasks:
        table.add_row(*(styled(cell) for cell in cells(session, item, now)))
    if tasks:
        console.print(table)


def _put_stacked(line: tuple[str, ...]) -> None:
    """One patient as a few short lines, the due moment first, for a narrow terminal."""
    console = screen()
    path_id, name, state, needed, due, route, warnings = line
    console.print(Text.assemble((f"{path_id}  {name}", "bold")))
    console.print(Text.assemble("  ", styled(due)))
    for text in (needed, state, route):
        grid = Table.grid()
        grid.add_column(width=2)
        grid.add_column(overflow="fold")
        grid.add_row("", styled(text))
        console.print(grid)
    if warnings:
        console.print(f"  {words.counted(int(warnings), 'warning')}")
