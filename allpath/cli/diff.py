"""`allpath pathway diff`: what differs between two versions, and for whom."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import Annotated, Any

import typer

from allpath import clock, words
from allpath.cli.printing import (
    heading,
    progress,
    put,
    put_found,
    put_json,
    put_table,
    title,
    working,
)
from allpath.cli.prove import case_lines, needs_solver
from allpath.cli.session import Json, open_session
from allpath.rerouted import Reroute, rerouted
from allpath.versions import find_version
from workflow.changes import Change, changes
from workflow.errors import RefusedError
from workflow.pathway import Pathway


def diff(
    ctx: typer.Context,
    a: Annotated[str, typer.Argument(help="The old one: id, file, ID@VERSION or hash.")],
    b: Annotated[str, typer.Argument(help="The new one, written likewise.")],
    *,
    seconds: Annotated[
        float, typer.Option("--seconds", help="Time for the solver; 0 leaves it out.")
    ] = 120,
    as_json: Json = False,
) -> None:
    """Compare two versions: what changed in words, and which patients would be answered otherwise.

    Patients of the database come by opaque id, and made-up ones from the solver, state by state.

    Example: `allpath pathway diff relapsed_all relapsed_all.yaml`
    """
    session = open_session(ctx)
    old, new = (find_version(session.allpath, name) for name in (a, b))
    if old.id != new.id:
        raise RefusedError(f"{old.id} and {new.id} are two pathways; compare versions of one.")
    with progress("Deciding", None) as done:
        reroute = rerouted(session.allpath.store, old, new, done, session.now())
    compared = None
    if seconds > 0 and old.content_hash != new.content_hash:
        today = session.now().astimezone(session.settings.zone).date()
        with needs_solver(), working("Comparing for every patient"):
            from workflow.proof.difference import differences  # noqa: PLC0415 - loads the solver

            compared = differences(old, new, today=today, clock=clock.stopwatch, seconds=seconds)
    found = changes(old, new)
    if as_json:
        put_json(_answer(old, new, found, reroute, compared))
    else:
        _put(old, new, found, reroute, compared)


def _answer(
    old: Pathway,
    new: Pathway,
    found: tuple[Change, ...],
    reroute: Reroute,
    compared: Any,  # noqa: ANN401 - see _put
) -> dict[str, Any]:
    return {
        "old": {"id": old.id, "version": old.version, "hash": old.content_hash},
        "new": {"id": new.id, "version": new.version, "hash": new.content_hash},
        "changes": [asdict(change) for change in found],
        "patients": {
            "asked": reroute.asked,
            "different": len(reroute.found),
            "found": [asdict(item) for item in reroute.found],
        },
        "solver": None
        if compared is None
        else {
            "found": [{**asdict(item), "case": dict(item.case)} for item in compared.found],
            "equal": list(compared.equal),
            "undecided": list(compared.undecided),
        },
    }


def _put(
    old: Pathway,
    new: Pathway,
    found: tuple[Change, ...],
    reroute: Reroute,
    compared: Any,  # noqa: ANN401 - its module loads the solver
) -> None:
    title(
        f"{old.id} {old.version} ({old.content_hash[:12]}) and "
        f"{new.version} ({new.content_hash[:12]})"
    )
    if not found:
        put("Nothing differs.")
    for part, items in groupby(found, key=lambda change: change.part):
        heading(part.capitalize())
        for change in items:
            put_found(change.name, change.what)
    heading("Patients in the database")
    put(
        f"{len(reroute.found)} of {words.counted(reroute.asked, 'patient')} would be answered "
        "differently today."
    )
    if reroute.found:
        put_table(
            ("Patient", "State", "Now", "Rule", "Then", "Rule then"),
            [(i.path_id, i.state, i.old, i.old_rule, i.new, i.new_rule) for i in reroute.found],
        )
    if compared is not None:
        _put_compared(compared)


def _put_compared(compared: Any) -> None:  # noqa: ANN401 - see _put
    heading("Any patient at all")
    for item in compared.found:
        put_found(item.state, f"{item.old}; then {item.new}")
        put(*(f"    {line}" for line in case_lines(item.case)))
    if compared.equal:
        put(f"No patient is answered differently in: {', '.join(compared.equal)}.")
    if compared.undecided:
        put(f"Not told in the time given (--seconds): {', '.join(compared.undecided)}.")
