"""`allpath what-if`: what the pathway would say if something else were known."""

from __future__ import annotations

from typing import Annotated

import typer

from allpath import words
from allpath.answers import decision_answer, path_answer, record_answer
from allpath.cli.banner import put_banner, put_state
from allpath.cli.fact import Method, Quantification, Sensitivity, Specimen, Unit
from allpath.cli.looking import record_look
from allpath.cli.printing import heading, note, put_found, put_json
from allpath.cli.rehearsing import change_answer, put_change
from allpath.cli.session import AsOf, Json, Patient, note_merged, open_session
from allpath.problems import UsageError
from allpath.recorded import recorded
from allpath.typed import Report, read_facts
from workflow.comparing import compare
from workflow.facts import FactRecord
from workflow.found import Found
from workflow.rehearsal import suppose

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def what_if(
    ctx: typer.Context,
    patient: Patient,
    *,
    fact: Annotated[
        list[str] | None,
        typer.Option("--fact", metavar="NAME=VALUE[@DATE]", help="Suppose this fact; repeatable."),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="FACT", help="Suppose it were not known; repeatable."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SETTING=VALUE", help="Suppose this setting; repeatable."),
    ] = None,
    unit: Unit = "",
    sensitivity: Sensitivity = "",
    loq: Quantification = "",
    specimen: Specimen = "marrow",
    method: Method = "",
    status: Annotated[str, typer.Option(help="final, preliminary or registered.")] = "final",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what the pathway would say if something else were known; nothing is written.

    Facts are typed as for `allpath fact record`; a result is supposed to be of marrow unless
    `--specimen` says blood.

    Example: `allpath what-if P-7KM2QX --fact "mrd=0.005 %@2026-11-20"`
    """
    session = open_session(ctx)
    if not (fact or without or set_):
        raise UsageError('Nothing is supposed; give --fact "NAME=VALUE", --without or --set.')
    found = session.look(patient, as_of)
    note_merged(found)
    report = Report(unit=unit, sensitivity=sensitivity, loq=loq, specimen=specimen, method=method)
    facts = read_facts(found.pathway, fact or (), found.today, report=report, status=status)
    settings = dict(_setting(text) for text in set_ or ())
    supposed = suppose(found, facts, without=without or (), settings=settings)
    before, after = found.decision(explained=True), supposed.decision(explained=True)
    change = compare(before, after)
    records = supposed.case.facts[-len(facts) :] if facts else ()
    record_look(session, "what_if_asked", found.case.path.path_id)
    if as_json:
        put_json(
            {
                "path": path_answer(found.case.path),
                "as_of": found.today.isoformat(),
                "supposed": [record_answer(record) for record in records],
                "without": sorted(without or ()),
                "settings": settings,
                "before": decision_answer(before),
                "after": decision_answer(after),
                "change": change_answer(change),
            }
        )
        return
    put_banner(found, session.allpath.store.person(found.case.path.path_id))
    put_state(found)
    heading("Supposed, and not recorded")
    for record in records:
        title, day = words.fact_title(supposed.pathway, record.fact), words.day(record.effective_at)
        put_found(record.fact, f"{title}: {recorded(supposed.pathway, record)}, {day}")
        if doubt := doubt_about(supposed, record):
            put_found("", f"does not count: {doubt}")
    for name in sorted(without or ()):
        put_found(name, "not known")
    for name, value in settings.items():
        put_found(name, value)
    heading("What the pathway says")
    put_change(before, after, change)
    note("Nothing was recorded.")


def doubt_about(supposed: Found, record: FactRecord) -> str:
    """Why a supposed record does not count, or nothing."""
    sheet = supposed.sheet()
    used = sheet.records.get(record.fact)
    if record.fact in sheet.notes:
        return sheet.notes[record.fact]
    if used is not None and used.record_id != record.record_id:
        return f"a later record, of {words.day(used.effective_at)}, counts"
    return "" if used else "it belongs to a stay or line before this one"


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise UsageError(f"{text!r} is not a setting; write --set active_set=COG.")
    return name.strip(), value.strip()
