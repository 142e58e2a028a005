"""`allpath replay`: the whole database decided under another version, or with other numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from allpath import words
from allpath.answers import pathway_answer
from allpath.cli.decide import chosen_pathway
from allpath.cli.looking import record_look
from allpath.cli.printing import heading, note, progress, put, put_json, put_table
from allpath.cli.rehearsing import because, change_answer
from allpath.cli.session import AsOf, Json, Session, open_session
from allpath.problems import UsageError
from allpath.replaying import Tally, everybody
from workflow.comparing import Change
from workflow.decide import Decision
from workflow.errors import RefusedError
from workflow.pathway import Pathway
from workflow.rehearsal import with_parameters

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

COLUMNS: Final = ("Path", "State", "As it is", "Then", "Change", "Because")


@app.command()
def replay(
    ctx: typer.Context,
    *,
    pathway: Annotated[
        str, typer.Option("--pathway", metavar="ID|FILE", help="The version to decide under.")
    ] = "relapsed_all",
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", metavar="NAME=VALUE", help="Another number; repeatable."),
    ] = None,
    state: Annotated[str, typer.Option(help="Only patients in this state.")] = "",
    as_of: AsOf = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Also write the changes to this file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide every path as its pathway does and as another version would; nothing is written.

    The answer lists who would be answered otherwise and why, and adds up to all paths there are.
    Patients who withdrew the use of their data are left out and counted.

    Example: `allpath replay --pathway new.yaml` or `allpath replay --parameter "mrd_valid=21 d"`
    """
    session = open_session(ctx)
    base = chosen_pathway(pathway)
    new = with_parameters(base, dict(_parameter(text) for text in parameter or ()))
    if state and state not in new.states:
        raise UsageError(f"{new.id} has no state {state}; it has {', '.join(new.states)}.")
    tally = _replayed(session, new, state, as_of)
    record_look(session, "everybody_replayed")
    if csv_file is not None:
        _write_csv(csv_file, tally)
    evidence = [
        name
        for name in dict(_parameter(text) for text in parameter or ())
        if not new.parameters[name].site
    ]
    if as_json:
        put_json(_answer(new, tally, evidence))
        return
    _put(new, tally, evidence)


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise UsageError(f'{text!r} is not a parameter; write --parameter "mrd_valid=21 d".')
    return name.strip(), value.strip()


def _replayed(session: Session, new: Pathway, state: str, as_of: str | None) -> Tally:
    store, now = session.allpath.store, session.now(as_of)
    with progress("Replaying", sum(1 for _ in store.ids())) as done:
        return everybody(session.allpath.orchestrator, store, new, now, state=state, done=done)


# -- telling -------------------------------------------------------------------------------------


def _put(new: Pathway, tally: Tally, evidence: list[str]) -> None:
    put(f"{new.title} {new.version}, hash {new.content_hash[:12]}: nothing was written.")
    for name in evidence:
        put(f"{name} is evidence, not a number of the site: to change it needs a new version.")
    if tally.changed:
        put_table(COLUMNS, (row_of(path_id, change) for path_id, change in tally.changed))
    for path_id, why in tally.unreadable:
        note(f"{path_id}: {why}")
    heading("All paths")
    for name, count in sorted(tally.counts.items()):
        kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(tally.kinds.items()))
        put(f"  {count:>7,}  {name}" + (f" ({kinds})" if name == "changed" else ""))
    put(f"  {sum(tally.counts.values()):>7,}  in all")


def row_of(path_id: str, change: Change) -> tuple[str, ...]:
    """One patient as a row of the table: both answers, what differs, and why."""
    before, after = change.before, change.after
    return (
        path_id,
        before.state,
        _short(before),
        _short(after),
        change.kind,
        because(change),
    )


def _short(decision: Decision) -> str:
    option = f", {decision.route.option}" if decision.route.option else ""
    return f"{words.short_route(decision)}{option}"


def _write_csv(file: Path, tally: Tally) -> None:
    try:
        with file.open("w", encoding="utf-8", newline="") as stream:
            rows: Iterable[tuple[str, ...]] = (row_of(*item) for item in tally.changed)
            csv.writer(stream).writerows([COLUMNS, *rows])
    except OSError as error:
        raise RefusedError(f"The file {file} cannot be written: {error.strerror}.") from None


def _answer(new: Pathway, tally: Tally, evidence: list[str]) -> dict[str, Any]:
    return {
        "pathway": pathway_answer(new),
        "evidence_changed": evidence,
        "changed": [{"path_id": path_id, **_changed(change)} for path_id, change in tally.changed],
        "cannot_be_decided": [{"path_id": p, "message": why} for p, why in tally.unreadable],
        "counts": dict(tally.counts),
        "kinds": dict(tally.kinds),
        "in_all": sum(tally.counts.values()),
    }


def _changed(change: Change) -> dict[str, Any]:
    return {"state": change.before.state, **(change_answer(change) or {})}
