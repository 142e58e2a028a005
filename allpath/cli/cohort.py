"""`allpath cohort`: how many patients are where, now or at a past moment."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from allpath.answers import moment_answer
from allpath.cli.figures import put_figure
from allpath.cli.looking import record_look
from allpath.cli.printing import progress, put, put_json, put_table
from allpath.cli.session import AsOf, Json, KnownAt, open_session
from allpath.everybody import everybody
from allpath.figures.catalogue import FIGURES
from allpath.problems import UsageError
from allpath.tasks import Task

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

_COLUMNS: Final = ("Pathway", "State", "Patients", "Overdue", "Due", "Second signature", "Reviews")


@dataclass
class Line:
    """Those in one state: how many, and how many of them wait for what."""

    title: str
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, item: Task) -> None:
        """One more patient."""
        self.counts["patients"] += 1
        self.counts[item.bucket] += 1
        self.counts["second signature"] += item.path.pending is not None
        self.counts["reviews"] += item.reviews

    def cells(self) -> tuple[str, ...]:
        """The line in words."""
        names = ("patients", "overdue", "due", "second signature", "reviews")
        return (self.title, *(str(self.counts[name]) for name in names))

    def answer(self) -> dict[str, Any]:
        """The line for programs."""
        names = ("patients", "overdue", "due", "second signature", "reviews")
        return {name.replace(" ", "_"): self.counts[name] for name in names}


@app.command()
def cohort(
    ctx: typer.Context,
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    figure: Annotated[
        str | None, typer.Option("--figure", help=f"A figure instead: {', '.join(FIGURES)}.")
    ] = None,
    pathway: Annotated[
        str | None, typer.Option("--pathway", metavar="ID", help="Those on this pathway alone.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The figure's file: .svg, .png, .pdf or .csv.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Count the patients in each state, and what they wait for; it adds up to everybody.

    With `--as-of` as it was on a day by what is known today, with `--known-at` as it was known.
    With `--figure` a figure about now; its file shows no count from 1 to 4.

    Example: `allpath cohort --as-of 2026-10-31`
    """
    session = open_session(ctx)
    if figure is not None:
        if as_of or known_at:
            raise UsageError("A figure is about now; leave out --as-of and --known-at.")
        put_figure(session, figure, pathway, out, as_json=as_json)
        return
    if pathway is not None or out is not None:
        raise UsageError("--pathway and --out belong to a figure; name one with --figure.")
    moment = session.moment(as_of, known_at)
    now = session.now(as_of) if moment is None else moment.as_of
    tasks, counted = everybody(session.allpath, now, moment, progress)
    record_look(session, "cohort_counted")
    lines: dict[tuple[str, str], Line] = {}
    for item in sorted(tasks, key=lambda item: (item.path.pathway_id, item.state_title)):
        key = (item.path.pathway_id, item.path.state)
        lines.setdefault(key, Line(item.state_title)).add(item)
    if as_json:
        states = [
            {"pathway": pathway, "state": state, **line.answer()}
            for (pathway, state), line in lines.items()
        ]
        put_json(
            {
                "as_of": now.isoformat(timespec="seconds"),
                **moment_answer(moment),
                "states": states,
                "census": counted.answer(),
            }
        )
        return
    if then := session.then(moment):
        put(then)
    if lines:
        put_table(_COLUMNS, [(pathway, *line.cells()) for (pathway, _), line in lines.items()])
    put(counted.sentence())
    if counted.counts.total() == 0:
        put("Nobody is enrolled yet; see `allpath enrol --help`.")
