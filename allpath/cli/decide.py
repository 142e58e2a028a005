"""`allpath decide`: cases from a file, decided without a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from allpath import words
from allpath.casefile import cases_in
from allpath.cases import Judged, differences, judge
from allpath.cli.printing import is_terminal, note, put, put_table
from allpath.cli.session import AsOf, Json, open_session
from allpath.cli.why import put_decision
from workflow.loading import load_file, load_shipped, shipped
from workflow.pathway import Pathway

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

REFUSED: Final = 4
_COLUMNS: Final = ("Case", "Route", "Next state", "Option or reason", "Rule", "Warnings", "Missing")


@app.command()
def decide(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            help="Cases as YAML, JSON or one JSON object per line; - for standard input."
        ),
    ],
    *,
    pathway: Annotated[
        str, typer.Option(metavar="ID|FILE", help="The pathway that decides.")
    ] = "relapsed_all",
    as_json: Json = False,
    check: Annotated[
        bool, typer.Option("--check", help="Compare with what each case expects.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say why, row by row.")] = False,
    as_of: AsOf = None,
) -> None:
    """Decide the cases of a file, without a database.

    A case has an id, a state, facts, and if it likes asof, region and active_set.

    Example: `allpath decide cases.yaml --json`
    """
    session = open_session(ctx)
    today = session.now(as_of).astimezone(session.settings.zone).date()
    found = chosen_pathway(pathway)
    judged = _judged(found, file, today, explained=explain or not (as_json or check))
    if as_json:
        agree = _put_json(judged, check=check)
    elif check:
        agree = _put_check(judged)
    else:
        agree = _put(found, list(judged), explained=explain)
    if not agree:
        raise typer.Exit(REFUSED)


def chosen_pathway(name: str) -> Pathway:
    """The shipped pathway of that id, or the one in a file; raises NotFoundError, PathwayError."""
    if name not in shipped() and (Path(name).suffix or Path(name).exists()):
        return load_file(Path(name))
    return load_shipped(name)


def _judged(pathway: Pathway, file: str, today: date, *, explained: bool) -> Iterator[Judged]:
    for number, case in enumerate(cases_in(file), start=1):
        yield judge(pathway, case, number, today, explained=explained)


def _put_json(judged: Iterator[Judged], *, check: bool) -> bool:
    """One object per case and line; with `check` the differences go to standard error."""
    tally = Tally()
    fine = True
    for case in judged:
        sys.stdout.write(json.dumps(case.answer, ensure_ascii=False) + "\n")
        fine = fine and case.decision is not None
        if check:
            note(*tally.differences_of(case))
    if check:
        note(*tally.remarks(), tally.sentence)
    return tally.is_clean if check else fine


def _put_check(judged: Iterator[Judged]) -> bool:
    tally = Tally()
    for case in judged:
        put(*tally.differences_of(case))
    note(*tally.remarks())
    put(tally.sentence)
    return tally.is_clean


@dataclass
class Tally:
    """How many cases were as expected; a case that expects nothing is counted apart."""

    asked: int = 0
    agreeing: int = 0
    unasked: int = 0
    unreadable: int = 0

    def differences_of(self, case: Judged) -> list[str]:
        """What differs in this case; it is counted."""
        if case.expected is None:
            self.unasked += 1
            self.unreadable += case.decision is None
            return [] if case.decision is not None else [f"{case.id}: {case.message}"]
        found = list(differences(case))
        self.asked += 1
        self.agreeing += not found
        return found

    @property
    def is_clean(self) -> bool:
        """Whether every case agrees, and there was something to compare."""
        return self.agreeing == self.asked > 0 and not self.unreadable

    @property
    def sentence(self) -> str:
        """The last line of a check."""
        return f"{self.agreeing} of {self.asked} cases agree"

    def remarks(self) -> list[str]:
        """What to know besides."""
        if not self.unasked:
            return []
        return [f"{words.counted(self.unasked, 'case')} without `expected` not compared"]


def _put(pathway: Pathway, judged: list[Judged], *, explained: bool) -> bool:
    if judged and (explained or (len(judged) == 1 and is_terminal())):
        for case in judged:
            _put_one(pathway, case, everything=explained)
    else:
        put_table(_COLUMNS, (_row(case) for case in judged))
    return all(case.decision is not None for case in judged)


def _put_one(pathway: Pathway, case: Judged, *, everything: bool) -> None:
    if case.decision is None or case.sheet is None:
        note(f"{case.id}: {case.message}")
        return
    state = words.state(pathway, case.decision.state)
    put(f"{case.id} - {state}, as of {words.day(case.sheet.as_of)}")
    active = case.sheet.values.get("active_set")
    put_decision(pathway, case.decision, active_set=active, everything=everything)


def _row(case: Judged) -> tuple[str, ...]:
    if case.decision is None:
        return (str(case.id), "error", "", case.message, "", "", "")
    route = case.decision.route
    return (
        str(case.id),
        route.status.replace("_", " "),
        route.next_state,
        route.option or route.reason or "",
        case.decision.rule,
        ", ".join(case.decision.warnings),
        ", ".join(case.decision.missing),
    )
